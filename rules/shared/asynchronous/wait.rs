//! Waits of the table of blocking calls, as an event loop sees them: a bound makes them shorter, not harmless.

use pyteam_channels::order::control_flow;
use pyteam_channels::order::preceding_checks;
use pyteam_channels::process;
use pyteam_engine::{CheckContext, Severity};
use pyteam_index::facts::Source;
use pyteam_index::infer::Site;
use pyteam_index::known::WorkKind;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::Arg;
use pyteam_syntax::{Expr, ExprId, Item, Name};

use super::code::was_awaited_before;
use crate::shared::blocking::making;
use crate::shared::blocking::{self, Blocking, BlockingKind, Bounded};

/// What the call waits for and how much that matters, where it waits.
pub(super) fn wait(cx: &CheckContext<'_>, call: ExprId) -> Option<(WorkKind, Severity)> {
    const KINDS: &[(BlockingKind, WorkKind)] = &[
        (BlockingKind::Network, WorkKind::Network),
        (BlockingKind::Subprocess, WorkKind::Program),
        (BlockingKind::Get, WorkKind::Peer),
        (BlockingKind::Put, WorkKind::Peer),
        (BlockingKind::Wait, WorkKind::Peer),
        (BlockingKind::Join, WorkKind::Peer),
    ];
    let (found, work) = KINDS.iter().find_map(|(kind, work)| Some((blocking::lookup(cx, call, *kind)?, *work)))?;
    if returns_at_once(cx, call, &found) || is_guarded(cx, call, &found) {
        return None;
    }
    let work = if found.owner == "subprocess.Popen" { WorkKind::Program } else { work };
    Some((work, Severity::Warning))
}

/// Whether the call is told not to wait: `block=False`, `timeout=0`.
fn returns_at_once(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return true };
    let blocking::TimeoutArg::Argument { name, position, .. } = found.timeout else { return false };
    match passed(args, &[name.as_str()], position) {
        Some(arg) if is_zero(cx.text(arg.value)) => true,
        Some(_) => passes_false(cx.item, args),
        None => blocking::bounded_by_arguments(cx, call, found.timeout) != Bounded::No,
    }
}

fn passes_false(item: &Item, args: &[Arg]) -> bool {
    args.iter().any(|arg| matches!(item.expr(arg.value), Expr::Bool(false)))
}

/// `0`, `0.0`
pub(super) fn is_zero(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|seconds| seconds <= 0.0)
}

