//! Names that a repair needs: found where the file has them, else imported.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::style::imports::{add_from_import, add_import};
use pyteam_syntax::{Expr, ExprId, Name, Stmt, TextEdit};

/// How to write `module` at the place of `at`, and the import that it takes; nothing where something else has that
/// name there.
pub fn import_module(cx: &CheckContext<'_>, at: ExprId, module: &str) -> Option<(String, Option<TextEdit>)> {
    match bound_module(cx.whole_file(), module) {
        Some(name) if !is_local(cx, at, name) => Some((name.as_str().to_owned(), None)),
        Some(_) => None,
        None => {
            let name = Name::new(module.split('.').next().unwrap_or(module));
            let is_taken = is_local(cx, at, name) || cx.file.facts.module.contains_key(&name);
            (!is_taken).then(|| (module.to_owned(), Some(add_import(&cx.file.parsed, module))))
        }
    }
}

/// How to write `module.name` at the place of `at`, and the import that it takes.
///
/// A name that the file already has for it is used, the module (`queue.Empty`) where nothing local hides it, and
/// else a new `from` import, under another name where the plain one is taken.
pub fn import_name(cx: &CheckContext<'_>, at: ExprId, module: &str, name: &str) -> (String, Option<TextEdit>) {
    import_name_in(cx.whole_file(), |local| is_local(cx, at, local), module, name)
}

/// The same for module-level code of any file.
pub fn import_name_in(
    file: &File,
    is_hidden: impl Fn(Name) -> bool,
    module: &str,
    name: &str,
) -> (String, Option<TextEdit>) {
    if let Some(bound) = bound_name(file, module, name)
        && !is_hidden(bound)
    {
        return (bound.as_str().to_owned(), None);
    }
    if let Some(bound) = bound_module(file, module)
        && !is_hidden(bound)
    {
        return (format!("{bound}.{name}"), None);
    }
    let plain = Name::new(name);
    if file.facts.module.contains_key(&plain) || is_hidden(plain) {
        let last = module.rsplit('.').next().unwrap_or(module);
        let alias = format!("{}{name}", capitalized(last));
        return (alias.clone(), Some(add_from_import(&file.parsed, module, &format!("{name} as {alias}"))));
    }
    (name.to_owned(), Some(add_from_import(&file.parsed, module, name)))
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The module-level name under which the file has `module`, imported certainly: by a top-level statement.
fn bound_module(file: &File, module: &str) -> Option<Name> {
    bound(file, |source| match source {
        Source::Import { path } => *path == *module,
        Source::ImportFrom { level: 0, module: Some(from), name } => {
            module.rsplit_once('.').is_some_and(|(parent, last)| *from == *parent && *name == *last)
        }
        _ => false,
    })
}

/// The module-level name under which the file has `module.name`.
fn bound_name(file: &File, module: &str, name: &str) -> Option<Name> {
    bound(
        file,
        |source| matches!(source, Source::ImportFrom { level: 0, module: Some(from), name: imported } if *from == *module && *imported == *name),
    )
}

fn bound(file: &File, wanted: impl Fn(&Source) -> bool) -> Option<Name> {
    let mut found: Vec<Name> = Vec::new();
    for name in &file.facts.imported {
        // A name with several meanings is no name to rely on.
        let Some([only]) = file.facts.module.get(name).map(Vec::as_slice) else { continue };
        let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
        let is_top_level = binding.stmt == file.item(only.item).root();
        if is_top_level && wanted(&binding.source) {
            found.push(*name);
        }
    }
    found.sort_unstable_by_key(|name| name.as_str());
    found.first().copied()
}

/// Whether `name` is bound in a function around `at`.
fn is_local(cx: &CheckContext<'_>, at: ExprId, name: Name) -> bool {
    let _ = at;
    let facts = cx.facts();
    let root_is_definition = matches!(cx.item.stmt(cx.item.root()), Stmt::Function(_) | Stmt::Class(_));
    facts.bindings.iter().any(|binding| {
        binding.name == name
            && (binding.stmt != cx.item.root() || root_is_definition)
            && !matches!(binding.source, Source::Function(_) | Source::Class(_))
    })
}

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
        found.extend(ends.filter_map(|end| match level {
            0 => snapshot.link().resolve(&file.path, &path[..end]),
            _ => {
                snapshot.link().resolve_relative(&file.path, level, Some(&path[..end]).filter(|path| !path.is_empty()))
            }
        }));
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
