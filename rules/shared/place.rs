//! Where a statement stands: its loop, its guards, what its exceptions run into.

use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

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
        for block in blocks(item, outer) {
            let Some(at) = block.iter().position(|one| *one == inner) else { continue };
            for before in &block[..at] {
                if let Stmt::If { test, body, .. } = item.stmt(*before)
                    && body.last().is_some_and(|last| leaves(item, *last))
                {
                    found.push(*test);
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
            Stmt::Function(_) | Stmt::Class(_) => break,
            _ => {}
        }
        inner = outer;
    }
    found
}

/// Whether executing `stmt` leaves the block it is in.
pub fn leaves(item: &Item, stmt: StmtId) -> bool {
    matches!(item.stmt(stmt), Stmt::Break | Stmt::Continue | Stmt::Return(_) | Stmt::Raise { .. })
}

/// The blocks directly in a statement.
pub fn blocks(item: &Item, stmt: StmtId) -> Vec<&[StmtId]> {
    match item.stmt(stmt) {
        Stmt::If { body, orelse, .. } | Stmt::While { body, orelse, .. } | Stmt::For { body, orelse, .. } => {
            vec![&**body, &**orelse]
        }
        Stmt::With { body, .. } => vec![&**body],
        Stmt::Try(one) => {
            let mut all = vec![&*one.body, &*one.orelse, &*one.finalbody];
            all.extend(one.handlers.iter().map(|handler| &*handler.body));
            all
        }
        Stmt::Match { cases, .. } => cases.iter().map(|case| &*case.body).collect(),
        Stmt::Function(function) => vec![&*function.body],
        Stmt::Class(class) => vec![&*class.body],
        _ => Vec::new(),
    }
}

/// Whether `expr` contains a call of `receiver.method(...)`, by the receiver's text.
pub fn calls_method(cx: &CheckContext<'_>, part: Part, receiver: &str, methods: &[&str]) -> bool {
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
pub fn bound_names(cx: &CheckContext<'_>, stmt: StmtId) -> Vec<Name> {
    let facts = &cx.file.facts.items[cx.item_index as usize];
    facts.bindings.iter().filter(|binding| binding.stmt == stmt).map(|binding| binding.name).collect()
}

/// Whether `part` mentions one of `names`.
pub fn mentions(item: &Item, part: Part, names: &[Name]) -> bool {
    let mut found = false;
    walk(item, part, &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Name(name) = item.expr(id)
        {
            found |= names.contains(name);
        }
        !found
    });
    found
}

/// Whether the loop is left when a message bound to one of `names` says so: an `if` on the message whose block
/// breaks, returns or raises.
pub fn leaves_on_message(item: &Item, loop_stmt: StmtId, names: &[Name]) -> bool {
    let mut found = false;
    walk(item, Part::Stmt(loop_stmt), &mut |part| {
        if let Part::Stmt(stmt) = part {
            match item.stmt(stmt) {
                Stmt::If { test, body, orelse } if mentions(item, Part::Expr(*test), names) => {
                    found |= body.iter().chain(orelse).any(|one| quits(item, *one));
                }
                Stmt::Match { subject, cases } if mentions(item, Part::Expr(*subject), names) => {
                    found |= cases.iter().flat_map(|case| &case.body).any(|one| quits(item, *one));
                }
                Stmt::Function(_) | Stmt::Class(_) => return false,
                _ => {}
            }
        }
        !found
    });
    found
}

/// Whether `stmt`, or something in it, ends the loop for good.
fn quits(item: &Item, stmt: StmtId) -> bool {
    let mut found = false;
    walk(item, Part::Stmt(stmt), &mut |part| {
        if let Part::Stmt(stmt) = part {
            match item.stmt(stmt) {
                Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. } => found = true,
                // A `break` in there belongs to that loop.
                Stmt::For { .. } | Stmt::While { .. } | Stmt::Function(_) => return false,
                _ => {}
            }
        }
        !found
    });
    found
}

/// Whether a `finally` around `stmt` uses the receiver, or what `stmt` binds: it would run without a message.
pub fn finally_needs(cx: &CheckContext<'_>, stmt: StmtId, receiver: &str) -> bool {
    let names = bound_names(cx, stmt);
    cx.item.stmt_ancestors(stmt).take_while(|outer| facts::function(cx.item, *outer).is_none()).any(|outer| {
        let Stmt::Try(one) = cx.item.stmt(outer) else { return false };
        one.finalbody.iter().any(|last| {
            let text = cx.file.source().slice(cx.stmt_range(*last));
            text.contains(&format!("{receiver}.")) || mentions(cx.item, Part::Stmt(*last), &names)
        })
    })
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
        inner = outer;
    }
    false
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
