//! Processes that are made by forking, and what ran in their parent before.

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Base, Site, Type};
use pyteam_index::link::ClassRef;
use pyteam_index::project::Bound;
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use super::blocks;
use super::process::{self, POOL, PROCESS};

/// Whether `one` runs before `other` in the same flow of the same function.
pub fn is_in_flow(item: &Item, one: ExprId, other: ExprId) -> bool {
    let (from, to) = (item.expr_range(one).end(), item.expr_range(other).start());
    process::function_of(item, one) == process::function_of(item, other)
        && from <= to
        && !in_other_branches(item, one, other)
        && !leaves_between(item, one, other)
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

/// Whether the process that the call starts is made by forking: by default, or in a context that says so.
pub fn forks(cx: &CheckContext<'_>, start: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(start) else { return false };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return false };
    let types = cx.inference.expr(Site { file: cx.file.id, item: cx.item_index, expr: *value });
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| match one {
            Type::Instance { origin: Some(origin), .. } => is_default(cx, *origin),
            Type::Object(class, _) => derives_from_process(cx, *class),
            _ => false,
        })
}

/// `class Worker(multiprocessing.Process)`: the class of the default context.
fn derives_from_process(cx: &CheckContext<'_>, class: ClassRef) -> bool {
    let ancestors = cx.inference.ancestors(class).0;
    let bases = ancestors.iter().flat_map(|one| cx.inference.bases(*one));
    bases.filter(|base| matches!(base, Base::External(path) if *path == PROCESS)).count() == 1
        && !ancestors.iter().any(|one| chooses_context(cx, *one))
}

/// Whether a class derived from `Process` has to do with how it is started.
fn chooses_context(cx: &CheckContext<'_>, class: ClassRef) -> bool {
    cx.inference.methods(class).into_iter().any(|method| {
        let Some((file, item, _)) = cx.inference.item(method.file, method.item) else { return true };
        let text = file.text_at(method.item, item.stmt_range(method.stmt));
        ["_Popen", "ctx", "context", "start_method"].iter().any(|word| text.contains(word))
    })
}

/// Whether forking may be what happens by default: from Python 3.14 on it does nowhere.
pub fn is_possible_default(cx: &CheckContext<'_>) -> bool {
    let requirements = cx.snapshot.requirements_for(&cx.file.path);
    requirements.is_none_or(|one| one.python_at_least((3, 14)) != Bound::Proved)
}

/// Whether the call that made the process or pool is of the module itself, or of a context that forks.
pub fn is_default(cx: &CheckContext<'_>, made: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(made.file, made.item) else { return false };
    let Expr::Call { func, .. } = item.expr(made.expr) else { return false };
    if cx
        .inference
        .callee_path(made)
        .is_some_and(|path| path == PROCESS || path == POOL || path == "multiprocessing.Pool")
    {
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
pub fn sets_start_method(cx: &CheckContext<'_>) -> bool {
    cx.whole_workspace().files().any(|file| file.source().as_str().contains("set_start_method("))
}
