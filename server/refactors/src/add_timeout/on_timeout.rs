//! Loops that take messages until an event is set: `while not stop.is_set(): job = jobs.get()`.

use pyteam_channels::order::control_flow;
use pyteam_channels::worker::Worker;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::enclosing_function;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

/// Whether a turn of the loop around `call` may end without a message, so that its event is looked at.
///
/// That is right where nothing can come any more once the event is set: a loop that waits without a bound takes one more
/// message then, and a program may count on it. So all must be seen that is done with the queue and the event, and the
/// `get()` has to be what a turn starts with.
pub(super) fn may_skip_a_turn(cx: &ItemContext<'_>, call: ExprId) -> bool {
    is_told(cx, call).is_some_and(|told| told)
}

fn is_told(cx: &ItemContext<'_>, call: ExprId) -> Option<bool> {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    let around = item.stmt_ancestors(stmt).next()?;
    let Stmt::While { test, body, orelse } = item.stmt(around) else { return None };
    if body.first() != Some(&stmt) || !orelse.is_empty() || control_flow::enclosing_loop(item, around).is_some() {
        return None;
    }
    let (queue, event) = (receiver(item, call)?, asked(item, *test)?);
    let function = enclosing_function(item, around)?;
    if !is_kept_inside(cx, stmt, call, around, function) {
        return None;
    }
    let worker = Worker::of(cx, function)?;
    let (queue, event) = (worker.calls(queue)?, worker.calls(event)?);
    let set = worker.set_of(&event)?;
    Some(worker.is_fed_before(set, &queue))
}

/// The name of what a method is called on.
fn receiver(item: &Item, call: ExprId) -> Option<Name> {
    let Expr::Call { func, .. } = item.expr(call) else { return None };
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    match item.expr(*value) {
        Expr::Name(name) => Some(*name),
        _ => None,
    }
}

/// The event in `not event.is_set()`.
fn asked(item: &Item, test: ExprId) -> Option<Name> {
    let Expr::Not(inner) = item.expr(test) else { return None };
    let Expr::Call { func, args } = item.expr(*inner) else { return None };
    let is_asked = args.is_empty() && matches!(item.expr(*func), Expr::Attribute { attr, .. } if *attr == "is_set");
    is_asked.then(|| receiver(item, *inner)).flatten()
}

/// Whether the statement is the call alone, or gives its value to names that only the loop uses: without a message they
/// have no value, or the one of the turn before.
fn is_kept_inside(cx: &ItemContext<'_>, stmt: StmtId, call: ExprId, around: StmtId, function: StmtId) -> bool {
    let item = cx.item;
    let is_name = |target: ExprId| match item.expr(target) {
        Expr::Name(_) => true,
        Expr::Tuple(all) => all.iter().all(|one| matches!(item.expr(*one), Expr::Name(_))),
        _ => false,
    };
    let is_plain = match item.stmt(stmt) {
        Stmt::Expr(value) => *value == call,
        Stmt::Assign { targets, value } => *value == call && targets.len() == 1 && is_name(targets[0]),
        Stmt::AnnAssign { target, value, .. } => *value == Some(call) && is_name(*target),
        _ => false,
    };
    let names = control_flow::bound_names(cx, stmt);
    let is_used_outside = item.stmt_ids().any(|one| {
        let is_outside = !std::iter::once(one).chain(item.stmt_ancestors(one)).any(|outer| outer == around);
        let is_inside_function = item.stmt_ancestors(one).any(|outer| outer == function);
        match item.stmt(one) {
            Stmt::Global(all) | Stmt::Nonlocal(all) => all.iter().any(|name| names.contains(name)),
            // What holds the loop mentions what the loop does.
            _ if item.stmt_range(one).contains_range(item.stmt_range(around)) => false,
            _ => is_outside && is_inside_function && control_flow::mentions(item, Part::Stmt(one), &names),
        }
    });
    is_plain && !is_used_outside
}
