//! What a file is in its workspace: the program, something beside it, or another project's code.

use crate::snapshot::{Snapshot, is_test_path};

/// Folders of code that is not the program: what goes wrong there does not reach its users.
const ASIDE: &[&str] = &[
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "demo",
    "demos",
    "doc",
    "docs",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "test",
    "testing",
    "tests",
    "tutorial",
    "tutorials",
];
/// Folders of copies of other projects, which are mended there.
const VENDORED: &[&str] = &[
    "3rdparty",
    "_vendor",
    "_vendored",
    "extern",
    "node_modules",
    "site-packages",
    "third_party",
    "thirdparty",
    "thirdparty_files",
    "vendor",
    "vendored",
];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// Part of the program.
    Program,
    /// A test, a benchmark, an example.
    Aside,
    /// A copy of another project's code.
    Vendored,
}

impl FileRole {
    /// The role of the file at `path`, by its name and the names of the folders between it and the root that it is in. A
    /// folder of examples, or one test, that is a root itself is a program; of what is in no root nothing is said.
    pub fn of(snapshot: &Snapshot, path: &str) -> Self {
        let inside = snapshot.roots.iter().filter_map(|root| path.strip_prefix(&**root));
        inside.min_by_key(|inside| inside.len()).map_or(Self::Program, Self::by_path)
    }

    fn by_path(path: &str) -> Self {
        if path.is_empty() {
            return Self::Program;
        }
        let folders = || path.split(['/', '\\']).rev().skip(1);
        if folders().any(|folder| VENDORED.contains(&folder)) {
            return Self::Vendored;
        }
        let is_aside = is_test_path(path) || folders().any(|folder| ASIDE.contains(&folder));
        if is_aside { Self::Aside } else { Self::Program }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_tell() {
        for (path, role) in [
            ("a.py", FileRole::Program),
            ("pkg/docs.py", FileRole::Program),
            ("tests/a.py", FileRole::Aside),
            ("pkg/test_a.py", FileRole::Aside),
            ("pkg/benchmarks/run/a.py", FileRole::Aside),
            ("pkg/_vendor/click/core.py", FileRole::Vendored),
            ("vendor/tests/a.py", FileRole::Vendored),
        ] {
            assert_eq!(FileRole::by_path(path), role, "{path}");
        }
    }

    #[test]
    fn what_was_named_is_the_program() {
        let mut workspace = crate::Workspace::new();
        workspace.set_roots(["/w", "/w/examples", "/w/tests/test_b.py"].map(str::to_owned).into());
        let snapshot = workspace.snapshot();
        for (path, role) in [
            ("/w/examples/a.py", FileRole::Program),
            ("/w/tests/test_b.py", FileRole::Program),
            ("/w/tests/test_a.py", FileRole::Aside),
            ("/tests/a.py", FileRole::Program),
        ] {
            assert_eq!(FileRole::of(&snapshot, path), role, "{path}");
        }
    }
}
