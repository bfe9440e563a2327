//! Where a queue goes besides its own calls: a type checker compares what it is declared as at both ends.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::known::{self, Action};
use pyteam_index::{File, FileId};
use pyteam_syntax::tree::{Arg, ArgKind, Param, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use super::annotation::AnnotatedParam;

/// Where a name means a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within {
    pub(super) file: FileId,
    /// The one item that knows the name; the whole file where there is none.
    pub(super) item: Option<u32>,
    pub(super) name: Name,
}

/// Whether nothing that the queue is passed to or comes from is declared to carry something else, once `annotated` say
/// what it carries.
pub(super) fn agree(cx: &ItemContext<'_>, origin: Site, annotated: &[AnnotatedParam]) -> bool {
    let Some((file, item, facts)) = cx.inference.item(origin.file, origin.item) else { return false };
    let stmt = item.enclosing_stmt(origin.expr);
    if let Stmt::Function(function) = item.stmt(stmt) {
        let name = match cx.inference.class_of(FunctionRef { file: origin.file, item: origin.item, stmt }) {
            Some(class) if function.name == "__init__" => cx.inference.class(class).map(|class| class.name),
            _ => Some(function.name),
        };
        let param = function.params.iter().find(|param| {
            param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
        });
        let within = param.map(|param| Within { file: file.id, item: Some(origin.item), name: param.name });
        return name.is_some_and(|name| !is_given_typed(cx, name))
            && within.is_some_and(|within| passed_on(cx, within, annotated));
    }
    let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
    let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
    let Some(name) = attribute.or(local) else { return false };
    passed_on(cx, Within { file: file.id, item: None, name }, annotated)
}

/// Whether a call of `function` passes a queue that is declared to carry something.
fn is_given_typed(cx: &ItemContext<'_>, function: Name) -> bool {
    cx.whole_workspace().files().any(|file| {
        file.facts.items.iter().enumerate().any(|(at, facts)| {
            let item = file.item(at as u32);
            facts.calls.iter().any(|call| {
                let Expr::Call { func, args } = item.expr(*call) else { return false };
                let is_it = matches!(item.expr(*func), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == function);
                is_it
                    && args.iter().any(|arg| {
                        is_typed(&cx.inference.expr(Site { file: file.id, item: at as u32, expr: arg.value }))
                    })
            })
        })
    })
}

fn is_typed(types: &Types) -> bool {
    types.iter().any(|one| match one {
        Type::Instance { class, args, .. } => {
            class.as_str().ends_with("Queue") && args.first().is_some_and(|element| !element.has_unknown())
        }
        _ => false,
    })
}

/// Whether, wherever the queue is passed on under its name, no declaration there says that it carries something else,
/// and it does not come to stand beside other queues; and whether its methods are only called, not handed around.
pub(super) fn passed_on(cx: &ItemContext<'_>, within: Within, annotated: &[AnnotatedParam]) -> bool {
    let Some(file) = cx.inference.file(within.file) else { return false };
    let items = match within.item {
        Some(item) => item..item + 1,
        None => 0..file.parsed.items.len() as u32,
    };
    items.into_iter().all(|at| {
        let item = file.item(at);
        let mut mentions = item.expr_ids().filter(
            |id| matches!(item.expr(*id), Expr::Name(one) | Expr::Attribute { attr: one, .. } if *one == within.name),
        );
        mentions.all(|id| is_harmless(cx, file, at, id, annotated))
    })
}

