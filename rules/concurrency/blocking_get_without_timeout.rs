#![doc = include_str!("blocking_get_without_timeout.md")]

use pyteam_channels::evidence::{self, PipeEnd};
use pyteam_channels::order::blocks;
use pyteam_channels::order::preceding_checks;
use pyteam_channels::order::{control_flow, sentinel};
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Parent, Stmt, StmtId};

use crate::shared::blocking::{self, Blocking, BlockingKind, TimeoutArg, rule};

/// See the page.
pub struct BlockingGetWithoutTimeout;

impl Rule for BlockingGetWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_get_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        rule::check(cx, sink, BlockingKind::Get, |call, _| judge(cx, call), |call, found| why(cx, call, found));
        rule::check_passed(cx, sink, BlockingKind::Get, |call| ends_on_sentinel(cx, call));
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Get)
    }
}

/// What happens where no message comes any more.
fn why(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> &'static str {
    if found.is_own {
        return "if no message arrives, this call never returns";
    }
    if found.timeout == TimeoutArg::Poll && evidence::pipe_end(cx, call) != PipeEnd::Unknown {
        return "this process closed its copy of the sending end: `EOFError` comes if the sender dies, not if it hangs";
    }
    if found.timeout == TimeoutArg::Poll {
        return "it raises `EOFError` only when every copy of the sending end is closed";
    }
    if preceding_checks::is_asked(cx, call, &["empty", "qsize", "full"]) {
        return "if another consumer receives the message after the check, this call never returns";
    }
    if fills_it_itself(cx, call) {
        return "if the queue is empty and no producer is left, this call never returns";
    }
    let has_condition = |around| match cx.item.stmt(around) {
        Stmt::While { test, .. } => !matches!(cx.item.expr(*test), Expr::Bool(_) | Expr::Int(_)),
        _ => false,
    };
    match blocking::loop_of(cx, call) {
        Some(_) if ends_on_sentinel(cx, call) => {
            "if the producer dies before it sends the message that ends this loop, the loop never stops"
        }
        Some(around) if has_condition(around) => {
            "if the producer dies, this loop never checks its stop condition again"
        }
        Some(_) => "if the producer dies, this loop never goes on",
        None => "if the producer dies first, this call never returns",
    }
}

/// How much a call matters; nothing where it does not.
fn judge(cx: &CheckContext<'_>, call: ExprId) -> Option<Severity> {
    if preceding_checks::is_asked(cx, call, &["poll"])
        || preceding_checks::waits_for_readiness(cx, call)
        || waits_for_the_end(cx, call)
    {
        return None;
    }
    if preceding_checks::is_asked(cx, call, &["empty", "qsize", "full"])
        || fills_it_itself(cx, call)
        || ends_on_sentinel(cx, call)
    {
        return Some(Severity::Hint);
    }
    match evidence::pipe_end(cx, call) {
        PipeEnd::ClosedAndCaught => None,
        // A sender that dies is noticed; one that hangs is not.
        PipeEnd::Closed => Some(Severity::Information),
        PipeEnd::Unknown => Some(Severity::Warning),
    }
}

/// Whether what comes is not looked at, and the other side's end is what is waited for: `recv()` alone under
/// `except EOFError`.
fn waits_for_the_end(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let Parent::Stmt(stmt) = item.expr_parent(call) else { return false };
    if !matches!(item.stmt(stmt), Stmt::Expr(_)) {
        return false;
    }
    item.stmt_ancestors(stmt).take_while(|around| !matches!(item.stmt(*around), Stmt::Function(_))).any(|around| {
        matches!(item.stmt(around), Stmt::Try(one) if one.body.contains(&stmt)
            && one.handlers.iter().filter_map(|handler| handler.kind).any(|kind| cx.text(kind).contains("EOFError")))
    })
}

/// Whether the same function puts into the queue: then there is a message, and no other producer that may die.
fn fills_it_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    control_flow::calls_method(cx, Part::Stmt(function), receiver, &["put", "put_nowait"])
}

/// Whether a message can end the loop that waits for it.
fn ends_on_sentinel(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let stmt = item.enclosing_stmt(call);
    let names = control_flow::bound_names(cx, stmt);
    let quits = |one: &StmtId, condition| sentinel::quits(item, *one, condition, &names);
    match item.stmt(stmt) {
        // `while (x := q.get()) is not None:`
        Stmt::While { .. } => return true,
        Stmt::Match { cases, .. } => {
            return control_flow::enclosing_loop(item, stmt).is_some()
                && cases.iter().flat_map(|case| &case.body).any(|one| quits(one, None));
        }
        Stmt::If { body, orelse, .. } => {
            return control_flow::enclosing_loop(item, stmt).is_some()
                && body.iter().chain(orelse).any(|one| quits(one, None));
        }
        _ if names.is_empty() => return false,
        _ => {}
    }
    if let Some(around) = control_flow::enclosing_loop(item, stmt) {
        return sentinel::leaves_on_message(item, around, &names);
    }
    // The first message, before `while message is not None:`.
    let Some(block) = item
        .stmt_ancestors(stmt)
        .next()
        .and_then(|outer| blocks::of(item, outer).into_iter().find(|block| block.contains(&stmt)))
    else {
        return false;
    };
    let after = block.iter().skip_while(|one| **one != stmt).skip(1);
    after.take(3).any(|one| match item.stmt(*one) {
        Stmt::While { test, .. } => control_flow::mentions(item, Part::Expr(*test), &names),
        // One message of such a loop: `if message is None: return False`.
        Stmt::If { test, body, .. } => {
            sentinel::is_none_test(item, *test, &names) && body.iter().any(|one| blocks::leaves(item, *one))
        }
        _ => false,
    })
}
