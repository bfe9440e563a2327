#![doc = include_str!("subprocess_without_timeout.md")]

use pyteam_channels::order::preceding_checks;
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::facts::Source;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId};

use crate::shared::blocking::{Blocking, BlockingKind, rule};

/// Words in the names and variables of programs that a person works in.
const FOR_A_PERSON: &[&str] = &["editor", "visual", "pager", "browser", "shell"];

/// See the page.
pub struct SubprocessWithoutTimeout;

impl Rule for SubprocessWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("subprocess_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let judge = |call, _: &Blocking| {
            if is_for_a_person(cx, call) {
                return None;
            }
            let is_less = runs_itself(cx, call);
            Some(if is_less { Severity::Hint } else { Severity::Information })
        };
        rule::check(
            cx,
            sink,
            BlockingKind::Subprocess,
            judge,
            |_, _| "if the subprocess hangs, this call never returns",
        );
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Subprocess)
    }
}

/// Whether the function runs the program itself once more, by `sys.executable` and all of `sys.argv`: that takes as long
/// as the program takes.
fn runs_itself(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let (mut executable, mut arguments) = (false, false);
    walk(cx.item, preceding_checks::enclosing_scope(cx, call), &mut |part| {
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

/// Whether the program that `call` runs is one that a person works in for as long as they like: `$EDITOR`, a pager.
pub fn is_for_a_person(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let Some(command) = passed(args, &["args"], Some(0)) else { return false };
    let program = match cx.item.expr(command.value) {
        Expr::List(items) | Expr::Tuple(items) => items.first().copied(),
        _ => Some(command.value),
    };
    program.is_some_and(|program| says_so(cx, program, 2))
}

/// Whether the expression speaks of such a program, itself or where the name in it is bound.
fn says_so(cx: &CheckContext<'_>, expr: ExprId, depth: u8) -> bool {
    // A path has parts of any name; what is executed is a shell by name only as a variable.
    let speaks = |expr: ExprId| {
        let text = cx.text(expr).to_ascii_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        words.iter().any(|word| FOR_A_PERSON.contains(word))
    };
    match cx.item.expr(expr) {
        Expr::Str(_) => false,
        Expr::Name(name) => {
            let facts = cx.facts();
            let bound = facts.bindings.iter().filter(|one| one.name == *name);
            speaks(expr)
                || depth > 0
                    && bound
                        .into_iter()
                        .any(|one| matches!(one.source, Source::Value(value) if says_so(cx, value, depth - 1)))
        }
        _ => speaks(expr),
    }
}
