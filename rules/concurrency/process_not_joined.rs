#![doc = include_str!("process_not_joined.md")]

mod handle;

use pyteam_channels::process::{self, POOL, PROCESS};
use pyteam_engine::{CheckContext, Page, Rule, Severity, Sink};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::{Expr, ExprId, Parent, Stmt};

use self::handle::Fate;
use crate::shared::test_code;

/// See the page.
pub struct ProcessNotJoined;

/// Names under which processes and pools are made; classes of the workspace have any name.
const USES: &[&str] =
    &["start", "map", "imap", "imap_unordered", "starmap", "apply", "apply_async", "map_async", "starmap_async"];

const POOL_STAYS: &str = "its workers and threads can stay alive until the program exits";

impl Rule for ProcessNotJoined {
    fn page(&self) -> &Page {
        crate::page!("process_not_joined")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let calls = &cx.facts().calls;
        let mut is_used_here = false;
        for call in calls.iter().filter(|call| process::is_named(cx.item, **call, USES)) {
            is_used_here = true;
            self.dropped(cx, *call, sink);
        }
        for call in calls {
            let target = process::bound_to(cx.item, *call);
            // What it is, is asked of those alone whose fate can be told; a local one is used in its own item.
            let is_attribute = target.is_some_and(|target| matches!(cx.item.expr(target), Expr::Attribute { .. }));
            if !is_attribute && !is_used_here && !matches!(cx.item.stmt(cx.item.root()), Stmt::If { .. }) {
                continue;
            }
            let Some((kind, false)) = made(cx, *call) else { continue };
            // Any method of the class may join what another one starts.
            cx.whole_file();
            let fate = match target.map(|target| cx.item.expr(target)) {
                Some(Expr::Name(name)) => handle::of_local(cx, *call, *name, kind),
                Some(Expr::Attribute { attr, .. }) => handle::of_attribute(cx, *attr, kind),
                // `processes[name] = Process(..)`
                Some(_) | None => handle::of_list(cx, *call, kind),
            };
            let (fault, note) = match (fate, kind) {
                (Fate::Unknown, _) => continue,
                (_, HandleKind::Pool) => ("never closed", POOL_STAYS),
                (Fate::LostOnRaise, HandleKind::Process) => {
                    ("orphaned if this function raises first", "no caller has a handle to stop or join it")
                }
                (Fate::Forgotten, HandleKind::Process) => (
                    "never joined",
                    "a failure goes unnoticed, the child can stay a zombie, and the program cannot exit before it",
                ),
            };
            if test_code::is_test(cx) {
                return;
            }
            let (one, several, help) = match kind {
                HandleKind::Pool => {
                    ("pool", "pools", "use `with ... as pool:`, or call `close()` and `join()` in a `finally` block")
                }
                HandleKind::Process => {
                    ("process", "processes", "call `join(timeout=...)` in a `finally` block, and check `exitcode`")
                }
            };
            let severity = if ends_with_program(cx, *call) { Severity::Information } else { Severity::Warning };
            let message = match target {
                Some(target) if !matches!(cx.item.expr(target), Expr::Subscript { .. }) => {
                    format!("{one} `{}` is {fault}", cx.text(target))
                }
                _ => format!("the {several} in this list are {fault}"),
            };
            sink.report(cx.range(*call), call.0, message).severity(severity).note(note).help(help);
        }
    }
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandleKind {
    Process,
    Pool,
}

impl ProcessNotJoined {
    /// `Process(...).start()`, `Pool().map(...)`: a handle that is not kept.
    #[allow(clippy::unused_self, reason = "reads as a part of the check")]
    fn dropped(&self, cx: &CheckContext<'_>, call: ExprId, sink: &mut Sink<'_>) {
        let Expr::Call { func, .. } = cx.item.expr(call) else { return };
        let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return };
        if !matches!(cx.item.expr(*value), Expr::Call { .. }) {
            return;
        }
        // A daemon's failure goes unseen, too.
        let Some((kind, _)) = made(cx, *value) else { return };
        cx.whole_file();
        let is_started = *attr == "start";
        if is_started != (kind == HandleKind::Process) || test_code::is_test(cx) {
            return;
        }
        let is_statement =
            matches!(cx.item.expr_parent(call), Parent::Stmt(stmt) if matches!(cx.item.stmt(stmt), Stmt::Expr(_)));
        if is_started && !is_statement {
            return;
        }
        let (message, note, help) = match kind {
            HandleKind::Process => (
                "this process is started, but its handle is discarded",
                "it cannot be joined or stopped, and a failure goes unnoticed",
                "keep the handle, and call `join(timeout=...)` when the work is done",
            ),
            HandleKind::Pool => ("this pool is never closed", POOL_STAYS, "use `with ... as pool:`"),
        };
        let severity = if ends_with_program(cx, call) { Severity::Information } else { Severity::Warning };
        sink.report(cx.range(*value), call.0, message).severity(severity).note(note).help(help);
    }
}

/// Whether the call makes a process or a pool of processes, and whether it is, or may be, a daemon.
fn made(cx: &CheckContext<'_>, call: ExprId) -> Option<(HandleKind, bool)> {
    let Expr::Call { func, args, .. } = cx.item.expr(call) else { return None };
    // `start`, `join`, `append`: most calls are of methods that make nothing.
    let (Expr::Name(last) | Expr::Attribute { attr: last, .. }) = cx.item.expr(*func) else { return None };
    if !last.as_str().starts_with(|c: char| c.is_ascii_uppercase() || c == '_') {
        return None;
    }
    let types = cx.inference.expr(cx.site(call));
    if process::is_a(cx.inference, &types, POOL) {
        // `ThreadPool` and a manager's pool have the class of a pool, too.
        let is_pool = *last == "Pool";
        return is_pool.then_some((HandleKind::Pool, false));
    }
    if !process::is_a(cx.inference, &types, PROCESS) {
        return None;
    }
    let is_daemon = match keyword(args, "daemon") {
        Some(value) => !matches!(cx.item.expr(value), Expr::Bool(false)),
        None => args.iter().any(|arg| arg.kind == pyteam_syntax::tree::ArgKind::DoubleStar),
    };
    Some((HandleKind::Process, is_daemon || handle::class_is_daemon(cx, &types)))
}

/// Whether the code is a script's last part: `multiprocessing` joins what is left when the program ends.
fn ends_with_program(cx: &CheckContext<'_>, call: ExprId) -> bool {
    match process::function_of(cx.item, call) {
        None => true,
        Some(stmt) => pyteam_index::facts::function(cx.item, stmt).is_some_and(|one| one.name == "main"),
    }
}
