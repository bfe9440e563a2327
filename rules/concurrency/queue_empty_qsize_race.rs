#![doc = include_str!("queue_empty_qsize_race.md")]

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::launch::{self, Launch};
use pyteam_channels::order::{before, control_flow};
use pyteam_channels::topology::ProcessKind;
use pyteam_channels::uses::ChannelUses;
use pyteam_channels::{call_graph, evidence, process};
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, Action, Between};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Parent, Stmt, StmtId};

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
            } else if process::is_named(cx.item, *call, &["empty"]) {
                as_end(cx, *call, sink);
            } else if process::is_named(cx.item, *call, &["qsize"]) {
                as_end(cx, *call, sink);
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
    if channel.is_between(Between::Tasks)
        || evidence::is_locked(cx, cx.item.enclosing_stmt(call))
        || test_code::is_test(cx)
    {
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
    let other = match other {
        Some(other) => Some((other.call, "another consumer")),
        None => rival(cx, call, &channel, &all).map(|launch| (launch.call, "consumers started here")),
    };
    let Some((other, says)) = other else { return };
    let Some((file, item, _)) = cx.inference.item(other.file, other.item) else { return };
    sink.report(cx.range(call), call.0, format!("race condition: `{receiver}` can be empty again at `get()`"))
        .note("another consumer can receive the last message after the check; this call then blocks")
        .help("replace the check: call `get_nowait()` and handle `queue.Empty`")
        .related(Related {
            file: file.id,
            range: file.absolute(other.item, item.expr_range(other.expr)),
            message: says.to_owned(),
        });
}

/// Where consumers are started that take from the queue at the same time as `call`: several that run its function, or one
/// that runs another function.
fn rival(cx: &CheckContext<'_>, call: ExprId, channel: &Channel, all: &ChannelUses) -> Option<Launch> {
    let origin = all.root(channel.origin);
    // A queue between threads is another one in each process.
    let is_common = |one: &Launch| one.kind == ProcessKind::Thread || channel.is_between(Between::Processes);
    let mut own = launch::around(cx, call).all;
    own.retain(is_common);
    if let Some(launch) = own.iter().find(|one| one.is_repeated_with(cx.inference, origin)) {
        return Some(*launch);
    }
    let takes = all.at(origin).iter().filter(|one| !one.puts);
    let functions = takes.filter_map(|one| cx.inference.enclosing_function(one.call));
    let beside = |function| launch::of(cx.inference, function, &|_| true).all;
    let mut others = functions.flat_map(beside).filter(is_common);
    others.find(|other| own.iter().any(|one| one.is_beside(cx.inference, other, origin)))
}

/// A loop that ends as soon as the queue is empty, while what fills it has just been started.
fn as_end(cx: &CheckContext<'_>, call: ExprId, sink: &mut Sink<'_>) {
    let item = cx.item;
    let Some(around) = loop_until_empty(cx, call) else { return };
    let Some((receiver, asked)) = cx.receiver_text(call) else { return };
    let is_in = |expr: ExprId| item.stmt_ancestors(item.enclosing_stmt(expr)).any(|one| one == around);
    let takes = |expr: &&ExprId| {
        process::is_named(item, **expr, &["get", "get_nowait"])
            && cx.receiver_text(**expr).is_some_and(|(text, _)| text == receiver)
    };
    let calls = &cx.facts().calls;
    let Some(take) = calls.iter().filter(takes).find(|one| is_in(**one)) else { return };
    let function = process::function_of(item, call);
    let start = item.expr_range(call).start();
    let end = item.stmt_range(around).end();
    let is_own = |expr: ExprId| process::function_of(item, expr) == function;
    // What comes later may be taken later.
    if calls.iter().filter(takes).any(|one| is_own(*one) && item.expr_range(*one).start() >= end) {
        return;
    }
    let Some(channel) = channel::of_call(cx.inference, cx.site(*take), Action::Take) else { return };
    if channel.is_between(Between::Tasks) {
        return;
    }
    let all = ChannelUses::of(cx.whole_workspace());
    let origin = all.root(channel.origin);
    let puts = all.at(origin).iter().filter(|one| one.puts);
    let mut filled = puts.filter_map(|put| {
        let function = cx.inference.enclosing_function(put.call)?;
        let launches = launch::of(cx.inference, function, &|_| true).all;
        let is_here = |one: &&Launch| {
            (one.call.file, one.call.item) == (cx.file.id, cx.item_index)
                && is_own(one.call.expr)
                && item.expr_range(one.call.expr).start() < start
                && is_just_started(cx, one.call.expr, call)
        };
        launches.iter().find(is_here).map(|one| (put.call, one.call))
    });
    let Some((put, started)) = filled.next() else { return };
    if test_code::is_test(cx) {
        return;
    }
    let Some((file, there, _)) = cx.inference.item(put.file, put.item) else { return };
    sink.report(cx.range(call), call.0, format!("race condition: `{receiver}.{asked}()` ends the loop too early"))
        .note("the producers still run: whenever they are slower than this loop, the queue is empty, and what follows is lost")
        .help("receive until each producer has sent a sentinel, or as many messages as are expected")
        .related(Related { file: cx.file.id, range: cx.range(started.expr), message: "started here".to_owned() })
        .related(Related {
            file: file.id,
            range: file.absolute(put.item, there.expr_range(put.expr)),
            message: "sent here".to_owned(),
        });
}

/// The loop that goes on for as long as the queue is not empty, in no other loop: `while not queue.empty():`,
/// `while queue.qsize() > 0:`, `for _ in range(queue.qsize()):`.
fn loop_until_empty(cx: &CheckContext<'_>, call: ExprId) -> Option<StmtId> {
    let item = cx.item;
    let is_size = process::is_named(item, call, &["qsize"]);
    let mut at = call;
    let around = loop {
        match item.expr_parent(at) {
            Parent::Expr(parent) => {
                let fits = match item.expr(parent) {
                    Expr::Not(_) => !is_size,
                    Expr::Compare(_) => is_size,
                    Expr::Call { func, args } => {
                        is_size && args.len() == 1 && matches!(item.expr(*func), Expr::Name(name) if *name == "range")
                    }
                    _ => false,
                };
                if !fits {
                    return None;
                }
                at = parent;
            }
            Parent::Stmt(stmt) => break stmt,
            Parent::Root => return None,
        }
    };
    let is_asked = match item.stmt(around) {
        Stmt::While { test, .. } => *test == at && (is_size || at != call),
        Stmt::For { iter, .. } => *iter == at && matches!(item.expr(at), Expr::Call { .. }) && at != call,
        _ => false,
    };
    (is_asked && control_flow::enclosing_loop(item, around).is_none()).then_some(around)
}

/// Whether what `made` makes is started before the loop, and nothing is waited for in between.
fn is_just_started(cx: &CheckContext<'_>, made: ExprId, call: ExprId) -> bool {
    const WAITS: &[&str] = &[
        "join",
        "wait",
        "sleep",
        "result",
        "results",
        "get",
        "input",
        "acquire",
        "recv",
        "poll",
        "communicate",
        "as_completed",
        "shutdown",
        "map",
        "starmap",
        "barrier",
        "is_alive",
        "stop",
        "close",
        "terminate",
        "kill",
        "run",
        "run_until_complete",
    ];
    let item = cx.item;
    let (from, to) = (item.expr_range(made).start(), item.expr_range(call).start());
    // At the end of `with ThreadPoolExecutor():` all that was submitted is done.
    let outer: Vec<StmtId> = item.stmt_ancestors(item.enclosing_stmt(call)).collect();
    let is_left = item
        .stmt_ancestors(item.enclosing_stmt(made))
        .any(|one| matches!(item.stmt(one), Stmt::With { .. }) && !outer.contains(&one));
    if is_left {
        return false;
    }
    let is_submitted = process::is_named(item, made, &["submit", "apply_async", "map_async", "run_in_executor"]);
    let (mut starts, mut waits) = (is_submitted, false);
    process::own_exprs(item, process::function_of(item, call), &mut |expr| {
        let at = item.expr_range(expr).start();
        if !matches!(item.expr(expr), Expr::Call { .. }) || at < from || at >= to || expr == made {
            return;
        }
        starts |= process::is_named(item, expr, &["start"]);
        waits |= process::is_named(item, expr, WAITS) || may_wait(cx, expr, WAITS);
    });
    // `if __name__ == "__main__":` at another place, or in a branch that is not this one.
    starts && !waits && before::before(item, call, &|expr| expr == made) != before::Before::Never
}

/// Whether the call is of a function of the workspace that waits for anything.
fn may_wait(cx: &CheckContext<'_>, call: ExprId, waits: &[&str]) -> bool {
    cx.inference.callee(cx.site(call)).iter().any(|one| match one {
        Type::Function(function, _) => call_graph::from(cx.inference, *function).into_iter().any(|one| {
            let Some(there) = cx.at(one.file, one.item) else { return true };
            there.facts().calls.iter().any(|call| process::is_named(there.item, *call, waits))
        }),
        _ => false,
    })
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