fn is_harmless(cx: &ItemContext<'_>, file: &File, at: u32, id: ExprId, annotated: &[AnnotatedParam]) -> bool {
    let item = file.item(at);
    let site = |expr| Site { file: file.id, item: at, expr };
    let Parent::Expr(parent) = item.expr_parent(id) else { return true };
    match item.expr(parent) {
        Expr::Call { func, .. } if *func != id => accepts(cx, site(parent), id, annotated),
        Expr::Attribute { attr, .. } if known::actions(*attr).contains(&Action::Take) => is_called(item, parent),
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => {
            // What different queues have in common is nothing, to a type checker.
            let alone = items.iter().all(|one| *one == id || !is_queue(&cx.inference.expr(site(*one))));
            alone || stays_apart(item, parent)
        }
        Expr::Dict(entries) => {
            let alone = entries.iter().all(|one| one.value == id || !is_queue(&cx.inference.expr(site(one.value))));
            alone || stays_apart(item, parent)
        }
        _ => true,
    }
}

/// Whether a display is an argument, as `args=(a, b)` is, or a tuple that is returned or unpacked.
fn stays_apart(item: &Item, display: ExprId) -> bool {
    match item.expr_parent(display) {
        Parent::Expr(parent) => matches!(item.expr(parent), Expr::Call { .. }),
        Parent::Stmt(stmt) => {
            matches!(item.expr(display), Expr::Tuple(_))
                && match item.stmt(stmt) {
                    Stmt::Return(_) => true,
                    Stmt::Assign { targets, .. } => {
                        targets.iter().all(|target| matches!(item.expr(*target), Expr::Tuple(_)))
                    }
                    _ => false,
                }
        }
        Parent::Root => false,
    }
}

fn is_queue(types: &Types) -> bool {
    types.iter().any(|one| matches!(one, Type::Instance { class, .. } if class.as_str().ends_with("Queue")))
}

fn is_called(item: &Item, method: ExprId) -> bool {
    matches!(item.expr_parent(method), Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func == method))
}

/// Whether the parameter that takes the argument is not declared as a queue of something else; where it is not known
/// which one that is, none may be.
fn accepts(cx: &ItemContext<'_>, call: Site, argument: ExprId, annotated: &[AnnotatedParam]) -> bool {
    let callee = cx.inference.callee(call);
    callee.iter().all(|one| {
        let (function, bound) = match one {
            Type::Function(function, bound) => (Some(*function), *bound && !is_static(cx, *function)),
            Type::Class(class) => (
                cx.inference
                    .methods(*class)
                    .into_iter()
                    .find(|method| cx.inference.function(*method).is_some_and(|method| method.name == "__init__")),
                true,
            ),
            _ => return true,
        };
        let Some(function) = function else { return true };
        let Some(definition) = cx.inference.function(function) else { return true };
        let agrees = |annotation: ExprId| {
            let at = Site { file: function.file, item: function.item, expr: annotation };
            annotated.iter().any(|param| param.at == at) || !is_typed(&cx.inference.annotation(at))
        };
        let Some((_, item, _)) = cx.inference.item(call.file, call.item) else { return false };
        let Expr::Call { args, .. } = item.expr(call.expr) else { return false };
        match taker(args, argument, &definition.params, usize::from(bound)) {
            Some(param) => param.annotation.is_none_or(agrees),
            None => definition.params.iter().filter_map(|param| param.annotation).all(agrees),
        }
    })
}

fn is_static(cx: &ItemContext<'_>, function: FunctionRef) -> bool {
    let Some((_, item, _)) = cx.inference.item(function.file, function.item) else { return false };
    cx.inference.function(function).is_some_and(|definition| {
        definition.decorators.iter().any(|one| matches!(item.expr(*one), Expr::Name(name) if *name == "staticmethod"))
    })
}

/// The parameter that takes an argument.
fn taker<'p>(args: &[Arg], argument: ExprId, params: &'p [Param], bound: usize) -> Option<&'p Param> {
    let at = args.iter().position(|arg| arg.value == argument)?;
    match args[at].kind {
        ArgKind::Keyword(name) => params.iter().find(|param| param.name == name),
        ArgKind::Positional => {
            let plain = args[..at].iter().all(|arg| arg.kind == ArgKind::Positional);
            let param = params.get(at + bound).filter(|_| plain)?;
            matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly).then_some(param)
        }
        _ => None,
    }
}
