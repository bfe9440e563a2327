//! Calls in the place of a function: the function is passed instead.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts;
use pyteam_index::infer::Type;
use pyteam_index::known::{self, ClassKind, WorkKind};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Parent, TextEdit, TextRange};

use super::work::Found;

/// As the editor's menu shows it.
const TITLE: &str = "Pass the function, and let the thread call it";

/// Functions that call a function in another thread: their names, the function's place, and whether keywords go to it.
const THREADS: &[(&str, usize, bool)] = &[("run_in_executor", 1, false), ("submit", 0, true), ("to_thread", 0, true)];

/// Whether the call certainly calls the standard library's own `to_thread`, `run_in_executor` or `submit`, by these
/// names. A class's own `submit` may want the value, and what else has such a name may call with other arguments.
fn takes_a_function(cx: &CheckContext<'_>, taker: ExprId) -> bool {
    let callee = cx.inference.callee(cx.site(taker));
    let is_known = |one: &Type| match one {
        Type::External(path) => known::canonical(*path) == "asyncio.to_thread",
        Type::Method { class, name, .. } => match name.as_str() {
            "run_in_executor" => *class == "asyncio.AbstractEventLoop",
            "submit" => known::kind(*class) == Some(ClassKind::Executor),
            _ => false,
        },
        _ => false,
    };
    !callee.as_slice().is_empty() && callee.iter().all(is_known)
}

/// Passes the function and its arguments in the place of its value, which is certainly no function itself:
/// `to_thread(load(path))`.
pub(super) fn passed(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> Option<Fix> {
    let item = cx.item;
    let Expr::Call { func, args } = item.expr(call) else { return None };
    let Parent::Expr(taker) = item.expr_parent(call) else { return None };
    let Expr::Call { func: thread, args: given } = item.expr(taker) else { return None };
    let name = facts::last_name(item, *thread)?;
    let (_, place, takes_keywords) = THREADS.iter().find(|(one, ..)| name == **one)?;
    // What follows it would be an argument of the function, too.
    let is_last = given.len() == place + 1 && given[*place].value == call;
    let may_pass = |kind: ArgKind| match kind {
        ArgKind::Positional | ArgKind::Star => true,
        ArgKind::Keyword(_) | ArgKind::DoubleStar => *takes_keywords,
    };
    let is_plain = |expr: ExprId| !matches!(item.expr(expr), Expr::Comprehension(_));
    if !is_last
        || !given.iter().all(|arg| arg.kind == ArgKind::Positional)
        || !args.iter().all(|arg| may_pass(arg.kind) && is_plain(arg.value))
        || !takes_a_function(cx, taker)
    {
        return None;
    }
    let value = cx.inference.expr(cx.site(call));
    let is_data = |one: &Type| {
        matches!(one, Type::Builtin(_) | Type::None | Type::Tuple(_) | Type::Sequence(_) | Type::Mapping(_))
    };
    let is_sleep = found.work == WorkKind::Sleep && found.inside.is_none();
    if !is_sleep && (value.as_slice().is_empty() || !value.iter().all(is_data)) {
        return None;
    }
    let parens = cx.file.absolute(cx.item_index, cx.item.call_parens(call));
    let inner = TextRange::new(cx.range(*func).end(), parens.end());
    let text = cx.file.source().slice(inner);
    let inside = text.strip_prefix('(')?.strip_suffix(')')?;
    if inside.contains('#') {
        return None;
    }
    let inside = inside.trim().trim_end_matches(',');
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let passed = if args.is_empty() { String::new() } else { format!(", {inside}") };
    fix.push(cx.file.id, TextEdit::replace(inner, passed));
    Some(fix)
}
