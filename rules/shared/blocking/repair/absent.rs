//! Receivers that may be `None` where they stand: a type checker complains at each mention, so a repair must not add one.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextEdit};

/// Whether the edits mention the receiver of `call` once more although a type checker takes it for `None` there.
pub(super) fn is_mentioned_again(cx: &CheckContext<'_>, call: ExprId, receiver: &str, edits: &[TextEdit]) -> bool {
    let again = format!("{receiver}.");
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return false };
    matches!(cx.item.expr(*value), Expr::Attribute { .. })
        && edits.iter().any(|edit| edit.text.contains(&again))
        && cx
            .inference
            .expr(Site { file: cx.file.id, item: cx.item_index, expr: *value })
            .iter()
            .any(|one| *one == Type::None)
        && !is_told(cx, call, *value, receiver)
}

/// Whether the function asks before whether there is anything, or has just put it there.
fn is_told(cx: &CheckContext<'_>, call: ExprId, attribute: ExprId, receiver: &str) -> bool {
    let item = cx.item;
    let here = item.enclosing_stmt(call);
    let Some(function) = enclosing_function(item, here) else { return false };
    let start = item.stmt_range(here).start();
    let mentions = |part: ExprId| cx.text(part).contains(receiver);
    let is_before = |stmt: StmtId| {
        item.stmt_range(stmt).start() < start && item.stmt_ancestors(stmt).any(|outer| outer == function)
    };
    let assigned = !begins_as_none(cx, attribute);
    item.stmt_ids().filter(|stmt| is_before(*stmt)).any(|stmt| match item.stmt(stmt) {
        Stmt::If { test, .. } | Stmt::While { test, .. } | Stmt::Assert { test, .. } => mentions(*test),
        Stmt::Assign { targets, .. } => assigned && targets.iter().any(|target| cx.text(*target) == receiver),
        _ => false,
    })
}

/// Whether the attribute is nothing but `None` to a type checker: that is what it is first set to, by a function that
/// sets it to nothing else, and nobody declares it.
fn begins_as_none(cx: &CheckContext<'_>, attribute: ExprId) -> bool {
    let Expr::Attribute { value, attr } = cx.item.expr(attribute) else { return false };
    let site = Site { file: cx.file.id, item: cx.item_index, expr: *value };
    let Some(Type::Object(class, _)) = cx.inference.expr(site).iter().next().cloned() else { return false };
    let (ancestors, _) = cx.inference.ancestors(class);
    let Some(mut writes) =
        ancestors.iter().rev().map(|one| cx.inference.writes(*one, *attr)).find(|one| !one.is_empty())
    else {
        return false;
    };
    writes.sort_by_key(|(site, ..)| *site);
    let Some((first, source, _)) = writes.first() else { return false };
    let Some((_, item, _)) = cx.inference.item(first.file, first.item) else { return false };
    let declared = writes.iter().any(|(_, source, _)| matches!(source, Source::Annotated(..)));
    let is_none = matches!(source, Source::Value(value) if matches!(item.expr(*value), Expr::None));
    is_none
        && !declared
        && writes.iter().filter(|(site, ..)| (site.file, site.item) == (first.file, first.item)).count() == 1
}
