//! The arguments that turn unpickling on and off: what they are known to be.

use pyteam_engine::CheckContext;
use pyteam_index::facts::{Binding, Source, function};
use pyteam_syntax::tree::{Arg, ArgKind, ParamKind};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt};

use super::flow;

/// How deep names are followed.
const DEPTH: u32 = 4;

/// What is known of a boolean argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// Not given, or `None`: the default holds.
    Missing,
    /// On.
    On,
    /// Off, and written so.
    Off,
    /// A parameter that is off unless a caller says otherwise.
    OffByDefault,
    /// The function's own `**kwargs`, in which a caller may give it.
    Passed,
    /// Cannot be known.
    Unknown,
}

/// What `keyword`, which is also the `position`-th positional parameter, is in a call with `args`.
pub(super) fn of(cx: &CheckContext<'_>, args: &[Arg], keyword: &str, position: Option<usize>) -> Switch {
    for arg in args {
        if matches!(arg.kind, ArgKind::Keyword(name) if name == keyword) {
            return value(cx, cx.item_index, arg.value, DEPTH);
        }
    }
    if let Some(position) = position {
        let mut before = args.iter().take(position + 1);
        if before.any(|arg| arg.kind == ArgKind::Star) {
            return Switch::Unknown;
        }
        if let Some(arg) = args.get(position).filter(|arg| arg.kind == ArgKind::Positional) {
            return value(cx, cx.item_index, arg.value, DEPTH);
        }
    }
    let spread = args
        .iter()
        .filter(|arg| arg.kind == ArgKind::DoubleStar)
        .map(|arg| mapping(cx, cx.item_index, arg.value, keyword, DEPTH));
    spread.fold(Switch::Missing, either)
}

/// Of several mappings, the one that has it.
fn either(one: Switch, other: Switch) -> Switch {
    match (one, other) {
        (Switch::Missing, other) => other,
        (one, Switch::Missing) => one,
        (one, other) if one == other => one,
        _ => Switch::Unknown,
    }
}

/// Of several values that a name may have.
fn agreed(values: impl Iterator<Item = Switch>) -> Switch {
    values.reduce(|one, other| if one == other { one } else { Switch::Unknown }).unwrap_or(Switch::Unknown)
}

fn value(cx: &CheckContext<'_>, item_index: u32, expr: ExprId, depth: u32) -> Switch {
    let item = cx.file.item(item_index);
    match item.expr(expr) {
        Expr::Bool(true) | Expr::Int(Some(1)) => Switch::On,
        Expr::Bool(false) | Expr::Int(Some(0)) => Switch::Off,
        Expr::None => Switch::Missing,
        Expr::Name(name) if depth > 0 => agreed(
            flow::bindings(cx.file, item_index, expr, *name)
                .into_iter()
                .map(|(at, binding)| bound(cx, at, binding, depth - 1)),
        ),
        _ => Switch::Unknown,
    }
}

fn bound(cx: &CheckContext<'_>, item_index: u32, binding: &Binding, depth: u32) -> Switch {
    if !binding.path.is_empty() {
        return Switch::Unknown;
    }
    match binding.source {
        Source::Value(expr) | Source::Annotated(_, Some(expr)) => value(cx, item_index, expr, depth),
        Source::Param(stmt, at) => {
            let item = cx.file.item(item_index);
            let param = function(item, stmt).and_then(|function| function.params.get(at as usize));
            match param.and_then(|param| param.default).map(|default| value(cx, item_index, default, 0)) {
                Some(Switch::On) => Switch::On,
                Some(Switch::Off) => Switch::OffByDefault,
                // `None` leaves it to the library, and the caller can say otherwise.
                _ => Switch::Unknown,
            }
        }
        _ => Switch::Unknown,
    }
}

/// What the mapping that is spread into the call has for `keyword`.
fn mapping(cx: &CheckContext<'_>, item_index: u32, expr: ExprId, keyword: &str, depth: u32) -> Switch {
    let item = cx.file.item(item_index);
    match item.expr(expr) {
        Expr::Dict(entries) => {
            let mut found = Switch::Missing;
            for entry in entries {
                let is_it = entry.key.is_some_and(|key| is_text(item.expr(key), keyword));
                match entry.key {
                    Some(_) if is_it => found = value(cx, item_index, entry.value, depth),
                    Some(key) if !matches!(item.expr(key), Expr::Str(_)) => found = Switch::Unknown,
                    None => {
                        found = either(found, mapping(cx, item_index, entry.value, keyword, depth.saturating_sub(1)))
                    }
                    _ => {}
                }
            }
            found
        }
        Expr::Call { func, args, .. } if matches!(item.expr(*func), Expr::Name(name) if *name == "dict") => {
            let given = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == keyword));
            match given {
                Some(arg) => value(cx, item_index, arg.value, depth),
                None if args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_))) => Switch::Missing,
                None => Switch::Unknown,
            }
        }
        Expr::Conditional { body, orelse, .. } => {
            either(mapping(cx, item_index, *body, keyword, depth), mapping(cx, item_index, *orelse, keyword, depth))
        }
        Expr::Name(name) if depth > 0 => {
            let bindings = flow::bindings(cx.file, item_index, expr, *name);
            if bindings.is_empty() {
                return Switch::Unknown;
            }
            let made = bindings
                .into_iter()
                .map(|(at, binding)| spread(cx, at, binding, keyword, depth - 1))
                .fold(Switch::Missing, either);
            match (made, written(cx, *name, keyword)) {
                (made, Switch::Missing) => made,
                // A caller may have given it.
                (Switch::Passed, Switch::Off) => Switch::OffByDefault,
                // What is put in later counts, whatever was there before.
                (_, later) => later,
            }
        }
        _ => Switch::Unknown,
    }
}

