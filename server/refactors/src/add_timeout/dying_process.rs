//! Processes that were told to die and do so at once.

use pyteam_channels::process;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::{Inference, Type};
use pyteam_index::{File, FileId};
use pyteam_syntax::style::standard::is_standard;
use pyteam_syntax::{ExprId, Name, Stmt};

use pyteam_channels::order::preceding_checks;
use pyteam_index::survey::{self, Question};

/// Whether the process that `call` joins has been told to die by the signal that means it, and nothing makes it live on
/// for a while: no file handles signals, and no package from outside does so in its place.
pub(super) fn is_ending(cx: &ItemContext<'_>, call: ExprId, process: ExprId) -> bool {
    preceding_checks::is_certainly_preceded(cx, call, |method, _| method == "terminate")
        && targets(cx, process).is_some_and(|targets| !survey::any::<HandlesSignals>(cx) && all_is_plain(cx, &targets))
}

/// The files of the functions that `process` may run.
fn targets(cx: &ItemContext<'_>, process: ExprId) -> Option<Vec<FileId>> {
    let types = cx.inference.expr(cx.site(process));
    let mut files = Vec::new();
    for one in types.non_none() {
        let Type::Instance { origin: Some(origin), .. } = one else { return None };
        for one in process::target_types(cx.inference, *origin)?.as_slice() {
            let Type::Function(function, _) = one else { return None };
            files.push(function.file);
        }
    }
    (!files.is_empty()).then_some(files)
}

/// Asks who speaks of signals, or imports by a name that it makes: a child has the handlers of its parent, too.
struct HandlesSignals;

impl Question for HandlesSignals {
    fn by_itself(file: &File) -> Option<bool> {
        let mut words = file.source().as_str().split(|c: char| !c.is_alphanumeric() && c != '_');
        Some(words.any(|word| {
            matches!(word, "signal" | "_signal" | "SIGTERM" | "add_signal_handler" | "import_module" | "__import__")
        }))
    }

    fn by_types(_: &Inference<'_>, _: &File) -> bool {
        false
    }
}

/// Whether the code of these files, and of all that they import, is the workspace's or the standard library's: a server
/// or a framework often takes SIGTERM for a request to finish first.
fn all_is_plain(cx: &ItemContext<'_>, files: &[FileId]) -> bool {
    let mut open: Vec<FileId> = files.iter().copied().chain([cx.file.id]).collect();
    let mut seen: Vec<FileId> = Vec::new();
    while let Some(next) = open.pop() {
        if seen.contains(&next) {
            continue;
        }
        seen.push(next);
        let Some(file) = cx.whole_workspace().file(next) else { return false };
        match imported(cx, file) {
            Some(more) => open.extend(more),
            None => return false,
        }
    }
    true
}

/// The files of the workspace that a file imports; nothing where it imports anything else.
fn imported(cx: &ItemContext<'_>, file: &File) -> Option<Vec<FileId>> {
    let names = cx.snapshot.name_index();
    let mut found = Vec::new();
    let mut add = |level: u32, module: Option<Name>| {
        let own = names.resolve_import(file, level, module);
        found.extend(own);
        let is_outside = |module: Name| is_standard(module.as_str()) || module == "__future__";
        own.is_some() || level == 0 && module.is_some_and(is_outside)
    };
    let mut inner = Vec::new();
    for stmt in file.parsed.items.iter().flat_map(|slot| slot.item.stmt_ids().map(|stmt| slot.item.stmt(stmt))) {
        let is_plain = match stmt {
            Stmt::Import(names) => names.iter().all(|one| add(0, Some(one.path))),
            Stmt::ImportFrom(one) => {
                let is_known = add(one.level, one.module);
                let before = inner.len();
                // Each name may be a module itself.
                let modules =
                    one.names.iter().map(|name| names.resolve_from(file, one.level, one.module, name.path)[1]);
                inner.extend(modules.flatten());
                is_known || one.level > 0 && inner.len() > before
            }
            _ => true,
        };
        if !is_plain {
            return None;
        }
    }
    found.extend(inner);
    Some(found)
}
