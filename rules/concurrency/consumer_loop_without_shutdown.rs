#![doc = include_str!("consumer_loop_without_shutdown.md")]

mod ends;
mod repair;
mod takes;

use pyteam_channels::process;
use pyteam_channels::worker::Worker;
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer::enclosing_function;
use pyteam_index::known;
use pyteam_syntax::tree::Param;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextRange};

use crate::shared::{blocking, test_code};

/// See the page.
pub struct ConsumerLoopWithoutShutdown;

impl Rule for ConsumerLoopWithoutShutdown {
    fn page(&self) -> &Page {
        crate::page!("consumer_loop_without_shutdown")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !cx.facts().calls.iter().any(|call| takes::may_take(cx, *call)) {
            return;
        }
        for stmt in cx.item.stmt_ids() {
            let Stmt::While { test, body, .. } = cx.item.stmt(stmt) else { continue };
            if !is_endless(cx, *test) || is_async(cx, stmt) {
                continue;
            }
            let Some(take) = takes::in_loop(cx, stmt) else { continue };
            // Any method may set what ends the loop.
            cx.whole_file();
            if ends::has_end(cx, stmt, body, take) || test_code::is_test(cx) {
                continue;
            }
            let header = TextRange::new(cx.stmt_range(stmt).start(), cx.range(*test).end());
            // With `task_done()` the producer waits in `join()`, and the thread dies with the program.
            let severity = if counts_work(cx, stmt) { Severity::Hint } else { Severity::Warning };
            let event = event(cx, stmt);
            let help = match &event {
                Some(event) => takes::how_to_leave(cx, take, event),
                None => "break on a sentinel such as `None`, or loop until a stop event is set".to_owned(),
            };
            let finding = sink
                .report(
                    header,
                    stmt.0,
                    format!("no message or event ends this loop on `{}`", blocking::shown(cx, take)),
                )
                .severity(severity)
                .note("its thread or process runs until it is killed")
                .help(help);
            if let Some(fix) = event.and_then(|event| repair::repair(cx, stmt, take, &event)) {
                finding.fix(fix.title, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let stmt = StmtId(finding.anchor.node);
        let take = takes::in_loop(cx, stmt);
        let fix = take.and_then(|take| repair::repair(cx, stmt, take, &event(cx, stmt)?));
        fix.into_iter().collect()
    }
}

/// `while True:`, `while 1:`
fn is_endless(cx: &CheckContext<'_>, test: ExprId) -> bool {
    matches!(cx.item.expr(test), Expr::Bool(true) | Expr::Int(Some(1)))
}

/// A task is canceled at its next `await`.
fn is_async(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let function = enclosing_function(cx.item, stmt).and_then(|stmt| pyteam_index::facts::function(cx.item, stmt));
    function.is_some_and(|function| function.is_async)
}

fn counts_work(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(stmt), &mut |part| {
        if let Part::Expr(expr) = part {
            found |= process::is_named(cx.item, expr, &["task_done"]);
        }
        !found
    });
    found
}

/// The event that was meant to end the loop: the function is given it and never looks at it, and what sets it waits for
/// the loop's end right behind, which does not come. Elsewhere a loop may have work left when an event is set, or set it
/// itself to say that it has begun.
fn event(cx: &CheckContext<'_>, stmt: StmtId) -> Option<String> {
    let function = enclosing_function(cx.item, stmt)?;
    let definition = pyteam_index::facts::function(cx.item, function)?;
    let is_event = |param: &&Param| {
        let types = cx.inference.expr(cx.site(param.annotation?));
        let path = types.single_external()?;
        known::is_blocking_event(path).then_some(())
    };
    let mut params = definition.params.iter().filter(|param| is_event(param).is_some());
    let param = params.next()?;
    let worker = Worker::of(cx, function).filter(|_| params.next().is_none())?;
    let calls = worker.calls(param.name)?;
    let set = worker.set_of(&calls)?;
    // The loop never asks it: to ask and to go on all the same has a reason.
    (calls.len() == 1 && worker.is_joined_behind(set)).then(|| param.name.as_str().to_owned())
}
