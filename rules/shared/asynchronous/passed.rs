//! Calls in the place of a function: the function is passed instead.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts;
use pyteam_index::infer::Type;
use pyteam_index::known::{self, ClassKind, Work};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Parent, TextEdit, TextRange};

use super::repair::Way;
use super::work::Found;

/// A place in a call's arguments that takes a function to be called later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The call that takes the function.
    taker: ExprId,
    /// Whether what follows are arguments for the function, by position at least.
    takes_arguments: bool,
    /// Whether that holds for keywords, too.
    takes_keywords: bool,
}

/// Functions that call a function in another thread: their names, the function's place, and whether keywords go to it.
const THREADS: &[(&str, usize, bool)] = &[("run_in_executor", 1, false), ("submit", 0, true), ("to_thread", 0, true)];

/// The place for a function that the call's value goes to: it is called there and then, where the function was meant.
pub(super) fn slot(cx: &CheckContext<'_>, call: ExprId) -> Option<Slot> {
    let item = cx.item;
    let Parent::Expr(taker) = item.expr_parent(call) else { return None };
    let Expr::Call { func, args } = item.expr(taker) else { return None };
    let at = args.iter().position(|arg| arg.value == call)?;
    let name = facts::last_name(item, *func)?;
    let (_, place, takes_keywords) = THREADS.iter().find(|(one, ..)| name == **one)?;
    let is_last = at + 1 == args.len() && args[..at].iter().all(|arg| arg.kind == ArgKind::Positional);
    let takes_arguments = at == *place && is_last && args[at].kind == ArgKind::Positional;
    Some(Slot { taker, takes_arguments, takes_keywords: *takes_keywords })
}

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

/// Passes the function and its arguments, where the value is certainly no function itself: `to_thread(factory())`.
pub(super) fn passed(cx: &CheckContext<'_>, call: ExprId, found: &Found, slot: Slot) -> Option<Fix> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let may_pass = |kind: ArgKind| match kind {
        ArgKind::Positional | ArgKind::Star => true,
        ArgKind::Keyword(_) | ArgKind::DoubleStar => slot.takes_keywords,
    };
    let is_plain = |expr: ExprId| !matches!(cx.item.expr(expr), Expr::Comprehension(_));
    if !slot.takes_arguments
        || !args.iter().all(|arg| may_pass(arg.kind) && is_plain(arg.value))
        || !takes_a_function(cx, slot.taker)
    {
        return None;
    }
    let value = cx.inference.expr(cx.site(call));
    let is_data = |one: &Type| {
        matches!(one, Type::Builtin(_) | Type::None | Type::Tuple(_) | Type::Sequence(_) | Type::Mapping(_))
    };
    let is_sleep = found.work == Work::Sleep && found.inside.is_none();
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
    let mut fix = Fix::new(Way::Passed.title(), Applicability::Unsafe);
    let passed = if args.is_empty() { String::new() } else { format!(", {inside}") };
    fix.push(cx.file.id, TextEdit::replace(inner, passed));
    Some(fix)
}
