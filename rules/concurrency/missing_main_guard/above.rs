//! What stands above the guard that is put in, and runs again in each child.

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::style::statement;
use pyteam_syntax::{Stmt, TextRange};

use super::runs_on_import;
use crate::shared::process;

/// What may be done once in a program only, and not while a child starts.
const ONCE: &[&str] = &["set_start_method"];
/// What starts processes, besides what the rule reports.
const STARTS: &[&str] = &["Manager", "Pool", "ProcessPoolExecutor", "SharedMemoryManager", "SyncManager"];

/// A statement that goes under the guard, to its top.
pub(super) struct Above {
    pub(super) text: String,
    pub(super) lines: TextRange,
}

/// The statement above the guard that has to go under it, if any; `None` where what stands there would make the children
/// fail all the same.
#[expect(clippy::option_option, reason = "no repair, and nothing to move, are two answers")]
pub(super) fn of(cx: &CheckContext<'_>, guard_from: usize) -> Option<Option<Above>> {
    if is_set_by_another_file(cx) {
        return None;
    }
    let mut found = None;
    for at in 0..guard_from {
        let there = process::at_item(cx, at as u32);
        if !runs_on_import(&there) {
            continue;
        }
        let calls = &there.file.facts.items[at].calls;
        let does = |names: &[&str]| calls.iter().any(|call| process::is_named(there.item, *call, names));
        if does(STARTS) || calls.iter().any(|call| starts_inside(&there, *call)) {
            return None;
        }
        if does(ONCE) {
            if found.is_some() {
                return None;
            }
            found = Some(moved(&there, guard_from)?);
        }
    }
    Some(found)
}

/// The statement at `there`, where it is one call on a line of its own and nothing runs between it and the guard.
fn moved(there: &CheckContext<'_>, guard_from: usize) -> Option<Above> {
    let root = there.item.root();
    let range = there.stmt_range(root);
    let source = there.file.source();
    let text = source.slice(range).to_owned();
    let is_plain = matches!(there.item.stmt(root), Stmt::Expr(_)) && !text.contains(['\n', '\r']);
    let runs_between = (there.item_index as usize + 1..guard_from)
        .any(|at| runs_on_import(&process::at_item(there, at as u32)) && !is_import(there, at));
    if !is_plain || runs_between || !statement::has_own_lines(source, range) {
        return None;
    }
    let lines = source.lines();
    let line = lines.full_line_range(source.as_str(), lines.line_of(range.start()));
    // A comment behind it goes along.
    let text = source.slice(TextRange::new(range.start(), line.end())).trim_end().to_owned();
    Some(Above { text, lines: line })
}

fn is_import(cx: &CheckContext<'_>, at: usize) -> bool {
    let item = cx.file.item(at as u32);
    matches!(item.stmt(item.root()), Stmt::Import(_) | Stmt::ImportFrom(_))
}

/// Whether a function of the workspace that is called there starts processes, or sets how they start.
fn starts_inside(cx: &CheckContext<'_>, call: pyteam_syntax::ExprId) -> bool {
    let callee = cx.inference.callee(Site { file: cx.file.id, item: cx.item_index, expr: call });
    callee.iter().any(|one| {
        let Type::Function(function, _) = one else { return false };
        let Some((file, item, _)) = cx.inference.item(function.file, function.item) else { return true };
        cx.inference.look_at_bodies(function.file);
        let text = file.text_at(function.item, item.stmt_range(function.stmt));
        ONCE.iter().chain(STARTS).chain(&["Process"]).any(|name| text.contains(&format!("{name}(")))
    })
}

/// Whether another file sets how processes start while it is imported: a child that imports it fails there.
fn is_set_by_another_file(cx: &CheckContext<'_>) -> bool {
    let snapshot = cx.whole_workspace();
    let callers = ONCE.iter().flat_map(|name| snapshot.link().callers(pyteam_syntax::Name::new(name)));
    callers.filter(|id| **id != cx.file.id).any(|id| {
        let Some(file) = snapshot.file(*id).filter(|file| !file.is_test()) else { return false };
        (0..file.parsed.items.len() as u32).any(|at| {
            process::at(cx, file.id, at).is_some_and(|there| {
                runs_on_import(&there)
                    && there.file.facts.items[at as usize]
                        .calls
                        .iter()
                        .any(|call| process::is_named(there.item, *call, ONCE))
            })
        })
    })
}
