#![doc = include_str!("unsafe_model_load.md")]

mod calls;
mod evidence;
mod flow;
mod gate;
mod repair;
mod round_trip;
mod sink;
mod switch;
mod verdict;

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_syntax::ExprId;

use crate::shared::test_code;

/// See the page.
pub struct UnsafeModelLoad;

impl Rule for UnsafeModelLoad {
    fn page(&self) -> &Page {
        crate::page!("unsafe_model_load")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            let Some(found) = sink::of(cx, *call) else { continue };
            // Where the file comes from and where the model goes is followed through all of the file.
            cx.whole_file();
            if test_code::is_test(cx) {
                return;
            }
            let Some(verdict) = verdict::of(cx, &found) else { continue };
            let finding = sink
                .report(cx.range(*call), call.0, verdict.message)
                .severity(verdict.severity)
                .note(verdict.note)
                .help(verdict.help);
            if let Some(fix) = repair::repair(cx, &found) {
                finding.fix(fix.title, fix.applicability);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let found = sink::of(cx, ExprId(finding.anchor.node));
        found.and_then(|found| repair::repair(cx, &found)).into_iter().collect()
    }
}
