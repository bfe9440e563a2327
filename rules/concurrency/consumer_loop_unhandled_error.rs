#![doc = include_str!("consumer_loop_unhandled_error.md")]

mod malformed;

use pyteam_channels::evidence::Runners;
use pyteam_channels::order::obstacle;
use pyteam_channels::peer_messages;
use pyteam_engine::{CheckContext, Page, Related, Role, Rule, Sink};
use pyteam_index::infer::Type;
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::shared::{headline, test_code};

/// See the page.
pub struct ConsumerLoopUnhandledError;

impl Rule for ConsumerLoopUnhandledError {
    fn page(&self) -> &Page {
        crate::page!("consumer_loop_unhandled_error")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let mut receives: Vec<ExprId> =
            cx.facts().calls.iter().copied().filter(|call| peer_messages::is_received(cx, *call)).collect();
        receives.sort_by_key(|call| cx.item.expr_range(*call).start());
        let mut seen: Vec<StmtId> = Vec::new();
        for receive in receives {
            let Some(around) = endless_loop(cx, receive).filter(|around| !seen.contains(around)) else { continue };
            seen.push(around);
            let Some(cause) = malformed::first_unhandled(cx, around, receive) else { continue };
            if test_code::is_test(cx) || stays_inside(cx) || is_restarted(cx, receive) {
                return;
            }
            report(cx, receive, around, cause, sink);
        }
    }
}

fn report(cx: &CheckContext<'_>, receive: ExprId, around: StmtId, cause: ExprId, sink: &mut Sink<'_>) {
    let Some(function) = cx.inference.enclosing_function(cx.site(receive)) else { return };
    let Some(name) = cx.inference.function(function).map(|one| one.name) else { return };
    let runners = Runners::of(cx.whole_workspace()).that_run(cx.inference, cx.snapshot, function);
    let Some(runner) = runners.first() else { return };
    let Some((socket, _)) = cx.receiver_text(receive) else { return };
    let kind = runner.kind.as_str();
    let shown = shown(cx, cause);
    let answers = malformed::answers(cx, around, socket);
    let lost = if answers { "gets an answer" } else { "is received" };
    let mut finding = sink
        .report(
            cx.range(cause),
            cause.0,
            headline::fitting(format!("one malformed message ends the loop of `{name}`: `{shown}` raises"), || {
                format!("one malformed message ends the loop of `{name}`")
            }),
        )
        .note(format!("the error ends the {kind}, and no later message {lost}"))
        .help("catch the error inside of the loop, log it, and go on with the next message");
    if receive != cause {
        finding = finding.related(Related::new(cx.file.id, cx.range(receive), "the message is received here"));
    }
    if let Some(there) = cx.at(runner.origin.file, runner.origin.item) {
        let range = there.range(runner.origin.expr);
        let _ = finding
            .related(Related::new(runner.origin.file, range, format!("the {kind} is made here")).as_role(Role::Starts));
    }
}

/// Whether the file's sockets are of one process: what comes is the program's own. Also whether it says what happens to
/// errors of threads.
fn stays_inside(cx: &CheckContext<'_>) -> bool {
    let source = cx.whole_file().source();
    ["inproc://", "threading.excepthook"].iter().any(|word| source.as_str().contains(word))
}

/// Whether what calls the function catches what it raises: `while True: try: serve() except Exception: log()`.
fn is_restarted(cx: &CheckContext<'_>, receive: ExprId) -> bool {
    let Some(function) = cx.inference.enclosing_function(cx.site(receive)) else { return false };
    let Some(name) = cx.inference.function(function).map(|one| one.name) else { return false };
    cx.inference.calls_named(name).into_iter().any(|call| {
        let is_it =
            cx.inference.callee(call).iter().any(|one| matches!(one, Type::Function(found, _) if *found == function));
        let Some(there) = cx.at(call.file, call.item).filter(|_| is_it) else { return false };
        let mut inner = there.item.enclosing_stmt(call.expr);
        there.item.stmt_ancestors(inner).any(|outer| {
            let catches = matches!(there.item.stmt(outer), Stmt::Try(one)
                if one.body.contains(&inner)
                    && (!one.finalbody.is_empty()
                        || one.handlers.iter().any(|handler| obstacle::is_broad(there.item, handler.kind))));
            inner = outer;
            catches
        })
    })
}

/// What can raise, in few words.
fn shown(cx: &CheckContext<'_>, cause: ExprId) -> String {
    match cx.item.expr(cause) {
        Expr::Call { func, .. } => format!("{}()", cx.text(*func)),
        _ => cx.text(cause).to_owned(),
    }
}

/// The `while` loop around the call; one that has an end may be meant to have it.
fn endless_loop(cx: &CheckContext<'_>, call: ExprId) -> Option<StmtId> {
    let stmt = cx.item.enclosing_stmt(call);
    cx.item
        .stmt_ancestors(stmt)
        .take_while(|one| !matches!(cx.item.stmt(*one), Stmt::Function(_) | Stmt::Class(_)))
        .find(|one| matches!(cx.item.stmt(*one), Stmt::While { .. }))
}
