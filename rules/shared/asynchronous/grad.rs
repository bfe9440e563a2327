//! Calls that are a model's, since they stand where no gradients are wanted.

use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_index::infer::Type;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

/// Whether this is the first thing called under `with torch.no_grad():`, which is written around a model and nothing
/// else: not a function of torch itself, of Python, or one that is awaited.
pub(super) fn is_without_grad(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let stmt = cx.item.enclosing_stmt(call);
    let block = cx.item.stmt_ancestors(stmt).take_while(|one| facts::function(cx.item, *one).is_none()).find(|one| {
        matches!(cx.item.stmt(*one), Stmt::With { items, is_async: false, .. }
            if items.iter().any(|item| turns_grad_off(cx, item.context)))
    });
    let Some(block) = block else { return false };
    first_of(cx, block) == Some(call)
}

fn turns_grad_off(cx: &CheckContext<'_>, context: ExprId) -> bool {
    let site = cx.site(context);
    matches!(cx.item.expr(context), Expr::Call { .. })
        && cx.inference.callee_path(site).is_some_and(|path| {
            matches!(path.as_str(), "torch.no_grad" | "torch.inference_mode" | "torch.autograd.no_grad")
        })
}

/// The first call in the block that may be of a model; nothing where the block waits for others, too.
fn first_of(cx: &CheckContext<'_>, block: StmtId) -> Option<ExprId> {
    let Stmt::With { body, .. } = cx.item.stmt(block) else { return None };
    let mut found: Option<ExprId> = None;
    let mut awaits = false;
    for stmt in body {
        walk(cx.item, Part::Stmt(*stmt), &mut |part| {
            if let Part::Expr(expr) = part {
                match cx.item.expr(expr) {
                    Expr::Await(_) | Expr::Yield(_) => awaits = true,
                    Expr::Call { func, .. } if found.is_none() && may_be_model(cx, expr, *func) => found = Some(expr),
                    _ => {}
                }
            }
            true
        });
    }
    found.filter(|_| !awaits)
}

/// Whether the callee may be a model: not a known function of a library, and not a workspace function that is
/// looked into anyhow.
fn may_be_model(cx: &CheckContext<'_>, call: ExprId, func: ExprId) -> bool {
    const NO_MODELS: &[&str] = &[
        "append",
        "to",
        "cpu",
        "cuda",
        "item",
        "numpy",
        "update",
        "format",
        "load_state_dict",
        "save",
        "write",
        "print",
        "put",
        "get",
        "wait",
        "convert",
        "resize",
        "copy_",
        "info",
        "debug",
        "record",
        "query",
    ];
    // A model computes something of something.
    if !matches!(cx.item.expr(call), Expr::Call { args, .. } if !args.is_empty()) {
        return false;
    }
    let callee = cx.inference.callee(cx.site(call));
    let is_named = match cx.item.expr(func) {
        Expr::Attribute { attr, .. } => !NO_MODELS.contains(&attr.as_str()),
        Expr::Name(_) => true,
        _ => false,
    };
    is_named && callee.iter().all(|one| matches!(one, Type::Unknown | Type::Object(..)))
}
