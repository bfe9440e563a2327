//! Which tests there are of what.

use std::collections::BTreeSet;
use std::sync::Arc;

use pyteam_index::{File, FileId};
use pyteam_syntax::{Expr, Name, Stmt};

use crate::view::View;

/// The tests of the workspace, by path.
pub(crate) fn tests<'q>(view: &View<'q>) -> Vec<&'q Arc<File>> {
    view.all_files().into_iter().filter(|file| view.is_test(file)).collect()
}

/// The tests that import a file, by path.
pub(crate) fn importers(view: &View<'_>, file: FileId) -> Vec<String> {
    let Some(target) = view.snapshot.file(file) else { return Vec::new() };
    let Some(stem) = module_word(&target.path) else { return Vec::new() };
    let mut found: Vec<String> = view
        .snapshot
        .files()
        .filter(|test| test.id != file && view.is_test(test))
        .filter(|test| imports_file(view, test, file, stem))
        .map(|test| view.short(&test.path))
        .filter(|path| !path.starts_with('/'))
        .collect();
    found.sort();
    found
}

/// The word that every import of a file has: its stem, or its folder's name for a package.
fn module_word(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.strip_suffix(".py")? {
        "__init__" => folder.rsplit('/').next(),
        stem => Some(stem),
    }
}

/// Whether a file imports another one at the top of one of its items, looking only at imports that have its word.
fn imports_file(view: &View<'_>, from: &File, target: FileId, word: &str) -> bool {
    let names = view.snapshot.name_index();
    let last = |path: &str| path.rsplit('.').next() == Some(word);
    let absolute = |module: &str| last(module) && names.resolve(&from.path, module) == Some(target);
    from.parsed.items.iter().any(|slot| match slot.item.stmt(slot.item.root()) {
        Stmt::Import(names) => names.iter().any(|name| absolute(name.path.as_str())),
        Stmt::ImportFrom(import) => {
            let module = import.module.map_or("", Name::as_str);
            let inner = |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
            let resolves = |module: &str| {
                if import.level == 0 {
                    absolute(module)
                } else {
                    last(module) && names.resolve_relative(&from.path, import.level, Some(module)) == Some(target)
                }
            };
            resolves(module)
                || import.names.iter().any(|name| last(name.path.as_str()) && resolves(&inner(name.path.as_str())))
        }
        _ => false,
    })
}

/// All names that tests mention: imported, used, or as an attribute of something.
pub(crate) fn mentioned(view: &View<'_>) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for file in tests(view) {
        for slot in &file.parsed.items {
            let item = &slot.item;
            for expr in item.expr_ids() {
                match item.expr(expr) {
                    Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                        names.insert(*name);
                    }
                    // `patch("app.camera.open_stream")`, `getattr(module, "run")`
                    Expr::Str(text) => {
                        let parts = text.value.iter().flat_map(|value| value.as_str().split(['.', ':']));
                        names.extend(parts.filter(|part| !part.is_empty() && part.len() < 60).map(Name::new));
                    }
                    _ => {}
                }
            }
            for stmt in item.stmt_ids() {
                if let Stmt::ImportFrom(import) = item.stmt(stmt) {
                    names.extend(import.names.iter().map(|name| name.path));
                }
            }
        }
    }
    names
}
