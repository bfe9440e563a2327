#![doc = include_str!("terminate_as_shutdown.md")]

use pyteam_channels::call_graph;
use pyteam_channels::order::control_flow;
use pyteam_channels::process::{self, End, PROCESS};
use pyteam_engine::{CheckContext, Page, Rule, Severity, Sink};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::Type;
use pyteam_index::known::{self, Between, ClassKind};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId, TextSize, style};

use crate::shared::test_code;

/// See the page.
pub struct TerminateAsShutdown;

/// Words in a test that tell a process that hangs, or takes too much, from one that should end.
const HUNG: &[&str] =
    &["timeout", "timed_out", "deadline", "elapsed", "memory", "heartbeat", "hung", "stuck", "stale", "limit"];

impl Rule for TerminateAsShutdown {
    fn page(&self) -> &Page {
        crate::page!("terminate_as_shutdown")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            let Some((at, attribute)) = candidate(cx, *call) else { continue };
            let Some((class, method)) = process::attribute(cx, attribute) else { continue };
            if class != PROCESS || test_code::is_test(cx) {
                continue;
            }
            // Another method may have asked the process to end before.
            cx.whole_file();
            let Some(severity) = judge(cx, at) else { continue };
            let Expr::Attribute { value, .. } = cx.item.expr(attribute) else { continue };
            let receiver = cx.text(*value).lines().next().unwrap_or_default();
            let note = if method == "kill" {
                "no cleanup runs, and a queue, pipe or lock in use can be left corrupted"
            } else {
                "by default `finally` blocks do not run, and a queue, pipe or lock in use can be left corrupted"
            };
            sink.report(
                cx.range(at),
                at.0,
                format!("`{receiver}.{method}()` ends the process without a graceful shutdown"),
            )
            .severity(severity)
            .note(note)
            .help("send a sentinel or set an event, call `join(timeout=...)`, then terminate it only if it is still alive");
        }
    }
}

/// The place of a call of `terminate` or `kill`, or of what registers one for the interpreter's end; and the method.
fn candidate(cx: &CheckContext<'_>, call: ExprId) -> Option<(ExprId, ExprId)> {
    let Expr::Call { func, args, .. } = cx.item.expr(call) else { return None };
    let is_end = |expr: ExprId| matches!(cx.item.expr(expr), Expr::Attribute { attr, .. } if *attr == "terminate" || *attr == "kill");
    if is_end(*func) {
        return args.is_empty().then_some((call, *func));
    }
    let registered = args.first().filter(|arg| is_end(arg.value))?.value;
    let site = cx.site(call);
    cx.inference.callee_path(site).is_some_and(|path| path == "atexit.register").then_some((call, registered))
}

/// How much it matters; nothing where it is the last resort.
fn judge(cx: &CheckContext<'_>, call: ExprId) -> Option<Severity> {
    let function = process::function_of(cx.item, call);
    let before = cx.item.expr_range(call).start();
    if gives_time(cx, call, before)
        || function.is_none() && asks_in_script(cx)
        || after_an_error(cx, call)
        || before_an_error(cx, call)
        || of_one_that_hangs(cx, call)
        || catches_the_signal(cx, call)
        || is_followed_by_kill(cx, call)
    {
        return None;
    }
    // SIGKILL cannot be handled, whatever runs.
    let known = is_kill(cx, call) || runs_known_code(cx, call)?;
    let name = function.and_then(|stmt| pyteam_index::facts::function(cx.item, stmt)).map(|function| function.name);
    if let (Some(function), Some(name)) = (function, name) {
        let lower = name.as_str().to_ascii_lowercase();
        // A wrapper that is called what it does: its caller decides.
        if matches!(lower.trim_matches('_'), "terminate" | "kill") {
            return None;
        }
        if ["force", "abort", "emergency", "hard"].iter().any(|word| lower.contains(word)) {
            return Some(Severity::Hint);
        }
        if is_called_after_asking(cx, function, name) {
            return None;
        }
    }
    Some(if known { Severity::Warning } else { Severity::Information })
}

fn is_kill(cx: &CheckContext<'_>, call: ExprId) -> bool {
    candidate(cx, call).is_some_and(
        |(_, attribute)| matches!(cx.item.expr(attribute), Expr::Attribute { attr, .. } if *attr == "kill"),
    )
}

