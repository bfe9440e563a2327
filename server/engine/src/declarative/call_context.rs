//! Where a piece of code stands.

use pyteam_index::infer::enclosing_function;
use pyteam_syntax::tree::Parent;
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use crate::context::CheckContext;
use crate::page::calls::CallContext;

/// An expression, or a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Expr(ExprId),
    Stmt(StmtId),
}

impl Spot {
    fn stmt(self, item: &Item) -> StmtId {
        match self {
            Self::Expr(expr) => item.enclosing_stmt(expr),
            Self::Stmt(stmt) => stmt,
        }
    }

    fn in_lambda(self, item: &Item) -> bool {
        let Self::Expr(expr) = self else { return false };
        item.expr_ancestors(expr).any(|id| matches!(item.expr(id), Expr::Lambda(_)))
    }
}

/// Whether `spot` stands inside such a place, looking outward to the nearest function.
pub(super) fn is_inside(place: CallContext, cx: &CheckContext<'_>, spot: Spot) -> bool {
    let item = cx.item;
    match place {
        CallContext::Test => cx.file.is_test(),
        CallContext::Function => function(item, spot) == Some(false),
        CallContext::AsyncFunction => function(item, spot) == Some(true),
        CallContext::Module => function(item, spot).is_none() && !spot.in_lambda(item),
        CallContext::Method => is_method(cx, spot),
        CallContext::Loop => in_comprehension(item, spot) || in_block(item, spot, is_loop_body),
        CallContext::Try => {
            in_block(item, spot, |stmt, inner| matches!(stmt, Stmt::Try(one) if one.body.contains(&inner)))
        }
        CallContext::With => {
            in_block(item, spot, |stmt, inner| matches!(stmt, Stmt::With { body, .. } if body.contains(&inner)))
        }
    }
}

fn is_loop_body(stmt: &Stmt, inner: StmtId) -> bool {
    matches!(stmt, Stmt::For { body, .. } | Stmt::While { body, .. } if body.contains(&inner))
}

/// Whether the innermost function around is asynchronous; `None` without one, or inside a lambda.
fn function(item: &Item, spot: Spot) -> Option<bool> {
    if spot.in_lambda(item) {
        return None;
    }
    let mut below = spot.stmt(item);
    for stmt in item.stmt_ancestors(below) {
        if let Stmt::Function(function) = item.stmt(stmt)
            // Decorators, defaults and annotations are evaluated outside.
            && function.body.contains(&below)
        {
            return Some(function.is_async);
        }
        below = stmt;
    }
    None
}

fn is_method(cx: &CheckContext<'_>, spot: Spot) -> bool {
    let stmt = enclosing_function(cx.item, spot.stmt(cx.item));
    let function =
        stmt.map(|stmt| pyteam_index::definitions::FunctionRef { file: cx.file.id, item: cx.item_index, stmt });
    function.is_some_and(|function| cx.inference.class_of(function).is_some())
}

/// Whether it is evaluated once per turn of a comprehension: the first iterable is not.
fn in_comprehension(item: &Item, spot: Spot) -> bool {
    let Spot::Expr(expr) = spot else { return false };
    let mut below = expr;
    for id in item.expr_ancestors(expr) {
        match item.expr(id) {
            Expr::Lambda(_) => return false,
            Expr::Comprehension(one) if one.clauses.first().is_none_or(|clause| clause.iter != below) => return true,
            _ => {}
        }
        below = id;
    }
    false
}

/// Whether a block around is one that `is_it` accepts, given the statement and the part of it.
fn in_block(item: &Item, spot: Spot, is_it: impl Fn(&Stmt, StmtId) -> bool) -> bool {
    if spot.in_lambda(item) {
        return false;
    }
    let mut below = spot.stmt(item);
    while let Parent::Stmt(stmt) = item.stmt_parent(below) {
        match item.stmt(stmt) {
            Stmt::Function(function) if function.body.contains(&below) => return false,
            one if is_it(one, below) => return true,
            _ => below = stmt,
        }
    }
    false
}
