#![doc = include_str!("blocking_join_without_timeout.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::shared::blocking::{self, Blocking, Kind, guard, rule};
use crate::shared::place;

/// See the page.
pub struct BlockingJoinWithoutTimeout;

impl Rule for BlockingJoinWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_join_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let consequence = |_, found: &Blocking<'_>| {
            let what = match found.owner.rsplit('.').next().unwrap_or_default() {
                "Thread" => "the thread",
                "Process" => "the process",
                "Popen" => "the child process",
                _ => "it",
            };
            format!("waits forever for {what} to end: if it hangs, this hangs, too, and nothing says so")
        };
        rule::check(cx, sink, Kind::Join, |call, found| judge(cx, call, found), consequence);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, Kind::Join)
    }
}

fn judge(cx: &CheckContext<'_>, call: ExprId, found: &Blocking<'_>) -> Option<Severity> {
    let is_child = found.owner.ends_with(".Popen");
    let is_over = guard::is_preceded(cx, call, &["kill"])
        || is_known_dead(cx, call)
        || guard::waits_for_readiness(cx, call)
        || (is_child && guard::is_preceded(cx, call, &["communicate", "poll"]))
        || (is_child && is_killed_elsewhere(cx, call));
    if is_over {
        return None;
    }
    let is_less = guard::is_preceded(cx, call, &["terminate", "stop", "shutdown", "cancel", "close", "quit"])
        || was_told_to_stop(cx, call)
        || rule::is_in_script(cx, call);
    Some(if is_less { Severity::Hint } else { Severity::Warning })
}

/// `if not p.is_alive(): p.join()`
fn is_known_dead(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = blocking::receiver_text(cx, call) else { return false };
    place::guards(cx.item, cx.item.enclosing_stmt(call)).into_iter().any(|test| {
        let mut found = false;
        walk(cx.item, Part::Expr(test), &mut |part| {
            if let Part::Expr(id) = part {
                found |= match cx.item.expr(id) {
                    Expr::Not(inner) => place::calls_method(cx, Part::Expr(*inner), receiver, &["is_alive"]),
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

/// Whether the function hands `proc.kill` to somebody: a timer that bounds the wait.
fn is_killed_elsewhere(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = blocking::receiver_text(cx, call) else { return false };
    let mut found = false;
    walk(cx.item, guard::surroundings(cx, call), &mut |part| {
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

/// Whether the function set an event, cleared a flag or sent a sentinel before: whoever is joined was told to stop.
fn was_told_to_stop(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, guard::surroundings(cx, call), &mut |part| {
        match part {
            Part::Expr(id) if cx.item.expr_range(id).end() <= here => {
                if let Expr::Call { func, args } = cx.item.expr(id)
                    && let Expr::Attribute { attr, .. } = cx.item.expr(*func)
                {
                    let argument = args.first().map(|arg| cx.item.expr(arg.value));
                    found |= match (attr.as_str(), argument) {
                        ("set", None) | ("put" | "put_nowait" | "send", Some(Expr::None)) => true,
                        ("put" | "put_nowait", Some(Expr::Name(name))) => is_constant(name.as_str()),
                        ("put" | "put_nowait", Some(Expr::Attribute { attr, .. })) => is_constant(attr.as_str()),
                        _ => false,
                    };
                }
            }
            Part::Stmt(stmt) if cx.item.stmt_range(stmt).end() <= here => {
                if let Stmt::Assign { targets, value } = cx.item.stmt(stmt) {
                    let is_flag = targets.iter().any(|target| matches!(cx.item.expr(*target), Expr::Attribute { .. }));
                    found |= is_flag && matches!(cx.item.expr(*value), Expr::Bool(_));
                }
            }
            _ => {}
        }
        !found
    });
    found
}

/// `SENTINEL`, `_STOP`
fn is_constant(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase()) && !name.chars().any(|c| c.is_ascii_lowercase())
}
