//! What to do when the time is over: go on with the loop, or try again in place.

use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use super::{flag, form};
use crate::shared::{blocks, place};

/// What to do when the time is over.
pub(super) enum Otherwise {
    /// The next turn of the loop: this one has done nothing yet.
    Continue,
    /// An inner loop under the outer one's condition tries again, so that the condition is looked at.
    Retry(String),
}

/// What is right at `call`; nothing where nothing is. `may_skip` tells whether the loop may go on without the call.
///
/// Only a loop that asks a flag has something to do when the time is over: it asks again, and ends once it was told to.
/// Elsewhere the wait is as long as the other side's work, which is not known here: an error after some seconds would
/// end a healthy program, and another turn would wait forever as before, with no finding left to say so.
pub(super) fn otherwise(cx: &CheckContext<'_>, call: ExprId, receiver: &str, may_skip: bool) -> Option<Otherwise> {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    // A `finally` that answers for the message (`task_done`) must not run without one.
    if place::finally_needs(cx, stmt, receiver) {
        return None;
    }
    let around = place::enclosing_loop(item, stmt)?;
    let Stmt::While { test, orelse, .. } = item.stmt(around) else { return None };
    if !place::is_repeatable(item, *test) || place::finally_within(item, stmt, around) {
        return None;
    }
    let asks = flag::asks(cx, stmt, *test);
    if may_skip && (asks || leaves_on_a_flag(cx, around, stmt)) && starts_turn(cx, around, stmt) {
        return Some(Otherwise::Continue);
    }
    let names = place::bound_names(cx, stmt);
    // What is put is made once more at each attempt: `frames.put(camera.read())` would lose frames.
    let is_made_twice =
        matches!(item.expr(call), Expr::Call { args, .. } if args.iter().any(|arg| !is_pure(item, arg.value)));
    if !asks || is_made_twice || !orelse.is_empty() || place::mentions(item, Part::Expr(*test), &names) {
        return None;
    }
    condition(cx, around).map(Otherwise::Retry)
}

/// Whether a turn of the loop that has not come to `stmt` yet is left by a flag: `if stop.is_set(): break`.
fn leaves_on_a_flag(cx: &CheckContext<'_>, around: StmtId, stmt: StmtId) -> bool {
    let here = cx.item.stmt_range(stmt).start();
    let mut found = false;
    walk(cx.item, Part::Stmt(around), &mut |part| {
        if let Part::Stmt(one) = part
            && cx.item.stmt_range(one).end() <= here
            && let Stmt::If { test, body, .. } = cx.item.stmt(one)
        {
            let is_left = body
                .last()
                .is_some_and(|last| matches!(cx.item.stmt(*last), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. }));
            found |= is_left && flag::asks(cx, stmt, *test);
        }
        !found
    });
    found
}

/// The text of a `while` loop's condition, where it is one that can change and stands on one line.
fn condition(cx: &CheckContext<'_>, around: StmtId) -> Option<String> {
    let Stmt::While { test, .. } = cx.item.stmt(around) else { return None };
    let text = cx.text(*test);
    (!text.contains(['\n', '\r'])).then(|| text.to_owned())
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
