//! What a file imports, told apart: the standard library, packages from outside, modules of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_index::facts::last_name;
use pyteam_index::{File, FileId};
use pyteam_syntax::style::standard::is_standard;
use pyteam_syntax::{Item, Stmt, StmtId, WordList};

use crate::view::View;

/// What files import.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Top-level names of the standard library.
    pub(crate) standard: BTreeSet<String>,
    /// Top-level names from outside that a run needs, each with the first place that imports it: not what is imported
    /// for type checkers alone.
    pub(crate) outside: BTreeMap<String, String>,
    /// Files of the workspace, by path.
    pub(crate) own: BTreeMap<String, FileId>,
}

/// Top-level modules that Python brings, or Python 2 brought, and that no table of the standard library has: programs
/// for both import them where the other name fails.
static BROUGHT: WordList = WordList::new(include_str!("packages/brought.txt"));

impl Imports {
    /// What `files` import, wherever in them.
    pub(crate) fn of(view: &View<'_>, files: &[&Arc<File>]) -> Self {
        let mut imports = Self::default();
        for file in files {
            for (index, slot) in file.parsed.items.iter().enumerate() {
                let mut stmts: Vec<_> = slot.item.stmt_ids().collect();
                stmts.sort_unstable();
                for stmt in stmts {
                    let at = || {
                        let range = file.absolute(index as u32, slot.item.stmt_range(stmt));
                        view.at(file.id, range.start())
                    };
                    let at = || (!is_for_checkers(&slot.item, stmt)).then(at);
                    match slot.item.stmt(stmt) {
                        Stmt::Import(names) => {
                            names.iter().for_each(|name| imports.absolute(view, file, name.path.as_str(), at()));
                        }
                        Stmt::ImportFrom(from) => {
                            let module = from.module.map(pyteam_syntax::Name::as_str);
                            if from.level > 0 {
                                imports.relative(view, file, from.level, module);
                            } else if let Some(module) = module {
                                // `from package import module`
                                for name in &from.names {
                                    let inner = format!("{module}.{}", name.path);
                                    imports.own_module(view, file, &inner);
                                }
                                imports.absolute(view, file, module, at());
                            }
                            if from.level > 0 {
                                for name in &from.names {
                                    let inner = module.map_or_else(
                                        || name.path.as_str().to_owned(),
                                        |module| format!("{module}.{}", name.path),
                                    );
                                    imports.relative(view, file, from.level, Some(&inner));
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        imports
    }

    fn own_module(&mut self, view: &View<'_>, file: &File, module: &str) -> bool {
        let found = view.snapshot.name_index().resolve(&file.path, module);
        let Some(id) = found.filter(|id| *id != file.id && view.snapshot.file(*id).is_some()) else { return false };
        self.own.insert(view.path(id), id);
        true
    }

    fn absolute(&mut self, view: &View<'_>, file: &File, module: &str, at: Option<String>) {
        let top = module.split('.').next().unwrap_or(module);
        if self.own_module(view, file, module) {
            return;
        }
        if BROUGHT.contains(top) {
            // Nothing can be installed that gives it.
            return;
        }
        if is_standard(top) || top == "__future__" {
            self.standard.insert(top.to_owned());
        } else if let Some(at) = at.filter(|_| view.snapshot.name_index().resolve(&file.path, top).is_none())
            && !is_folder_nearby(view, file, top)
        {
            self.outside.entry(top.to_owned()).or_insert(at);
        }
    }

    fn relative(&mut self, view: &View<'_>, file: &File, level: u32, module: Option<&str>) {
        let found = view.snapshot.name_index().resolve_relative(&file.path, level, module);
        if let Some(id) = found.filter(|id| *id != file.id && view.snapshot.file(*id).is_some()) {
            self.own.insert(view.path(id), id);
        }
    }
}

/// Whether a folder of this name stands beside a file, or beside one of the folders around it: Django and scripts run
/// with a folder on the path that their imports do not name.
fn is_folder_nearby(view: &View<'_>, file: &File, name: &str) -> bool {
    let path = view.short(&file.path);
    let mut folder = &*path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if view.folders().contains(&format!("{above}/{name}")) {
            return true;
        }
        folder = above;
    }
    view.folders().contains(name)
}

/// Whether a statement stands in the body of an `if TYPE_CHECKING:`, so that no run comes by it.
fn is_for_checkers(item: &Item, stmt: StmtId) -> bool {
    let mut inner = stmt;
    item.stmt_ancestors(stmt).any(|around| {
        let within = std::mem::replace(&mut inner, around);
        match item.stmt(around) {
            Stmt::If { test, body, .. } => {
                last_name(item, *test).is_some_and(|name| name == "TYPE_CHECKING") && body.contains(&within)
            }
            _ => false,
        }
    })
}
