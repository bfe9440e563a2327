//! Waits whose length is known well enough to be given a bound.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::enclosing_function;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId};

use super::super::{Blocking, Bound, guard, passed, programs};
use crate::shared::process;

/// Methods of a socket that wait for nothing that the other side sends.
const PROBES: &[&str] =
    &["close", "connect", "fileno", "getpeername", "getsockname", "setsockopt", "settimeout", "shutdown"];

/// Words in the address of what computes for as long as its work takes before it answers.
const COMPUTES: &[&str] =
    &["chat", "completion", "embed", "generate", "generation", "infer", "inference", "invocation", "predict", "train"];

/// Whether a request over the network may be given the settings' bound.
///
/// Who writes `timeout=None` has decided to wait; and the deadline of a connection holds for all that follows, so that
/// one that is only idle would end.
pub(super) fn of_request(cx: &CheckContext<'_>, call: ExprId, blocking: &Blocking) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let (Bound::Argument { name, .. } | Bound::Default(name)) = blocking.bound else { return false };
    let position = match blocking.bound {
        Bound::Argument { position, .. } => position,
        _ => None,
    };
    if passed(args, &[name.as_str()], position).is_some() {
        return false;
    }
    match (&*blocking.owner, blocking.name.as_str()) {
        ("socket" | "websocket", "create_connection") => only_probes(cx, call),
        (_, "recv") => false,
        // A request that something is computed for.
        (_, "post" | "request") => {
            let text = cx.text(call).to_ascii_lowercase();
            !COMPUTES.iter().any(|word| text.contains(word))
        }
        _ => true,
    }
}

/// Whether a program that is run may be given the settings' bound.
pub(super) fn of_program(cx: &CheckContext<'_>, call: ExprId) -> bool {
    programs::is_quick(cx, call)
}

/// Whether the socket that `call` connects is asked for nothing more: whether something listens is all that counts.
pub(super) fn only_probes(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let socket = match item.expr(call) {
        // `sock.connect(address)`
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Attribute { value, attr } if *attr == "connect" => match item.expr(*value) {
                Expr::Name(name) => Some(*name),
                _ => return false,
            },
            _ => None,
        },
        _ => return false,
    };
    let socket = match (socket, item.expr_parent(call)) {
        (Some(name), _) => name,
        // `create_connection(address).close()`
        (None, Parent::Expr(parent)) => {
            return matches!(item.expr(parent), Expr::Attribute { attr, .. } if PROBES.contains(&attr.as_str()));
        }
        (None, Parent::Stmt(stmt)) => match kept(cx, stmt, call) {
            Kept::As(name) => name,
            Kept::Nowhere => return true,
            Kept::Elsewhere => return false,
        },
        (None, Parent::Root) => return false,
    };
    is_only_probed(cx, call, socket)
}

/// What becomes of what a call makes.
enum Kept {
    /// Nothing can use it.
    Nowhere,
    /// It has this name.
    As(Name),
    /// It is kept in a place where others may use it.
    Elsewhere,
}

/// How the statement keeps what `call` makes.
fn kept(cx: &CheckContext<'_>, stmt: StmtId, call: ExprId) -> Kept {
    let named = |target: ExprId| match cx.item.expr(target) {
        Expr::Name(name) => Kept::As(*name),
        _ => Kept::Elsewhere,
    };
    match cx.item.stmt(stmt) {
        Stmt::Expr(_) => Kept::Nowhere,
        Stmt::Assign { targets, .. } if targets.len() == 1 => named(targets[0]),
        Stmt::With { items, .. } => match items.iter().find(|one| one.context == call) {
            Some(one) => one.target.map_or(Kept::Nowhere, named),
            None => Kept::Elsewhere,
        },
        _ => Kept::Elsewhere,
    }
}

fn is_only_probed(cx: &CheckContext<'_>, call: ExprId, socket: Name) -> bool {
    let item = cx.item;
    let Some(function) = process::function_of(item, call) else { return false };
    let facts = &cx.file.facts.items[cx.item_index as usize];
    let is_made_here = facts.bindings.iter().any(|one| {
        one.name == socket
            && enclosing_function(item, one.stmt) == Some(function)
            && !matches!(one.source, Source::Param(..))
    });
    let mut all = is_made_here;
    process::own_exprs(item, Some(function), &mut |expr| {
        if !matches!(item.expr(expr), Expr::Name(name) if *name == socket) {
            return;
        }
        all &= match item.expr_parent(expr) {
            Parent::Expr(parent) => {
                matches!(item.expr(parent), Expr::Attribute { attr, .. } if PROBES.contains(&attr.as_str()))
            }
            // Where it is bound, or the context of a `with`.
            Parent::Stmt(stmt) => matches!(item.stmt(stmt), Stmt::Assign { .. } | Stmt::With { .. }),
            Parent::Root => false,
        };
    });
    all
}

/// Whether the child or process that `call` waits for was told to die before, by the signal that means it. Ctrl-C's is one
/// to clean up after.
pub(super) fn was_told_to_die(cx: &CheckContext<'_>, call: ExprId) -> bool {
    const DEADLY: &[&str] = &["SIGTERM", "SIGKILL"];
    guard::is_certainly_preceded(cx, call, |method, args| match method {
        "terminate" => true,
        "send_signal" => args.iter().any(|arg| {
            arg.kind == ArgKind::Positional && DEADLY.iter().any(|signal| cx.text(arg.value).ends_with(signal))
        }),
        _ => false,
    })
}
