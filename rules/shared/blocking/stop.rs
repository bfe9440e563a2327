//! What is over or comes to its end: workers that were told to stop, and code that stops them.

use pyteam_engine::CheckContext;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use pyteam_channels::order::preceding_checks::{enclosing_scope, is_preceded};

/// Whether a `try` around `call` waits for a `KeyboardInterrupt`: then waiting is what the program is there for.
pub fn is_interruptible(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let stmt = cx.item.enclosing_stmt(call);
    let catches = |kind: ExprId| cx.text(kind).contains("KeyboardInterrupt");
    let functions = |outer: &StmtId| !matches!(cx.item.stmt(*outer), Stmt::Function(_));
    cx.item.stmt_ancestors(stmt).take_while(functions).any(|outer| match cx.item.stmt(outer) {
        Stmt::Try(one) => {
            let is_guarded =
                one.body.iter().any(|guarded| cx.item.stmt_range(*guarded).contains_range(cx.item.stmt_range(stmt)));
            is_guarded && one.handlers.iter().filter_map(|handler| handler.kind).any(catches)
        }
        _ => false,
    })
}

/// Whether the process or thread that is joined was told to stop before: by a method of its own, an event, a flag or a
/// sentinel.
pub fn was_told_to_stop(cx: &CheckContext<'_>, call: ExprId) -> bool {
    if is_preceded(cx, call, &["terminate", "stop", "shutdown", "cancel", "close", "quit"]) {
        return true;
    }
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, enclosing_scope(cx, call), &mut |part| {
        match part {
            Part::Expr(id) if cx.item.expr_range(id).end() <= here => {
                if let Expr::Call { func, args } = cx.item.expr(id)
                    && let Expr::Attribute { attr, .. } = cx.item.expr(*func)
                {
                    let argument = args.first().map(|arg| cx.item.expr(arg.value));
                    found |= match (attr.as_str(), argument) {
                        ("set", None) | ("put" | "put_nowait" | "send", Some(Expr::None)) => true,
                        ("put" | "put_nowait", Some(Expr::Name(name))) => is_constant(name.as_str()),
                        ("put" | "put_nowait", Some(Expr::Attribute { attr, .. })) => is_constant(attr.as_str()),
                        _ => false,
                    };
                }
            }
            Part::Stmt(stmt) if cx.item.stmt_range(stmt).end() <= here => {
                if let Stmt::Assign { targets, value } = cx.item.stmt(stmt) {
                    let is_flag = targets.iter().any(|target| matches!(cx.item.expr(*target), Expr::Attribute { .. }));
                    found |= is_flag && matches!(cx.item.expr(*value), Expr::Bool(_));
                }
            }
            _ => {}
        }
        !found
    });
    found
}

/// `SENTINEL`, `_STOP`
fn is_constant(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase()) && !name.chars().any(|c| c.is_ascii_lowercase())
}
