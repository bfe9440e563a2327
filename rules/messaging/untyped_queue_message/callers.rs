//! Where a queue goes besides its own calls: a type checker compares what it is declared as at both ends.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::{Type, Types};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use crate::shared::channel::TAKES;

/// Whether nothing that the queue is passed to or comes from is declared to carry something else.
pub(super) fn agree(cx: &CheckContext<'_>, origin: Site) -> bool {
    let Some((file, item, facts)) = cx.inference.item(origin.file, origin.item) else { return false };
    let stmt = item.enclosing_stmt(origin.expr);
    if let Stmt::Function(function) = item.stmt(stmt) {
        let name =
            match cx.inference.class_of(pyteam_index::link::FunctionRef { file: origin.file, item: origin.item, stmt })
            {
                Some(class) if function.name == "__init__" => cx.inference.class(class).map(|class| class.name),
                _ => Some(function.name),
            };
        let param = function.params.iter().find(|param| {
            param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
        });
        return name.is_some_and(|name| !is_given_typed(cx, name))
            && param.is_some_and(|param| passed_on(cx, file, &[origin.item], param.name));
    }
    let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
    let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
    let Some(name) = attribute.or(local) else { return false };
    let all: Vec<u32> = (0..file.parsed.items.len() as u32).collect();
    passed_on(cx, file, &all, name)
}

/// Whether somebody calls `function` with a queue that is declared to carry something.
fn is_given_typed(cx: &CheckContext<'_>, function: Name) -> bool {
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
            class.as_str().ends_with("Queue") && args.first().is_some_and(|element| !element.is_unsure())
        }
        _ => false,
    })
}

/// Whether, wherever a queue called `name` is passed on in these items, nobody there says what it carries; and
/// whether its methods are only called, not handed around.
fn passed_on(cx: &CheckContext<'_>, file: &File, items: &[u32], name: Name) -> bool {
    items.iter().all(|at| {
        let item = file.item(*at);
        let mut mentions = item
            .expr_ids()
            .filter(|id| matches!(item.expr(*id), Expr::Name(one) | Expr::Attribute { attr: one, .. } if *one == name));
        mentions.all(|id| {
            let Parent::Expr(parent) = item.expr_parent(id) else { return true };
            match item.expr(parent) {
                Expr::Call { func, .. } if *func != id => accepts(cx, Site { file: file.id, item: *at, expr: parent }),
                Expr::Attribute { attr, .. } if TAKES.contains(&attr.as_str()) => is_called(item, parent),
                _ => true,
            }
        })
    })
}

fn is_called(item: &Item, method: ExprId) -> bool {
    matches!(item.expr_parent(method), Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func == method))
}

/// Whether no parameter of what is called is declared as a queue of something.
fn accepts(cx: &CheckContext<'_>, call: Site) -> bool {
    let callee = cx.inference.callee(call);
    callee.iter().all(|one| {
        let function = match one {
            Type::Function(function, _) => Some(*function),
            Type::Class(class) => cx
                .inference
                .methods(*class)
                .into_iter()
                .find(|method| cx.inference.function(*method).is_some_and(|method| method.name == "__init__")),
            _ => return true,
        };
        let Some(function) = function else { return true };
        cx.inference.function(function).is_none_or(|definition| {
            definition.params.iter().filter_map(|param| param.annotation).all(|annotation| {
                !is_typed(&cx.inference.annotation(Site { file: function.file, item: function.item, expr: annotation }))
            })
        })
    })
}
