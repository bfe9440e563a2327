//! Strings that stand under a name in the source: what a URL is put together from.

use pyteam_engine::CheckContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts::{Binding, Source};
use pyteam_index::infer::{Site, Type, enclosing_function};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Name, Stmt, TextRange};

/// How many names lead to a constant at most.
const DEPTH: u8 = 4;
/// Functions that only write a text otherwise, for a URL.
const QUOTES: &[&str] = &["urllib.parse.quote", "urllib.parse.quote_plus", "builtins.str"];

/// A string of the source.
pub(super) struct Constant {
    pub(super) text: String,
    /// Where it is written, if in this file.
    pub(super) place: Option<TextRange>,
}

/// The one string that the expression stands for in every run; nothing where anything else may set it.
pub(super) fn of(cx: &CheckContext<'_>, expr: ExprId) -> Option<Constant> {
    let file = cx.file.id;
    let mut found = value(cx, expr, DEPTH)?;
    if found.0 != file {
        found.1.place = None;
    }
    Some(found.1)
}

type Found = (pyteam_index::FileId, Constant);

fn value(cx: &CheckContext<'_>, expr: ExprId, depth: u8) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    match cx.item.expr(expr) {
        Expr::Str(literal) if !literal.bytes => {
            let text = literal.value?.as_str().to_owned();
            Some((cx.file.id, Constant { text, place: Some(cx.range(expr)) }))
        }
        Expr::Name(name) => named(cx, expr, *name, depth),
        Expr::Attribute { value: object, attr } => attribute(cx, *object, *attr, depth),
        Expr::Call { args, .. } => {
            let path = cx.inference.callee_path(cx.site(expr))?;
            let first = args.first().filter(|arg| arg.kind == ArgKind::Positional)?;
            QUOTES.contains(&path.as_str()).then(|| value(cx, first.value, depth)).flatten()
        }
        _ => None,
    }
}

/// What the one binding of a name gives it: in the function around, in the module, or in the one it is imported from.
fn named(cx: &CheckContext<'_>, expr: ExprId, name: Name, depth: u8) -> Option<Found> {
    let facts = cx.facts();
    let is_own = |binding: &&Binding| {
        binding.name == name
            && (enclosing_function(cx.item, binding.stmt).is_some()
                || matches!(binding.source, Source::Param(..) | Source::LambdaParam(..)))
    };
    if enclosing_function(cx.item, cx.item.enclosing_stmt(expr)).is_some() {
        let mut own = facts.bindings.iter().filter(is_own);
        match (own.next(), own.next()) {
            (Some(only), None) => return bound(cx, only, depth),
            (Some(_), Some(_)) => return None,
            (None, _) => {}
        }
    }
    let [only] = cx.module_name(name)? else { return None };
    let there = cx.at(cx.file.id, only.item)?;
    bound(&there, there.facts().bindings.get(only.binding as usize)?, depth)
}

fn bound(there: &CheckContext<'_>, binding: &Binding, depth: u8) -> Option<Found> {
    match binding.source {
        Source::Value(given) | Source::Annotated(_, Some(given)) if binding.path.is_empty() => {
            value(there, given, depth)
        }
        Source::ImportFrom { level, module, name } => {
            there.inference.look_at_modules();
            let home = there.snapshot.name_index().resolve_import(there.file, level, module)?;
            let home = there.at(home, 0)?;
            let [only] = home.module_name(name)? else { return None };
            let home = home.at(home.file.id, only.item)?;
            bound(&home, home.facts().bindings.get(only.binding as usize)?, depth.checked_sub(1)?)
        }
        _ => None,
    }
}

/// `self.PASSWORD`, `Camera.PASSWORD`: what the class's body says, where nothing of the file assigns it.
fn attribute(cx: &CheckContext<'_>, object: ExprId, attr: Name, depth: u8) -> Option<Found> {
    let types = cx.inference.expr(cx.site(object));
    let [Type::Object(class, _) | Type::Class(class)] = types.as_slice() else { return None };
    let (ancestors, is_complete) = cx.inference.ancestors(*class);
    if !is_complete || !cx.inference.subclasses(*class).is_empty() {
        return None;
    }
    let in_body: Vec<Site> = ancestors.iter().flat_map(|one| in_body(cx, *one, attr)).collect();
    let home = cx.inference.file(class.file)?;
    cx.inference.look_at_bodies(class.file);
    let assigned = home.facts.writes.get(&attr).map_or(0, Vec::len);
    let only = match (in_body.as_slice(), assigned) {
        ([only], 0) => *only,
        ([], 1) => match cx.inference.writes(*class, attr).as_slice() {
            [(at, Source::Value(value) | Source::Annotated(_, Some(value)), path)] if path.is_empty() => {
                Site { expr: *value, ..*at }
            }
            _ => return None,
        },
        _ => return None,
    };
    value(&cx.at(only.file, only.item)?, only.expr, depth)
}

/// What the body of the class itself assigns to the name.
fn in_body(cx: &CheckContext<'_>, class: ClassRef, attr: Name) -> Vec<Site> {
    let (Some(there), Some(definition)) = (cx.at(class.file, class.item), cx.inference.class(class)) else {
        return Vec::new();
    };
    let is_it = |target: &ExprId| matches!(there.item.expr(*target), Expr::Name(name) if *name == attr);
    let assigned = definition.body.iter().filter_map(|stmt| match there.item.stmt(*stmt) {
        Stmt::Assign { targets, value } if targets.iter().any(is_it) => Some(*value),
        Stmt::AnnAssign { target, value: Some(value), .. } if is_it(target) => Some(*value),
        _ => None,
    });
    assigned.map(|value| there.site(value)).collect()
}
