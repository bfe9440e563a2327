//! The arguments of a call: which parameter gets what.

use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Item};

use super::answer::Answer;
use crate::page::calls::{ArgumentTest, Literal, Parameter};

/// What a parameter of a call gets.
enum Passed {
    This(ExprId),
    Nothing,
    /// Stars stand in the way.
    Unknown,
}

/// Whether an argument passes a test.
pub(super) fn test(item: &Item, args: &[Arg], parameter: &Parameter, test: &ArgumentTest) -> Answer {
    match (passed(args, parameter), test) {
        (Passed::Unknown, _) => Answer::Unknown,
        (Passed::This(_), ArgumentTest::Present) | (Passed::Nothing, ArgumentTest::Absent) => Answer::Yes,
        (Passed::This(_), ArgumentTest::Absent) | (Passed::Nothing, ArgumentTest::Present) => Answer::No,
        (Passed::This(value), ArgumentTest::Equals(literal, wanted)) => equals(item, value, literal).wanted(*wanted),
        // The default may or may not be the literal.
        (Passed::Nothing, ArgumentTest::Equals(..)) => Answer::Unknown,
    }
}

fn passed(args: &[Arg], parameter: &Parameter) -> Passed {
    let (name, position) = match parameter {
        Parameter::Name(name) => (name, None),
        Parameter::Positional { name, position } => (name, Some(*position as usize)),
    };
    if let Some(value) = keyword(args, name) {
        return Passed::This(value);
    }
    if let Some(position) = position {
        let positional = args.iter().filter(|arg| matches!(arg.kind, ArgKind::Positional | ArgKind::Star));
        for (at, arg) in positional.take(position + 1).enumerate() {
            match arg.kind {
                ArgKind::Star => return Passed::Unknown,
                _ if at == position => return Passed::This(arg.value),
                _ => {}
            }
        }
    }
    if args.iter().any(|arg| arg.kind == ArgKind::DoubleStar) { Passed::Unknown } else { Passed::Nothing }
}

/// Whether an expression is this literal; unknown for all that is not written out.
fn equals(item: &Item, value: ExprId, literal: &Literal) -> Answer {
    let written = match item.expr(value) {
        Expr::Bool(on) => Some(Literal::Bool(*on)),
        Expr::None => Some(Literal::None),
        Expr::Int(Some(number)) => Some(Literal::Int(*number)),
        Expr::Str(text) if !text.bytes => match text.value {
            Some(text) => Some(Literal::Text(text.as_str().to_owned())),
            None => return Answer::Unknown,
        },
        // Other literals are none of those that can be asked for.
        Expr::Str(_) | Expr::Float | Expr::Ellipsis | Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_) => {
            None
        }
        Expr::Unary(sign, number) if *sign == "-" => match item.expr(*number) {
            Expr::Int(Some(number)) => Some(Literal::Int(-number)),
            _ => return Answer::Unknown,
        },
        _ => return Answer::Unknown,
    };
    Answer::from_bool(written.as_ref() == Some(literal))
}
