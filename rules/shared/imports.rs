//! Names that a repair needs: found where the file has them, else imported.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::style::imports::{add_from_import, add_import};
use pyteam_syntax::{ExprId, Name, TextEdit};

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
    let facts = &cx.file.facts.items[cx.item_index as usize];
    let root_is_definition =
        matches!(cx.item.stmt(cx.item.root()), pyteam_syntax::Stmt::Function(_) | pyteam_syntax::Stmt::Class(_));
    facts.bindings.iter().any(|binding| {
        binding.name == name
            && (binding.stmt != cx.item.root() || root_is_definition)
            && !matches!(binding.source, Source::Function(_) | Source::Class(_))
    })
}

/// Whether the file imports one of these modules, or something of one, anywhere.
pub fn imports(file: &File, modules: &[&str]) -> bool {
    let root = |path: &str| path.split('.').next().is_some_and(|root| modules.contains(&root));
    let is_star = file.facts.stars.iter().any(|(level, module)| *level == 0 && module.is_some_and(|one| root(one.as_str())));
    is_star
        || file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
            Source::Import { path } => root(path.as_str()),
            Source::ImportFrom { level: 0, module: Some(module), .. } => root(module.as_str()),
            _ => false,
        })
}

/// The files of the workspace that the file imports, anywhere.
pub fn imported(snapshot: &Snapshot, file: &File) -> Vec<FileId> {
    let bindings = file.facts.items.iter().flat_map(|facts| &facts.bindings);
    let mut found: Vec<FileId> = bindings.flat_map(|binding| imported_by(snapshot, file, binding.source)).collect();
    for (level, module) in &file.facts.stars {
        found.extend(resolve(snapshot, file, *level, module.as_ref().map(|one| one.as_str())));
    }
    found
}

/// The files of the workspace that one binding imports: the module, and what is imported of it where that is a module.
pub fn imported_by(snapshot: &Snapshot, file: &File, source: Source) -> impl Iterator<Item = FileId> {
    let found = match source {
        Source::Import { path } => [resolve(snapshot, file, 0, Some(path.as_str())), None],
        Source::ImportFrom { level, module, name } => {
            let module = module.as_ref().map(|one| one.as_str());
            let inner = module.map_or_else(|| name.as_str().to_owned(), |module| format!("{module}.{name}"));
            [resolve(snapshot, file, level, module), resolve(snapshot, file, level, Some(&inner))]
        }
        _ => [None, None],
    };
    found.into_iter().flatten()
}

fn resolve(snapshot: &Snapshot, file: &File, level: u32, module: Option<&str>) -> Option<FileId> {
    match level {
        0 => snapshot.link().resolve(&file.path, module?),
        _ => snapshot.link().resolve_relative(&file.path, level, module),
    }
}
