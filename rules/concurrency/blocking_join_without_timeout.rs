#![doc = include_str!("blocking_join_without_timeout.md")]

use pyteam_channels::order::control_flow;
use pyteam_channels::order::preceding_checks;
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId};

use crate::shared::blocking::{Blocking, BlockingKind, rule, stop};

/// See the page.
pub struct BlockingJoinWithoutTimeout;

impl Rule for BlockingJoinWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_join_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let why = |_, found: &Blocking| match found.owner.rsplit('.').next().unwrap_or_default() {
            _ if found.is_own => "if the work behind it hangs, the caller hangs with it",
            "Thread" => "if the thread hangs, the caller hangs with it",
            "Popen" => "if the child process hangs, the caller hangs with it",
            _ => "if the process hangs, the caller hangs with it",
        };
        rule::check(cx, sink, BlockingKind::Join, |call, found| judge(cx, call, found), why);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Join)
    }
}

fn judge(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> Option<Severity> {
    let is_child = found.owner.ends_with(".Popen");
    let is_over = preceding_checks::is_preceded_on_same(cx, call, &["kill"])
        || is_known_dead(cx, call)
        || preceding_checks::waits_for_readiness(cx, call)
        || (is_child && preceding_checks::is_preceded(cx, call, &["communicate", "poll"]))
        || (is_child && is_killed_elsewhere(cx, call));
    if is_over {
        return None;
    }
    let is_less = stop::was_told_to_stop(cx, call) || stop::is_interruptible(cx, call) || rule::is_in_script(cx, call);
    Some(match is_less {
        true => Severity::Hint,
        false if found.is_own => Severity::Warning,
        // Work takes its time: what can hold it up for good has to be seen first.
        false => Severity::Information,
    })
}

/// `if not p.is_alive(): p.join()`
fn is_known_dead(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    control_flow::guards(cx.item, cx.item.enclosing_stmt(call)).into_iter().any(|test| {
        let mut found = false;
        walk(cx.item, Part::Expr(test), &mut |part| {
            if let Part::Expr(id) = part {
                found |= match cx.item.expr(id) {
                    Expr::Not(inner) => control_flow::calls_method(cx, Part::Expr(*inner), receiver, &["is_alive"]),
                    Expr::Attribute { value, attr } => {
                        matches!(attr.as_str(), "exitcode" | "returncode") && cx.text(*value) == receiver
                    }
                    _ => false,
                };
            }
            !found
        });
        found
    })
}

/// Whether the function hands `proc.kill` to another call: a timer that bounds the wait.
fn is_killed_elsewhere(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let mut found = false;
    walk(cx.item, preceding_checks::enclosing_scope(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Call { args, .. } = cx.item.expr(id)
        {
            found |= args.iter().any(|arg| match cx.item.expr(arg.value) {
                Expr::Attribute { value, attr } => {
                    matches!(attr.as_str(), "kill" | "terminate") && cx.text(*value) == receiver
                }
                Expr::List(items) | Expr::Tuple(items) => {
                    items.iter().any(|one| cx.text(*one) == receiver && cx.text(id).contains("Timer"))
                }
                Expr::Name(name) => *name == *receiver && cx.text(id).contains("Timer"),
                _ => false,
            });
        }
        !found
    });
    found
}
