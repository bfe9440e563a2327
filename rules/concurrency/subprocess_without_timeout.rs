#![doc = include_str!("subprocess_without_timeout.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId};

use crate::shared::blocking::{Blocking, Kind, guard, programs, rule};

/// See the page.
pub struct SubprocessWithoutTimeout;

impl Rule for SubprocessWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("subprocess_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let consequence =
            |_, _: &Blocking| "has no time-out: if the program hangs, this waits for it forever".to_owned();
        let judge = |call, _: &Blocking| {
            if programs::is_for_a_person(cx, call) {
                return None;
            }
            let is_less = runs_itself(cx, call);
            Some(if is_less { Severity::Hint } else { Severity::Information })
        };
        rule::check(cx, sink, Kind::Subprocess, judge, consequence);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, Kind::Subprocess)
    }
}

/// Whether the function runs the program itself once more, by `sys.executable` and all of `sys.argv`: that takes as long
/// as the program takes.
fn runs_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let (mut executable, mut arguments) = (false, false);
    walk(cx.item, guard::surroundings(cx, call), &mut |part| {
        match part {
            Part::Expr(id) => match cx.item.expr(id) {
                // A part of the arguments is another program's.
                Expr::Subscript { .. } => return false,
                Expr::Attribute { .. } => {
                    executable |= cx.text(id) == "sys.executable";
                    arguments |= cx.text(id) == "sys.argv";
                }
                _ => {}
            },
            Part::Stmt(_) => {}
        }
        true
    });
    executable && arguments
}
