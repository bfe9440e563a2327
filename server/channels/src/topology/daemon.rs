//! Whether a process or thread is ended with the program: `daemon=True`, `thread.daemon = True`.

use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};

use crate::process;

/// Whether what is made at `origin` is a daemon, by the call, by the statements of its item, or by the
/// constructor of its class.
pub(super) fn is_daemon(inference: &Inference<'_>, origin: Site, class: Option<ClassRef>) -> bool {
    let Some((file, item, _)) = inference.item(origin.file, origin.item) else { return false };
    if says_so(item, origin.expr) {
        return true;
    }
    let text = |expr: ExprId| file.text_at(origin.item, item.expr_range(expr));
    let bound = process::bound_to(item, origin.expr).map(text);
    if bound.is_some_and(|bound| is_set(item, &|object| text(object) == bound)) {
        return true;
    }
    let constructor = class.and_then(|class| {
        inference.ancestors(class).0.into_iter().find_map(|one| inference.method_named(one, Name::new("__init__")))
    });
    constructor.and_then(|one| inference.item(one.file, one.item)).is_some_and(|(_, item, _)| {
        let is_self = |object: ExprId| matches!(item.expr(object), Expr::Name(name) if *name == "self");
        is_set(item, &is_self) || item.expr_ids().any(|call| is_base_init(item, call) && says_so(item, call))
    })
}

/// `super().__init__(..)`, `Thread.__init__(self, ..)`
fn is_base_init(item: &Item, call: ExprId) -> bool {
    matches!(item.expr(call), Expr::Call { func, .. }
        if matches!(item.expr(*func), Expr::Attribute { attr, .. } if *attr == "__init__"))
}

/// `daemon=True` in a call.
fn says_so(item: &Item, call: ExprId) -> bool {
    match item.expr(call) {
        Expr::Call { args, .. } => {
            keyword(args, "daemon").is_some_and(|value| matches!(item.expr(value), Expr::Bool(true)))
        }
        _ => false,
    }
}

/// `object.daemon = True` or `object.setDaemon(True)`.
fn is_set(item: &Item, is_object: &dyn Fn(ExprId) -> bool) -> bool {
    let assigned = item.stmt_ids().any(|stmt| {
        let Stmt::Assign { targets, value } = item.stmt(stmt) else { return false };
        matches!(item.expr(*value), Expr::Bool(true))
            && targets.iter().any(|target| {
                matches!(item.expr(*target), Expr::Attribute { value, attr } if *attr == "daemon" && is_object(*value))
            })
    });
    assigned
        || item.expr_ids().any(|call| {
            let Expr::Call { func, args } = item.expr(call) else { return false };
            matches!(item.expr(*func), Expr::Attribute { value, attr } if *attr == "setDaemon" && is_object(*value))
                && args.first().is_some_and(|arg| matches!(item.expr(arg.value), Expr::Bool(true)))
        })
}
