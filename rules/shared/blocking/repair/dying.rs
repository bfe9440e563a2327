//! Processes that were told to die and do so at once.

use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::{File, FileId};
use pyteam_syntax::style::standard::is_standard;
use pyteam_syntax::{Expr, ExprId, Stmt};

use super::super::guard;
use crate::shared::survey::{self, Question};

/// Whether the process that `call` joins has been told to die by the signal that means it, and nothing makes it live on
/// for a while: no file handles signals, and no package from outside does so in its place.
pub(super) fn is_ending(cx: &CheckContext<'_>, call: ExprId, process: ExprId) -> bool {
    guard::is_certainly_preceded(cx, call, |method, _| method == "terminate")
        && targets(cx, process).is_some_and(|targets| !survey::any::<HandlesSignals>(cx) && all_is_plain(cx, &targets))
}

/// The files of the functions that `process` may run.
fn targets(cx: &CheckContext<'_>, process: ExprId) -> Option<Vec<FileId>> {
    let types = cx.inference.expr(cx.site(process));
    let mut files = Vec::new();
    for one in types.non_none() {
        let Type::Instance { origin: Some(origin), .. } = one else { return None };
        let (_, item, _) = cx.inference.item(origin.file, origin.item)?;
        let Expr::Call { args, .. } = item.expr(origin.expr) else { return None };
        let target = process::keyword(args, "target")?;
        for one in cx.inference.expr(Site { expr: target, ..*origin }).as_slice() {
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
fn all_is_plain(cx: &CheckContext<'_>, files: &[FileId]) -> bool {
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
fn imported(cx: &CheckContext<'_>, file: &File) -> Option<Vec<FileId>> {
    let link = cx.snapshot.link();
    let mut found = Vec::new();
    let mut add = |module: &str| {
        let own = link.resolve(&file.path, module);
        found.extend(own);
        (own.is_some() || is_standard(module) || module == "__future__").then_some(())
    };
    let mut relative = Vec::new();
    for slot in &file.parsed.items {
        for stmt in slot.item.stmt_ids() {
            match slot.item.stmt(stmt) {
                Stmt::Import(names) => names.iter().try_for_each(|one| add(one.path.as_str()))?,
                Stmt::ImportFrom(one) if one.level == 0 => {
                    let module = one.module?;
                    add(module.as_str())?;
                    // Each name may be a module itself.
                    for name in &one.names {
                        relative.extend(link.resolve(&file.path, &format!("{module}.{}", name.path)));
                    }
                }
                Stmt::ImportFrom(one) => {
                    let module = one.module.map(|module| module.as_str().to_owned());
                    let home = link.resolve_relative(&file.path, one.level, module.as_deref());
                    let inner = one.names.iter().filter_map(|name| {
                        let prefix = module.as_ref().map_or_else(String::new, |module| format!("{module}."));
                        link.resolve_relative(&file.path, one.level, Some(&format!("{prefix}{}", name.path)))
                    });
                    let before = relative.len();
                    relative.extend(home.into_iter().chain(inner));
                    if relative.len() == before {
                        return None;
                    }
                }
                _ => {}
            }
        }
    }
    found.extend(relative);
    Some(found)
}
