#![doc = include_str!("fork_after_thread.md")]

use pyteam_channels::callees::{self, Found};
use pyteam_channels::process::{self, PROCESS};
use pyteam_channels::{call_graph, start_method};
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::Type;
use pyteam_syntax::{Expr, ExprId, TextSize};

use crate::shared::test_code;

/// A thread, also one of a class that derives from it.
const THREAD: &str = "threading.Thread";

/// See the page.
pub struct ForkAfterThread;

impl Rule for ForkAfterThread {
    fn page(&self) -> &Page {
        crate::page!("fork_after_thread")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let calls = &cx.facts().calls;
        let starts: Vec<ExprId> =
            calls.iter().copied().filter(|call| process::is_named(cx.item, *call, &["start"])).collect();
        for call in starts.into_iter().filter(|call| starts_a(cx, *call, PROCESS)) {
            if test_code::is_test(cx) || !start_method::forks(cx, call) {
                continue;
            }
            let Some(thread) = thread_before(cx, call) else { continue };
            let range = thread.cx.file.absolute(thread.cx.item_index, thread.cx.item.expr_range(thread.expr));
            sink.report(cx.range(call), call.0, "this process is forked while a thread is running")
                .note("a lock that the thread holds at that moment stays locked in the child, which can deadlock")
                .help("start processes before threads, or use `multiprocessing.get_context(\"spawn\")`")
                .related(Related::new(thread.cx.file.id, range, "thread started here"));
            // One start says it all.
            return;
        }
    }
}

/// Through how many functions a thread may be started.
const DEPTH: u8 = 3;

/// Whether the call starts an object of this class.
fn starts_a(cx: &ItemContext<'_>, call: ExprId, class: &str) -> bool {
    process::is_named(cx.item, call, &["start"]) && process::method(cx, call).is_some_and(|(one, _)| one == class)
}

/// The start of a thread that is still running where the process is started: one that comes before it in the same flow,
/// in the function itself or in one that it calls, or that the constructor of its object starts.
fn thread_before<'c>(cx: &CheckContext<'c>, start: ExprId) -> Option<Found<'c>> {
    let is_thread = |there: &ItemContext<'_>, expr: ExprId| starts_a(there, expr, THREAD);
    let calls = &cx.facts().calls;
    let earlier = calls.iter().copied().filter(|call| start_method::is_in_flow(cx.item, *call, start));
    for call in earlier {
        let found = if is_thread(cx, call) {
            Some(Found { cx: **cx, expr: call })
        } else {
            callees::through(cx, call, DEPTH, &is_thread).filter(|found| !joins_own(found))
        };
        if let Some(found) = found
            && !is_joined(cx, cx.item.expr_range(call).end(), start)
        {
            return Some(found);
        }
    }
    let function = cx.inference.enclosing_function(cx.site(start))?;
    let made_by = callees::constructor(cx, cx.inference.class_of(function)?).filter(|one| *one != function)?;
    let found = callees::within(cx, made_by, DEPTH, &is_thread).filter(|found| !joins_own(found))?;
    // The constructor may start the process itself, before the thread.
    let is_called = call_graph::from(cx.inference, made_by).contains(&function);
    (!is_called && !is_joined(cx, TextSize::default(), start)).then_some(found)
}

/// Whether the function that starts the thread waits for its end, too.
fn joins_own(found: &Found<'_>) -> bool {
    let item = found.cx.item;
    let mut joins = false;
    process::own_exprs(item, process::function_of(item, found.expr), &mut |expr| joins |= process::is_join(item, expr));
    joins
}

/// Whether a thread may be waited for between the two places: by a `join`, or in a function that is called there.
fn is_joined(cx: &CheckContext<'_>, from: TextSize, start: ExprId) -> bool {
    let item = cx.item;
    let to = item.expr_range(start).start();
    let mut between = Vec::new();
    process::own_exprs(item, process::function_of(item, start), &mut |expr| {
        let range = item.expr_range(expr);
        if range.start() >= from && range.end() <= to && matches!(item.expr(expr), Expr::Call { .. }) {
            between.push(expr);
        }
    });
    between.into_iter().any(|call| {
        process::is_join(item, call)
            || cx.inference.callee(cx.site(call)).iter().any(|one| match one {
                Type::Function(function, _) => joins_inside(cx, *function),
                _ => false,
            })
    })
}

/// Whether the function, or one that it calls, waits for the end of something.
fn joins_inside(cx: &CheckContext<'_>, function: FunctionRef) -> bool {
    call_graph::from(cx.inference, function).into_iter().any(|one| {
        let Some((_, item, _)) = cx.inference.item(one.file, one.item) else { return true };
        let mut joins = false;
        process::own_exprs(item, Some(one.stmt), &mut |expr| joins |= process::is_join(item, expr));
        joins
    })
}
