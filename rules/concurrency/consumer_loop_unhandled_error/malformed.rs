//! What raises on a message of another form than expected.

use pyteam_channels::order::{control_flow, obstacle};
use pyteam_channels::{peer_messages, process};
use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::tree::Arg;
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
    // Of a datagram and its sender's address, the first.
    if process::is_named(item, receive, &["recvfrom"]) {
        names.truncate(1);
    }
    // What was looked at is what was expected.
    if is_checked(cx, around, &names) {
        return None;
    }
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
                if facts::last_name(item, *func).is_some_and(|name| DECODES.contains(&name.as_str()))
                    && !is_lenient(cx, *func, args) =>
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

/// Whether a test in the loop looks at the message's length or form, and goes on without it.
fn is_checked(cx: &CheckContext<'_>, around: StmtId, names: &[Name]) -> bool {
    const LOOKS: &[&str] = &["len(", "isdigit", "startswith", "endswith", "isascii", "fullmatch", "match("];
    let item = cx.item;
    item.stmt_ids().any(|stmt| match item.stmt(stmt) {
        Stmt::If { test, body, .. } => {
            item.stmt_ancestors(stmt).any(|outer| outer == around)
                && control_flow::mentions(item, Part::Expr(*test), names)
                && LOOKS.iter().any(|look| cx.text(*test).contains(look))
                && body.iter().any(|one| {
                    matches!(item.stmt(*one), Stmt::Continue | Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break)
                })
        }
        _ => false,
    })
}

/// Whether the call takes whatever comes: `decode("utf-8", "replace")`, `decode("latin-1")`, `int(len(data) / 2)`.
fn is_lenient(cx: &CheckContext<'_>, func: ExprId, args: &[Arg]) -> bool {
    let name = facts::last_name(cx.item, func);
    let text = |arg: &Arg| cx.text(arg.value).to_ascii_lowercase();
    match name.as_ref().map(|name| name.as_str()) {
        Some("decode") => {
            args.len() > 1
                || args
                    .iter()
                    .any(|arg| arg.is_keyword("errors") || text(arg).contains("latin") || text(arg).contains("8859"))
        }
        Some("int" | "float") => args.iter().any(|arg| text(arg).contains("len(")),
        _ => false,
    }
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
    let targets: Vec<ExprId> = match item.stmt(stmt) {
        Stmt::Assign { targets, value } if *value == at => targets.to_vec(),
        Stmt::AnnAssign { target, value: Some(value), .. } if *value == at => vec![*target],
        _ => Vec::new(),
    };
    {
        for target in &targets {
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
                    && one.handlers.iter().any(|handler| {
                        // What the socket raises is not what a message does.
                        let is_of_socket = handler.kind.is_some_and(|kind| {
                            ["ZMQError", "Again", "ContextTerminated"].iter().any(|word| cx.text(kind).ends_with(word))
                        });
                        !is_of_socket && obstacle::is_broad(item, handler.kind)
                    }) =>
            {
                return false;
            }
            // What is done whatever comes was thought of.
            Stmt::Try(one) if one.body.contains(&inner) && !one.finalbody.is_empty() => return false,
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
