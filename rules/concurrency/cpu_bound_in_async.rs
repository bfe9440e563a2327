#![doc = include_str!("cpu_bound_in_async.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_index::known::WorkKind;
use pyteam_syntax::ExprId;

use crate::shared::asynchronous::report::{fixes, is_computing, report};
use crate::shared::asynchronous::work::Found;
use crate::shared::blocking;

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
    let shown = blocking::shown(cx, call);
    let does = match found.work {
        WorkKind::Inference => "runs a model on the event loop",
        _ => "draws or encodes on the event loop",
    };
    let inside = match &found.inside {
        Some((_, inner)) => format!(", in `{inner}`"),
        None => String::new(),
    };
    let text = format!("`{shown}` {does}{inside}: until it is done no other task runs, and nobody is answered");
    let help = match found.work {
        WorkKind::Inference => {
            "run it with `await asyncio.to_thread(...)`, one call at a time where the model is not made for threads, or in a process of its own"
        }
        _ => "run it with `await asyncio.to_thread(...)`",
    };
    (text, help)
}
