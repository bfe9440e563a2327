//! What ends a loop.

use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_syntax::tree::Handler;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use super::takes;

/// Whether something ends the loop: a `break`, `return` or `raise`, an exception of the take that is not caught in the
/// loop, a handler of signals, or something that is called and ends the program.
pub(super) fn has_end(cx: &CheckContext<'_>, stmt: StmtId, body: &[StmtId], take: ExprId) -> bool {
    body.iter().any(|one| leaves(cx, *one, false))
        || takes::raises(cx, take) && !is_caught(cx, stmt, take)
        || handles_signals(cx, stmt)
}

/// Whether `stmt`, or something in it, leaves the loop that it stands in; `inner` where another loop is between.
fn leaves(cx: &CheckContext<'_>, stmt: StmtId, inner: bool) -> bool {
    let item = cx.item;
    let all = |block: &[StmtId], inner: bool| block.iter().any(|one| leaves(cx, *one, inner));
    let calls = |expr: ExprId| ends_program(cx, expr);
    match item.stmt(stmt) {
        Stmt::Break => !inner,
        Stmt::Return(_) | Stmt::Raise { .. } => true,
        Stmt::While { body, orelse, test } => all(body, true) || all(orelse, inner) || calls(*test),
        Stmt::For { body, orelse, iter, .. } => all(body, true) || all(orelse, inner) || calls(*iter),
        Stmt::If { test, body, orelse } => calls(*test) || all(body, inner) || all(orelse, inner),
        Stmt::With { body, items, .. } => items.iter().any(|one| calls(one.context)) || all(body, inner),
        Stmt::Try(one) => {
            all(&one.body, inner)
                || all(&one.orelse, inner)
                || all(&one.finalbody, inner)
                || one.handlers.iter().any(|handler| !is_interrupt(cx, handler) && all(&handler.body, inner))
        }
        Stmt::Match { cases, subject } => calls(*subject) || cases.iter().any(|case| all(&case.body, inner)),
        Stmt::Expr(value) | Stmt::Assign { value, .. } | Stmt::AugAssign { value, .. } => calls(*value),
        Stmt::AnnAssign { value: Some(value), .. } => calls(*value),
        Stmt::Assert { .. } => false,
        _ => false,
    }
}

/// Ctrl-C is for a person at a terminal: no thread and no child process gets it in a useful way.
fn is_interrupt(cx: &CheckContext<'_>, handler: &Handler) -> bool {
    handler.kind.is_some_and(|kind| cx.text(kind).rsplit('.').next() == Some("KeyboardInterrupt"))
}

/// Whether the expression gives values to a generator's caller, awaits, or calls something that ends the program or
/// says that it may stop the loop.
fn ends_program(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Expr(expr), &mut |part| {
        let Part::Expr(one) = part else { return false };
        found |= match cx.item.expr(one) {
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => true,
            Expr::Call { func, .. } => match cx.item.expr(*func) {
                Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                    matches!(name.as_str(), "exit" | "_exit" | "quit" | "abort" | "execv" | "execve" | "raise_signal")
                        || raises_in_file(cx, name.as_str())
                }
                _ => false,
            },
            Expr::Lambda(_) => return false,
            _ => false,
        };
        !found
    });
    found
}

/// Whether a function of that name in the file raises something that is meant to end a loop.
fn raises_in_file(cx: &CheckContext<'_>, name: &str) -> bool {
    cx.whole_file().parsed.items.iter().enumerate().any(|(at, slot)| {
        cx.file.facts.items[at].functions.iter().any(|function| {
            pyteam_index::facts::function(&slot.item, function.stmt).is_some_and(|one| one.name == *name)
                && raises_an_end(&slot.item, function.stmt)
        })
    })
}

fn raises_an_end(item: &Item, function: StmtId) -> bool {
    let mut found = false;
    walk(item, Part::Stmt(function), &mut |part| {
        match part {
            Part::Stmt(stmt) => {
                if let Stmt::Raise { exc: Some(exc), .. } = item.stmt(stmt) {
                    let name = match item.expr(*exc) {
                        Expr::Call { func, .. } => *func,
                        _ => *exc,
                    };
                    if let Expr::Name(name) | Expr::Attribute { attr: name, .. } = item.expr(name) {
                        let name = name.as_str();
                        let words = [
                            "Exit",
                            "Stop",
                            "Shut",
                            "Interrupt",
                            "Cancel",
                            "Quit",
                            "Terminat",
                            "Done",
                            "Closed",
                            "EOF",
                        ];
                        found |= words.iter().any(|word| name.contains(word));
                    }
                }
            }
            Part::Expr(expr) => found |= process::is_named(item, expr, &["exit", "_exit"]),
        }
        !found
    });
    found
}

/// Whether a `try` inside the loop catches what the take raises.
fn is_caught(cx: &CheckContext<'_>, loop_stmt: StmtId, take: ExprId) -> bool {
    let mut inner = cx.item.enclosing_stmt(take);
    for outer in cx.item.stmt_ancestors(inner) {
        if outer == loop_stmt {
            return false;
        }
        if let Stmt::Try(one) = cx.item.stmt(outer)
            && one.body.contains(&inner)
            && !one.handlers.is_empty()
        {
            return one.handlers.iter().any(|handler| !is_interrupt(cx, handler));
        }
        inner = outer;
    }
    false
}

/// Whether the loop's function says what a signal does: that may end it.
fn handles_signals(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let function = pyteam_index::infer::enclosing_function(cx.item, stmt);
    let mut found = false;
    process::own_exprs(cx.item, function, &mut |expr| {
        if let Expr::Call { func, .. } = cx.item.expr(expr)
            && let Expr::Attribute { value, attr } = cx.item.expr(*func)
        {
            found |= *attr == "signal" && matches!(cx.item.expr(*value), Expr::Name(name) if *name == "signal");
        }
    });
    found
}
