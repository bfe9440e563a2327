//! The repair: the loop looks at the event where nothing is left to take.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextEdit};

use super::takes;

/// Leaves the loop in the `except queue.Empty` of its take, once the event is set. What was put before that is taken first;
/// a loop that asked the event each time round would leave it where it is.
pub(super) fn repair(cx: &CheckContext<'_>, stmt: StmtId, take: ExprId, event: &str) -> Option<Fix> {
    let (item, source) = (cx.item, cx.file.source());
    let Stmt::While { body, .. } = item.stmt(stmt) else { return None };
    // The take gives up after a while, and the loop's own `try` catches that.
    let inner = item.enclosing_stmt(take);
    let handler = body.iter().find_map(|one| match item.stmt(*one) {
        Stmt::Try(one) if one.body.contains(&inner) => one.handlers.iter().find(|handler| {
            handler.kind.is_some_and(|kind| facts::last_name(item, kind).is_some_and(|name| name == "Empty"))
        }),
        _ => None,
    })?;
    let first = cx.stmt_range(*handler.body.first()?);
    if !takes::raises(cx, take) || is_none(cx, take) || !statement::has_own_lines(source, first) {
        return None;
    }
    let (newline, indent) = (style::newline(source), style::indent_of(source, first.start()));
    let unit = style::indent_unit(&cx.file.parsed);
    let mut fix = Fix::new(format!("Leave the loop once `{event}` is set"), Applicability::Unsafe);
    let text = format!("if {event}.is_set():{newline}{indent}{unit}break{newline}{indent}");
    fix.push(cx.file.id, TextEdit::insert(first.start(), text));
    Some(fix.finish())
}

/// `get_nowait()` in a loop does not wait at all, and `get(timeout=None)` forever.
fn is_none(cx: &CheckContext<'_>, take: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(take) else { return true };
    args.iter().any(|arg| matches!(cx.item.expr(arg.value), Expr::None))
}
