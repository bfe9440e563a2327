//! Names that an edit of an item needs, and imports that edits leave without a use.

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_syntax::{Name, Stmt, TextEdit, TextRange};

/// How to write `module` in the item, and the import that it takes; `None` where something else has that name there.
pub fn import_module(cx: &ItemContext<'_>, module: &str) -> Option<(String, Option<TextEdit>)> {
    cx.whole_file().imports().ensure_module(module, |name| is_local(cx, name))
}

/// How to write `module.name` in the item, and the import that it takes.
pub fn import_name(cx: &ItemContext<'_>, module: &str, name: &str) -> (String, Option<TextEdit>) {
    cx.whole_file().imports().ensure(module, name, |name| is_local(cx, name))
}

/// The imports of `file` whose last use is in `removed`, here and everywhere; `added` text comes into the file.
pub fn unused(cx: &ItemContext<'_>, file: &File, removed: &[TextRange], added: &str) -> Vec<Name> {
    let mut unused = file.imports().unused(removed, added);
    unused.retain(|name| !cx.whole_workspace().is_imported_elsewhere(file, *name));
    unused
}

/// Whether a function or class body of the item binds `name`.
fn is_local(cx: &ItemContext<'_>, name: Name) -> bool {
    let facts = &cx.file.facts.items[cx.item_index as usize];
    let root_is_definition = matches!(cx.item.stmt(cx.item.root()), Stmt::Function(_) | Stmt::Class(_));
    facts.bindings.iter().any(|binding| {
        binding.name == name
            && (binding.stmt != cx.item.root() || root_is_definition)
            && !matches!(binding.source, Source::Function(_) | Source::Class(_))
    })
}
