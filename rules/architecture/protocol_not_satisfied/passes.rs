//! Where a value is taken for a protocol: as an argument, under an annotation, as what a function returns.

use pyteam_engine::CheckContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Base, Inference, Site, Type};
use pyteam_syntax::tree::{Arg, ArgKind, Function, Param, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Stmt};

/// A value, and the protocol that it is taken for.
pub(super) struct Pass {
    pub(super) value: ExprId,
    pub(super) protocol: ClassRef,
}

/// All of an item.
pub(super) fn of(cx: &CheckContext<'_>) -> Vec<Pass> {
    let facts = cx.facts();
    let here = |expr: ExprId| cx.site(expr);
    let mut found = Vec::new();
    for call in &facts.calls {
        arguments(cx, *call, &mut found);
    }
    for stmt in cx.item.stmt_ids() {
        if let Stmt::AnnAssign { annotation, value: Some(value), .. } = cx.item.stmt(stmt)
            && may_be_made(cx, *value)
            && let Some(protocol) = declared(cx.inference, here(*annotation))
        {
            found.push(Pass { value: *value, protocol });
        }
    }
    for function in facts.functions.iter().filter(|one| !one.yields) {
        let returns: Vec<ExprId> = function.returns.iter().copied().filter(|value| may_be_made(cx, *value)).collect();
        if returns.is_empty() {
            continue;
        }
        let annotation = facts::function(cx.item, function.stmt).and_then(|one| one.returns);
        if let Some(protocol) = annotation.and_then(|annotation| declared(cx.inference, here(annotation))) {
            found.extend(returns.into_iter().map(|value| Pass { value, protocol }));
        }
    }
    found
}

/// Whether a value looks like an object that is made here: asked before any type, since most values are not.
fn may_be_made(cx: &CheckContext<'_>, value: ExprId) -> bool {
    let makes = |item: &Item, expr: ExprId| match item.expr(expr) {
        Expr::Call { func, .. } => facts::last_name(item, *func)
            .is_some_and(|name| name.as_str().trim_start_matches('_').starts_with(char::is_uppercase)),
        _ => false,
    };
    let gives = |at: u32, source: Source| match source {
        Source::Value(value) | Source::Annotated(_, Some(value)) => makes(cx.file.item(at), value),
        // An imported object may be made elsewhere.
        Source::ImportFrom { name, .. } => name.as_str().starts_with(char::is_lowercase),
        _ => false,
    };
    let all = &cx.file.facts;
    match cx.item.expr(value) {
        Expr::Call { .. } => makes(cx.item, value),
        Expr::Name(name) => {
            let own = all.items[cx.item_index as usize].bindings.iter().filter(|one| one.name == *name);
            let module = all.module.get(name).into_iter().flatten();
            own.map(|one| (cx.item_index, one.source))
                .chain(module.map(|at| (at.item, all.items[at.item as usize].bindings[at.binding as usize].source)))
                .any(|(at, source)| gives(at, source))
        }
        Expr::Attribute { attr, .. } => all
            .writes
            .get(attr)
            .into_iter()
            .flatten()
            .any(|(at, write)| gives(*at, all.items[*at as usize].writes[*write as usize].source)),
        Expr::Conditional { body, orelse, .. } => may_be_made(cx, *body) || may_be_made(cx, *orelse),
        _ => false,
    }
}

