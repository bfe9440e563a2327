#![doc = include_str!("blocking_call_in_async.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_index::known::WorkKind;
use pyteam_syntax::ExprId;

use crate::shared::asynchronous::report::{fixes, is_computing, report};
use crate::shared::asynchronous::work::Found;
use crate::shared::blocking;

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
    let (does, help) = match found.work {
        WorkKind::Sleep if found.inside.is_some() => ("sleeps", "run it in a thread: `await asyncio.to_thread(...)`"),
        WorkKind::Sleep => ("sleeps", "write `await asyncio.sleep(...)`"),
        WorkKind::Network => (
            "waits for the network",
            "use a client that can be awaited (`httpx.AsyncClient`, `aiohttp`), or `await asyncio.to_thread(...)`",
        ),
        WorkKind::Program => (
            "waits for another program",
            "use `await asyncio.create_subprocess_exec(...)`, or `await asyncio.to_thread(...)` with a time-out",
        ),
        WorkKind::Peer => (
            "waits for another thread or process",
            "wait with `await`: an `asyncio.Queue`, `asyncio.wrap_future(...)`, or `asyncio.to_thread(...)` with a time-out",
        ),
        WorkKind::Database => (
            "waits for a database",
            "use its asynchronous client (`aiosqlite`, `asyncpg`, `sqlalchemy.ext.asyncio`, ...), or a thread that has the connection",
        ),
        WorkKind::File => ("works on files", "do it with `await asyncio.to_thread(...)`"),
        WorkKind::Hash => (
            "computes a hash that is slow on purpose",
            "compute it with `await asyncio.to_thread(...)`: the hash lets other threads run meanwhile",
        ),
        WorkKind::Console => ("waits for somebody to type", "ask with `await asyncio.to_thread(input, ...)`"),
        WorkKind::Device => ("waits for a device", "read it in a thread: `await asyncio.to_thread(...)`"),
        WorkKind::Rendering | WorkKind::Inference => ("computes", "compute it with `await asyncio.to_thread(...)`"),
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
