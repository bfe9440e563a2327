//! The loop that fills a queue, and whatever keeps it from filling it.

use pyteam_channels::channel;
use pyteam_channels::order::control_flow;
use pyteam_channels::uses::ChannelUse;
use pyteam_engine::CheckContext;
use pyteam_index::infer::{self, Site};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use super::stream::{self, What};

/// A put that goes on forever.
pub(super) struct Producer {
    pub(super) put: Site,
    pub(super) what: What,
}

/// The first put whose endless loop hands on what comes from outside, where no use looks after the queue's size.
pub(super) fn find(cx: &CheckContext<'_>, uses: &[ChannelUse]) -> Option<Producer> {
    let producer = uses.iter().filter(|one| one.puts).find_map(|one| {
        let there = cx.at(one.call.file, one.call.item)?;
        let what = endless(&there, one.call.expr)?;
        Some(Producer { put: one.call, what })
    })?;
    let is_minded =
        uses.iter().any(|one| cx.at(one.call.file, one.call.item).is_none_or(|there| is_minded(&there, one)));
    (!is_minded).then_some(producer)
}

/// What the call puts again and again.
fn endless(cx: &CheckContext<'_>, put: ExprId) -> Option<What> {
    let around = control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(put))?;
    let message = channel::message(cx.item, put)?;
    let what = match cx.item.stmt(around) {
        Stmt::While { test, .. } if has_no_count(cx, *test) => stream::of(cx, message, around)?,
        Stmt::For { is_async: true, .. } => stream::of(cx, message, around)?,
        _ => return None,
    };
    (!waits(cx, around)).then_some(what)
}

/// Whether a `while` goes on for as long as something holds that is not counted.
fn has_no_count(cx: &CheckContext<'_>, test: ExprId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Expr(test), &mut |part| {
        if let Part::Expr(expr) = part {
            found |= match cx.item.expr(expr) {
                Expr::Compare(compare) => compare.ops.iter().any(|op| !matches!(op.as_str(), "is" | "is not")),
                Expr::Binary { .. } => true,
                _ => false,
            };
        }
        !found
    });
    !found
}

/// Whether the loop is slowed down on purpose, or goes round only on request.
fn waits(cx: &CheckContext<'_>, around: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(around), &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Call { func, args } = cx.item.expr(expr)
            && let Expr::Attribute { attr: name, .. } | Expr::Name(name) = cx.item.expr(*func)
        {
            found |= match name.as_str() {
                "sleep" | "wait" => !args.first().is_some_and(|arg| is_short(cx, arg.value)),
                "acquire" | "get_nowait" | "join" => true,
                "get" => args.iter().all(|arg| cx.text(arg.value).parse::<f64>().is_ok()),
                "recv" | "recv_bytes" => !stream::is_source(cx, expr),
                _ => false,
            };
        }
        !found
    });
    found
}

/// `0.01`, `1 / fps`: a pause between two frames.
fn is_short(cx: &CheckContext<'_>, seconds: ExprId) -> bool {
    match cx.item.expr(seconds) {
        Expr::Binary { op, .. } => *op == "/",
        _ => cx.text(seconds).parse::<f64>().is_ok_and(|seconds| seconds < 0.5),
    }
}

/// Whether one of those who use the queue looks after its size, or empties it each time.
fn is_minded(cx: &CheckContext<'_>, one: &ChannelUse) -> bool {
    let call = one.call.expr;
    let Some((receiver, method)) = cx.receiver_text(call) else { return true };
    let stmt = cx.item.enclosing_stmt(call);
    let function = infer::enclosing_function(cx.item, stmt).unwrap_or(cx.item.root());
    let asks = |methods: &[&str]| control_flow::calls_method(cx, Part::Stmt(function), receiver, methods);
    // Code that asks how much is in it, anywhere in the file, means to do something about it.
    let name = receiver.rsplit('.').next().unwrap_or(receiver);
    let text = cx.whole_file().source().as_str();
    if ["qsize", "full", "maxsize", "queue"].iter().any(|asked| text.contains(&format!("{name}.{asked}"))) {
        return true;
    }
    if one.puts {
        return asks(&["empty", "get", "get_nowait", "join"]);
    }
    let around = control_flow::enclosing_loop(cx.item, stmt);
    let drains = around.is_some_and(|around| match cx.item.stmt(around) {
        Stmt::While { test, .. } => control_flow::calls_method(cx, Part::Expr(*test), receiver, &["empty"]),
        _ => false,
    });
    drains || (method == "get_nowait" && around.is_some())
}
