#![doc = include_str!("thread_failure_unnoticed.md")]

use pyteam_channels::lost_result::{LostResult, lost_result};
use pyteam_channels::process;
use pyteam_display::MAX_LINE;
use pyteam_engine::{CheckContext, Page, Role, Rule, Severity, Sink};
use pyteam_index::facts;
use pyteam_syntax::{Expr, ExprId};

use crate::shared::{headline, test_code};

/// See the page.
pub struct ThreadFailureUnnoticed;

impl Rule for ThreadFailureUnnoticed {
    fn page(&self) -> &Page {
        crate::page!("thread_failure_unnoticed")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            if !process::is_join(cx.item, *call) {
                continue;
            }
            let Some(lost) = lost_result(cx, *call) else { continue };
            if test_code::is_test(cx) || handles_thread_errors(cx) {
                return;
            }
            report(cx, *call, &lost, sink);
        }
    }
}

fn report(cx: &CheckContext<'_>, call: ExprId, lost: &LostResult, sink: &mut Sink<'_>) {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return };
    let Some(target) = cx.inference.function(lost.target) else { return };
    let Some(there) = cx.at(lost.cause.file, lost.cause.item) else { return };
    let Some(cause) = called(&there, lost.cause.expr) else { return };
    let line = there.file.source().lines().line_of(there.range(lost.cause.expr).start()) + 1;
    let results = &lost.results;
    let notes = [
        format!(
            "`{cause}` at line {line} can raise; `{results}` then lacks that result, and the code goes on without it"
        ),
        format!("`{cause}` at line {line} can raise; that result is then missing from `{results}`"),
        format!("`{cause}` at line {line} can raise; its result is then missing"),
    ];
    let note = notes.into_iter().find(|note| note.chars().count() <= MAX_LINE);
    let joined = cx.text(*func);
    let target = target.name;
    let message = headline::fitting(format!("`{joined}()` returns even if `{target}` failed"), || {
        format!("this join returns even if `{target}` failed")
    });
    let mut finding = sink.report(cx.range(call), call.0, message);
    // A traceback of a script's thread stands where its person looks.
    if is_script(cx, call) {
        finding = finding.severity(Severity::Information);
    }
    if let Some(note) = note {
        finding = finding.note(note);
    }
    finding =
        finding.help("use `ThreadPoolExecutor` and each future's `result()`, or hand the error over and raise it here");
    let places = [
        (lost.cause, "this can raise, and the thread ends", Some(Role::CanRaise)),
        (lost.product, "the result is handed over here", None),
        (lost.used, "used here as if it were complete", None),
    ];
    for (site, message, role) in places {
        let Some(at) = cx.related(site, message) else { continue };
        finding = finding.related(match role {
            Some(role) => at.as_role(role),
            None => at,
        });
    }
}

fn called(cx: &CheckContext<'_>, call: ExprId) -> Option<String> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    facts::last_name(cx.item, *func).map(|name| name.to_string())
}

/// Whether the join stands in what a script runs: at module level, or in a function named `main`.
fn is_script(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let function = process::function_of(cx.item, call).and_then(|stmt| facts::function(cx.item, stmt));
    function.is_none_or(|function| function.name == "main")
}

/// Whether the program says what happens when a thread raises.
fn handles_thread_errors(cx: &CheckContext<'_>) -> bool {
    cx.whole_workspace().files().any(|file| !file.is_test() && file.source().as_str().contains("threading.excepthook"))
}
