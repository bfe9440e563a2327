//! How many messages a queue holds before `put` waits.

use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Item, Name};

/// Names and calls that are followed from a size to a number.
const MAX_STEPS: u8 = 4;

/// The size of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// It was made with none, or with 0 or less.
    Unbounded,
    /// It was certainly made with one.
    Bounded,
    /// It was made with this, or with more than can be told.
    Unknown,
}

impl Size {
    /// The size of the queue that the call `made` makes; `Unknown` where that is no call.
    pub fn of(inference: &Inference<'_>, made: Site) -> Self {
        let Some((_, item, _)) = inference.item(made.file, made.item) else { return Self::Unknown };
        let Expr::Call { args, .. } = item.expr(made.expr) else { return Self::Unknown };
        if args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar)) {
            return Self::Unknown;
        }
        let Some(given) = argument(args) else { return Self::Unbounded };
        match item.expr(given) {
            Expr::Int(Some(number)) if *number <= 0 => Self::Unbounded,
            Expr::Unary(op, of) if *op == "-" && matches!(item.expr(*of), Expr::Int(_)) => Self::Unbounded,
            _ if is_positive(inference, Site { expr: given, ..made }, MAX_STEPS) => Self::Bounded,
            _ => Self::Unknown,
        }
    }
}

/// What a queue's constructor is given as its size.
pub(crate) fn argument(args: &[Arg]) -> Option<ExprId> {
    let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value);
    keyword(args, "maxsize").or(first)
}

/// Whether a number is certainly more than 0: a literal, a name or default for one, one that is multiplied or added to, or
/// a setting whose default is one.
fn is_positive(inference: &Inference<'_>, site: Site, depth: u8) -> bool {
    let Some((file, item, facts)) = inference.item(site.file, site.item) else { return false };
    let Some(depth) = depth.checked_sub(1) else { return false };
    let at = |expr| Site { expr, ..site };
    match item.expr(site.expr) {
        Expr::Int(value) => value.is_none_or(|value| value > 0),
        // `os.getenv("SIZE", "4")`
        Expr::Str(text) => {
            text.value.is_some_and(|text| text.as_str().trim().parse::<u64>().is_ok_and(|number| number > 0))
        }
        // `2 * workers`: a size is computed where one is wanted.
        Expr::Binary { left, op, right } => {
            matches!(op.as_str(), "*" | "+")
                && (is_positive(inference, at(*left), depth) || is_positive(inference, at(*right), depth))
        }
        Expr::Call { func, args } => {
            number_of(item, *func, args).is_some_and(|number| is_positive(inference, at(number), depth))
        }
        Expr::Name(name) => {
            let local = facts.bindings.iter().filter(|binding| binding.name == *name);
            let local: Vec<_> = local.map(|binding| (site.item, binding.source)).collect();
            let module = || {
                let all = file.facts.module.get(name).into_iter().flatten();
                all.map(|at| (at.item, file.facts.items[at.item as usize].bindings[at.binding as usize].source))
                    .collect()
            };
            let bound: Vec<_> = if local.is_empty() { module() } else { local };
            let is_positive = |(index, source): &(u32, Source)| {
                let value = match source {
                    Source::Value(value) | Source::Annotated(_, Some(value)) => *value,
                    Source::Param(function, at) => {
                        let (_, item, _) = inference.item(site.file, *index)?;
                        facts::function(item, *function)?.params.get(*at as usize)?.default?
                    }
                    _ => return None,
                };
                is_positive(inference, Site { item: *index, expr: value, ..site }, depth).then_some(())
            };
            !bound.is_empty() && bound.iter().all(|one| is_positive(one).is_some())
        }
        _ => false,
    }
}

/// The number in `int(number)`, and in a look-up of the environment its default: a program that reads a size from there is
/// meant to have one.
fn number_of(item: &Item, func: ExprId, args: &[Arg]) -> Option<ExprId> {
    let name = facts::last_name(item, func)?;
    let is_environ = || match item.expr(func) {
        Expr::Attribute { value, .. } => facts::last_name(item, *value) == Some(Name::new("environ")),
        _ => false,
    };
    match (name.as_str(), args) {
        ("int", [only]) => Some(only.value),
        ("getenv", [_, default]) => Some(default.value),
        ("get", [_, default]) if is_environ() => Some(default.value),
        _ => None,
    }
}
