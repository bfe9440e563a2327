#![doc = include_str!("fork_after_thread.md")]

use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use crate::shared::blocks;
use crate::shared::process::{self, PROCESS};
use crate::shared::test_code;

/// See the page.
pub struct ForkAfterThread;

impl Rule for ForkAfterThread {
    fn page(&self) -> &Page {
        crate::page!("fork_after_thread")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let calls = &cx.file.facts.items[cx.item_index as usize].calls;
        let starts: Vec<ExprId> =
            calls.iter().copied().filter(|call| process::is_named(cx.item, *call, &["start"])).collect();
        if starts.len() < 2 {
            return;
        }
        let class = |call: ExprId| process::method(cx, call).map(|(class, _)| class);
        let threads: Vec<ExprId> =
            starts.iter().copied().filter(|call| class(*call).is_some_and(|one| one == "threading.Thread")).collect();
        if threads.is_empty() {
            return;
        }
        // The start method may be set anywhere.
        cx.whole_file();
        for call in starts.into_iter().filter(|call| class(*call).is_some_and(|one| one == PROCESS)) {
            let Some(thread) = threads.iter().find(|thread| runs_before(cx, **thread, call)) else { continue };
            if !forks(cx, call) || sets_start_method(cx) || test_code::is_test(cx) {
                continue;
            }
            sink.report(
                cx.range(call),
                call.0,
                "the process is forked while a thread runs: it inherits every lock as it is, and one that the thread holds at that moment is never released in it",
            )
            .help("start processes first, or make them with `multiprocessing.get_context(\"spawn\")`")
            .related(Related { file: cx.file.id, range: cx.range(*thread), message: "the thread starts here".to_owned() });
            // One start says it all.
            return;
        }
    }
}

/// Whether the thread is started before in the same flow, and not joined in between.
fn runs_before(cx: &CheckContext<'_>, thread: ExprId, start: ExprId) -> bool {
    let item = cx.item;
    let function = process::function_of(item, start);
    let (from, to) = (item.expr_range(thread).end(), item.expr_range(start).start());
    if process::function_of(item, thread) != function || from > to || in_other_branches(item, thread, start) {
        return false;
    }
    let mut joined = false;
    process::own_exprs(item, function, &mut |expr| {
        let range = item.expr_range(expr);
        joined |= process::is_named(item, expr, &["join"])
            && range.start() > from
            && range.end() < to
            && process::method(cx, expr).is_some_and(|(class, _)| class == "threading.Thread");
    });
    !joined && !leaves_between(item, thread, start)
}

/// Whether one of the two stands in a branch that excludes the other's.
fn in_other_branches(item: &Item, one: ExprId, other: ExprId) -> bool {
    let path = |expr: ExprId| -> Vec<StmtId> {
        let stmt = item.enclosing_stmt(expr);
        std::iter::once(stmt).chain(item.stmt_ancestors(stmt)).collect()
    };
    let (mine, theirs) = (path(one), path(other));
    mine.iter().any(|stmt| match item.stmt(*stmt) {
        Stmt::If { body, orelse, .. } if theirs.contains(stmt) => {
            let in_body = |path: &[StmtId]| body.iter().any(|one| path.contains(one));
            let in_else = |path: &[StmtId]| orelse.iter().any(|one| path.contains(one));
            in_body(&mine) && in_else(&theirs) || in_else(&mine) && in_body(&theirs)
        }
        Stmt::Match { .. } => theirs.contains(stmt),
        _ => false,
    })
}

/// Whether the block that starts the thread is left before the process is started.
fn leaves_between(item: &Item, thread: ExprId, start: ExprId) -> bool {
    let stmt = item.enclosing_stmt(thread);
    let target = item.enclosing_stmt(start);
    item.stmt_ancestors(stmt).any(|outer| {
        let holds_both = item.stmt_ancestors(target).any(|one| one == outer);
        !holds_both && blocks::of(item, outer).into_iter().any(|block| blocks::never_ends(item, block))
    })
}

/// Whether the process is made by forking: by default, or in a context that says so.
fn forks(cx: &CheckContext<'_>, start: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(start) else { return false };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return false };
    let types = cx.inference.expr(Site { file: cx.file.id, item: cx.item_index, expr: *value });
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| match one {
            Type::Instance { origin: Some(origin), .. } => is_default(cx, *origin),
            _ => false,
        })
}

/// Whether the call that made the process is of the module itself, or of a context that forks.
fn is_default(cx: &CheckContext<'_>, made: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(made.file, made.item) else { return false };
    let Expr::Call { func, .. } = item.expr(made.expr) else { return false };
    if cx.inference.callee_path(made).is_some_and(|path| path == PROCESS) {
        let Expr::Attribute { value, .. } = item.expr(*func) else { return true };
        let base = cx.inference.expr(Site { expr: *value, ..made });
        return match base.as_slice() {
            [Type::Instance { origin: Some(origin), .. }] => context_forks(cx, *origin),
            [Type::Module { .. } | Type::External(_)] => true,
            _ => false,
        };
    }
    let Expr::Attribute { value, .. } = item.expr(*func) else { return false };
    let base = cx.inference.expr(Site { expr: *value, ..made });
    matches!(base.as_slice(), [Type::Instance { origin: Some(origin), .. }] if context_forks(cx, *origin))
}

/// `get_context()`, `get_context("fork")`
fn context_forks(cx: &CheckContext<'_>, context: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(context.file, context.item) else { return false };
    let Expr::Call { args, .. } = item.expr(context.expr) else { return false };
    match args.first() {
        None => true,
        Some(arg) => {
            matches!(item.expr(arg.value), Expr::None)
                || matches!(item.expr(arg.value), Expr::Str(text) if text.value.is_some_and(|value| value == "fork"))
        }
    }
}

/// Whether the program chooses another start method somewhere.
fn sets_start_method(cx: &CheckContext<'_>) -> bool {
    cx.whole_workspace().files().any(|file| file.source().as_str().contains("set_start_method("))
}
