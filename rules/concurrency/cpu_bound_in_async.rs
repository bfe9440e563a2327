#![doc = include_str!("cpu_bound_in_async.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_index::known::WorkKind;
use pyteam_syntax::ExprId;

use crate::shared::asynchronous::report::{fixes, is_computing, report};
use crate::shared::asynchronous::work::Found;
use crate::shared::{blocking, headline};

/// See the page.
pub struct CpuBoundInAsync;

impl Rule for CpuBoundInAsync {
    fn page(&self) -> &Page {
        crate::page!("cpu_bound_in_async")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        report(cx, sink, &is_computing, &message);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        fixes(cx, finding)
    }
}

fn message(cx: &CheckContext<'_>, call: ExprId, found: &Found) -> (String, &'static str) {
    let (does, help) = match found.work {
        WorkKind::Inference => (
            "runs a model on the event loop",
            "run it in a thread (`asyncio.to_thread`), with a lock if the model is not thread-safe, or in a process",
        ),
        _ => ("renders or encodes on the event loop", "run it in a thread: `await asyncio.to_thread(...)`"),
    };
    let shown = blocking::shown(cx, call);
    let direct = || format!("`{shown}` {does}");
    let text = match &found.inside {
        Some((_, inner)) => headline::fitting(format!("`{shown}` {does}, through `{inner}`"), direct),
        None => direct(),
    };
    (text, help)
}
