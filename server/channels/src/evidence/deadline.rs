//! A deadline that the code around a call checks, and that a call without a bound of its own defeats.

use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use crate::order::control_flow;
use crate::process;

/// Calls that give the time.
const CLOCKS: &[&str] = &["time", "monotonic", "perf_counter", "time_ns", "monotonic_ns"];
/// How many callers of a function are looked at.
const MAX_CALLERS: usize = 8;

/// Where the deadline is checked that the loop around `call` keeps, or a loop around what calls its function.
pub fn deadline(cx: &ItemContext<'_>, call: ExprId) -> Option<Site> {
    if cx.item.expr_ancestors(call).any(|one| matches!(cx.item.expr(one), Expr::Lambda(_))) {
        return None;
    }
    if let Some(test) = around(cx, cx.item.enclosing_stmt(call)) {
        return Some(cx.site(test));
    }
    let function = cx.inference.enclosing_function(cx.site(call))?;
    let name = cx.inference.function(function)?.name;
    let callers = cx.inference.calls_named(name);
    if callers.len() > MAX_CALLERS {
        return None;
    }
    callers.into_iter().find_map(|caller| {
        let there = cx.at(caller.file, caller.item).filter(|there| !there.file.is_test())?;
        let test = around(&there, there.item.enclosing_stmt(caller.expr))?;
        let is_it = |one: &Type| matches!(one, Type::Function(found, _) if *found == function);
        (cx.inference.enclosing_function(caller) != Some(function) && cx.inference.callee(caller).iter().any(is_it))
            .then(|| there.site(test))
    })
}

/// The comparison with a clock that ends a loop around the statement, where the bound is fixed before the loop.
fn around(cx: &ItemContext<'_>, stmt: StmtId) -> Option<ExprId> {
    let item = cx.item;
    // The loop is over with what it returns; what stands under such a test itself comes when time is up.
    if matches!(item.stmt(stmt), Stmt::Return(_) | Stmt::Raise { .. }) {
        return None;
    }
    if control_flow::guards(item, stmt)
        .into_iter()
        .any(|test| !is_loop_test(item, test) && becomes_true(cx, test).is_some())
    {
        return None;
    }
    for outer in item.stmt_ancestors(stmt) {
        let (test, body) = match item.stmt(outer) {
            Stmt::Function(_) | Stmt::Class(_) => return None,
            Stmt::While { test, body, .. } => (Some(*test), body),
            Stmt::For { body, .. } => (None, body),
            _ => continue,
        };
        let is_fixed = |test: ExprId| !is_moved(cx, test, outer);
        if let Some(test) = test.filter(|test| becomes_true(cx, *test) == Some(false) && is_fixed(*test)) {
            return Some(test);
        }
        let ends = body.iter().find_map(|one| match item.stmt(*one) {
            Stmt::If { test, body, .. }
                if becomes_true(cx, *test) == Some(true) && leaves(cx, body) && is_fixed(*test) =>
            {
                Some(*test)
            }
            _ => None,
        });
        if ends.is_some() {
            return ends;
        }
    }
    None
}

fn is_loop_test(item: &Item, test: ExprId) -> bool {
    matches!(item.stmt(item.enclosing_stmt(test)), Stmt::While { .. })
}

fn leaves(cx: &ItemContext<'_>, body: &[StmtId]) -> bool {
    body.iter().any(|one| matches!(cx.item.stmt(*one), Stmt::Raise { .. } | Stmt::Break | Stmt::Return(_)))
}

/// Whether a comparison with the time becomes true as that goes on: `time.monotonic() < end` does not,
/// `now - start > timeout` does.
fn becomes_true(cx: &ItemContext<'_>, test: ExprId) -> Option<bool> {
    let Expr::Compare(compare) = cx.item.expr(test) else { return None };
    let ([left, right], [op]) = (&*compare.operands, &*compare.ops) else { return None };
    let is_left = match (is_now(cx, *left), is_now(cx, *right)) {
        (true, false) => true,
        (false, true) => false,
        _ => return None,
    };
    match (op.as_str(), is_left) {
        ("<" | "<=", true) | (">" | ">=", false) => Some(false),
        (">" | ">=", true) | ("<" | "<=", false) => Some(true),
        _ => None,
    }
}

/// Whether the expression is the time of now, or how long something took by now: a call of a clock, or a name that is bound
/// to one in the loop.
fn is_now(cx: &ItemContext<'_>, expr: ExprId) -> bool {
    let item = cx.item;
    let is_clock = |expr: ExprId| {
        matches!(item.expr(expr), Expr::Call { args, .. } if args.is_empty()) && process::is_named(item, expr, CLOCKS)
    };
    match item.expr(expr) {
        Expr::Call { .. } => is_clock(expr),
        Expr::Binary { left, op, .. } => *op == "-" && is_now(cx, *left),
        Expr::Name(name) => cx.facts().bindings.iter().any(|one| {
            one.name == *name
                && control_flow::enclosing_loop(item, one.stmt).is_some()
                && matches!(one.source, Source::Value(value) if match item.expr(value) {
                    Expr::Binary { left, op, .. } => *op == "-" && is_clock(*left),
                    _ => is_clock(value),
                })
        }),
        _ => false,
    }
}

/// Whether the loop binds a name of the bound anew.
fn is_moved(cx: &ItemContext<'_>, test: ExprId, around: StmtId) -> bool {
    let item = cx.item;
    let Expr::Compare(compare) = item.expr(test) else { return true };
    let mut moved = false;
    for operand in
        compare.operands.iter().filter(|one| !matches!(item.expr(**one), Expr::Name(_)) || !is_now(cx, **one))
    {
        walk(item, Part::Expr(*operand), &mut |part| {
            if let Part::Expr(expr) = part
                && let Expr::Name(name) = item.expr(expr)
            {
                moved |= cx
                    .facts()
                    .bindings
                    .iter()
                    .any(|one| one.name == *name && item.stmt_ancestors(one.stmt).any(|outer| outer == around));
            }
            !moved
        });
    }
    moved
}
