//! What raises on a message of another form than expected.

use pyteam_channels::order::{control_flow, obstacle};
use pyteam_channels::{peer_messages, process};
use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId};

/// What reads a value out of bytes or text, by the last name of what is called.
const DECODES: &[&str] = &[
    "loads",
    "decode",
    "unpack",
    "unpackb",
    "unpack_from",
    "literal_eval",
    "int",
    "float",
    "parse_raw",
    "model_validate",
    "model_validate_json",
    "from_json",
    "fromstring",
    "safe_load",
    "deserialize",
    "ParseFromString",
];

/// The first expression in the loop that raises on a malformed message, in the order of the lines, with nothing in the
/// function that catches it.
pub(super) fn first_unhandled(cx: &CheckContext<'_>, around: StmtId, receive: ExprId) -> Option<ExprId> {
    let item = cx.item;
    if process::is_named(item, receive, peer_messages::ZMQ_DECODES) && is_unhandled(cx, receive) {
        return Some(receive);
    }
    let mut names = bound_by(cx, receive);
    let mut parts = Vec::new();
    walk(item, Part::Stmt(around), &mut |part| match part {
        Part::Stmt(stmt) => !matches!(item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)),
        Part::Expr(expr) => {
            parts.push(expr);
            !matches!(item.expr(expr), Expr::Lambda(_))
        }
    });
    let from = item.expr_range(receive).start();
    parts.retain(|expr| *expr != receive && item.expr_range(*expr).end() > from);
    // What is inside is evaluated first.
    parts.sort_by_key(|expr| (item.expr_range(*expr).end(), std::cmp::Reverse(item.expr_range(*expr).start())));
    let mut found = None;
    for expr in parts {
        let is_of_message = |part: ExprId, names: &[Name]| {
            control_flow::mentions(item, Part::Expr(part), names) || contains(cx, part, receive)
        };
        let raises = match item.expr(expr) {
            Expr::Call { func, args }
                if facts::last_name(item, *func).is_some_and(|name| DECODES.contains(&name.as_str())) =>
            {
                let of_receiver = match item.expr(*func) {
                    Expr::Attribute { value, .. } => is_of_message(*value, &names),
                    _ => false,
                };
                of_receiver || args.iter().any(|arg| is_of_message(arg.value, &names))
            }
            _ => false,
        };
        if raises {
            if found.is_none() && is_unhandled(cx, expr) {
                found = Some(expr);
            }
            names.extend(bound_by(cx, expr));
        }
    }
    found
}

/// The names that the statement around the expression binds to it, or to parts of it.
fn bound_by(cx: &CheckContext<'_>, expr: ExprId) -> Vec<Name> {
    let item = cx.item;
    let mut names = Vec::new();
    let mut at = expr;
    while let Parent::Expr(outer) = item.expr_parent(at) {
        at = outer;
    }
    let Parent::Stmt(stmt) = item.expr_parent(at) else { return names };
    if let Stmt::Assign { targets, value } = item.stmt(stmt)
        && *value == at
    {
        for target in targets {
            walk(item, Part::Expr(*target), &mut |part| {
                if let Part::Expr(one) = part
                    && let Expr::Name(name) = item.expr(one)
                {
                    names.push(*name);
                }
                true
            });
        }
    }
    names
}

fn contains(cx: &CheckContext<'_>, outer: ExprId, inner: ExprId) -> bool {
    outer == inner || cx.item.expr_ancestors(inner).any(|one| one == outer)
}

/// Whether no handler in the function, around the loop or in it, catches what the expression raises, and it is evaluated
/// for each message.
fn is_unhandled(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let item = cx.item;
    let mut inner = item.enclosing_stmt(expr);
    for outer in item.stmt_ancestors(inner) {
        match item.stmt(outer) {
            Stmt::Try(one)
                if one.body.contains(&inner)
                    && one.handlers.iter().any(|handler| obstacle::is_broad(item, handler.kind)) =>
            {
                return false;
            }
            Stmt::With { items, .. } if items.iter().any(|one| control_flow::suppresses(item, one.context)) => {
                return false;
            }
            Stmt::Function(_) | Stmt::Class(_) => return true,
            _ => {}
        }
        inner = outer;
    }
    true
}

/// Whether the loop sends something on the socket that it receives from.
pub(super) fn answers(cx: &CheckContext<'_>, around: StmtId, socket: &str) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(around), &mut |part| {
        if let Part::Expr(expr) = part
            && let Some((receiver, name)) = cx.receiver_text(expr)
        {
            found |= receiver == socket && name.as_str().starts_with("send");
        }
        !found
    });
    found
}