/// Whether the mapping that is spread into a call holds no `keyword`, whatever happens: a display, or a local name
/// for one that no other code gets hold of.
pub(super) fn certainly_lacks(cx: &CheckContext<'_>, expr: ExprId, keyword: &str) -> bool {
    let item = cx.item;
    let other_text =
        |expr: ExprId| matches!(item.expr(expr), Expr::Str(one) if one.value.is_some_and(|key| key != *keyword));
    match item.expr(expr) {
        Expr::Dict(entries) => entries.iter().all(|entry| entry.key.is_some_and(other_text)),
        Expr::Call { func, args, .. } => {
            matches!(item.expr(*func), Expr::Name(name) if *name == "dict")
                && args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name != keyword))
        }
        Expr::Name(name) => {
            let bindings = flow::bindings(cx.file, cx.item_index, expr, *name);
            let [(at, binding)] = bindings.as_slice() else { return false };
            let (Source::Value(value) | Source::Annotated(_, Some(value))) = binding.source else { return false };
            // What is bound in another item stands in that one's tree.
            let is_local = *at == cx.item_index && binding.path.is_empty() && item.root() != binding.stmt;
            is_local
                && matches!(item.expr(value), Expr::Dict(_) | Expr::Call { .. })
                && certainly_lacks(cx, value, keyword)
                && item.expr_ids().filter(|id| matches!(item.expr(*id), Expr::Name(used) if used == name)).all(|used| {
                    match item.expr_parent(used) {
                        Parent::Stmt(stmt) => stmt == binding.stmt,
                        Parent::Expr(parent) => match item.expr(parent) {
                            Expr::Call { args, .. } => {
                                args.iter().any(|arg| arg.value == used && arg.kind == ArgKind::DoubleStar)
                            }
                            Expr::Subscript { value, index } => *value == used && other_text(*index),
                            _ => false,
                        },
                        Parent::Root => false,
                    }
                })
        }
        _ => false,
    }
}

fn spread(cx: &CheckContext<'_>, item_index: u32, binding: &Binding, keyword: &str, depth: u32) -> Switch {
    if !binding.path.is_empty() {
        return Switch::Unknown;
    }
    match binding.source {
        Source::Value(expr) | Source::Annotated(_, Some(expr)) => mapping(cx, item_index, expr, keyword, depth),
        Source::Param(stmt, at) => {
            let item = cx.file.item(item_index);
            let param = function(item, stmt).and_then(|function| function.params.get(at as usize));
            if param.is_some_and(|param| param.kind == ParamKind::DoubleStar) {
                Switch::Passed
            } else {
                Switch::Unknown
            }
        }
        _ => Switch::Unknown,
    }
}

/// What `mapping[keyword] = …`, `mapping.setdefault(keyword, …)` and `mapping.update(keyword=…)` in the item put in.
fn written(cx: &CheckContext<'_>, mapping: Name, keyword: &str) -> Switch {
    let item = cx.item;
    let is_mapping = |expr: ExprId| matches!(item.expr(expr), Expr::Name(name) if *name == mapping);
    let mut found = Switch::Missing;
    let mut put =
        |value: Switch| found = if found == Switch::Missing { value } else { agreed([found, value].into_iter()) };
    for stmt in item.stmt_ids() {
        let Stmt::Assign { targets, value: assigned } = item.stmt(stmt) else { continue };
        for target in targets {
            if let Expr::Subscript { value: base, index } = item.expr(*target)
                && is_mapping(*base)
            {
                match item.expr(*index) {
                    key if is_text(key, keyword) => put(value(cx, cx.item_index, *assigned, DEPTH)),
                    Expr::Str(_) => {}
                    _ => put(Switch::Unknown),
                }
            }
        }
    }
    for call in &cx.facts().calls {
        let Expr::Call { func, args, .. } = item.expr(*call) else { continue };
        let Expr::Attribute { value: base, attr } = item.expr(*func) else { continue };
        if !is_mapping(*base) {
            continue;
        }
        match (attr.as_str(), args.as_ref()) {
            ("setdefault", [key, default]) => match item.expr(key.value) {
                key if is_text(key, keyword) => put(value(cx, cx.item_index, default.value, DEPTH)),
                Expr::Str(_) => {}
                _ => put(Switch::Unknown),
            },
            ("update", args) => {
                let given = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == keyword));
                match given {
                    Some(arg) => put(value(cx, cx.item_index, arg.value, DEPTH)),
                    None if args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_))) => {}
                    None => put(Switch::Unknown),
                }
            }
            _ => {}
        }
    }
    found
}

fn is_text(expr: &Expr, text: &str) -> bool {
    matches!(expr, Expr::Str(literal) if literal.value.is_some_and(|value| value == *text))
}
