#![doc = include_str!("blocking_get_without_timeout.md")]

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::shared::blocking::repair::{self, TITLE};
use crate::shared::blocking::{self, Bound, Bounded, Kind, guard};
use crate::shared::place;

/// See the page.
pub struct BlockingGetWithoutTimeout;

impl Rule for BlockingGetWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_get_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let facts = &cx.file.facts.items[cx.item_index as usize];
        for call in &facts.calls {
            // Most `get`s look something up by a key, and say so.
            let Expr::Call { args, .. } = cx.item.expr(*call) else { continue };
            if args.len() > 3 || infer::is_awaited(cx.item, *call) {
                continue;
            }
            let Some(found) = blocking::lookup(cx, *call, Kind::Get) else { continue };
            if blocking::bounded_by_arguments(cx, *call, found.bound) != Bounded::No {
                continue;
            }
            let Some(severity) = judge(cx, *call) else { continue };
            let what = blocking::shown(cx, *call);
            let message = if loop_of(cx, *call).is_some() {
                format!("`{what}` waits forever: if the other side dies, this loop hangs and cannot be shut down")
            } else {
                format!("`{what}` waits forever: if the other side dies, nothing comes and nothing says so")
            };
            let help = match found.bound {
                Bound::Poll => "ask `poll(timeout)` before receiving".to_owned(),
                Bound::Never => {
                    "this queue's `get` takes no time-out: use a `multiprocessing.Queue`, or poll its `empty()`"
                        .to_owned()
                }
                bound => blocking::help(bound, found.end),
            };
            let offers = repair::repair(cx, *call, &found).is_some();
            let finding = sink.report(cx.range(*call), call.0, message).severity(severity).help(help);
            if offers {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        let Some(found) = blocking::lookup(cx, call, Kind::Get) else { return Vec::new() };
        repair::repair(cx, call, &found).into_iter().collect()
    }
}

/// The loop that waits by `call`, in its body or its condition.
fn loop_of(cx: &CheckContext<'_>, call: ExprId) -> Option<StmtId> {
    let stmt = cx.item.enclosing_stmt(call);
    match cx.item.stmt(stmt) {
        Stmt::While { .. } => Some(stmt),
        _ => place::enclosing_loop(cx.item, stmt),
    }
}

/// How much a call matters; nothing where it does not.
fn judge(cx: &CheckContext<'_>, call: ExprId) -> Option<Severity> {
    if guard::is_asked(cx, call, &["poll"]) || guard::waits_for_readiness(cx, call) {
        return None;
    }
    if guard::is_asked(cx, call, &["empty", "qsize", "full"]) || fills_it_itself(cx, call) || ends_on_sentinel(cx, call)
    {
        return Some(Severity::Hint);
    }
    Some(Severity::Warning)
}

/// Whether the same function puts into the queue: then there is a message, and nobody else to die.
fn fills_it_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = blocking::receiver_text(cx, call) else { return false };
    let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    place::calls_method(cx, Part::Stmt(function), receiver, &["put", "put_nowait"])
}

/// Whether a message can end the loop that waits for it.
fn ends_on_sentinel(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    let names = place::bound_names(cx, stmt);
    let quits = |one: &StmtId, condition| place::quits(item, *one, condition, &names);
    match item.stmt(stmt) {
        // `while (x := q.get()) is not None:`
        Stmt::While { .. } => return true,
        Stmt::Match { cases, .. } => {
            return place::enclosing_loop(item, stmt).is_some()
                && cases.iter().flat_map(|case| &case.body).any(|one| quits(one, None));
        }
        Stmt::If { body, orelse, .. } => {
            return place::enclosing_loop(item, stmt).is_some()
                && body.iter().chain(orelse).any(|one| quits(one, None));
        }
        _ if names.is_empty() => return false,
        _ => {}
    }
    if let Some(around) = place::enclosing_loop(item, stmt) {
        return place::leaves_on_message(item, around, &names);
    }
    // The first message, before `while message is not None:`.
    let Some(block) = item
        .stmt_ancestors(stmt)
        .next()
        .and_then(|outer| place::blocks(item, outer).into_iter().find(|block| block.contains(&stmt)))
    else {
        return false;
    };
    let after = block.iter().skip_while(|one| **one != stmt).skip(1);
    after.take(3).any(
        |one| matches!(item.stmt(*one), Stmt::While { test, .. } if place::mentions(item, Part::Expr(*test), &names)),
    )
}