/// Whether all that the process runs is known, in the workspace and the standard library: nothing there handles SIGTERM.
/// Nothing where it comes to other code, which may, or where it is not known and its end is waited for without a bound.
fn runs_known_code(cx: &CheckContext<'_>, call: ExprId) -> Option<bool> {
    let process = match cx.item.expr(call) {
        Expr::Call { func, args } => match (cx.item.expr(*func), args.first().map(|arg| cx.item.expr(arg.value))) {
            // `atexit.register(process.kill)`
            (_, Some(Expr::Attribute { value, .. })) | (Expr::Attribute { value, .. }, _) => *value,
            _ => return None,
        },
        _ => return None,
    };
    let types = cx.inference.expr(cx.site(process));
    let mut targets: Vec<FunctionRef> = Vec::new();
    let mut is_known = !types.has_unknown();
    for one in types.non_none() {
        match one {
            Type::Instance { origin: Some(origin), .. } => {
                let given = process::target_types(cx.inference, *origin).unwrap_or_default();
                is_known &= !given.has_unknown();
                for one in &given {
                    match one {
                        Type::Function(function, _) => targets.push(*function),
                        // What is outside may handle the signal.
                        Type::External(path) if !is_standard(path.as_str()) => return None,
                        Type::External(_) => {}
                        _ => is_known = false,
                    }
                }
            }
            Type::Object(class, _) => {
                let mut run = cx.inference.ancestors(*class).0.into_iter();
                match run.find_map(|one| cx.inference.method_named(one, Name::new("run"))) {
                    Some(run) => targets.push(run),
                    None => is_known = false,
                }
            }
            _ => is_known = false,
        }
    }
    for function in targets.into_iter().flat_map(|target| call_graph::from(cx.inference, target)) {
        let there = cx.at(function.file, function.item)?;
        for call in &there.facts().calls {
            let path = match cx.inference.callee(there.site(*call)).as_slice() {
                [Type::External(path)] => *path,
                [Type::Method { class, .. }] => *class,
                _ => continue,
            };
            if !is_standard(path.as_str()) {
                return None;
            }
        }
    }
    let waits_for_ever = || {
        let (item, after) = (cx.item, cx.item.expr_range(call).end());
        let mut waits = false;
        process::own_exprs(item, process::function_of(item, call), &mut |expr| {
            waits |= process::is_named(item, expr, &["join"])
                && item.expr_range(expr).start() > after
                && matches!(item.expr(expr), Expr::Call { args, .. } if args.is_empty());
        });
        waits
    };
    if !is_known && waits_for_ever() {
        return None;
    }
    Some(is_known)
}

/// Whether the dotted path begins in the standard library.
fn is_standard(path: &str) -> bool {
    let module = path.split('.').next().unwrap_or(path);
    module == "builtins" || style::standard::is_standard(module)
}

/// Whether it is SIGTERM, with time to end before `kill()`: `p.terminate(); p.join(5); p.kill()`.
fn is_followed_by_kill(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let (item, after) = (cx.item, cx.item.expr_range(call).end());
    if !process::is_named(item, call, &["terminate"]) {
        return false;
    }
    let mut kills = false;
    process::own_exprs(item, process::function_of(item, call), &mut |expr| {
        kills |= process::is_named(item, expr, &["kill"]) && item.expr_range(expr).start() > after;
    });
    kills && joins_after(cx, call)
}

/// Whether the process had time to end by itself before `limit`: it was waited for, or something was called that asks
/// for the end and may wait for it. To set an event and to terminate in the same breath is not to ask.
fn gives_time(cx: &CheckContext<'_>, call: ExprId, limit: TextSize) -> bool {
    let item = cx.item;
    let receiver = |call: ExprId| match item.expr(call) {
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Attribute { value, .. } => Some(*value),
            _ => None,
        },
        _ => None,
    };
    // What is known to be no process, and to have nothing that is not known, asks no process.
    let is_apart = |value: ExprId, one: ExprId| {
        let types = cx.inference.expr(cx.site(value));
        !types.has_unknown()
            && !process::is_a(cx.inference, &types, PROCESS)
            && types.non_none().all(|one| match one {
                Type::Instance { class, .. } => known::kind(*class) == Some(ClassKind::Thread),
                Type::Object(..) => true,
                _ => false,
            })
            && cx.inference.callee(cx.site(one)).iter().all(|called| match called {
                Type::Function(function, _) => asks_nothing_outside(cx, *function),
                Type::Method { .. } => true,
                _ => false,
            })
    };
    // `self.reader.join()` says nothing of `self.writer`; a variable's name may stand for any process.
    let is_attribute = |value: ExprId| matches!(item.expr(value), Expr::Attribute { .. });
    let own = receiver(call);
    let is_other = |one: ExprId| {
        let theirs = receiver(one);
        matches!((own, theirs), (Some(own), Some(theirs))
            if cx.text(own) != cx.text(theirs)
                && (is_attribute(own) && is_attribute(theirs) || is_apart(theirs, one)))
    };
    let (mut found, mut asked) = (false, false);
    process::own_exprs(item, process::function_of(item, call), &mut |expr| {
        if found || item.expr_range(expr).start() >= limit {
            return;
        }
        asked |= process::is_asking(cx, expr, limit);
        found |= match process::end_of(item, expr, limit) {
            Some(End::Waited | End::Stopped | End::Called) => !is_other(expr),
            Some(End::Paused) => asked || is_watched(cx, expr),
            None => false,
        };
    });
    found
}

/// Whether the pause stands in a loop that looks whether a process has ended.
fn is_watched(cx: &CheckContext<'_>, pause: ExprId) -> bool {
    let around = control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(pause));
    around.is_some_and(|around| {
        let text = cx.file.source().slice(cx.stmt_range(around));
        text.contains("is_alive") || text.contains("exitcode")
    })
}

