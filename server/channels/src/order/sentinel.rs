//! Loops that a message ends.

use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use super::control_flow::mentions;

/// Whether the loop is left when a message bound to one of `names` says so: a test of the message whose block
/// breaks, returns, raises, exits or clears the flag that the loop's own condition tests. Leaving *with* the message
/// is no such protocol: a function that returns it waited for it.
pub fn leaves_on_message(item: &Item, loop_stmt: StmtId, names: &[Name]) -> bool {
    let names = &with_derived(item, loop_stmt, names);
    let condition = match item.stmt(loop_stmt) {
        Stmt::While { test, .. } => Some(*test),
        _ => None,
    };
    if condition.is_some_and(|test| mentions(item, Part::Expr(test), names)) {
        return true;
    }
    let ends = |stmt: &StmtId| quits(item, *stmt, condition, names);
    let is_changing = condition.is_some_and(|test| !matches!(item.expr(test), Expr::Bool(_) | Expr::Int(_)));
    let mut found = false;
    walk(item, Part::Stmt(loop_stmt), &mut |part| {
        if let Part::Stmt(stmt) = part {
            match item.stmt(stmt) {
                Stmt::If { test, body, orelse } if mentions(item, Part::Expr(*test), names) => {
                    found |= body.iter().chain(orelse).any(ends);
                    // A `None` that does nothing wakes the loop up to look at its condition.
                    found |= is_changing && is_none_test(item, *test, names);
                }
                Stmt::Match { subject, cases } if mentions(item, Part::Expr(*subject), names) => {
                    found |= cases.iter().flat_map(|case| &case.body).any(ends);
                }
                Stmt::Function(_) | Stmt::Class(_) => return false,
                _ => {}
            }
        }
        !found
    });
    found
}

/// `message is None`, `message is not None`
pub fn is_none_test(item: &Item, test: ExprId, names: &[Name]) -> bool {
    let Expr::Compare(compare) = item.expr(test) else { return false };
    matches!((item.expr(compare.operands[0]), item.expr(compare.operands[1])), (Expr::Name(name), Expr::None)
        if names.contains(name))
}

/// `names`, and those that are assigned from them in the loop: `kind, body = message`.
fn with_derived(item: &Item, loop_stmt: StmtId, names: &[Name]) -> Vec<Name> {
    let mut all = names.to_vec();
    walk(item, Part::Stmt(loop_stmt), &mut |part| {
        if let Part::Stmt(stmt) = part
            && let Stmt::Assign { targets, value } = item.stmt(stmt)
            && mentions(item, Part::Expr(*value), &all)
        {
            targets.iter().for_each(|target| target_names(item, *target, &mut all));
        }
        true
    });
    all
}

fn target_names(item: &Item, target: ExprId, all: &mut Vec<Name>) {
    match item.expr(target) {
        Expr::Name(name) if !all.contains(name) => all.push(*name),
        Expr::Tuple(items) | Expr::List(items) => items.iter().for_each(|one| target_names(item, *one, all)),
        Expr::Starred(one) => target_names(item, *one, all),
        _ => {}
    }
}

/// Whether `stmt`, or something in it, ends the loop with `condition` for good, without handing out the message.
pub fn quits(item: &Item, stmt: StmtId, condition: Option<ExprId>, names: &[Name]) -> bool {
    let mut found = false;
    walk(item, Part::Stmt(stmt), &mut |part| {
        if let Part::Stmt(stmt) = part {
            match item.stmt(stmt) {
                Stmt::Break | Stmt::Raise { .. } => found = true,
                Stmt::Return(value) => {
                    found |= value.is_none_or(|value| !mentions(item, Part::Expr(value), names));
                }
                Stmt::Expr(call) => found |= exits(item, *call),
                Stmt::Assign { targets, value } if matches!(item.expr(*value), Expr::Bool(_) | Expr::None) => {
                    found |= condition.is_some_and(|test| targets.iter().any(|one| contains(item, test, *one)));
                }
                // A `break` in there belongs to that loop.
                Stmt::For { .. } | Stmt::While { .. } | Stmt::Function(_) => return false,
                _ => {}
            }
        }
        !found
    });
    found
}

/// `sys.exit()` and its like.
fn exits(item: &Item, call: ExprId) -> bool {
    let Expr::Call { func, .. } = item.expr(call) else { return false };
    match item.expr(*func) {
        Expr::Name(name) => matches!(name.as_str(), "exit" | "quit"),
        Expr::Attribute { value, attr } => {
            let module = matches!(item.expr(*value), Expr::Name(name) if *name == "sys" || *name == "os");
            module && matches!(attr.as_str(), "exit" | "_exit")
        }
        _ => false,
    }
}

/// Whether the name or attribute `target` is part of `expr`.
fn contains(item: &Item, expr: ExprId, target: ExprId) -> bool {
    if !matches!(item.expr(target), Expr::Name(_) | Expr::Attribute { .. }) {
        return false;
    }
    let mut found = false;
    walk(item, Part::Expr(expr), &mut |part| {
        if let Part::Expr(id) = part {
            found |= is_same(item, id, target);
        }
        !found
    });
    found
}

/// Whether two chains of names and attributes are the same.
fn is_same(item: &Item, one: ExprId, other: ExprId) -> bool {
    match (item.expr(one), item.expr(other)) {
        (Expr::Name(one), Expr::Name(other)) => one == other,
        (Expr::Attribute { value, attr }, Expr::Attribute { value: base, attr: name }) => {
            attr == name && is_same(item, *value, *base)
        }
        _ => false,
    }
}
