//! The one editor of imports: what a file calls a module or a name of one, and the edits that import it, where it is not
//! imported yet, or that drop imports whose last use goes. Sections, order, line ends and comments stay.

mod insert;
mod remove;
#[cfg(test)]
mod tests;

use crate::document::{ItemSlot, Parsed};
use crate::edit::TextEdit;
use crate::name::Name;
use crate::tree::{ImportName, Stmt};

/// Edits the imports at the top level of one file.
pub struct ImportEditor<'a> {
    parsed: &'a Parsed,
    /// How often a name is bound at module level.
    bindings: Box<dyn Fn(Name) -> usize + 'a>,
}

impl<'a> ImportEditor<'a> {
    /// An editor of the file's imports. `bindings` says how often a name is bound at module level, in any way.
    pub fn new(parsed: &'a Parsed, bindings: impl Fn(Name) -> usize + 'a) -> Self {
        Self { parsed, bindings: Box::new(bindings) }
    }

    /// How to write `module` where names are hidden that `is_hidden` says, and the edit that imports it; `None` where
    /// something else has its name.
    pub fn ensure_module(&self, module: &str, is_hidden: impl Fn(Name) -> bool) -> Option<(String, Option<TextEdit>)> {
        match self.module(module) {
            Some(name) => (!is_hidden(name)).then(|| (name.as_str().to_owned(), None)),
            None => {
                let name = Name::new(module.split('.').next().unwrap_or(module));
                let is_taken = is_hidden(name) || (self.bindings)(name) > 0;
                (!is_taken).then(|| (module.to_owned(), Some(self.add_module(module))))
            }
        }
    }

    /// How to write `module.name` where names are hidden that `is_hidden` says, and the edit that imports it.
    ///
    /// A name that the file already has for it is used, the module (`queue.Empty`) where nothing hides it, and else a new
    /// `from` import, under another name where the plain one is taken.
    pub fn ensure(&self, module: &str, name: &str, is_hidden: impl Fn(Name) -> bool) -> (String, Option<TextEdit>) {
        if let Some(bound) = self.name(module, name).filter(|bound| !is_hidden(*bound)) {
            return (bound.as_str().to_owned(), None);
        }
        if let Some(bound) = self.module(module).filter(|bound| !is_hidden(*bound)) {
            return (format!("{bound}.{name}"), None);
        }
        let plain = Name::new(name);
        if (self.bindings)(plain) > 0 || is_hidden(plain) {
            let last = module.rsplit('.').next().unwrap_or(module);
            let alias = format!("{}{name}", capitalized(last));
            return (alias.clone(), Some(self.add_name(module, &format!("{name} as {alias}"))));
        }
        (name.to_owned(), Some(self.add_name(module, name)))
    }

    /// The name under which the file certainly has `module`: a statement at the top level imports it, and nothing else
    /// binds the name.
    pub fn module(&self, module: &str) -> Option<Name> {
        let (parent, last) = module.rsplit_once('.').unwrap_or(("", module));
        self.first(|slot| match slot.item.stmt(slot.item.root()) {
            Stmt::Import(names) => {
                let is_it = |one: &&ImportName| match one.alias {
                    Some(_) => one.path == *module,
                    // `import a.b` binds `a`.
                    None => one.path.as_str().split('.').next() == Some(module),
                };
                names.iter().filter(is_it).map(|one| bound(one, true)).collect()
            }
            _ if parent.is_empty() => Vec::new(),
            _ => imported_from(slot, parent, last),
        })
    }

    /// The name under which the file certainly has `module.name`.
    pub fn name(&self, module: &str, name: &str) -> Option<Name> {
        self.first(|slot| imported_from(slot, module, name))
    }

    /// The alphabetically first of the names that `of` gives for the statements at the top level and that are bound once.
    fn first(&self, of: impl Fn(&ItemSlot) -> Vec<Name>) -> Option<Name> {
        let all = self.parsed.items.iter().flat_map(of);
        // A name with several meanings is no name to rely on.
        all.filter(|name| (self.bindings)(*name) == 1).min_by_key(|name| name.as_str())
    }
}

/// The names that a statement binds to `module.name`.
fn imported_from(slot: &ItemSlot, module: &str, name: &str) -> Vec<Name> {
    match slot.item.stmt(slot.item.root()) {
        Stmt::ImportFrom(from) if from.level == 0 && from.module.is_some_and(|it| it == *module) => {
            from.names.iter().filter(|one| one.path == *name).map(|one| bound(one, false)).collect()
        }
        _ => Vec::new(),
    }
}

/// The name that an import binds; `is_module` says that it is one of `import`, not of `from`.
fn bound(import: &ImportName, is_module: bool) -> Name {
    match import.alias {
        Some(alias) => alias,
        None if is_module => Name::new(import.path.as_str().split('.').next().unwrap_or_default()),
        None => import.path,
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
