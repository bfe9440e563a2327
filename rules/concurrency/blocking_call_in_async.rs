#![doc = include_str!("blocking_call_in_async.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_index::known::WorkKind;
use pyteam_syntax::ExprId;

use crate::shared::asynchronous::report::{fixes, is_computing, report};
use crate::shared::asynchronous::work::Found;
use crate::shared::{blocking, headline};

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

fn message(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> (String, &'static str) {
    const IN_THREAD: &str = "run it in a thread: `await asyncio.to_thread(...)`";
    let (does, help) = match found.work {
        WorkKind::Sleep if found.inside.is_some() => ("sleeps", IN_THREAD),
        WorkKind::Sleep => ("sleeps", "use `await asyncio.sleep(...)`"),
        WorkKind::Network => (
            "waits for the network",
            "use an async client such as `httpx.AsyncClient`, or `await asyncio.to_thread(...)`",
        ),
        WorkKind::Program => (
            "waits for a subprocess",
            "use `await asyncio.create_subprocess_exec(...)`, or `await asyncio.to_thread(...)` with a timeout",
        ),
        WorkKind::Peer => (
            "waits for a thread or process",
            "use an `asyncio.Queue`, `asyncio.wrap_future(...)`, or `asyncio.to_thread(...)` with a timeout",
        ),
        WorkKind::Database => (
            "waits for a database",
            "use an async client such as `aiosqlite` or `asyncpg`, or a thread that owns the connection",
        ),
        WorkKind::File => ("accesses files", IN_THREAD),
        WorkKind::Hash => {
            ("computes a slow hash", "run it in a thread: `await asyncio.to_thread(...)`; the hash releases the GIL")
        }
        WorkKind::Console => ("waits for input", IN_THREAD),
        WorkKind::Device => ("waits for a device", IN_THREAD),
        WorkKind::Rendering | WorkKind::Inference => ("computes", IN_THREAD),
    };
    let shown = blocking::shown(cx, call);
    let direct = || format!("`{shown}` blocks the event loop: it {does}");
    let text = match &found.inside {
        Some((_, inner)) => headline::fitting(format!("`{shown}` blocks the event loop: `{inner}` {does}"), direct),
        None => direct(),
    };
    (text, help)
}
