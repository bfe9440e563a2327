//! Finding the calls that a page describes.

use pyteam_syntax::{Expr, ExprId, Item, Name};

use super::answer::Answer;
use super::arguments;
use super::call_context::{Spot, is_inside};
use crate::context::CheckContext;
use crate::page::CallPattern;
use crate::page::calls::Condition;

/// A call that a pattern objects to.
pub(super) struct Hit<'a> {
    pub(super) call: ExprId,
    pub(super) callee: Name,
    pub(super) pattern: &'a CallPattern,
}

/// The calls of `cx`'s item that one of `patterns` objects to; the first one counts.
pub(super) fn find<'a>(patterns: &'a [CallPattern], cx: &CheckContext<'_>) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for call in cx.item.expr_ids() {
        let Expr::Call { func, .. } = cx.item.expr(call) else { continue };
        // Asking what is called costs far more than seeing that the last name cannot be meant.
        let last = attribute_name(cx.item, *func);
        if !patterns.iter().any(|pattern| may_be(pattern, last)) {
            continue;
        }
        let site = cx.site(call);
        let Some(callee) = cx.inference.callee_path(site) else { continue };
        let hit = patterns.iter().find(|pattern| {
            names(pattern, callee.as_str())
                && Answer::all(pattern.conditions.iter().map(|one| judge(one, cx, call))).is_yes()
        });
        hits.extend(hit.map(|pattern| Hit { call, callee, pattern }));
    }
    hits.sort_by_key(|hit| cx.item.expr_range(hit.call).start());
    hits
}

/// `load` in `torch.load`; `None` where the callee has no name of its own.
fn attribute_name(item: &Item, func: ExprId) -> Option<Name> {
    match item.expr(func) {
        Expr::Attribute { attr, .. } => Some(*attr),
        // A plain name may be an alias.
        _ => None,
    }
}

fn may_be(pattern: &CallPattern, last: Option<Name>) -> bool {
    let Some(last) = last else { return true };
    pattern.callees.iter().any(|callee| {
        let end = callee.rsplit('.').next().unwrap_or(callee);
        end == "*" || last == *end
    })
}

fn names(pattern: &CallPattern, path: &str) -> bool {
    pattern.callees.iter().any(|callee| match callee.strip_suffix(".*") {
        Some(module) => path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')),
        None => path == callee,
    })
}

fn judge(condition: &Condition, cx: &CheckContext<'_>, call: ExprId) -> Answer {
    match condition {
        Condition::Argument(parameter, test) => match cx.item.expr(call) {
            Expr::Call { args, .. } => arguments::test(cx.item, args, parameter, test),
            _ => Answer::Unknown,
        },
        Condition::Inside(places, wanted) => {
            let inside = places.iter().any(|place| is_inside(*place, cx, Spot::Expr(call)));
            Answer::from_bool(inside).wanted(*wanted)
        }
    }
}
