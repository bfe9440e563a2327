#![doc = include_str!("blocking_put_without_timeout.md")]

use pyteam_channels::order::control_flow;
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::facts::Source;
use pyteam_index::infer::{self, Site};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId};

use crate::shared::blocking::{self, Blocking, Kind, guard, rule};

/// See the page.
pub struct BlockingPutWithoutTimeout;

impl Rule for BlockingPutWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_put_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let consequence = |_, _: &Blocking| {
            "waits for room forever: the queue is bounded, and if nobody takes from it any more, this hangs".to_owned()
        };
        rule::check(cx, sink, Kind::Put, |call, found| judge(cx, call, found), consequence);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, Kind::Put)
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
    if guard::is_asked(cx, call, &["full", "qsize", "empty"]) || empties_it_itself(cx, call) {
        return Some(Severity::Hint);
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
        && !guard::is_preceded(cx, call, &["put", "put_nowait"])
        && !guard::does_before(cx, call, starts)
}

/// Whether the same function takes from the queue before: then there is room.
fn empties_it_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    control_flow::calls_method(cx, Part::Stmt(function), receiver, &["get", "get_nowait"])
}

/// Whether the queue made at `origin` was certainly given a size.
fn is_bounded(cx: &CheckContext<'_>, origin: Option<Site>) -> bool {
    let Some((site, args)) = rule::making(cx, origin) else { return false };
    if args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar)) {
        return false;
    }
    blocking::passed(args, &["maxsize"], Some(0))
        .is_some_and(|arg| is_positive(cx, Site { expr: arg.value, ..site }, 3))
}

/// Whether a number is certainly more than 0: a literal, a name or default for one, or one multiplied or added to.
fn is_positive(cx: &CheckContext<'_>, site: Site, depth: u8) -> bool {
    let Some((file, item, facts)) = cx.inference.item(site.file, site.item) else { return false };
    let at = |expr| Site { expr, ..site };
    match item.expr(site.expr) {
        Expr::Int(value) => value.is_none_or(|value| value > 0),
        // `2 * workers`: whoever computes a size wants one.
        Expr::Binary { left, op, right } => {
            matches!(op.as_str(), "*" | "+")
                && (is_positive(cx, at(*left), depth) || is_positive(cx, at(*right), depth))
        }
        Expr::Name(name) if depth > 0 => {
            let local = facts.bindings.iter().filter(|binding| binding.name == *name);
            let local: Vec<_> = local.map(|binding| (site.item, binding.source)).collect();
            let module = || {
                let all = file.facts.module.get(name).into_iter().flatten();
                all.map(|at| (at.item, file.facts.items[at.item as usize].bindings[at.binding as usize].source))
                    .collect()
            };
            let bound: Vec<_> = if local.is_empty() { module() } else { local };
            let is_positive = |(index, source): &(u32, Source)| {
                let value = match source {
                    Source::Value(value) | Source::Annotated(_, Some(value)) => *value,
                    Source::Param(function, at) => {
                        let (_, item, _) = cx.inference.item(site.file, *index)?;
                        pyteam_index::facts::function(item, *function)?.params.get(*at as usize)?.default?
                    }
                    _ => return None,
                };
                is_positive(cx, Site { item: *index, expr: value, ..site }, depth - 1).then_some(())
            };
            !bound.is_empty() && bound.iter().all(|one| is_positive(one).is_some())
        }
        _ => false,
    }
}
