//! What the rules of all kinds do alike: look at each call, judge it, say it, repair it.

use pyteam_channels::evidence;
use pyteam_channels::order::control_flow;
use pyteam_channels::order::preceding_checks;
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Related, Severity, Sink};
use pyteam_index::facts;
use pyteam_index::infer::{self, Site};
use pyteam_refactors::add_timeout::{Plan, TITLE};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use super::{Blocking, BlockingKind, Bounded, story};
use crate::shared::test_code;

/// Reports the calls of `kind` that nothing bounds. `judge` says how much one matters, nothing where it does not;
/// `why` is the finding's note.
pub fn check(
    cx: &CheckContext<'_>,
    sink: &mut Sink<'_>,
    kind: BlockingKind,
    judge: impl Fn(ExprId, &Blocking) -> Option<Severity>,
    why: impl Fn(ExprId, &Blocking) -> &'static str,
) {
    let facts = cx.facts();
    for call in &facts.calls {
        let Some((found, judged)) = find(cx, *call, kind, &judge) else { continue };
        // A test that hangs is noticed when it is run.
        let judged = if test_code::is_test(cx) { Severity::Hint } else { judged };
        // A hint is not worth the look at the whole workspace.
        let why = why(*call, &found);
        let story = (judged > Severity::Hint).then(|| story::of(cx, *call, &found, why)).flatten();
        let mut severity = story.as_ref().map_or(judged, |story| story.weight.applied(judged));
        let deadline = (severity > Severity::Hint).then(|| evidence::deadline(cx, *call)).flatten();
        let message = format!("`{}` {}", super::shown(cx, *call), fault(&found));
        let offers = fix(cx, *call, &found).is_some();
        let (mut note, mut related) = story.map_or((None, Vec::new()), |story| (story.note, story.related));
        if let Some((text, place)) = deadline.and_then(|at| defeated(cx, at)) {
            // The operating system gives up connecting after a while.
            let is_late = found.is_connecting() || severity < Severity::Warning;
            severity = if is_late { severity } else { Severity::Error };
            note = Some(text);
            related.push(place);
        }
        let note = note.unwrap_or_else(|| why.to_owned());
        let mut finding =
            sink.report(cx.range(*call), call.0, message).severity(severity).note(note).help(super::help(&found, true));
        for place in related {
            finding = finding.related(place);
        }
        if offers {
            finding.fix(TITLE, Applicability::Unsafe);
        }
    }
}

/// What is said of a call that keeps the loop around it from its deadline, which is checked at `test`.
fn defeated(cx: &CheckContext<'_>, test: Site) -> Option<(String, Related)> {
    let there = cx.at(test.file, test.item)?;
    let range = there.range(test.expr);
    let line = there.file.source().lines().line_of(range.start()) + 1;
    let at = if test.file == cx.file.id { String::new() } else { " of its file".to_owned() };
    let note = format!("the deadline checked at line {line}{at} can pass long before this call returns");
    Some((note, Related::new(test.file, range, "the deadline is checked here")))
}

/// Reports what blocks and is handed to a function that will call it: `run_in_executor(None, conn.recv)`. The loop
/// over `iter(q.get, STOP)` ends by a message.
pub fn check_passed(
    cx: &CheckContext<'_>,
    sink: &mut Sink<'_>,
    kind: BlockingKind,
    ends_by_message: impl Fn(ExprId) -> bool,
) {
    let facts = cx.facts();
    for call in &facts.calls {
        let Expr::Call { func, args } = cx.item.expr(*call) else { continue };
        let (Expr::Attribute { attr: name, .. } | Expr::Name(name)) = cx.item.expr(*func) else { continue };
        // Whatever else is passed may be the bound.
        let (("run_in_executor", [_, passed]) | ("to_thread" | "submit", [passed]) | ("iter", [passed, _])) =
            (name.as_str(), &**args)
        else {
            continue;
        };
        if !matches!(cx.item.expr(passed.value), Expr::Attribute { .. }) || passed.kind != ArgKind::Positional {
            continue;
        }
        let Some(found) = super::lookup_callee(cx, passed.value, kind) else { continue };
        let is_less = *name == "iter" || ends_by_message(*call) || test_code::is_test(cx);
        let severity = if is_less { Severity::Hint } else { Severity::Warning };
        let (what, passes_keywords, note) = match name.as_str() {
            "iter" => ("", false, "if the producer dies before it sends the sentinel, the loop over it never stops"),
            "to_thread" => {
                (" its thread", true, "a blocked thread cannot be canceled, and keeps the program from exiting")
            }
            name => (
                " its worker",
                name != "run_in_executor",
                "a blocked worker cannot be canceled, and keeps the program from exiting",
            ),
        };
        let message = format!("`{}` can block{what} forever: it has no timeout", cx.text(passed.value));
        let help = super::help(&found, passes_keywords);
        sink.report(cx.range(passed.value), call.0, message).severity(severity).note(note).help(help);
    }
}

