//! Whether a `recv()` learns that all senders are gone: it raises `EOFError` once every copy of the sending end is
//! closed, and the copy of the process that receives is one of them.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::{Expr, ExprId, Stmt};

use super::Runners;
use crate::order::before::{Before, before};
use crate::process::function_of;
use crate::topology::ProcessKind;

/// What is known of the other end of the pipe that `call` receives from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeEnd {
    /// The process that receives closes its copy of it, and catches the `EOFError`.
    ClosedAndCaught,
    /// It closes its copy.
    Closed,
    /// Nothing.
    Unknown,
}

/// Looks at the function around `call`, and at the item where the pipe is made, if the same process runs both: what the
/// parent closes, a child has still open.
pub fn pipe_end(cx: &ItemContext<'_>, call: ExprId) -> PipeEnd {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return PipeEnd::Unknown };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return PipeEnd::Unknown };
    let types = cx.inference.expr(cx.site(*value));
    let origin = types.iter().find_map(|one| match one {
        Type::Instance { origin: Some(origin), .. } => Some(*origin),
        _ => None,
    });
    let Some(origin) = origin else { return PipeEnd::Unknown };
    let receiver = facts::last_name(cx.item, *value);
    let home = cx.at(origin.file, origin.item);
    let closes = |there: &ItemContext<'_>| {
        there.facts().calls.iter().any(|one| {
            let Expr::Call { func, .. } = there.item.expr(*one) else { return false };
            let Expr::Attribute { value, attr } = there.item.expr(*func) else { return false };
            let is_here = (there.file.id, there.item_index) == (cx.file.id, cx.item_index)
                && function_of(there.item, *one) == function_of(cx.item, call);
            *attr == "close"
                && (!is_here || before(cx.item, call, &|event| event == *one) != Before::Never)
                && facts::last_name(there.item, *value) != receiver
                && is_end_of(there, there.site(*value), origin)
        })
    };
    if !closes(cx) && !home.is_some_and(|home| is_in_one_process(cx, call, &home) && closes(&home)) {
        return PipeEnd::Unknown;
    }
    if is_caught(cx, call) { PipeEnd::ClosedAndCaught } else { PipeEnd::Closed }
}

/// Whether the process that made the pipe is the one that runs `call`: both are methods of one class, or the same function,
/// and no process runs the one with the call.
fn is_in_one_process(cx: &ItemContext<'_>, call: ExprId, home: &ItemContext<'_>) -> bool {
    let class =
        |there: &ItemContext<'_>| there.file.parsed.items.get(there.item_index as usize).and_then(|slot| slot.parent);
    let is_near = cx.file.id == home.file.id
        && (cx.item_index == home.item_index || class(cx).is_some_and(|one| class(home) == Some(one)));
    let Some(function) = cx.inference.enclosing_function(cx.site(call)).filter(|_| is_near) else { return is_near };
    let runners = Runners::of(cx.whole_workspace()).that_run(cx.inference, cx.snapshot, function);
    runners.iter().all(|one| one.kind == ProcessKind::Thread)
}

fn is_end_of(cx: &ItemContext<'_>, end: Site, origin: Site) -> bool {
    cx.inference.expr(end).iter().any(|one| matches!(one, Type::Instance { origin: Some(made), .. } if *made == origin))
}

/// Whether a handler around the call names `EOFError`, or catches all.
fn is_caught(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let mut inner = item.enclosing_stmt(call);
    for outer in item.stmt_ancestors(inner) {
        match item.stmt(outer) {
            Stmt::Function(_) => return false,
            Stmt::Try(one) if one.body.contains(&inner) => {
                let names = |kind: Option<ExprId>| {
                    kind.is_none_or(|kind| {
                        let text = cx.text(kind);
                        text.contains("EOFError") || text == "Exception" || text == "BaseException"
                    })
                };
                if one.handlers.iter().any(|handler| names(handler.kind)) {
                    return true;
                }
            }
            _ => {}
        }
        inner = outer;
    }
    false
}
