//! The predicates of queries, which ask the index.

use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::{Base, Site, Type};
use pyteam_index::known::canonical;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use super::answer::Answer;
use super::arguments;
use super::call_context::{Spot, is_inside};
use crate::context::CheckContext;
use crate::page::calls::ArgumentTest;
use crate::page::query::{Predicate, Test};

/// Whether `spot` is as the predicate wants it.
pub(super) fn judge(predicate: &Predicate, cx: &CheckContext<'_>, spot: Option<Spot>) -> Answer {
    // What our own tree does not know as an expression or a statement (an operator, an argument list) has no answer.
    let Some(spot) = spot else { return Answer::Unknown };
    let answer = match (&predicate.test, spot) {
        (Test::IsA(classes), Spot::Expr(expr)) => is_a(cx, expr, classes),
        (Test::ResolvesTo(paths), Spot::Expr(expr)) => resolves_to(cx, expr, paths),
        (Test::Inherits(classes), Spot::Stmt(stmt)) if matches!(cx.item.stmt(stmt), Stmt::Class(_)) => {
            inherits(cx, ClassRef { file: cx.file.id, item: cx.item_index, stmt }, classes)
        }
        (Test::LacksArgument(parameter), Spot::Expr(expr)) => match cx.item.expr(expr) {
            Expr::Call { args, .. } => arguments::test(cx.item, args, parameter, &ArgumentTest::Absent),
            _ => Answer::Unknown,
        },
        (Test::Inside(places), spot) => Answer::from_bool(places.iter().any(|place| is_inside(*place, cx, spot))),
        _ => Answer::Unknown,
    };
    answer.wanted(predicate.wanted)
}

fn names(wanted: &[String], path: Name) -> bool {
    wanted.iter().any(|one| path == **one || canonical(Name::new(one)) == path)
}

fn site(cx: &CheckContext<'_>, expr: ExprId) -> Site {
    cx.site(expr)
}

/// All alternatives must agree.
fn agree(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let mut answers = answers.into_iter();
    let Some(first) = answers.next() else { return Answer::Unknown };
    if answers.all(|answer| answer == first) { first } else { Answer::Unknown }
}

fn is_a(cx: &CheckContext<'_>, expr: ExprId, classes: &[String]) -> Answer {
    let types = cx.inference.expr(site(cx, expr));
    agree(types.iter().map(|one| match one {
        Type::Instance { class, .. } if names(classes, *class) => Answer::Yes,
        // Another class from outside may derive from this one.
        Type::Instance { .. } => Answer::Unknown,
        Type::Object(class, _) => inherits(cx, *class, classes),
        Type::Builtin(name)
            if classes.iter().any(|class| class == name || class.strip_prefix("builtins.") == Some(name)) =>
        {
            Answer::Yes
        }
        Type::None => Answer::No,
        _ => Answer::Unknown,
    }))
}

fn resolves_to(cx: &CheckContext<'_>, expr: ExprId, paths: &[String]) -> Answer {
    let types = cx.inference.expr(site(cx, expr));
    match types.single_external() {
        Some(path) => Answer::from_bool(names(paths, path)),
        // A class or function of the workspace is none from outside.
        None => agree(types.iter().map(|one| match one {
            Type::Class(_) | Type::Function(..) | Type::Object(..) | Type::Builtin(_) => Answer::No,
            _ => Answer::Unknown,
        })),
    }
}

fn inherits(cx: &CheckContext<'_>, class: ClassRef, classes: &[String]) -> Answer {
    let (ancestors, complete) = cx.inference.ancestors(class);
    let bases = ancestors.iter().flat_map(|one| cx.inference.bases(*one));
    let mut others = !complete;
    for base in bases {
        match base {
            Base::External(path) if names(classes, path) => return Answer::Yes,
            // It may derive from one of them.
            Base::External(path) => {
                others |= !matches!(path.as_str(), "object" | "abc.ABC" | "typing.Protocol" | "typing.Generic")
            }
            Base::Class(_) => {}
            Base::Unknown => others = true,
        }
    }
    if others { Answer::Unknown } else { Answer::No }
}
