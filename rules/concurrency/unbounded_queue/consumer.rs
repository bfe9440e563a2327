//! Whether what takes from a queue takes until the producer says that it is done, with no other wait before.

use pyteam_channels::order::control_flow;
use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::infer;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

/// Whether the take stands in a loop that only the message itself, or a cancellation, ends; with `from_start`, whether its
/// function waits for nothing else before.
pub(super) fn goes_on(cx: &CheckContext<'_>, take: ExprId, from_start: bool) -> bool {
    let item = cx.item;
    let stmt = item.enclosing_stmt(take);
    let Some(around) = loop_of(item, stmt, take) else { return false };
    let names = message_names(item, take);
    let is_early = |one: StmtId| is_leaving(item, one) && !is_told_to(item, one, around, &names);
    let mut leaves = false;
    walk(item, Part::Stmt(around), &mut |part| {
        let Part::Stmt(one) = part else { return false };
        // A `break` in there belongs to the inner loop, a `return` does not.
        let is_inner = matches!(item.stmt(one), Stmt::Break)
            && control_flow::enclosing_loop(item, one).is_some_and(|inner| inner != around);
        leaves |= !is_inner && is_early(one);
        !matches!(item.stmt(one), Stmt::Function(_) | Stmt::Class(_))
    });
    let is_late = from_start && waits_before(item, take);
    !leaves && !is_late
}

/// The endless loop that takes each time round: `while True`, `while message := await queue.get()`.
fn loop_of(item: &Item, stmt: StmtId, take: ExprId) -> Option<StmtId> {
    if let Stmt::While { test, .. } = item.stmt(stmt)
        && item.expr_range(*test).contains_range(item.expr_range(take))
    {
        return Some(stmt);
    }
    let around = control_flow::enclosing_loop(item, stmt)?;
    let Stmt::While { test, .. } = item.stmt(around) else { return None };
    let is_endless = matches!(item.expr(*test), Expr::Bool(true) | Expr::Int(Some(1)));
    let mut between = item.stmt_ancestors(stmt).take_while(|one| *one != around);
    let is_each_time = between.all(|one| match item.stmt(one) {
        Stmt::Try(one) => one.body.iter().any(|inner| holds(item, *inner, take)),
        Stmt::With { .. } => true,
        _ => false,
    });
    (is_endless && is_each_time).then_some(around)
}

fn holds(item: &Item, stmt: StmtId, expr: ExprId) -> bool {
    item.stmt_range(stmt).contains_range(item.expr_range(expr))
}

/// The names that the message is bound to: `message = await queue.get()`, `kind, body = ...`, `message := ...`.
fn message_names(item: &Item, take: ExprId) -> Vec<Name> {
    let mut names = Vec::new();
    let mut bind = |target: ExprId| {
        walk(item, Part::Expr(target), &mut |part| {
            if let Part::Expr(expr) = part
                && let Expr::Name(name) = item.expr(expr)
            {
                names.push(*name);
            }
            true
        });
    };
    for around in item.expr_ancestors(take) {
        if let Expr::Walrus { target, .. } = item.expr(around) {
            bind(*target);
        }
    }
    if let Stmt::Assign { targets, .. } = item.stmt(item.enclosing_stmt(take)) {
        targets.iter().for_each(|target| bind(*target));
    }
    names
}

fn is_leaving(item: &Item, stmt: StmtId) -> bool {
    matches!(item.stmt(stmt), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. })
}

/// Whether the message, or a cancellation, says that the loop is to be left there.
fn is_told_to(item: &Item, leaving: StmtId, around: StmtId, names: &[Name]) -> bool {
    let mut inner = leaving;
    for outer in item.stmt_ancestors(leaving) {
        match item.stmt(outer) {
            Stmt::If { test, body, .. } if body.contains(&inner) && asks_message(item, *test, names) => return true,
            Stmt::Match { subject, .. } if asks_message(item, *subject, names) => return true,
            Stmt::Try(one) => {
                let handler = one.handlers.iter().find(|handler| handler.body.contains(&inner));
                let caught = handler.and_then(|handler| pyteam_index::facts::last_name(item, handler.kind?));
                if caught.is_some_and(|name| name == "CancelledError") {
                    return true;
                }
            }
            _ => {}
        }
        if outer == around {
            break;
        }
        inner = outer;
    }
    false
}

/// `message is None`, `not message`, `message["type"] == "end"`, `message == STOP`: nothing but the message and constants.
fn asks_message(item: &Item, test: ExprId, names: &[Name]) -> bool {
    let (mut asks, mut other) = (false, false);
    walk(item, Part::Expr(test), &mut |part| {
        let Part::Expr(expr) = part else { return false };
        match item.expr(expr) {
            Expr::Name(name) if names.contains(name) => asks = true,
            Expr::Name(name) => other |= !name.as_str().starts_with(char::is_uppercase) && *name != "isinstance",
            Expr::Compare(compare) => {
                other |= compare.ops.iter().any(|op| matches!(op.as_str(), "<" | ">" | "<=" | ">="))
            }
            Expr::Await(_) => {
                other |= !matches!(item.expr_parent(expr), Parent::Expr(around) if matches!(item.expr(around), Expr::Walrus { .. }))
            }
            _ => {}
        }
        !other
    });
    asks && !other
}

/// Whether the function waits for something else before the take, each time round or before the loop.
fn waits_before(item: &Item, take: ExprId) -> bool {
    let at = item.expr_range(take);
    let function = process::function_of(item, take);
    let mut waits = false;
    process::own_exprs(item, function, &mut |expr| {
        let range = item.expr_range(expr);
        waits |= matches!(item.expr(expr), Expr::Await(_)) && range.end() <= at.start();
    });
    waits
        || item.stmt_ids().any(|stmt| {
            let is_before =
                item.stmt_range(stmt).start() < at.start() && infer::enclosing_function(item, stmt) == function;
            is_before
                && match item.stmt(stmt) {
                    Stmt::For { is_async, .. } => *is_async,
                    // What is called makes a session or the like; what has a name is a lock, or another's.
                    Stmt::With { is_async: true, items, .. } => {
                        !items.iter().all(|one| matches!(item.expr(one.context), Expr::Call { .. }))
                    }
                    _ => false,
                }
        })
}
