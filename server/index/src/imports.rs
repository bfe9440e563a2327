//! What files import, and what imports by a name that it makes.

use pyteam_syntax::{Expr, Name, Stmt};

use crate::facts::Source;
use crate::file_id::FileId;
use crate::snapshot::{File, Snapshot};

/// Functions that import or run a module whose name is a value.
pub const IMPORT_BY_VALUE: &[&str] = &[
    "SourceFileLoader",
    "__import__",
    "exec",
    "exec_module",
    "execfile",
    "import_module",
    "iter_modules",
    "load_module",
    "run_module",
    "run_path",
    "spec_from_file_location",
    "walk_packages",
];

/// Whether the file has a function that imports or runs a module by a value.
pub fn imports_by_value(file: &File) -> bool {
    let is_one = |name: &Name| IMPORT_BY_VALUE.contains(&name.as_str());
    let text = file.source().as_str();
    IMPORT_BY_VALUE.iter().any(|name| text.contains(name))
        && file.parsed.items.iter().any(|slot| {
            let item = &slot.item;
            item.expr_ids().any(|expr| match item.expr(expr) {
                // `exec` is the name of many methods.
                Expr::Attribute { attr, .. } => is_one(attr) && *attr != "exec",
                Expr::Name(name) => is_one(name),
                _ => false,
            }) || item.stmt_ids().any(|stmt| match item.stmt(stmt) {
                Stmt::ImportFrom(from) => from.names.iter().any(|one| is_one(&one.path)),
                _ => false,
            })
        })
}

/// Whether the file imports one of these modules, or something of one, anywhere.
pub fn imports(file: &File, modules: &[&str]) -> bool {
    let root = |path: &str| path.split('.').next().is_some_and(|root| modules.contains(&root));
    let is_star =
        file.facts.stars.iter().any(|(level, module)| *level == 0 && module.is_some_and(|one| root(one.as_str())));
    is_star
        || file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
            Source::Import { path } => root(path.as_str()),
            Source::ImportFrom { level: 0, module: Some(module), .. } => root(module.as_str()),
            _ => false,
        })
}

/// The files of the workspace that the file imports, anywhere, the packages around them among them.
pub fn imported(snapshot: &Snapshot, file: &File) -> Vec<FileId> {
    let items = file.parsed.items.iter().map(|slot| &slot.item);
    items.flat_map(|item| item.stmt_ids().flat_map(|stmt| imported_by(snapshot, file, item.stmt(stmt)))).collect()
}

/// The files of the workspace that one statement imports.
pub fn imported_by(snapshot: &Snapshot, file: &File, stmt: &Stmt) -> Vec<FileId> {
    let mut found = Vec::new();
    let mut resolve = |level: u32, path: &str| {
        // `import a.b` runs `a`, too.
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        let module = |end: usize| Some(&path[..end]).filter(|path| !path.is_empty()).map(Name::new);
        found.extend(ends.filter_map(|end| snapshot.name_index().resolve_import(file, level, module(end))));
    };
    match stmt {
        Stmt::Import(names) => names.iter().for_each(|one| resolve(0, one.path.as_str())),
        Stmt::ImportFrom(from) => {
            let module = from.module.as_ref().map_or("", |module| module.as_str());
            resolve(from.level, module);
            for one in &from.names {
                match module {
                    "" => resolve(from.level, one.path.as_str()),
                    _ => resolve(from.level, &format!("{module}.{}", one.path)),
                }
            }
        }
        _ => {}
    }
    found
}
