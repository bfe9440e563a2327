#![doc = include_str!("blocking_call_in_async.md")]

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::known::Work;
use pyteam_syntax::ExprId;

use crate::shared::asynchronous::work::{Found, find};
use crate::shared::asynchronous::{code, repair};
use crate::shared::{blocking, test_code};

/// See the page.
pub struct BlockingCallInAsync;

impl Rule for BlockingCallInAsync {
    fn page(&self) -> &Page {
        crate::page!("blocking_call_in_async")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        report(cx, sink, &|work| !is_computing(work), &message);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        fixes(cx, finding)
    }
}

/// Whether the processor is busy, and does not only wait: `cpu-bound-in-async`.
pub(super) fn is_computing(work: Work) -> bool {
    matches!(work, Work::Inference | Work::Rendering)
}

/// Reports the calls of the item's `async def`s whose work is `wanted`.
pub(super) fn report(
    cx: &CheckContext<'_>,
    sink: &mut Sink<'_>,
    wanted: &dyn Fn(Work) -> bool,
    message: &dyn Fn(&CheckContext<'_>, ExprId, &Found) -> (String, &'static str),
) {
    for (function, call) in code::calls(cx) {
        let Some(found) = find(cx, call).filter(|found| wanted(found.work)) else { continue };
        // Nobody else is served while a program starts; and a test that is slow is slow alone.
        let is_alone = test_code::is_test(cx) || code::is_startup(cx, function, call);
        let severity = if is_alone { Severity::Hint } else { found.severity };
        let (text, help) = message(cx, call, &found);
        let offer = repair::repair(cx, call, &found).map(|(way, _)| way.title());
        let mut finding = sink.report(cx.range(call), call.0, text).severity(severity).help(help);
        if let Some((site, inner)) = &found.inside
            && let Some((file, item, _)) = cx.inference.item(site.file, site.item)
        {
            let range = file.absolute(site.item, item.expr_range(site.expr));
            finding = finding.related(Related { file: file.id, range, message: format!("`{inner}` takes the time") });
        }
        if let Some(title) = offer {
            finding.fix(title, Applicability::Unsafe);
        }
    }
}

/// The repair of one of these findings.
pub(super) fn fixes(cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
    let call = ExprId(finding.anchor.node);
    let fix = find(cx, call).and_then(|found| repair::repair(cx, call, &found));
    fix.into_iter().map(|(_, fix)| fix).collect()
}

fn message(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> (String, &'static str) {
    let (does, help) = match found.work {
        Work::Sleep if found.inside.is_some() => ("sleeps", "run it in a thread: `await asyncio.to_thread(...)`"),
        Work::Sleep => ("sleeps", "write `await asyncio.sleep(...)`"),
        Work::Network => (
            "waits for the network",
            "use a client that can be awaited (`httpx.AsyncClient`, `aiohttp`), or `await asyncio.to_thread(...)`",
        ),
        Work::Program => (
            "waits for another program",
            "use `await asyncio.create_subprocess_exec(...)`, or `await asyncio.to_thread(...)` with a time-out",
        ),
        Work::Peer => (
            "waits for another thread or process",
            "wait with `await`: an `asyncio.Queue`, `asyncio.wrap_future(...)`, or `asyncio.to_thread(...)` with a time-out",
        ),
        Work::Database => (
            "waits for a database",
            "use its asynchronous client (`aiosqlite`, `asyncpg`, `sqlalchemy.ext.asyncio`, ...), or a thread that has the connection",
        ),
        Work::File => ("works on files", "do it with `await asyncio.to_thread(...)`"),
        Work::Hash => (
            "computes a hash that is slow on purpose",
            "compute it with `await asyncio.to_thread(...)`: the hash lets other threads run meanwhile",
        ),
        Work::Console => ("waits for somebody to type", "ask with `await asyncio.to_thread(input, ...)`"),
        Work::Device => ("waits for a device", "read it in a thread: `await asyncio.to_thread(...)`"),
        Work::Rendering | Work::Inference => ("computes", "compute it with `await asyncio.to_thread(...)`"),
    };
    let shown = blocking::shown(cx, call);
    let text = match &found.inside {
        Some((_, inner)) => format!(
            "`{shown}` {does} inside, in `{inner}`, and the event loop with it: meanwhile no other task runs, and nobody is answered"
        ),
        None => format!(
            "`{shown}` {does}, and the event loop with it: meanwhile no other task runs, and nobody is answered"
        ),
    };
    (text, help)
}
