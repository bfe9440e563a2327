//! Repairs of calls that keep an event loop from turning: a sleep of the loop's own, or a thread.

use pyteam_channels::order::before::{Before, before};
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts;
use pyteam_index::infer::{Type, is_awaited};
use pyteam_index::known::{FileAccess, WorkKind};
use pyteam_refactors::imports::import_module;
use pyteam_syntax::tree::{ArgKind, ComprehensionKind};
use pyteam_syntax::{Expr, ExprId, Item, Parent, Stmt, TextEdit, TextRange};

use super::between;
use super::driver::is_asyncio;
use super::files;
use super::passed::passed;
use super::reached::{self, Reached};
use super::work::Found;
use crate::shared::blocking::{self, BlockingKind, Bounded};
use crate::shared::test_code;

/// How a call is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `await asyncio.sleep(x)`
    Sleep,
    /// `await asyncio.to_thread(f, x)`
    Thread,
}

impl Way {
    /// As the editor's menu shows it.
    fn title(self) -> &'static str {
        match self {
            Way::Sleep => "Replace with `await asyncio.sleep`",
            Way::Thread => "Run it in a thread with `asyncio.to_thread`",
        }
    }
}

/// The repair of a call: its function is passed on where a function belongs, else the call is awaited.
pub(super) fn repair(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> Option<Fix> {
    let passed = passed(cx, call, found).filter(|_| may_leave_the_thread(cx, call));
    passed.or_else(|| awaited(cx, call, found))
}

fn awaited(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> Option<Fix> {
    if !may_await(cx, call) || is_argument(cx.item, call) {
        return None;
    }
    let way = way(cx, call, found)?;
    if !is_asyncio(cx, call)
        || between::splits_an_update(cx, call)
        || between::has_deadline(cx, call)
        || way == Way::Thread && !may_leave_the_thread(cx, call)
    {
        return None;
    }
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let (asyncio, import) = import_module(cx, "asyncio")?;
    let needs_parens = match cx.item.expr_parent(call) {
        Parent::Expr(around) => match cx.item.expr(around) {
            Expr::Attribute { .. } => true,
            Expr::Call { func, .. } => *func == call,
            Expr::Subscript { value, .. } => *value == call,
            _ => false,
        },
        _ => false,
    };
    let (open, close) = if needs_parens { ("(", ")") } else { ("", "") };
    let range = cx.range(call);
    let parens = cx.file.absolute(cx.item_index, cx.item.call_parens(call));
    let mut fix = Fix::new(way.title(), Applicability::Unsafe);
    let mut push = |range: TextRange, text: String| fix.push(cx.file.id, TextEdit::replace(range, text));
    match way {
        Way::Sleep => push(cx.range(*func), format!("{open}await {asyncio}.sleep")),
        Way::Thread => {
            push(TextRange::empty(range.start()), format!("{open}await {asyncio}.to_thread("));
            let inner = TextRange::new(cx.range(*func).end(), parens.end());
            let text = cx.file.source().slice(inner);
            if args.is_empty() {
                // A comment in empty parentheses has no other place.
                if text.contains('#') {
                    return None;
                }
                push(inner, ")".to_owned());
            } else {
                let head = TextRange::new(inner.start(), parens.start() + pyteam_syntax::TextSize::of('('));
                let behind = cx.file.source().slice(TextRange::new(head.end(), parens.end()));
                push(head, if behind.starts_with(char::is_whitespace) { "," } else { ", " }.to_owned());
            }
        }
    }
    if needs_parens {
        push(TextRange::empty(range.end()), close.to_owned());
    }
    if let Some(import) = import {
        fix.push(cx.file.id, import);
    }
    Some(fix.finish())
}

/// Whether the call's value, itself or in a display, is an argument of another call: that may have wanted a coroutine
/// or a function there, and would get what it gives.
fn is_argument(item: &Item, call: ExprId) -> bool {
    let mut inner = call;
    for around in item.expr_ancestors(call) {
        match item.expr(around) {
            Expr::Call { func, .. } => return *func != inner,
            Expr::Starred(_)
            | Expr::Conditional { .. }
            | Expr::Bool2 { .. }
            | Expr::Walrus { .. }
            | Expr::Tuple(_)
            | Expr::List(_)
            | Expr::Set(_)
            | Expr::Dict(_) => inner = around,
            _ => return false,
        }
    }
    false
}

/// How, if at all.
fn way(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> Option<Way> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let is_generator = |expr: ExprId| matches!(cx.item.expr(expr), Expr::Comprehension(one) if one.kind == ComprehensionKind::Generator);
    // A bare generator may not stand behind another argument.
    if args.iter().any(|arg| is_generator(arg.value)) {
        return None;
    }
    if found.inside.is_some() {
        // A wait without a bound would keep the thread, and with it the program, from ending.
        return (!matches!(found.work, WorkKind::Peer | WorkKind::Database)).then_some(Way::Thread);
    }
    let callee = cx.inference.callee(cx.site(call));
    let is_function = callee.iter().all(|one| matches!(one, Type::External(_)));
    let last = facts::last_name(cx.item, *func)?;
    let threadable = match found.work {
        // A test that keeps the loop from turning means to.
        WorkKind::Sleep if test_code::is_test(cx) => return None,
        WorkKind::Sleep => {
            let is_plain = matches!(&**args, [arg] if arg.kind == ArgKind::Positional);
            return is_plain.then_some(Way::Sleep);
        }
        WorkKind::Peer => {
            let kinds = [BlockingKind::Get, BlockingKind::Put, BlockingKind::Wait, BlockingKind::Join];
            let one = kinds.iter().find_map(|kind| blocking::lookup(cx, call, *kind))?;
            // In a thread, a call without a bound keeps the program from ending.
            blocking::bounded_by_arguments(cx, call, one.timeout) == Bounded::Yes
        }
        WorkKind::Program => {
            is_function
                || blocking::lookup(cx, call, BlockingKind::Join)
                    .is_some_and(|one| blocking::bounded_by_arguments(cx, call, one.timeout) == Bounded::Yes)
        }
        WorkKind::Network => {
            let is_request = blocking::lookup(cx, call, BlockingKind::Network)
                .is_some_and(|one| !one.owner.starts_with("socket.") && !one.owner.starts_with("websocket"));
            is_request || (is_function && last != "connect")
        }
        // Its connections and sessions belong to a thread.
        WorkKind::Database => false,
        // A file that is opened, or a folder that is listed lazily, is read by what comes after the call.
        WorkKind::File => {
            let is_read_later =
                matches!(files::access(&callee), Some(FileAccess::Open(_) | FileAccess::List { lazy: true, .. }));
            !is_read_later && callee.iter().all(|one| !matches!(one, Type::Unknown))
        }
        WorkKind::Hash | WorkKind::Console | WorkKind::Inference => true,
        WorkKind::Device => last != "runAndWait",
        // Most of what draws has a thread of its own that it insists on.
        WorkKind::Rendering => matches!(last.as_str(), "imencode" | "imdecode"),
    };
    threadable.then_some(Way::Thread)
}

/// Whether nothing that the call runs has to stay in the loop's thread, or counts on nothing else running meanwhile.
fn may_leave_the_thread(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let reached = Reached::by(cx, call);
    // A future cannot carry `StopIteration`.
    let waits_for_stop = reached::catches_stop(cx.item, cx.item.enclosing_stmt(call), false);
    !waits_for_stop && !reached.stays(cx) && !between::splits_an_update_inside(cx, &reached)
}

/// Whether `await` may stand in the call's place: not in a comprehension or f-string, and not while something is held
/// that belongs to this thread or keeps others out: a lock, a transaction, a mode of torch.
fn may_await(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let in_part = item
        .expr_ancestors(call)
        .any(|around| matches!(item.expr(around), Expr::Comprehension(_) | Expr::FString(_) | Expr::Lambda(_)));
    let mut inner = item.enclosing_stmt(call);
    if matches!(item.stmt(inner), Stmt::With { items, .. } if items.len() > 1) {
        return false;
    }
    for outer in item.stmt_ancestors(inner) {
        match item.stmt(outer) {
            Stmt::Function(_) => break,
            Stmt::With { items, body, is_async: false }
                if body.contains(&inner) && !items.iter().all(|one| is_harmless(cx, one.context)) =>
            {
                return false;
            }
            _ => {}
        }
        inner = outer;
    }
    !in_part && !is_held(cx, call)
}

/// Whether a lock that was acquired before the call is released behind it: `lock.acquire()`, the call, `lock.release()`. What
/// is awaited is a lock of asyncio, which other tasks wait for with `await`.
fn is_held(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let is_named = |expr: ExprId, wanted: &str| {
        cx.receiver_text(expr).filter(|(_, method)| method == wanted && !is_awaited(item, expr)).map(|(lock, _)| lock)
    };
    item.expr_ids().any(|expr| {
        let Some(lock) = is_named(expr, "acquire") else { return false };
        let is_released = |one: ExprId| {
            is_named(one, "release") == Some(lock) && item.expr_range(one).start() > item.expr_range(expr).end()
        };
        before(item, call, &|one| one == expr) != Before::Never && before(item, call, &is_released) != Before::Always
    })
}

/// A context that does not mind how long it is held.
fn is_harmless(cx: &CheckContext<'_>, context: ExprId) -> bool {
    let site = cx.site(context);
    cx.inference.callee_path(site).is_some_and(|path| {
        matches!(
            path.as_str(),
            "builtins.open" | "contextlib.suppress" | "contextlib.closing" | "urllib.request.urlopen"
        ) || path.as_str().starts_with("tempfile.")
            || path.as_str().starts_with("requests.")
    })
}
