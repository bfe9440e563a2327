//! Where a statement stands: its loop, its guards, what its exceptions run into.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
pub use pyteam_syntax::visit::mentions;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use crate::order::blocks;

/// The innermost loop whose body holds `stmt`, within the same function.
pub fn enclosing_loop(item: &Item, stmt: StmtId) -> Option<StmtId> {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        match item.stmt(outer) {
            Stmt::Function(_) | Stmt::Class(_) => return None,
            Stmt::While { body, .. } | Stmt::For { body, .. } if body.contains(&inner) => return Some(outer),
            _ => {}
        }
        inner = outer;
    }
    None
}

/// The conditions that hold, or were tested, where `stmt` runs: tests of the `if` and `while` statements around
/// it, and of `if`s before it in its block that leave the block.
pub fn guards(item: &Item, stmt: StmtId) -> Vec<ExprId> {
    let mut found = Vec::new();
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        for block in blocks::of(item, outer) {
            let Some(at) = block.iter().position(|one| *one == inner) else { continue };
            for before in &block[..at] {
                match item.stmt(*before) {
                    Stmt::If { test, body, .. } if blocks::never_ends(item, body) => {
                        found.push(*test);
                    }
                    Stmt::Assert { test, .. } => found.push(*test),
                    _ => {}
                }
                // `while not c.poll(0.1): ...` ends when there is something.
                if let Stmt::While { test, .. } = item.stmt(*before)
                    && matches!(item.expr(*test), Expr::Not(_))
                {
                    found.push(*test);
                }
            }
        }
        match item.stmt(outer) {
            Stmt::If { test, .. } | Stmt::While { test, .. } => found.push(*test),
            // `for _ in range(q.qsize()):` asks, too.
            Stmt::For { iter, body, .. } if body.contains(&inner) => found.push(*iter),
            Stmt::Function(_) | Stmt::Class(_) => break,
            _ => {}
        }
        inner = outer;
    }
    found
}

/// Whether `expr` contains a call of `receiver.method(...)`, by the receiver's text.
pub fn calls_method(cx: &ItemContext<'_>, part: Part, receiver: &str, methods: &[&str]) -> bool {
    let mut found = false;
    walk(cx.item, part, &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Call { func, .. } = cx.item.expr(id)
            && let Expr::Attribute { value, attr } = cx.item.expr(*func)
            && methods.contains(&attr.as_str())
            && cx.text(*value) == receiver
        {
            found = true;
        }
        !found
    });
    found
}

/// The names that a statement binds by assignment.
pub fn bound_names(cx: &ItemContext<'_>, stmt: StmtId) -> Vec<Name> {
    let facts = cx.facts();
    facts.bindings.iter().filter(|binding| binding.stmt == stmt).map(|binding| binding.name).collect()
}

/// Whether a handler around `stmt`, within its function, would swallow a `TimeoutError` raised in its place.
pub fn swallows_timeout(item: &Item, stmt: StmtId) -> bool {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        if facts::function(item, outer).is_some() {
            return false;
        }
        if let Stmt::Try(one) = item.stmt(outer)
            && one.body.contains(&inner)
            && one.handlers.iter().any(|handler| catches_timeout(item, handler.kind))
        {
            return true;
        }
        // `with suppress(Exception):`
        if let Stmt::With { items, body, .. } = item.stmt(outer)
            && body.contains(&inner)
            && items.iter().any(|one| suppresses_timeout(item, one.context))
        {
            return true;
        }
        inner = outer;
    }
    false
}

/// Whether the context of a `with` is `suppress(...)`.
pub fn suppresses(item: &Item, context: ExprId) -> bool {
    matches!(item.expr(context), Expr::Call { func, .. }
        if facts::last_name(item, *func).is_some_and(|name| name == "suppress"))
}

fn suppresses_timeout(item: &Item, context: ExprId) -> bool {
    let Expr::Call { args, .. } = item.expr(context) else { return false };
    suppresses(item, context) && args.iter().any(|arg| catches_timeout(item, Some(arg.value)))
}

fn catches_timeout(item: &Item, kind: Option<ExprId>) -> bool {
    let Some(kind) = kind else { return true };
    match item.expr(kind) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
            matches!(
                name.as_str(),
                "Exception" | "BaseException" | "OSError" | "TimeoutError" | "IOError" | "EnvironmentError"
            )
        }
        Expr::Tuple(items) => items.iter().any(|one| catches_timeout(item, Some(*one))),
        // A name we do not know may be anything.
        _ => true,
    }
}
