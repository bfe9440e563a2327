//! What a call does by way of the functions of the workspace that it calls: constructors that start a thread, a `main()`
//! that starts processes.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Type, is_awaited};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use crate::order::blocks;
use crate::process;

/// Whether an expression of an item is what is looked for.
pub type Event<'e> = dyn Fn(&ItemContext<'_>, ExprId) -> bool + 'e;

/// An expression, where it stands.
pub struct Found<'c> {
    /// The item and all around it.
    pub cx: ItemContext<'c>,
    /// The expression.
    pub expr: ExprId,
}

/// The event that the call brings about in every usual run, by at most `depth` functions that call one another; nothing
/// where it may call several things, or one that is not known.
pub fn through<'c>(cx: &ItemContext<'c>, call: ExprId, depth: u8, is_event: &Event<'_>) -> Option<Found<'c>> {
    let types = cx.inference.callee(cx.site(call));
    let [one] = types.as_slice() else { return None };
    let function = match one {
        Type::Function(function, _) => *function,
        Type::Class(class) => constructor(cx, *class)?,
        _ => return None,
    };
    if cx.inference.function(function)?.is_async && !is_awaited(cx.item, call) {
        return None;
    }
    within(cx, function, depth, is_event)
}

/// The `__init__` that objects of the class are made by.
pub fn constructor(cx: &ItemContext<'_>, class: pyteam_index::definitions::ClassRef) -> Option<FunctionRef> {
    let ancestors = cx.inference.ancestors(class).0;
    ancestors.into_iter().find_map(|one| cx.inference.method_named(one, Name::new("__init__")))
}

/// The event that every usual run of the function comes to, itself or through what it calls.
pub fn within<'c>(cx: &ItemContext<'c>, function: FunctionRef, depth: u8, is_event: &Event<'_>) -> Option<Found<'c>> {
    let depth = depth.checked_sub(1)?;
    let there = cx.at(function.file, function.item)?;
    let definition = facts::function(there.item, function.stmt)?;
    let yields = there.facts().functions.iter().find(|one| one.stmt == function.stmt).is_none_or(|one| one.yields);
    if yields || !definition.decorators.iter().all(|one| leaves_as_is(there.item, *one)) {
        return None;
    }
    let mut own = Vec::new();
    process::own_exprs(there.item, Some(function.stmt), &mut |expr| own.push(expr));
    own.sort_unstable_by_key(|expr| there.item.expr_range(*expr).start());
    let is_usual = |expr: &ExprId| is_usual(there.item, *expr, Some(function.stmt));
    if let Some(expr) = own.iter().copied().find(|expr| is_event(&there, *expr) && is_usual(expr)) {
        return Some(Found { cx: there, expr });
    }
    let is_call = |expr: &ExprId| matches!(there.item.expr(*expr), Expr::Call { .. });
    let mut calls = own.into_iter().filter(|expr| is_call(expr) && is_usual(expr));
    calls.find_map(|call| through(&there, call, depth, is_event))
}

/// Whether every run of `function` (of the module, if none) that raises nothing evaluates the expression: it stands in
/// no branch, and no branch before it returns. A loop is taken to have a turn.
pub fn is_usual(item: &Item, expr: ExprId, function: Option<StmtId>) -> bool {
    let is_part = item
        .expr_ancestors(expr)
        .any(|around| matches!(item.expr(around), Expr::Conditional { .. } | Expr::Bool2 { .. } | Expr::Lambda(_)));
    let mut inner = item.enclosing_stmt(expr);
    if is_part || !is_first_reached(item, inner) {
        return false;
    }
    for outer in item.stmt_ancestors(inner) {
        if Some(outer) == function {
            return true;
        }
        if matches!(item.stmt(outer), Stmt::Function(_) | Stmt::Class(_))
            || is_branch(item, outer, inner)
            || !is_first_reached(item, outer)
        {
            return false;
        }
        inner = outer;
    }
    function.is_none()
}

/// Whether `inner` stands in a part of the statement that only some runs come to.
fn is_branch(item: &Item, outer: StmtId, inner: StmtId) -> bool {
    match item.stmt(outer) {
        Stmt::If { .. } | Stmt::Match { .. } => true,
        Stmt::Try(one) => !one.body.contains(&inner) && !one.finalbody.contains(&inner),
        Stmt::While { body, .. } | Stmt::For { body, .. } => !body.contains(&inner),
        _ => false,
    }
}

/// Whether no statement before it in its block may leave the block, other than by an exception.
fn is_first_reached(item: &Item, stmt: StmtId) -> bool {
    let Some(outer) = item.stmt_ancestors(stmt).next() else { return true };
    let Some(block) = blocks::of(item, outer).into_iter().find(|block| block.contains(&stmt)) else { return true };
    block.iter().take_while(|one| **one != stmt).all(|before| !may_leave(item, *before))
}

fn may_leave(item: &Item, stmt: StmtId) -> bool {
    match item.stmt(stmt) {
        Stmt::Return(_) | Stmt::Break | Stmt::Continue => true,
        Stmt::Function(_) | Stmt::Class(_) => false,
        _ => blocks::of(item, stmt).into_iter().flatten().any(|one| may_leave(item, *one)),
    }
}

/// Decorators under which a call still runs the body here and now.
fn leaves_as_is(item: &Item, decorator: ExprId) -> bool {
    const PLAIN: &[&str] = &["staticmethod", "classmethod", "override", "no_grad", "inference_mode", "wraps", "record"];
    let named = match item.expr(decorator) {
        Expr::Call { func, .. } => *func,
        _ => decorator,
    };
    facts::last_name(item, named).is_some_and(|name| PLAIN.contains(&name.as_str()))
}
