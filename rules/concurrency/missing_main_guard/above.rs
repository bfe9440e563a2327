//! What stands above the guard that is put in, and runs again in each child.

use pyteam_engine::CheckContext;
use pyteam_index::FileId;
use pyteam_index::imports::imported_by;
use pyteam_syntax::style::statement;
use pyteam_syntax::{ExprId, Stmt, TextRange};
use rustc_hash::FxHashSet;

use super::guard::runs_as_main_only;
use super::harmless::{effects, has_hook};

/// What may be done once in a program only, and not while a child starts.
pub(super) const ONCE: &str = "multiprocessing.set_start_method";

/// A statement that goes under the guard, to its top.
pub(super) struct Above {
    pub(super) text: String,
    pub(super) lines: TextRange,
}

/// The statement above the guard that has to go under it, if any; `None` where what stands there may make the children
/// fail all the same. What is called while the module, or one that it imports, is imported may do anything: set how
/// processes start, or start them, behind a helper, a constructor, a decorator.
#[expect(clippy::option_option, reason = "no repair, and nothing to move, are two answers")]
pub(super) fn of(cx: &CheckContext<'_>, guard_from: usize) -> Option<Option<Above>> {
    let mut found = None;
    let mut seen = FxHashSet::from_iter([cx.file.id]);
    for at in 0..guard_from {
        let there = cx.at_item(at as u32);
        if runs_as_main_only(&there) {
            continue;
        }
        match effects(&there).as_slice() {
            [] => {}
            [only] if found.is_none() && is_once(&there, *only) => found = Some(moved(&there, guard_from)?),
            _ => return None,
        }
        if has_hook(&there) || !imports_quietly(&there, &mut seen) {
            return None;
        }
    }
    Some(found)
}

/// Whether this is the whole statement `set_start_method(...)`.
fn is_once(there: &CheckContext<'_>, call: ExprId) -> bool {
    let callee = there.inference.callee_path(there.site(call));
    matches!(there.item.stmt(there.item.root()), Stmt::Expr(whole) if *whole == call)
        && callee.is_some_and(|path| path == ONCE)
}

/// Whether the files of the workspace that the item imports, and those that they import, do nothing on import.
fn imports_quietly(there: &CheckContext<'_>, seen: &mut FxHashSet<FileId>) -> bool {
    let item = there.item;
    let at_import = item.stmt_ids().filter(|stmt| pyteam_index::infer::enclosing_function(item, *stmt).is_none());
    let files: Vec<FileId> =
        at_import.flat_map(|stmt| imported_by(there.snapshot, there.file, item.stmt(stmt))).collect();
    files.into_iter().all(|id| {
        let Some(file) = there.snapshot.file(id).filter(|_| seen.insert(id)) else { return true };
        (0..file.parsed.items.len() as u32).all(|at| {
            let Some(inside) = there.at(id, at) else { return false };
            let is_quiet = || !has_hook(&inside) && effects(&inside).is_empty();
            runs_as_main_only(&inside) || (is_quiet() && imports_quietly(&inside, seen))
        })
    })
}

/// The statement at `there`, where it is one call on a line of its own and nothing runs between it and the guard.
fn moved(there: &CheckContext<'_>, guard_from: usize) -> Option<Above> {
    let range = there.stmt_range(there.item.root());
    let source = there.file.source();
    let text = source.slice(range).to_owned();
    let runs_between = (there.item_index as usize + 1..guard_from).any(|at| {
        let item = there.file.item(at as u32);
        !matches!(item.stmt(item.root()), Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Function(_) | Stmt::Class(_))
    });
    if text.contains(['\n', '\r']) || runs_between || !statement::has_own_lines(source, range) {
        return None;
    }
    let lines = source.lines();
    let line = lines.full_line_range(source.as_str(), lines.line_of(range.start()));
    // A comment behind it goes along.
    let text = source.slice(TextRange::new(range.start(), line.end())).trim_end().to_owned();
    Some(Above { text, lines: line })
}
