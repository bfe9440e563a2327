//! Which files hold tests.

use std::path::Path;

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::snapshot::{File, is_test_path};
use pyteam_syntax::Stmt;

/// Whether the file is a test: by its folder, or by its name if it tests something. Scripts to try a camera or a
/// checkpoint are named `test_camera.py` as well, and are programs like any other.
pub fn is_test(cx: &CheckContext<'_>) -> bool {
    // A project that lies in a folder named `test` is not all tests.
    let path = Path::new(&*cx.file.path);
    let path = path.strip_prefix(&cx.settings.root).unwrap_or(path);
    let Some(path) = path.to_str() else { return false };
    if !is_test_path(path) {
        return false;
    }
    let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
    path.ends_with("conftest.py") || is_test_path(&format!("{folder}/any.py")) || tests_something(cx.whole_file())
}

/// Whether the file defines a test, or has a test framework at hand.
fn tests_something(file: &File) -> bool {
    let defines = file.parsed.items.iter().any(|slot| match slot.item.stmt(slot.item.root()) {
        Stmt::Function(function) => function.name.as_str().starts_with("test"),
        Stmt::Class(class) => class.name.as_str().starts_with("Test"),
        _ => false,
    });
    let framework = |path: &str| matches!(path.split('.').next(), Some("pytest" | "unittest"));
    defines
        || file.facts.module.values().flatten().any(|at| {
            match file.facts.items[at.item as usize].bindings[at.binding as usize].source {
                Source::Import { path } => framework(path.as_str()),
                Source::ImportFrom { level: 0, module: Some(module), .. } => framework(module.as_str()),
                _ => false,
            }
        })
}
