//! What a file is in its workspace: the program, something beside it, or another project's code.

use std::sync::{Arc, Mutex, PoisonError};

use crate::snapshot::{Snapshot, is_test_path};

/// Folders of code that is not the program: what goes wrong there harms nobody who uses it.
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
    /// The role of the file at `path`, by the names of the folders between it and what all files of the snapshot have in
    /// common: whoever looks at examples alone has them for a program.
    pub fn of(snapshot: &Snapshot, path: &str) -> Self {
        let base = Base::of(snapshot);
        Self::by_path(path.strip_prefix(&*base).unwrap_or(path))
    }

    fn by_path(path: &str) -> Self {
        let folders = || path.split(['/', '\\']).rev().skip(1);
        if folders().any(|folder| VENDORED.contains(&folder)) {
            return Self::Vendored;
        }
        let is_aside = is_test_path(path) || folders().any(|folder| ASIDE.contains(&folder));
        if is_aside { Self::Aside } else { Self::Program }
    }
}

/// The longest folder that all files of a snapshot are in, with a slash behind it.
#[derive(Default)]
struct Base(Mutex<Option<(u64, Arc<str>)>>);

impl Base {
    fn of(snapshot: &Snapshot) -> Arc<str> {
        let cache = snapshot.memo().of::<Self>();
        let mut latest = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some((revision, base)) if *revision == snapshot.revision() => Arc::clone(base),
            _ => {
                let base: Arc<str> = common(snapshot.files().map(|file| &*file.path)).into();
                *latest = Some((snapshot.revision(), Arc::clone(&base)));
                base
            }
        }
    }
}

fn common<'a>(mut paths: impl Iterator<Item = &'a str>) -> &'a str {
    let folder = |path: &'a str| path.rfind(['/', '\\']).map_or("", |at| &path[..=at]);
    let Some(first) = paths.next() else { return "" };
    paths.fold(folder(first), |mut base, path| {
        while !path.starts_with(base) {
            base = folder(base.get(..base.len().saturating_sub(1)).unwrap_or_default());
        }
        base
    })
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
    fn what_all_have_in_common_says_nothing() {
        assert_eq!(common(["/w/examples/a.py", "/w/examples/b/c.py"].into_iter()), "/w/examples/");
        assert_eq!(common(["/w/a.py", "/w/examples/b/c.py"].into_iter()), "/w/");
        assert_eq!(common(["a.py", "/b.py"].into_iter()), "");
        assert_eq!(common(std::iter::empty()), "");
    }
}
