#![doc = include_str!("queue_empty_qsize_race.md")]

use pyteam_channels::channel;
use pyteam_channels::order::control_flow;
use pyteam_channels::process;
use pyteam_channels::uses::ChannelUses;
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_index::known::{self, Action, Between};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Parent, Stmt};

use crate::shared::test_code;

/// See the page.
pub struct QueueEmptyQsizeRace;

impl Rule for QueueEmptyQsizeRace {
    fn page(&self) -> &Page {
        crate::page!("queue_empty_qsize_race")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            if process::is_named(cx.item, *call, &["get"]) {
                race(cx, *call, sink);
            } else if process::is_named(cx.item, *call, &["qsize"]) {
                size(cx, *call, sink);
            }
        }
    }
}

/// A `get()` that waits, behind a test that the queue is not empty, where another consumer takes, too.
fn race(cx: &CheckContext<'_>, call: ExprId, sink: &mut Sink<'_>) {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return };
    let waits = args.iter().all(|arg| {
        let is_block = match arg.kind {
            ArgKind::Positional => args.len() == 1,
            ArgKind::Keyword(name) => name == "block",
            _ => false,
        };
        is_block && matches!(cx.item.expr(arg.value), Expr::Bool(true))
    });
    let Some((receiver, _)) = cx.receiver_text(call) else { return };
    let guards = control_flow::guards(cx.item, cx.item.enclosing_stmt(call));
    let is_guard = |guard: &ExprId| control_flow::calls_method(cx, Part::Expr(*guard), receiver, &["empty", "qsize"]);
    if !waits || !guards.iter().any(is_guard) {
        return;
    }
    let site = cx.site(call);
    let Some(channel) = channel::of_call(cx.inference, site, Action::Take) else { return };
    if channel.is_between(Between::Tasks) || test_code::is_test(cx) {
        return;
    }
    let owner = |site: Site| cx.inference.enclosing_function(site).map(|function| (function.file, function.item));
    let all = ChannelUses::of(cx.whole_workspace());
    let other = all.at(channel.origin).iter().find(|one| {
        // Functions of one class, or one file's own, may well run in one thread.
        // A test has the program to itself.
        let is_in_test = cx.inference.file(one.call.file).is_none_or(pyteam_index::File::is_test);
        !one.puts && !is_in_test && one.call.file != site.file && owner(one.call) != owner(site)
    });
    let Some(other) = other else { return };
    let Some((file, item, _)) = cx.inference.item(other.call.file, other.call.item) else { return };
    sink.report(cx.range(call), call.0, format!("race condition: `{receiver}` can be empty again at `get()`"))
        .note("another consumer can receive the last message after the check; this call then blocks")
        .help("replace the check: call `get_nowait()` and handle `queue.Empty`")
        .related(Related::new(
            file.id,
            file.absolute(other.call.item, item.expr_range(other.call.expr)),
            "another consumer",
        ));
}

/// `qsize()` of a queue between processes that decides something.
fn size(cx: &CheckContext<'_>, call: ExprId, sink: &mut Sink<'_>) {
    if !decides(cx, call) {
        return;
    }
    let Some((class, _)) = process::method(cx, call) else { return };
    // macOS does not tell the size of such a queue.
    let is_unsized = known::class(class).is_some_and(|known| known.feeder);
    if !is_unsized || handles_not_implemented(cx, call) || test_code::is_test(cx) {
        return;
    }
    let Some((receiver, _)) = cx.receiver_text(call) else { return };
    let message = format!("race condition: `{receiver}.qsize()` can be outdated when it returns");
    sink.report(cx.range(call), call.0, message)
        .note("other processes can change the size meanwhile; on macOS it raises `NotImplementedError`")
        .help("bound the queue with `maxsize`, or call `get_nowait()` and handle `queue.Empty`");
}

/// Whether the call stands in the condition of a statement or expression.
fn decides(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let mut at = call;
    loop {
        match item.expr_parent(at) {
            Parent::Expr(parent) => match item.expr(parent) {
                Expr::Conditional { test, .. } if *test == at => return true,
                Expr::Compare(_) | Expr::Not(_) | Expr::Bool2 { .. } | Expr::Binary { .. } => at = parent,
                _ => return false,
            },
            Parent::Stmt(stmt) => {
                return match item.stmt(stmt) {
                    Stmt::If { test, .. } | Stmt::While { test, .. } => *test == at,
                    _ => false,
                };
            }
            Parent::Root => return false,
        }
    }
}

fn handles_not_implemented(cx: &CheckContext<'_>, call: ExprId) -> bool {
    cx.item.stmt_ancestors(cx.item.enclosing_stmt(call)).any(|outer| match cx.item.stmt(outer) {
        Stmt::Try(one) => one
            .handlers
            .iter()
            .any(|handler| handler.kind.is_none_or(|kind| cx.text(kind).contains("NotImplementedError"))),
        _ => false,
    })
}
