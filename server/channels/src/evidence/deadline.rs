//! A deadline that the code around a call checks, and that a call without a bound of its own defeats.

use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Stmt, StmtId};

use crate::process;

/// Calls that give the time.
const CLOCKS: &[&str] = &["time", "monotonic", "perf_counter", "time_ns", "monotonic_ns"];
/// How many callers of a function are looked at.
const MAX_CALLERS: usize = 8;

/// Where the deadline is checked that the loop around `call` keeps, or a loop around what calls its function.
pub fn deadline(cx: &ItemContext<'_>, call: ExprId) -> Option<Site> {
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

/// The comparison with a clock that ends a loop around the statement.
fn around(cx: &ItemContext<'_>, stmt: StmtId) -> Option<ExprId> {
    let item = cx.item;
    for outer in item.stmt_ancestors(stmt) {
        let (test, body) = match item.stmt(outer) {
            Stmt::Function(_) | Stmt::Class(_) => return None,
            Stmt::While { test, body, .. } => (Some(*test), body),
            Stmt::For { body, .. } => (None, body),
            _ => continue,
        };
        if let Some(test) = test.filter(|test| compares_clock(cx, *test)) {
            return Some(test);
        }
        let ends = body.iter().find_map(|one| match item.stmt(*one) {
            Stmt::If { test, body, .. } if compares_clock(cx, *test) && leaves(cx, body) => Some(*test),
            _ => None,
        });
        if ends.is_some() {
            return ends;
        }
    }
    None
}

fn leaves(cx: &ItemContext<'_>, body: &[StmtId]) -> bool {
    body.iter().any(|one| matches!(cx.item.stmt(*one), Stmt::Raise { .. } | Stmt::Break | Stmt::Return(_)))
}

/// `time.monotonic() < end`, `now - start > timeout`
fn compares_clock(cx: &ItemContext<'_>, test: ExprId) -> bool {
    let item = cx.item;
    let function = process::function_of(item, test);
    let is_clock = |expr: ExprId| {
        matches!(item.expr(expr), Expr::Call { args, .. } if args.is_empty()) && process::is_named(item, expr, CLOCKS)
    };
    let of_clock = |part: ExprId| {
        let mut found = false;
        walk(item, Part::Expr(part), &mut |one| {
            if let Part::Expr(expr) = one {
                found |= is_clock(expr);
            }
            !found
        });
        found
    };
    let is_time = |name: Name| {
        cx.facts().bindings.iter().any(|one| {
            one.name == name
                && matches!(one.source, Source::Value(value)
                    if process::function_of(item, value) == function && of_clock(value))
        })
    };
    let mut found = false;
    walk(item, Part::Expr(test), &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Compare(compare) = item.expr(expr)
        {
            found |= compare.operands.iter().any(|operand| match item.expr(*operand) {
                Expr::Name(name) => is_time(*name),
                _ => of_clock(*operand),
            });
        }
        !found
    });
    found
}
