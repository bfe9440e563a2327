#![doc = include_str!("blocking_put_without_timeout.md")]

use pyteam_channels::order::control_flow;
use pyteam_channels::order::preceding_checks;
use pyteam_channels::size::Size;
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer::{self, Site};
use pyteam_syntax::ExprId;
use pyteam_syntax::visit::Part;

use crate::shared::blocking::{Blocking, BlockingKind, rule};

/// See the page.
pub struct BlockingPutWithoutTimeout;

impl Rule for BlockingPutWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_put_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let why = |_, found: &Blocking| {
            if found.is_own {
                "if no consumer makes room, this call never returns"
            } else {
                "the queue is bounded, and a consumer that has died never empties it"
            }
        };
        rule::check(cx, sink, BlockingKind::Put, |call, found| judge(cx, call, found), why);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Put)
    }
}

fn judge(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> Option<Severity> {
    // What the settings name blocks because they say so.
    let is_own = !found.owner.ends_with("Queue");
    if !is_own && !found.origins.iter().all(|origin| is_bounded(cx, *origin)) {
        return None;
    }
    if !is_own && is_first(cx, call, found) {
        return None;
    }
    if preceding_checks::is_asked(cx, call, &["full", "qsize", "empty"]) || empties_it_itself(cx, call) {
        return Some(Severity::Hint);
    }
    // `if consumer.is_alive(): queue.put(STOP)`
    let asks_for_life = |test: ExprId| cx.text(test).contains("is_alive");
    if control_flow::guards(cx.item, cx.item.enclosing_stmt(call)).into_iter().any(asks_for_life) {
        return Some(Severity::Information);
    }
    Some(Severity::Warning)
}

/// Whether the function has just made the queue and puts the first message into it: a size is at least one.
fn is_first(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> bool {
    let function = |id: ExprId| infer::enclosing_function(cx.item, cx.item.enclosing_stmt(id));
    let is_here = |site: &Site| {
        (site.file, site.item) == (cx.file.id, cx.item_index)
            && function(site.expr).is_some()
            && function(site.expr) == function(call)
    };
    let starts =
        |one: ExprId| cx.receiver_text(one).is_some_and(|(_, method)| matches!(method.as_str(), "start" | "submit"));
    found.origins.iter().all(|origin| origin.as_ref().is_some_and(is_here))
        && control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(call)).is_none()
        && !preceding_checks::is_preceded(cx, call, &["put", "put_nowait"])
        && !preceding_checks::does_before(cx, call, starts)
}

/// Whether the same function takes from the queue before: then there is room.
fn empties_it_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    control_flow::calls_method(cx, Part::Stmt(function), receiver, &["get", "get_nowait"])
}

/// Whether the queue made at `origin` was certainly given a size.
fn is_bounded(cx: &CheckContext<'_>, origin: Option<Site>) -> bool {
    origin.is_some_and(|origin| Size::of(cx.inference, origin) == Size::Bounded)
}
