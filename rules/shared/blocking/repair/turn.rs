//! What to do when the time is over: go on with the loop, try again in place, or say what did not come.

use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use super::form::{self, Form};
use crate::shared::{blocks, place};

/// What to do when the time is over.
pub(super) enum Otherwise {
    /// The next turn of the loop: this one has done nothing yet.
    Continue,
    /// An inner loop under the outer one's condition tries again, so that the condition is looked at.
    Retry(String),
    /// An error that says what did not come.
    Raise,
}

/// What is right at `call`; nothing where nothing is. `may_skip` tells whether the loop may go on without the call.
pub(super) fn otherwise(
    cx: &CheckContext<'_>,
    call: ExprId,
    receiver: &str,
    form: &Form,
    may_skip: bool,
) -> Option<Otherwise> {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    // A `finally` that answers for the message (`task_done`) must not run without one.
    if place::finally_needs(cx, stmt, receiver) {
        return None;
    }
    if matches!(form, Form::Condition { .. }) {
        return may_skip.then_some(Otherwise::Continue);
    }
    let loops = loops(item, stmt);
    let in_while = loops.iter().any(|one| matches!(item.stmt(*one), Stmt::While { .. }));
    if !in_while {
        // Replies are counted: a `for` loop must not skip one.
        let speaks = !place::swallows_timeout(item, stmt) && !is_on_the_way_out(item, stmt);
        return speaks.then_some(Otherwise::Raise);
    }
    let around = *loops.first()?;
    let Stmt::While { test, orelse, .. } = item.stmt(around) else { return None };
    if !place::is_repeatable(item, *test) || place::finally_within(item, stmt, around) {
        return None;
    }
    if may_skip && starts_turn(cx, around, stmt) {
        return Some(Otherwise::Continue);
    }
    let names = place::bound_names(cx, stmt);
    if !is_flag(item, *test) || !orelse.is_empty() || place::mentions(item, Part::Expr(*test), &names) {
        return None;
    }
    condition(cx, around).map(Otherwise::Retry)
}

/// Whether a condition asks what others set to end the loop: `not stop.is_set()`, `self.running`. A name or a queue
/// that only this code changes does not change while it waits.
fn is_flag(item: &Item, test: ExprId) -> bool {
    let asks = |one: &Expr| match one {
        Expr::Call { func, .. } => {
            matches!(item.expr(*func), Expr::Attribute { attr, .. }
                if matches!(attr.as_str(), "is_set" | "isSet" | "is_alive"))
        }
        _ => true,
    };
    !holds(item, test, |one| !asks(one)) && holds(item, test, |one| matches!(one, Expr::Attribute { .. }))
}

/// The text of a `while` loop's condition, where it is one that can change and stands on one line.
pub(super) fn condition(cx: &CheckContext<'_>, around: StmtId) -> Option<String> {
    let Stmt::While { test, .. } = cx.item.stmt(around) else { return None };
    let text = cx.text(*test);
    let is_constant = matches!(cx.item.expr(*test), Expr::Bool(_) | Expr::Int(_));
    (!is_constant && !text.contains(['\n', '\r'])).then(|| text.to_owned())
}

/// The loops around `stmt` within its function, innermost first.
fn loops(item: &Item, stmt: StmtId) -> Vec<StmtId> {
    let mut found = Vec::new();
    let mut at = stmt;
    while let Some(around) = place::enclosing_loop(item, at) {
        found.push(around);
        at = around;
    }
    found
}

/// Whether `stmt` stands in a `finally` or an `except` of its function.
pub(super) fn is_on_the_way_out(item: &Item, stmt: StmtId) -> bool {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        if facts::function(item, outer).is_some() {
            return false;
        }
        if let Stmt::Try(one) = item.stmt(outer)
            && !one.body.contains(&inner)
            && !one.orelse.contains(&inner)
        {
            return true;
        }
        inner = outer;
    }
    false
}

/// Whether `stmt` is the first thing that a turn of the `while` loop does, so that `continue` repeats nothing.
fn starts_turn(cx: &CheckContext<'_>, around: StmtId, stmt: StmtId) -> bool {
    let Stmt::While { body, .. } = cx.item.stmt(around) else { return false };
    // What stands before may tell of the message of the turn before, and must not do so twice.
    let names = place::bound_names(cx, stmt);
    let is_idle = |one: StmtId| is_idle(cx.item, one) && !place::mentions(cx.item, Part::Stmt(one), &names);
    let mut block: &[StmtId] = body;
    while let Some(first) = block.iter().find(|one| **one == stmt || !is_idle(**one)) {
        if *first == stmt {
            return true;
        }
        block = match cx.item.stmt(*first) {
            Stmt::Try(one) => &one.body,
            _ => return false,
        };
    }
    false
}

/// Statements that may be repeated without harm.
fn is_idle(item: &Item, stmt: StmtId) -> bool {
    match item.stmt(stmt) {
        Stmt::Pass | Stmt::Global(_) | Stmt::Nonlocal(_) => true,
        Stmt::Expr(expr) => matches!(item.expr(*expr), Expr::Str(_)) || only_tells(item, *expr),
        Stmt::Assign { targets, value } => {
            let is_plain = matches!(item.expr(*value), Expr::Bool(_) | Expr::None | Expr::Int(_) | Expr::Str(_));
            is_plain && targets.iter().all(|target| matches!(item.expr(*target), Expr::Name(_)))
        }
        // `if stopped: break`
        Stmt::If { test, body, orelse } => {
            let harmless = |one: &StmtId| is_idle(item, *one) || blocks::leaves(item, *one);
            place::is_repeatable(item, *test) && orelse.is_empty() && body.iter().all(harmless)
        }
        _ => false,
    }
}

/// `print("waiting")`, `logger.debug("turn %d", n)`
fn only_tells(item: &Item, expr: ExprId) -> bool {
    let Expr::Call { func, args } = item.expr(expr) else { return false };
    let tells = match item.expr(*func) {
        Expr::Name(name) => *name == "print",
        Expr::Attribute { value, attr } => {
            let level = matches!(attr.as_str(), "debug" | "info" | "warning" | "warn" | "error" | "log" | "trace");
            let logger = match item.expr(*value) {
                Expr::Name(name) | Expr::Attribute { attr: name, .. } => name.as_str().to_lowercase().contains("log"),
                _ => false,
            };
            level && logger
        }
        _ => false,
    };
    tells && args.iter().all(|arg| form::is_pure(item, arg.value))
}

/// Whether evaluating `expr` does nothing but read.
pub(super) fn is_pure(item: &Item, expr: ExprId) -> bool {
    !holds(item, expr, |one| {
        matches!(
            one,
            Expr::Call { .. }
                | Expr::Await(_)
                | Expr::Yield(_)
                | Expr::YieldFrom(_)
                | Expr::Walrus { .. }
                | Expr::Comprehension(_)
                | Expr::Lambda(_)
                | Expr::Error
        )
    })
}

fn holds(item: &Item, expr: ExprId, is_it: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    walk(item, Part::Expr(expr), &mut |part| {
        found |= matches!(part, Part::Expr(id) if is_it(item.expr(id)));
        !found
    });
    found
}
