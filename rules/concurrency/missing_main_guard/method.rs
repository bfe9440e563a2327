//! How processes start, set while the module is imported: each child that is not forked imports it, and sets it again.

use pyteam_channels::start_method;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_syntax::arguments::passed;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Stmt, TextEdit};

use super::guard::TITLE;
use super::reached;

/// Whether the call sets a method under which children import the module, and fails there: nothing asks first, nothing
/// handles the error, and it is not forced.
pub(super) fn fails_again(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let is_it = || cx.inference.callee_path(cx.site(call)).is_some_and(|path| path == super::above::ONCE);
    let is_plain = |stmt| match cx.item.stmt(stmt) {
        Stmt::Try(one) => one.handlers.is_empty(),
        Stmt::With { .. } | Stmt::Expr(_) => true,
        _ => false,
    };
    let stmt = cx.item.enclosing_stmt(call);
    let is_spawned =
        || start_method::method_set(cx, call).is_some_and(|method| matches!(method.as_str(), "spawn" | "forkserver"));
    let is_forced = |arg: &Arg| !matches!(cx.item.expr(arg.value), Expr::Bool(false));
    !passed(args, &["force"], Some(1)).is_some_and(is_forced)
        && args.iter().all(|arg| !matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar))
        && is_it()
        && is_spawned()
        && std::iter::once(stmt).chain(cx.item.stmt_ancestors(stmt)).all(is_plain)
}

/// Puts the statement under a guard of its own: the child of a main module knows the method already.
pub(super) fn repair(cx: &CheckContext<'_>, call: ExprId) -> Option<Fix> {
    let item = cx.item;
    let is_whole = matches!(item.stmt(item.root()), Stmt::Expr(whole) if *whole == call);
    let range = cx.stmt_range(item.root());
    let source = cx.whole_file().source();
    if !is_whole
        || source.slice(range).contains(['\n', '\r'])
        || !statement::has_own_lines(source, range)
        || reached::is_reached(cx)
    {
        return None;
    }
    let (unit, newline, quote) = (style::indent_unit(&cx.file.parsed), style::newline(source), style::quote(source));
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let head = format!("if __name__ == {quote}__main__{quote}:{newline}{unit}");
    fix.push(cx.file.id, TextEdit::insert(range.start(), head));
    Some(fix.finish())
}