/// Whether something makes sure that there is nothing to wait for.
fn is_guarded(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> bool {
    let asked = |methods: &[&str]| preceding_checks::is_asked(cx, call, methods);
    let preceded = |methods: &[&str]| preceding_checks::is_preceded(cx, call, methods);
    match found.kind {
        BlockingKind::Get if found.owner.ends_with("Connection") => {
            asked(&["poll"]) || preceding_checks::waits_for_readiness(cx, call) || asked(&["wait"])
        }
        BlockingKind::Get if preceding_checks::waits_for_readiness(cx, call) => true,
        BlockingKind::Get => asked(&["empty", "qsize"]) || preceded(&["put", "put_nowait"]),
        BlockingKind::Put => asked(&["full", "qsize"]) || !found.origins.iter().all(|origin| is_bounded(cx, *origin)),
        BlockingKind::Wait => {
            // A lock is held for a moment, and taken all over the program.
            let is_lock = found.owner.ends_with("Lock");
            let receiver = cx.receiver_text(call).map(|(text, _)| text);
            is_lock
                || asked(&["done", "ready", "is_set", "running", "successful"])
                || preceded(&["done", "ready", "set_result", "set_exception", "cancel"])
                || receiver
                    .is_some_and(|receiver| was_awaited_before(cx, call, receiver) || is_done(cx, call, receiver))
        }
        BlockingKind::Join => is_known_to_be_over(cx, call) || awaits_exit(cx, call),
        BlockingKind::Network => {
            let is_client = found.owner.ends_with("AsyncClient") || found.name.as_str().ends_with("Client");
            is_client || found.name == "stream" || (found.owner.starts_with("socket") && never_waits(cx))
        }
        BlockingKind::Subprocess => false,
    }
}

/// `for future in done:` after `done, pending = await asyncio.wait(...)`, or a callback's argument.
fn is_done(cx: &CheckContext<'_>, call: ExprId, receiver: &str) -> bool {
    cx.item.stmt_ancestors(cx.item.enclosing_stmt(call)).any(|outer| match cx.item.stmt(outer) {
        pyteam_syntax::Stmt::For { target, iter, .. } => {
            let from = cx.text(*iter);
            cx.text(*target) == receiver && (from.contains("done") || from.contains("as_completed"))
        }
        _ => false,
    })
}

/// `if not process.is_alive(): process.join()`, or after `kill()`.
fn is_known_to_be_over(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let over = format!("not {receiver}.is_alive()");
    let polled = format!("{receiver}.poll()");
    let is_over = control_flow::guards(cx.item, cx.item.enclosing_stmt(call))
        .into_iter()
        .any(|test| cx.text(test).contains(&over) || cx.text(test).contains(&polled));
    is_over || preceding_checks::is_preceded_on_same(cx, call, &["kill"])
}

/// Whether the function awaits the end of a process before, and only reaps it here: `await wait_child_exiting(self)`.
fn awaits_exit(cx: &CheckContext<'_>, call: ExprId) -> bool {
    const WORDS: &[&str] = &["exit", "waitid", "pidfd", "child_watch"];
    let here = cx.item.expr_range(call).start();
    cx.item.expr_ids().any(|expr| match cx.item.expr(expr) {
        Expr::Await(value) if cx.item.expr_range(expr).end() <= here => {
            process::function_of(cx.item, expr) == process::function_of(cx.item, call)
                && WORDS.iter().any(|word| cx.text(*value).contains(word))
        }
        _ => false,
    })
}

/// Whether the file's sockets are told never to wait.
fn never_waits(cx: &CheckContext<'_>) -> bool {
    (0..cx.whole_file().parsed.items.len() as u32).any(|at| {
        let there = cx.at_item(at);
        there.file.facts.items[at as usize].calls.iter().any(|call| {
            process::is_named(there.item, *call, &["setblocking"])
                || (process::is_named(there.item, *call, &["settimeout"])
                    && matches!(there.item.expr(*call), Expr::Call { args, .. }
                        if args.first().is_some_and(|arg| is_zero(there.text(arg.value)))))
        })
    })
}

/// Whether the queue made at `origin` was certainly given a size: a number, or a name for one.
pub(super) fn is_bounded(cx: &CheckContext<'_>, origin: Option<Site>) -> bool {
    let Some((site, args)) = making(cx, origin) else { return false };
    passed(args, &["maxsize"], Some(0)).is_some_and(|arg| is_positive(cx, Site { expr: arg.value, ..site }))
}

fn is_positive(cx: &CheckContext<'_>, site: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(site.file, site.item) else { return false };
    match item.expr(site.expr) {
        Expr::Int(value) => value.is_none_or(|value| value > 0),
        Expr::Name(name) => constant(cx, site, *name).is_some_and(|value| value > 0),
        _ => false,
    }
}

/// The number that a name of the same module stands for.
fn constant(cx: &CheckContext<'_>, site: Site, name: Name) -> Option<i64> {
    let (file, _, facts) = cx.inference.item(site.file, site.item)?;
    if facts.bindings.iter().any(|binding| binding.name == name && binding.stmt != file.item(site.item).root()) {
        return None;
    }
    let [only] = file.facts.module.get(&name)?.as_slice() else { return None };
    let (_, item, facts) = cx.inference.item(site.file, only.item)?;
    match facts.bindings[only.binding as usize].source {
        Source::Value(value) | Source::Annotated(_, Some(value)) => match item.expr(value) {
            Expr::Int(value) => *value,
            _ => None,
        },
        _ => None,
    }
}
