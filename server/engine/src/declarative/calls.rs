//! Finding the calls that a page describes.

use pyteam_index::infer::Site;
use pyteam_syntax::tree::Parent;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use super::answer::Answer;
use super::arguments;
use crate::context::CheckContext;
use crate::page::CallPattern;
use crate::page::calls::{Condition, Place};

/// A call that a pattern objects to.
pub(super) struct Hit<'a> {
    pub(super) call: ExprId,
    pub(super) callee: Name,
    pub(super) pattern: &'a CallPattern,
}

/// The calls of `cx`'s item that one of `patterns` objects to; the first one counts.
pub(super) fn find<'a>(patterns: &'a [CallPattern], cx: &CheckContext<'_>) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for call in cx.item.expr_ids() {
        let Expr::Call { func, .. } = cx.item.expr(call) else { continue };
        // Asking what is called costs far more than seeing that the last name cannot be meant.
        let last = last_name(cx.item, *func);
        if !patterns.iter().any(|pattern| may_be(pattern, last)) {
            continue;
        }
        let site = Site { file: cx.file.id, item: cx.item_index, expr: call };
        let Some(callee) = cx.inference.callee_path(site) else { continue };
        let hit = patterns.iter().find(|pattern| {
            names(pattern, callee.as_str()) && Answer::all(pattern.conditions.iter().map(|one| judge(one, cx, call))).is_yes()
        });
        hits.extend(hit.map(|pattern| Hit { call, callee, pattern }));
    }
    hits.sort_by_key(|hit| cx.item.expr_range(hit.call).start());
    hits
}

/// `load` in `torch.load`; `None` where the callee has no name of its own.
fn last_name(item: &Item, func: ExprId) -> Option<Name> {
    match item.expr(func) {
        Expr::Attribute { attr, .. } => Some(*attr),
        // A plain name may be an alias.
        _ => None,
    }
}

fn may_be(pattern: &CallPattern, last: Option<Name>) -> bool {
    let Some(last) = last else { return true };
    pattern.callees.iter().any(|callee| {
        let end = callee.rsplit('.').next().unwrap_or(callee);
        // `Name.*` and classes, which are called by any alias of their module's, cannot be told by the name.
        end == "*" || last == *end
    })
}

fn names(pattern: &CallPattern, path: &str) -> bool {
    pattern.callees.iter().any(|callee| match callee.strip_suffix(".*") {
        Some(module) => path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')),
        None => path == callee,
    })
}

fn judge(condition: &Condition, cx: &CheckContext<'_>, call: ExprId) -> Answer {
    match condition {
        Condition::Argument(parameter, test) => match cx.item.expr(call) {
            Expr::Call { args, .. } => arguments::test(cx.item, args, parameter, test),
            _ => Answer::Unknown,
        },
        Condition::Inside(places, wanted) => {
            let inside = places.iter().any(|place| is_inside(*place, cx, call));
            Answer::from_bool(inside).wanted(*wanted)
        }
    }
}

/// Whether the call stands inside such a place, looking outward to the nearest function.
fn is_inside(place: Place, cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    match place {
        Place::Test => cx.file.is_test(),
        Place::Function => function(cx, call) == Some(false),
        Place::AsyncFunction => function(cx, call) == Some(true),
        Place::Module => function(cx, call).is_none() && !in_lambda(item, call),
        Place::Method => is_method(cx, call),
        Place::Loop => in_comprehension(item, call) || in_block(item, call, is_loop_body),
        Place::Try => in_block(item, call, |stmt, inner| matches!(stmt, Stmt::Try(one) if one.body.contains(&inner))),
        Place::With => in_block(item, call, |stmt, inner| matches!(stmt, Stmt::With { body, .. } if body.contains(&inner))),
    }
}

fn is_loop_body(stmt: &Stmt, inner: StmtId) -> bool {
    matches!(stmt, Stmt::For { body, .. } | Stmt::While { body, .. } if body.contains(&inner))
}

/// Whether the innermost function around the call is asynchronous; `None` without one, or inside a lambda.
fn function(cx: &CheckContext<'_>, call: ExprId) -> Option<bool> {
    if in_lambda(cx.item, call) {
        return None;
    }
    let item = cx.item;
    let mut below = item.enclosing_stmt(call);
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

fn is_method(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let site = Site { file: cx.file.id, item: cx.item_index, expr: call };
    let function = cx.inference.enclosing_function(site);
    function.is_some_and(|function| cx.inference.class_of(function).is_some())
}

fn in_lambda(item: &Item, call: ExprId) -> bool {
    item.expr_ancestors(call).any(|id| matches!(item.expr(id), Expr::Lambda(_)))
}

/// Whether the call is evaluated once per turn of a comprehension: the first iterable is not.
fn in_comprehension(item: &Item, call: ExprId) -> bool {
    let mut below = call;
    for id in item.expr_ancestors(call) {
        match item.expr(id) {
            Expr::Lambda(_) => return false,
            Expr::Comprehension(one) if one.clauses.first().is_none_or(|clause| clause.iter != below) => return true,
            _ => {}
        }
        below = id;
    }
    false
}

/// Whether a block around the call is one that `is_it` accepts, given the statement and the part of it.
fn in_block(item: &Item, call: ExprId, is_it: impl Fn(&Stmt, StmtId) -> bool) -> bool {
    if in_lambda(item, call) {
        return false;
    }
    let mut below = item.enclosing_stmt(call);
    while let Parent::Stmt(stmt) = item.stmt_parent(below) {
        match item.stmt(stmt) {
            Stmt::Function(function) if function.body.contains(&below) => return false,
            one if is_it(one, below) => return true,
            _ => below = stmt,
        }
    }
    false
}