/// What completes a headline that begins with the call.
fn fault(found: &Blocking) -> &'static str {
    match found.kind {
        BlockingKind::Put if !found.is_own => "can block forever when the queue is full",
        // The operating system ends a connection attempt after a while, and a client's requests block later.
        BlockingKind::Network if found.is_connecting() || found.name.as_str().ends_with("Client") => "has no timeout",
        _ => "can block forever: it has no timeout",
    }
}

fn find(
    cx: &CheckContext<'_>,
    call: ExprId,
    kind: BlockingKind,
    judge: impl Fn(ExprId, &Blocking) -> Option<Severity>,
) -> Option<(Blocking, Severity)> {
    if infer::is_awaited(cx.item, call) || !super::may_be_unbounded(cx, call, kind) {
        return None;
    }
    let found = super::lookup(cx, call, kind)?;
    if super::bounded_by_arguments(cx, call, found.timeout) != Bounded::No {
        return None;
    }
    if is_left_to_the_caller(cx, call) {
        return None;
    }
    let severity = judge(call, &found)?;
    Some((found, severity))
}

/// Whether a parameter decides between this call and the same one with a bound: `if timeout is None: q.get()`, and
/// `q.get(timeout=timeout)` otherwise.
fn is_left_to_the_caller(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let stmt = cx.item.enclosing_stmt(call);
    control_flow::guards(cx.item, stmt).into_iter().filter_map(|test| compared_with_none(cx, test)).any(|bound| {
        let mut found = false;
        let is_parameter = infer::enclosing_function(cx.item, stmt)
            .and_then(|stmt| facts::function(cx.item, stmt))
            .is_some_and(|one| one.params.iter().any(|param| param.name == bound));
        walk(cx.item, preceding_checks::enclosing_scope(cx, call), &mut |part| {
            if let Part::Expr(id) = part
                && let Expr::Call { func: other, args } = cx.item.expr(id)
            {
                // What is left of the time is not told from other numbers.
                found |= id != call
                    && cx.text(*other) == cx.text(*func)
                    && args
                        .iter()
                        .any(|arg| is_parameter || control_flow::mentions(cx.item, Part::Expr(arg.value), &[bound]));
            }
            !found
        });
        found
    })
}

/// The name in `name is None` and `name is not None`.
fn compared_with_none(cx: &CheckContext<'_>, test: ExprId) -> Option<Name> {
    let Expr::Compare(compare) = cx.item.expr(test) else { return None };
    match (cx.item.expr(*compare.operands.first()?), cx.item.expr(*compare.operands.get(1)?)) {
        (Expr::Name(name), Expr::None) => Some(*name),
        _ => None,
    }
}

/// The repair of a finding of `kind`.
pub fn fixes(cx: &CheckContext<'_>, finding: &Finding, kind: BlockingKind) -> Vec<Fix> {
    let call = ExprId(finding.anchor.node);
    let Some(found) = super::lookup(cx, call, kind) else { return Vec::new() };
    fix(cx, call, &found).into_iter().collect()
}

fn fix(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> Option<Fix> {
    Plan::of(cx, &cx.settings.timeouts, call, found)?.fix(cx)
}

/// Whether `call` is part of a script that runs once from its start to its end: module-level code, or a `main()`
/// that takes nothing.
pub fn is_in_script(cx: &CheckContext<'_>, call: ExprId) -> bool {
    match infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) {
        None => !matches!(cx.item.stmt(cx.item.root()), Stmt::Class(_)),
        Some(function) => match cx.item.stmt(function) {
            Stmt::Function(one) => one.name == "main" && one.params.is_empty(),
            _ => false,
        },
    }
}