/// Whether the function calls methods of its own object's attributes alone, none of which is between processes.
fn asks_nothing_outside(cx: &CheckContext<'_>, function: FunctionRef) -> bool {
    call_graph::from(cx.inference, function).into_iter().all(|one| {
        let Some(there) = cx.at(one.file, one.item) else { return false };
        there.facts().calls.iter().all(|call| {
            let Expr::Call { func, .. } = there.item.expr(*call) else { return true };
            let Expr::Attribute { value, .. } = there.item.expr(*func) else { return true };
            let types = cx.inference.expr(there.site(*value));
            let is_own = |one: &Type| match one {
                Type::Instance { class, .. } => {
                    known::kind(*class) != Some(ClassKind::Process)
                        && known::class(*class).is_none_or(|known| known.between != Some(Between::Processes))
                }
                Type::Unknown => false,
                _ => true,
            };
            types.iter().all(is_own)
        })
    })
}

/// At module level, what stands above is other items.
fn asks_in_script(cx: &CheckContext<'_>) -> bool {
    (0..cx.item_index).any(|at| {
        let there = cx.at_item(at);
        let is_definition = matches!(there.item.stmt(there.item.root()), Stmt::Function(_) | Stmt::Class(_));
        !is_definition && process::asks_before(&there, None, there.item.len())
    })
}

/// Whether the call stands in an `except` that is no reaction to Ctrl-C.
fn after_an_error(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let mut inner = cx.item.enclosing_stmt(call);
    for outer in cx.item.stmt_ancestors(inner) {
        match cx.item.stmt(outer) {
            Stmt::Try(one) => {
                if let Some(handler) = one.handlers.iter().find(|handler| handler.body.contains(&inner)) {
                    let is_interrupt = handler.kind.is_some_and(|kind| cx.text(kind).contains("KeyboardInterrupt"));
                    return !is_interrupt;
                }
            }
            Stmt::Function(_) => return false,
            _ => {}
        }
        inner = outer;
    }
    false
}

/// Whether the function waits for what it terminated.
fn joins_after(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let (item, after) = (cx.item, cx.item.expr_range(call).end());
    let mut joins = false;
    process::own_exprs(item, process::function_of(item, call), &mut |expr| {
        joins |= process::is_named(item, expr, &["join", "wait", "close"]) && item.expr_range(expr).start() > after;
    });
    joins
}

/// Whether the function goes on to join what it terminated and to raise: something failed.
fn before_an_error(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let (item, after) = (cx.item, cx.item.expr_range(call).end());
    let function = process::function_of(item, call);
    joins_after(cx, call)
        && item.stmt_ids().any(|stmt| {
            matches!(item.stmt(stmt), Stmt::Raise { .. })
                && item.stmt_range(stmt).start() > after
                && pyteam_index::infer::enclosing_function(item, stmt) == function
        })
}

/// Whether a test around it says that the process hangs or takes too much.
fn of_one_that_hangs(cx: &CheckContext<'_>, call: ExprId) -> bool {
    control_flow::guards(cx.item, cx.item.enclosing_stmt(call)).into_iter().any(|guard| {
        let text = cx.text(guard).to_ascii_lowercase();
        // One that is dead already is cut short by nothing, and `if signum == SIGKILL: process.kill()` hands a signal on.
        let is_dead = matches!(cx.item.expr(guard), Expr::Not(_)) && text.contains("is_alive")
            || text.contains("exitcode") && text.contains("not none");
        is_dead || text.contains("sigkill") || HUNG.iter().any(|word| text.contains(word))
    })
}

/// Whether the process handles SIGTERM: then `terminate` asks it to end, and the wait for that has no known length.
fn catches_the_signal(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return false };
    *attr == "terminate" && process::catches_sigterm(cx, *value)
}

/// Whether a caller of the function in the file asks before.
fn is_called_after_asking(cx: &CheckContext<'_>, function: StmtId, name: pyteam_syntax::Name) -> bool {
    (0..cx.whole_file().parsed.items.len() as u32).any(|at| {
        let there = cx.at_item(at);
        there.file.facts.items[at as usize].calls.iter().any(|caller| {
            if !process::is_named(there.item, *caller, &[name.as_str()]) {
                return false;
            }
            let around = process::function_of(there.item, *caller);
            let is_itself = at == cx.item_index && around == Some(function);
            !is_itself && asks_before_call(&there, around, *caller)
        })
    })
}

/// Whether the caller asks before it calls. Calls in the caller's own arguments are part of the call.
fn asks_before_call(cx: &CheckContext<'_>, function: Option<StmtId>, caller: ExprId) -> bool {
    let mut start = cx.item.expr_range(caller).start();
    let mut at = caller;
    while let Parent::Expr(parent) = cx.item.expr_parent(at) {
        start = cx.item.expr_range(parent).start();
        at = parent;
    }
    process::asks_before(cx, function, start)
}
