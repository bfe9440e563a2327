//! What ends a loop that should go on: a call in it that raises, and nothing in it that catches that.

use pyteam_index::context::ItemContext;
use pyteam_syntax::{ExprId, Stmt, StmtId};

use super::risk;
use crate::order::control_flow;
use crate::order::obstacle::{Risk, is_broad};

/// The call that can end the loop around `call` by an exception that depends on what is outside or in the message: the
/// first one in the loop's body that no handler in the loop catches.
pub fn loop_end(cx: &ItemContext<'_>, call: ExprId) -> Option<ExprId> {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    let around = match item.stmt(stmt) {
        Stmt::While { .. } => stmt,
        _ => control_flow::enclosing_loop(item, stmt)?,
    };
    let is_in_loop = |one: StmtId| item.stmt_ancestors(one).any(|outer| outer == around);
    let mut calls: Vec<ExprId> = cx.facts().calls.clone();
    calls.sort_by_key(|one| item.expr_range(*one).start());
    calls.into_iter().find(|one| {
        let stmt = item.enclosing_stmt(*one);
        *one != call && is_in_loop(stmt) && !is_caught(cx, stmt, around) && risk(cx, *one, 2) == Some(Risk::Likely)
    })
}

/// Whether a handler between the statement and the loop catches what comes from outside, and lets the loop go on.
fn is_caught(cx: &ItemContext<'_>, stmt: StmtId, around: StmtId) -> bool {
    let item = cx.item;
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        if outer == around {
            return false;
        }
        match item.stmt(outer) {
            Stmt::Try(one) if one.body.contains(&inner) => {
                let goes_on = |block: &[StmtId]| {
                    !block
                        .iter()
                        .any(|stmt| matches!(item.stmt(*stmt), Stmt::Raise { .. } | Stmt::Break | Stmt::Return(_)))
                };
                if one.handlers.iter().any(|handler| is_broad(item, handler.kind) && goes_on(&handler.body)) {
                    return true;
                }
            }
            Stmt::With { items, body, .. }
                if body.contains(&inner) && items.iter().any(|one| control_flow::suppresses(item, one.context)) =>
            {
                return true;
            }
            Stmt::Function(_) | Stmt::Class(_) => return true,
            _ => {}
        }
        inner = outer;
    }
    false
}