/// The arguments of a call whose parameters are annotated by a protocol.
fn arguments(cx: &CheckContext<'_>, call: ExprId, found: &mut Vec<Pass>) {
    let Expr::Call { func, args } = cx.item.expr(call) else { return };
    if !args.iter().any(|arg| may_be_made(cx, arg.value)) {
        return;
    }
    let Some((function, is_bound)) = called(cx, call, *func, args) else { return };
    let Some(definition) = cx.inference.function(function) else { return };
    for (at, arg) in args.iter().enumerate() {
        let param = match arg.kind {
            ArgKind::Positional => positional(definition, at + usize::from(is_bound)),
            ArgKind::Keyword(name) => definition
                .params
                .iter()
                .find(|one| one.name == name && matches!(one.kind, ParamKind::Normal | ParamKind::KeywordOnly)),
            // From here on places cannot be counted.
            ArgKind::Star | ArgKind::DoubleStar => return,
        };
        let Some(annotation) = param.and_then(|one| one.annotation) else { continue };
        if !may_be_made(cx, arg.value) {
            continue;
        }
        let site = Site { file: function.file, item: function.item, expr: annotation };
        if let Some(protocol) = declared(cx.inference, site) {
            found.push(Pass { value: arg.value, protocol });
        }
    }
}

fn positional(definition: &Function, at: usize) -> Option<&Param> {
    definition.params.get(at).filter(|one| matches!(one.kind, ParamKind::Normal | ParamKind::PositionalOnly))
}

/// The one function of the workspace that the call runs, and whether its first parameter is filled already.
fn called(cx: &CheckContext<'_>, call: ExprId, func: ExprId, args: &[Arg]) -> Option<(FunctionRef, bool)> {
    if args.is_empty() {
        return None;
    }
    let here = |expr: ExprId| cx.site(expr);
    let callee = cx.inference.callee(here(call));
    let [only] = callee.as_slice() else { return None };
    let plain = |function: FunctionRef, names: &[&str]| {
        let (_, item, _) = cx.inference.item(function.file, function.item)?;
        let definition = cx.inference.function(function)?;
        let is_plain = |one: &ExprId| {
            facts::last_name(item, *one).is_some_and(|name| names.contains(&name.as_str()))
                && !matches!(item.expr(*one), Expr::Call { .. })
        };
        definition.decorators.iter().all(is_plain).then_some(definition)
    };
    match only {
        Type::Function(function, is_bound) => {
            let definition = plain(*function, &["staticmethod", "classmethod", "abstractmethod", "override", "final"])?;
            let (_, item, _) = cx.inference.item(function.file, function.item)?;
            let has = |name: &str| {
                definition.decorators.iter().any(|one| facts::last_name(item, *one).is_some_and(|it| it == name))
            };
            if has("staticmethod") || !is_bound {
                return Some((*function, false));
            }
            // `Class.method(obj, ..)` fills nothing.
            if let Expr::Attribute { value, .. } = cx.item.expr(func)
                && !has("classmethod")
                && cx.inference.expr(here(*value)).iter().any(|one| matches!(one, Type::Class(_)))
            {
                return None;
            }
            Some((*function, true))
        }
        Type::Class(class) => {
            if !cx.inference.class(*class)?.decorators.is_empty() {
                return None;
            }
            // The nearest constructor; a `__new__` or a base that is not known may take something else.
            let (ancestors, is_complete) = cx.inference.ancestors(*class);
            for ancestor in ancestors {
                for method in cx.inference.methods(ancestor) {
                    match cx.inference.function(method)?.name.as_str() {
                        "__new__" => return None,
                        "__init__" if is_complete => {
                            plain(method, &["abstractmethod", "override"])?;
                            return Some((method, true));
                        }
                        _ => {}
                    }
                }
            }
            None
        }
        _ => None,
    }
}

/// The protocol that an annotation names, alone or beside `None`.
fn declared(inference: &Inference<'_>, annotation: Site) -> Option<ClassRef> {
    let types = inference.annotation(annotation);
    let mut all = types.non_none();
    match (all.next(), all.next()) {
        (Some(Type::Object(class, _)), None) if is_protocol(inference, *class) => Some(*class),
        _ => None,
    }
}

/// Whether the class itself is a protocol: only those are that say so.
pub(super) fn is_protocol(inference: &Inference<'_>, class: ClassRef) -> bool {
    inference.bases(class).iter().any(|base| matches!(base, Base::External(path) if *path == "typing.Protocol"))
}
