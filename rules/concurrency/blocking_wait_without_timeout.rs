#![doc = include_str!("blocking_wait_without_timeout.md")]

use pyteam_channels::order::control_flow;
use pyteam_channels::order::preceding_checks::{self, Executors};
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer::{self, Type};
use pyteam_index::known;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::shared::blocking::{Blocking, BlockingKind, making, rule, stop};

/// See the page.
pub struct BlockingWaitWithoutTimeout;

impl Rule for BlockingWaitWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_wait_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        rule::check(cx, sink, BlockingKind::Wait, |call, found| judge(cx, call, found), |_, found| why(found));
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Wait)
    }
}

/// What keeps the wait from ending.
fn why(found: &Blocking) -> &'static str {
    match found.owner.rsplit('.').next().unwrap_or_default() {
        _ if found.is_own => "if no answer arrives, this call never returns",
        "Event" => "if the code that sets the event never gets there, this call never returns",
        "Condition" => "if the code that notifies the condition fails first, this call never returns",
        "Barrier" => "if another party fails first, this call never returns",
        "Lock" | "RLock" => "if the holder dies or hangs, the lock is never released",
        "Semaphore" | "BoundedSemaphore" => "if a holder dies or hangs, the semaphore is never released",
        _ => "if the work behind it hangs, there is never a result",
    }
}

fn judge(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> Option<Severity> {
    let class = found.owner.rsplit('.').next().unwrap_or_default();
    let is_less = match class {
        "Future" | "AsyncResult" => {
            if is_done(cx, call, found) {
                return None;
            }
            // A thread that hands work to an event loop is there to wait for it.
            is_of_loop(cx, found)
        }
        // The constructor's timeout is the one of each `wait`.
        "Barrier" if is_made_with_timeout(cx, found) => return None,
        "Event" => preceding_checks::sleeps_until_the_end(cx, call) || stop::is_interruptible(cx, call),
        // The loop looks again at what it waits for; so does `wait_for`.
        "Condition" => found.name == "wait_for" || in_predicate_loop(cx, call),
        "Lock" | "RLock" | "Semaphore" => {
            if passes_on(cx, call) {
                return None;
            }
            // As a rule it is held for a moment.
            true
        }
        _ => false,
    };
    Some(if is_less { Severity::Hint } else { Severity::Warning })
}

/// Whether the result is one of `asyncio.run_coroutine_threadsafe`.
fn is_of_loop(cx: &CheckContext<'_>, found: &Blocking) -> bool {
    found.origins.iter().all(|origin| {
        origin.is_some_and(|origin| {
            cx.inference.callee_path(origin).is_some_and(|path| path == "asyncio.run_coroutine_threadsafe")
        })
    })
}

/// `Barrier(3, timeout=2)`, wherever the barrier may come from.
fn is_made_with_timeout(cx: &CheckContext<'_>, found: &Blocking) -> bool {
    found.origins.iter().all(|origin| {
        making(cx, *origin).is_some_and(|(site, args)| {
            let timeout = passed(args, &["timeout"], Some(2));
            let item = cx.inference.item(site.file, site.item).map(|(_, item, _)| item);
            let is_none = |value| item.is_some_and(|item| matches!(item.expr(value), Expr::None));
            timeout.is_some_and(|timeout| !is_none(timeout.value))
                || args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar))
        })
    })
}

/// Whether the result is there for certain.
fn is_done(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> bool {
    const ASKS: &[&str] = &["done", "ready", "successful", "cancelled"];
    let waited = |one: ExprId| match &*preceding_checks::callee(cx, one) {
        "concurrent.futures.wait" | "concurrent.futures.as_completed" => true,
        _ => found.owner.ends_with(".AsyncResult") && joins_a_pool(cx, one),
    };
    preceding_checks::is_asked(cx, call, ASKS)
        || preceding_checks::is_preceded(cx, call, &["wait", "set_result", "set_exception"])
        || preceding_checks::does_before(cx, call, waited)
        || preceding_checks::executors(cx, call, &found.origins) == Executors::Left
        || is_callback(cx, call)
}

/// `pool.join()`, which returns when all work of the pool is done.
fn joins_a_pool(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let callee = cx.inference.callee(cx.site(call));
    let is_join = |one: &Type| match one {
        Type::Method { class, name, .. } => {
            *name == "join" && known::canonical(*class).as_str() == "multiprocessing.pool.Pool"
        }
        _ => false,
    };
    callee.iter().next().is_some() && callee.iter().all(is_join)
}

/// Whether the call stands in a function that is called when the future is done, on that function's parameter.
fn is_callback(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    let Stmt::Function(function) = cx.item.stmt(function) else { return false };
    let own: Vec<_> = function.params.iter().filter(|param| param.name != "self").collect();
    own.len() == 1 && own[0].name == *receiver
}

/// `while not ready: condition.wait()`
fn in_predicate_loop(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let around = control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(call));
    around.is_some_and(|around| match cx.item.stmt(around) {
        Stmt::While { test, .. } => !matches!(cx.item.expr(*test), Expr::Bool(_) | Expr::Int(_)),
        _ => false,
    })
}

/// Whether the function is a lock's own method, so that its callers decide.
fn passes_on(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let function = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call));
    function.is_some_and(|function| match cx.item.stmt(function) {
        Stmt::Function(one) => {
            let name = one.name.as_str().to_lowercase();
            name.contains("acquire") || name.contains("lock") || name == "__enter__"
        }
        _ => false,
    })
}
