//! How large a message can be: whether it may fill a pipe, which holds 64 KB.

use pyteam_index::context::ItemContext;
use pyteam_index::infer::{Site, Type, Types};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::channel;
use crate::order::control_flow;
use crate::process;

/// How much a call puts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A number, a truth, a word.
    Small,
    /// A text, which is seldom that long.
    Medium,
    /// Anything else, or anything again and again.
    Large,
}

/// Attributes that are short, whatever has them.
const SHORT: &[&str] = &["__version__", "version", "__name__", "name", "pid", "exitcode", "returncode", "value"];

/// Functions that give a number.
const NUMBERS: &[&str] = &[
    "len",
    "int",
    "float",
    "bool",
    "ord",
    "hash",
    "id",
    "isinstance",
    "randint",
    "randrange",
    "getpid",
    "time",
    "monotonic",
    "perf_counter",
];

/// How much the call `put` puts, all that its function puts by it together.
pub fn of_put(cx: &ItemContext<'_>, put: ExprId) -> Weight {
    let Some(message) = channel::message(cx.item, put) else { return Weight::Small };
    let declared = || {
        let channel = channel::of_call(cx.inference, cx.site(put), pyteam_index::known::Action::Put)?;
        of_types(&channel.element?)
    };
    let mut one = of(cx, message, 4);
    if one == Weight::Large
        && !is_display(cx, message)
        && let Some(said) = declared()
    {
        one = said;
    }
    let stmt = cx.item.enclosing_stmt(put);
    let is_in_comprehension =
        cx.item.expr_ancestors(put).any(|outer| matches!(cx.item.expr(outer), Expr::Comprehension(_)));
    let mut inner = stmt;
    let mut is_in_loop = false;
    while let Some(around) = control_flow::enclosing_loop(cx.item, inner) {
        if !is_short_loop(cx, around) && !leaves_behind(cx, inner, around) {
            // Some ten thousand numbers fill a pipe: more than most collections that are gone through once.
            if one != Weight::Small || !matches!(cx.item.stmt(around), Stmt::For { .. }) {
                return Weight::Large;
            }
            one = Weight::Medium;
        }
        (inner, is_in_loop) = (around, true);
    }
    if is_in_comprehension && !is_in_loop { Weight::Large } else { one }
}

/// Whether the loop has a few turns.
fn is_short_loop(cx: &ItemContext<'_>, around: StmtId) -> bool {
    const MANY: i64 = 1000;
    let Stmt::For { iter, .. } = cx.item.stmt(around) else { return false };
    match cx.item.expr(*iter) {
        Expr::Call { func, args } => {
            matches!(cx.item.expr(*func), Expr::Name(name) if *name == "range")
                && args.iter().all(|arg| matches!(cx.item.expr(arg.value), Expr::Int(Some(count)) if *count <= MANY))
        }
        Expr::List(all) | Expr::Tuple(all) => i64::try_from(all.len()).is_ok_and(|count| count <= MANY),
        _ => false,
    }
}

/// Whether the loop is left right behind the put.
fn leaves_behind(cx: &ItemContext<'_>, stmt: StmtId, around: StmtId) -> bool {
    let mut at = stmt;
    loop {
        if let Some(next) = crate::order::blocks::next(cx.item, at) {
            return matches!(cx.item.stmt(next), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. });
        }
        match cx.item.stmt_ancestors(at).next() {
            Some(outer) if outer != around => at = outer,
            _ => return false,
        }
    }
}

fn is_display(cx: &ItemContext<'_>, message: ExprId) -> bool {
    matches!(
        cx.item.expr(message),
        Expr::List(_) | Expr::Dict(_) | Expr::Tuple(_) | Expr::Comprehension(_) | Expr::Binary { .. }
    )
}

fn of(cx: &ItemContext<'_>, expr: ExprId, depth: u8) -> Weight {
    const LONG: u32 = 4096;
    let Some(depth) = depth.checked_sub(1) else { return Weight::Large };
    let by_type = || of_types(&cx.inference.expr(cx.site(expr))).unwrap_or(Weight::Large);
    let inner = |one: ExprId| of(cx, one, depth);
    let all = |parts: &[ExprId]| parts.iter().map(|one| inner(*one)).max().unwrap_or(Weight::Small);
    match cx.item.expr(expr) {
        Expr::None | Expr::Bool(_) | Expr::Int(_) | Expr::Compare(_) | Expr::Not(_) => Weight::Small,
        Expr::Str(_) if u32::from(cx.item.expr_range(expr).len()) < LONG => Weight::Small,
        Expr::Tuple(parts) => all(parts),
        Expr::List(parts) => all(parts).max(Weight::Medium),
        Expr::Dict(entries) => entries.iter().map(|entry| inner(entry.value)).max().unwrap_or(Weight::Small),
        Expr::Binary { left, right, .. } => {
            // `"x" * 1000`
            let is_sequence =
                |one: &ExprId| matches!(cx.item.expr(*one), Expr::Str(_) | Expr::List(_) | Expr::Tuple(_));
            if is_sequence(left) || is_sequence(right) { Weight::Large } else { by_type() }
        }
        Expr::Bool2 { left, right, .. } => inner(*left).max(inner(*right)),
        Expr::Conditional { body, orelse, .. } => inner(*body).max(inner(*orelse)),
        Expr::Call { .. } if process::is_named(cx.item, expr, NUMBERS) => Weight::Small,
        Expr::Attribute { attr, .. } if SHORT.contains(&attr.as_str()) => Weight::Small,
        Expr::Name(name) => {
            let weight = by_type();
            if weight != Weight::Large {
                return weight;
            }
            let of_name = || cx.facts().bindings.iter().filter(|one| one.name == *name);
            let is_flag = |source: pyteam_index::facts::Source| matches!(source, pyteam_index::facts::Source::Value(value) if matches!(cx.item.expr(value), Expr::Bool(_)));
            if of_name().any(|one| is_flag(one.source)) {
                return Weight::Small;
            }
            // A variable that is bound once.
            let mut bound = of_name();
            match (bound.next(), bound.next()) {
                (Some(one), None) if one.path.is_empty() => match one.source {
                    pyteam_index::facts::Source::Value(value) => inner(value),
                    _ => weight,
                },
                _ => weight,
            }
        }
        _ => by_type(),
    }
}

/// How much an object of these types is, where it is a number or a text.
fn of_types(types: &Types) -> Option<Weight> {
    if types.has_unknown() {
        return None;
    }
    let one = |one: &Type| match one {
        Type::None | Type::Builtin("int" | "float" | "bool" | "complex") => Some(Weight::Small),
        Type::Builtin("str") => Some(Weight::Medium),
        Type::Tuple(parts) => parts
            .iter()
            .map(of_types)
            .collect::<Option<Vec<_>>>()
            .map(|all| all.into_iter().max().unwrap_or(Weight::Small)),
        _ => None,
    };
    types.iter().map(one).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The largest of what the calls put.
pub fn of_puts(cx: &ItemContext<'_>, puts: &[Site]) -> Weight {
    let weight = |put: &Site| cx.at(put.file, put.item).map_or(Weight::Large, |there| of_put(&there, put.expr));
    puts.iter().map(weight).max().unwrap_or(Weight::Large)
}
