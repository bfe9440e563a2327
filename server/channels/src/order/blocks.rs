//! The blocks of a statement, and what comes after a statement in its own.

use pyteam_syntax::{Item, Stmt, StmtId};

/// Whether executing `stmt` leaves the block it is in.
pub fn leaves(item: &Item, stmt: StmtId) -> bool {
    matches!(item.stmt(stmt), Stmt::Break | Stmt::Continue | Stmt::Return(_) | Stmt::Raise { .. })
}

/// Whether a block never ends by running off its end.
pub fn never_ends(item: &Item, block: &[StmtId]) -> bool {
    block.last().is_some_and(|last| leaves(item, *last))
}

/// The blocks directly in a statement, in the order in which they may run.
pub fn of(item: &Item, stmt: StmtId) -> Vec<&[StmtId]> {
    match item.stmt(stmt) {
        Stmt::If { body, orelse, .. } | Stmt::While { body, orelse, .. } | Stmt::For { body, orelse, .. } => {
            vec![body, orelse]
        }
        Stmt::With { body, .. } => vec![body],
        Stmt::Try(one) => std::iter::once(&*one.body)
            .chain(one.handlers.iter().map(|handler| &*handler.body))
            .chain([&*one.orelse, &*one.finalbody])
            .collect(),
        Stmt::Match { cases, .. } => cases.iter().map(|case| &*case.body).collect(),
        Stmt::Function(function) => vec![&function.body],
        Stmt::Class(class) => vec![&class.body],
        _ => Vec::new(),
    }
}

/// The statement after this one in the same block.
pub fn next(item: &Item, stmt: StmtId) -> Option<StmtId> {
    let outer = item.stmt_ancestors(stmt).next()?;
    of(item, outer).into_iter().find_map(|block| {
        let at = block.iter().position(|one| *one == stmt)?;
        block.get(at + 1).copied()
    })
}
