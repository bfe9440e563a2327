//! What is held while a call waits.

use pyteam_index::context::ItemContext;
use pyteam_index::infer::Type;
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::process;

/// Words in the names of locks.
const WORDS: &[&str] = &["lock", "mutex", "sem", "cond"];

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

/// Whether a lock is held, or may be, where the statement stands: a `with` around it, an `acquire()` before, or a decorator.
pub fn is_locked(cx: &ItemContext<'_>, stmt: StmtId) -> bool {
    let under = cx.item.stmt_ancestors(stmt).any(|outer| match cx.item.stmt(outer) {
        Stmt::With { items, .. } => items.iter().any(|one| may_lock(cx, one.context)),
        _ => false,
    });
    let function = pyteam_index::infer::enclosing_function(cx.item, stmt);
    let is_wrapped = function.and_then(|stmt| pyteam_index::facts::function(cx.item, stmt)).is_some_and(|function| {
        let mut names = function.decorators.iter().map(|one| cx.text(*one).to_ascii_lowercase());
        names.any(|name| WORDS.iter().chain(&["synchron"]).any(|word| name.contains(word)))
    });
    let start = cx.item.stmt_range(stmt).start();
    let mut acquired = false;
    process::own_exprs(cx.item, function, &mut |expr| {
        acquired |= process::is_named(cx.item, expr, &["acquire"]) && cx.item.expr_range(expr).start() < start;
    });
    under || acquired || is_wrapped
}

/// Whether the context of a `with` is a lock, or may be one. A shared value's own context is its lock.
fn may_lock(cx: &ItemContext<'_>, context: ExprId) -> bool {
    let text = cx.text(context).to_ascii_lowercase();
    if WORDS.iter().any(|word| text.contains(word)) {
        return true;
    }
    let types = cx.inference.expr(cx.site(context));
    // What a call makes that is not known is seldom a lock.
    let is_unknown = types.has_unknown() && !matches!(cx.item.expr(context), Expr::Call { .. });
    is_unknown
        || types.iter().any(|one| match one {
            Type::Instance { class, .. } => matches!(
                known::kind(*class),
                Some(ClassKind::Lock | ClassKind::Condition | ClassKind::Semaphore | ClassKind::SharedValue)
            ),
            Type::Object(class, _) => {
                let (Some(definition), Some(file)) = (cx.inference.class(*class), cx.inference.file(class.file)) else {
                    return true;
                };
                cx.inference.look_at_bodies(class.file);
                let text = file.text_at(class.item, definition.body_range).to_ascii_lowercase();
                text.contains("lock") || text.contains("acquire")
            }
            _ => false,
        })
}
