//! What is held while a call waits.

use pyteam_index::context::ItemContext;
use pyteam_index::infer::Type;
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::{ExprId, Stmt};

/// The locks that are held where `call` stands by a `with` around it, innermost first. A condition's own `wait` lets go of
/// it.
pub fn held_locks(cx: &ItemContext<'_>, call: ExprId) -> Vec<ExprId> {
    let receiver = cx.receiver_text(call).map(|(text, _)| text);
    let mut found = Vec::new();
    let mut inner = cx.item.enclosing_stmt(call);
    for outer in cx.item.stmt_ancestors(inner) {
        match cx.item.stmt(outer) {
            Stmt::Function(_) | Stmt::Class(_) => break,
            Stmt::With { items, body, .. } if body.contains(&inner) => {
                let contexts = items.iter().map(|one| one.context);
                found.extend(contexts.filter(|one| Some(cx.text(*one)) != receiver && is_lock(cx, *one)));
            }
            _ => {}
        }
        inner = outer;
    }
    found
}

fn is_lock(cx: &ItemContext<'_>, context: ExprId) -> bool {
    let types = cx.inference.expr(cx.site(context));
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| {
            matches!(one, Type::Instance { class, .. }
                if matches!(known::kind(*class), Some(ClassKind::Lock | ClassKind::Condition)))
        })
}
