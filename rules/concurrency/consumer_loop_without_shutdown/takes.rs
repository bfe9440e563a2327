//! What a loop takes messages from.

use pyteam_channels::{peer_messages, process};
use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_index::infer::is_awaited;
use pyteam_index::known::{self, Action, Between};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

/// Whether the call may take a message, by its name alone.
pub(super) fn may_take(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    facts::last_name(cx.item, *func).is_some_and(|name| known::actions(name).contains(&Action::Take))
        || process::is_named(cx.item, call, peer_messages::ZMQ_RECEIVES)
}

/// The first call in the loop that certainly takes a message; loops inside that one count, too.
pub(super) fn in_loop(cx: &CheckContext<'_>, stmt: StmtId) -> Option<ExprId> {
    let mut found: Option<ExprId> = None;
    walk(cx.item, Part::Stmt(stmt), &mut |part| {
        match part {
            Part::Stmt(one) if matches!(cx.item.stmt(one), Stmt::Function(_) | Stmt::Class(_)) => return false,
            Part::Expr(expr) if found.is_none() && may_take(cx, expr) && takes(cx, expr) => found = Some(expr),
            _ => {}
        }
        found.is_none()
    });
    found
}

fn takes(cx: &CheckContext<'_>, call: ExprId) -> bool {
    if is_awaited(cx.item, call) {
        return false;
    }
    if process::is_named(cx.item, call, peer_messages::ZMQ_RECEIVES) {
        let Expr::Call { func, args, .. } = cx.item.expr(call) else { return false };
        // With flags it does not wait.
        return args.is_empty() && peer_messages::is_of_socket(cx, *func);
    }
    // A task that waits for a message holds nothing up, and is canceled at the end.
    process::method(cx, call).is_some_and(|(class, name)| {
        known::action(class, name) == Some(Action::Take)
            && known::class(class).is_some_and(|known| known.between != Some(Between::Tasks))
    })
}

/// How to leave the loop around the take once the event is set.
pub(super) fn how_to_leave(cx: &CheckContext<'_>, take: ExprId, event: &str) -> String {
    if is_pipe(cx, take) || process::is_named(cx.item, take, peer_messages::ZMQ_RECEIVES) {
        format!("call `poll(timeout)` before receiving, and break once `{event}.is_set()`")
    } else if raises(cx, take) {
        format!("break in `except queue.Empty` once `{event}.is_set()`")
    } else {
        format!("pass `timeout=`, and break in `except queue.Empty` once `{event}.is_set()`")
    }
}

/// Whether the take raises where nothing comes, or where the other side is gone.
pub(super) fn raises(cx: &CheckContext<'_>, take: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(take) else { return false };
    let waits_for_ever = args.iter().all(|arg| matches!(cx.item.expr(arg.value), Expr::None | Expr::Bool(true)));
    is_pipe(cx, take) || process::is_named(cx.item, take, &["get_nowait"]) || !waits_for_ever
}

fn is_pipe(cx: &CheckContext<'_>, take: ExprId) -> bool {
    process::method(cx, take).is_some_and(|(class, _)| class == "multiprocessing.connection.Connection")
}
