#![doc = include_str!("fork_after_thread.md")]

use pyteam_channels::process::{self, PROCESS};
use pyteam_channels::start_method;
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_syntax::ExprId;

use crate::shared::test_code;

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
        if starts.len() < 2 {
            return;
        }
        let class = |call: ExprId| process::method(cx, call).map(|(class, _)| class);
        let threads: Vec<ExprId> =
            starts.iter().copied().filter(|call| class(*call).is_some_and(|one| one == "threading.Thread")).collect();
        if threads.is_empty() {
            return;
        }
        for call in starts.into_iter().filter(|call| class(*call).is_some_and(|one| one == PROCESS)) {
            let Some(thread) = threads.iter().find(|thread| runs_before(cx, **thread, call)) else { continue };
            if !start_method::forks(cx, call) || test_code::is_test(cx) {
                continue;
            }
            sink.report(cx.range(call), call.0, "this process is forked while a thread is running")
                .note("a lock that the thread holds at that moment stays locked in the child, which can deadlock")
                .help("start processes before threads, or use `multiprocessing.get_context(\"spawn\")`")
                .related(Related::new(cx.file.id, cx.range(*thread), "thread started here"));
            // One start says it all.
            return;
        }
    }
}

/// Whether the thread is started before in the same flow, and not joined in between.
fn runs_before(cx: &CheckContext<'_>, thread: ExprId, start: ExprId) -> bool {
    let item = cx.item;
    let function = process::function_of(item, start);
    let (from, to) = (item.expr_range(thread).end(), item.expr_range(start).start());
    if !start_method::is_in_flow(item, thread, start) {
        return false;
    }
    let mut joined = false;
    process::own_exprs(item, function, &mut |expr| {
        let range = item.expr_range(expr);
        joined |= process::is_named(item, expr, &["join"])
            && range.start() > from
            && range.end() < to
            && process::method(cx, expr).is_some_and(|(class, _)| class == "threading.Thread");
    });
    !joined
}
