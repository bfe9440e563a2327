//! What the rules of a blocked event loop do alike: find the calls, report them, repair them.

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Related, Role, Severity, Sink};
use pyteam_index::known::WorkKind;
use pyteam_syntax::ExprId;

use super::code;
use super::repair::repair;
use super::twin;
use super::work::{Found, find};
use crate::shared::test_code;

/// Whether the processor is busy, and does not only wait: `cpu-bound-in-async`.
pub fn is_computing(work: WorkKind) -> bool {
    matches!(work, WorkKind::Inference | WorkKind::Rendering)
}

/// Reports the calls of the item's `async def`s whose work is `wanted`.
pub fn report(
    cx: &CheckContext<'_>,
    sink: &mut Sink<'_>,
    wanted: &dyn Fn(WorkKind) -> bool,
    message: &dyn Fn(&CheckContext<'_>, ExprId, &Found) -> (String, &'static str),
) {
    for (function, call) in code::calls(cx) {
        let Some(found) = find(cx, call).filter(|found| wanted(found.work)) else { continue };
        // While a program starts there are no other tasks to hold up; in a test, only the test's own.
        let is_alone = test_code::is_test(cx) || code::is_startup(cx, function, call);
        // Nothing else is there to be held up.
        let is_sole = !is_alone && found.severity > Severity::Information && code::is_sole_task(cx, function);
        let severity = match found.severity {
            _ if is_alone => Severity::Hint,
            _ if is_sole => Severity::Information,
            severity => severity,
        };
        let (text, help) = message(cx, call, &found);
        let twin = found.inside.as_ref().and_then(|(site, _)| twin::of(cx, function, call, *site, found.work));
        // Whoever lets it go on may run on the very loop that it holds up.
        let severity = match &twin {
            Some(twin) if twin.is_caller && severity == Severity::Warning => Severity::Error,
            _ => severity,
        };
        let did = if is_computing(found.work) { "computes" } else { "blocks" };
        let offer = repair(cx, call, &found).map(|fix| fix.title);
        let mut finding = sink
            .report(cx.range(call), call.0, text)
            .severity(severity)
            .note(match &twin {
                Some(twin) if twin.is_caller => {
                    "this is its async twin: what it waits for may need this very event loop"
                }
                _ if is_sole => "nothing else runs on this event loop; a task that is added will have to wait for it",
                _ => "no other task of this event loop runs until it returns",
            })
            .help(match twin {
                Some(twin) if twin.is_caller => "wait here with `await asyncio.sleep(...)`, and try again".to_owned(),
                Some(twin) => format!("use its async twin: `{}`", twin.awaited),
                None => help.to_owned(),
            });
        if let Some((site, inner)) = &found.inside
            && let Some((file, item, _)) = cx.inference.item(site.file, site.item)
        {
            let range = file.absolute(site.item, item.expr_range(site.expr));
            finding =
                finding.related(Related::new(file.id, range, format!("`{inner}` {did} here")).as_role(Role::Blocks));
        }
        if let Some(title) = offer {
            finding.fix(title, Applicability::Unsafe);
        }
    }
}

/// The repair of one of these findings.
pub fn fixes(cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
    let call = ExprId(finding.anchor.node);
    find(cx, call).and_then(|found| repair(cx, call, &found)).into_iter().collect()
}
