//! Objects of the workspace's classes that hold what cannot be pickled, and bound methods, which are pickled with their
//! object.

use pyteam_channels::callees;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::Source;
use pyteam_index::infer::{Base, Type};
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use super::what::{By, Unpicklable, unpicklable};

/// Methods by which a class says itself how it is pickled.
const PICKLES: &[&str] = &[
    "__getstate__",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getattr__",
    "__getattribute__",
];
/// Bases that add nothing to what an object holds.
const PLAIN: &[&str] = &["builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"];

/// The attribute that keeps the object behind `expr` from being pickled, and what it is: of a bound method, or of the
/// object itself.
pub(super) fn of(cx: &CheckContext<'_>, expr: ExprId, by: By) -> Option<(Name, Unpicklable)> {
    let types = cx.inference.expr(cx.site(expr));
    match types.as_slice() {
        [Type::Object(class, _)] => held(cx, *class, expr, by),
        [Type::Function(function, _)] => {
            let Expr::Attribute { value, .. } = cx.item.expr(expr) else { return None };
            let object = cx.inference.expr(cx.site(*value));
            let [Type::Object(class, _)] = object.as_slice() else { return None };
            let definition = cx.inference.function(*function)?;
            definition.decorators.is_empty().then(|| held(cx, *class, expr, by)).flatten()
        }
        _ => None,
    }
}

fn held(cx: &CheckContext<'_>, class: ClassRef, at: ExprId, by: By) -> Option<(Name, Unpicklable)> {
    let (ancestors, _) = cx.inference.ancestors(class);
    let is_plain = |base: &Base| match base {
        Base::Class(_) => true,
        Base::External(path) => PLAIN.contains(&path.as_str()),
        Base::Unknown => false,
    };
    let family: Vec<ClassRef> = ancestors.iter().copied().chain(cx.inference.subclasses(class)).collect();
    if !ancestors.iter().all(|one| cx.inference.bases(*one).iter().all(is_plain))
        || family.iter().any(|one| {
            cx.inference.class(*one).is_none_or(|class| !class.decorators.is_empty())
                || PICKLES.iter().any(|name| cx.inference.method_named(*one, Name::new(name)).is_some())
        })
    {
        return None;
    }
    // What every constructor of the family sets, and what this very function has set before the call.
    let constructor = callees::constructor(cx, class)?;
    let here =
        cx.inference.enclosing_function(cx.site(at)).filter(|function| cx.inference.class_of(*function) == Some(class));
    let mut names = written_in(cx, constructor, None);
    if let Some(here) = here.filter(|here| *here != constructor) {
        names.extend(written_in(cx, here, Some(at)));
    }
    names.into_iter().find_map(|name| {
        let writes: Vec<_> = ancestors.iter().flat_map(|one| cx.inference.writes(*one, name)).collect();
        let mut what = None;
        for (site, source, path) in &writes {
            let (Source::Value(value) | Source::Annotated(_, Some(value))) = source else { return None };
            if !path.is_empty() {
                return None;
            }
            let there = cx.at(site.file, site.item)?;
            what = Some(unpicklable(&there, *value, by)?);
        }
        what.filter(|_| !is_deleted(cx, &ancestors, name)).map(|what| (name, what))
    })
}

/// The attributes of its object that every usual run of the function sets (before the expression, if one is given).
fn written_in(cx: &CheckContext<'_>, function: FunctionRef, before: Option<ExprId>) -> Vec<Name> {
    let (Some(there), Some(definition)) = (cx.at(function.file, function.item), cx.inference.function(function)) else {
        return Vec::new();
    };
    let item = there.item;
    let Some(own) = definition.params.first().map(|param| param.name) else { return Vec::new() };
    let attribute = |target: ExprId| match item.expr(target) {
        Expr::Attribute { value, attr } if matches!(item.expr(*value), Expr::Name(name) if *name == own) => Some(*attr),
        _ => None,
    };
    let is_before =
        |target: ExprId| before.is_none_or(|at| item.expr_range(target).end() <= item.expr_range(at).start());
    let is_set = |target: ExprId| is_before(target) && callees::is_usual(item, target, Some(function.stmt));
    let targets = item.stmt_ids().flat_map(|stmt| match item.stmt(stmt) {
        Stmt::Assign { targets, .. } => targets.to_vec(),
        Stmt::AnnAssign { target, value: Some(_), .. } => vec![*target],
        _ => Vec::new(),
    });
    targets.filter(|target| is_set(*target)).filter_map(attribute).collect()
}

/// Whether a method of the classes deletes the attribute.
fn is_deleted(cx: &CheckContext<'_>, classes: &[ClassRef], name: Name) -> bool {
    let methods = classes.iter().flat_map(|class| cx.inference.methods(*class));
    methods.into_iter().any(|method| {
        let Some((_, item, _)) = cx.inference.item(method.file, method.item) else { return true };
        item.stmt_ids().any(|stmt| match item.stmt(stmt) {
            Stmt::Delete(targets) => {
                targets.iter().any(|one| matches!(item.expr(*one), Expr::Attribute { attr, .. } if *attr == name))
            }
            _ => false,
        })
    })
}
