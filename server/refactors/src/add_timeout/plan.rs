//! What bounds a call, and whether that keeps the program's meaning.

use pyteam_channels::order::control_flow;
use pyteam_engine::settings::{Seconds, Timeouts};
use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::known::{BlockingKind, OnTimeout, TimeoutArg};
use pyteam_syntax::style::statement;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use super::blocking::Blocking;
use super::{dying_process, on_timeout, quick_program, short_request};

/// As the editor's menu shows it.
pub const TITLE: &str = "Add a timeout";

/// The bound of one call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The call that waits.
    pub call: ExprId,
    /// The argument that bounds it.
    pub argument: Name,
    /// Where that may stand among the positional ones, from 0.
    pub position: Option<usize>,
    /// How long the call waits at most.
    pub seconds: Seconds,
    /// What happens then.
    pub at_end: AtEnd,
}

/// What the program does when the time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// The exception tells by itself, and goes to the callers.
    Raise,
    /// The loop looks at its event and waits again: `except queue.Empty: continue`. The exception, dotted.
    NextTurn(Name),
    /// A process that still lives is killed, and joined again.
    Kill,
}

impl Plan {
    /// The bound for `call`, which is what `blocking` says, with the seconds of `timeouts`; `None` where none keeps the
    /// program's meaning apart from the bound.
    pub fn of(cx: &ItemContext<'_>, timeouts: &Timeouts, call: ExprId, blocking: &Blocking) -> Option<Self> {
        if blocking.mixed {
            return None;
        }
        let (argument, position) = match blocking.timeout {
            TimeoutArg::Argument { name, position, .. } => (name, position),
            TimeoutArg::Default(name) => (name, None),
            TimeoutArg::Poll | TimeoutArg::Deadline | TimeoutArg::Option(_) | TimeoutArg::Never => return None,
        };
        let (seconds, at_end) = match blocking.on_timeout {
            OnTimeout::EmptyException(exception) if blocking.kind == BlockingKind::Get => {
                let has_own_lines = has_own_lines(cx, cx.item.enclosing_stmt(call));
                let may_skip = has_own_lines && on_timeout::may_skip_a_turn(cx, call);
                may_skip.then_some((timeouts.get, AtEnd::NextTurn(exception)))
            }
            OnTimeout::Raises(_) => Some((raising(cx, timeouts, call, blocking)?, AtEnd::Raise)),
            OnTimeout::ReturnsSilently => may_kill(cx, call, blocking).then_some((timeouts.join, AtEnd::Kill)),
            OnTimeout::EmptyException(_) | OnTimeout::ChildRunsOn | OnTimeout::ReturnsFalse => None,
        }?;
        Some(Self { call, argument, position, seconds, at_end })
    }
}

/// How long a call may take whose exception tells by itself.
fn raising(cx: &ItemContext<'_>, timeouts: &Timeouts, call: ExprId, blocking: &Blocking) -> Option<Seconds> {
    let seconds = match blocking.kind {
        BlockingKind::Network if blocking.is_own || short_request::is_short(cx, call, blocking) => timeouts.network,
        BlockingKind::Subprocess if blocking.is_own || quick_program::is_quick(cx, call) => timeouts.subprocess,
        // What others work on takes as long as it takes; of a call in the settings their author knows.
        BlockingKind::Get | BlockingKind::Put | BlockingKind::Wait | BlockingKind::Join if blocking.is_own => {
            timeouts.reply
        }
        _ => return None,
    };
    // What handles the failures of the network or of a program handles this one, too.
    let is_foreign = matches!(blocking.kind, BlockingKind::Network | BlockingKind::Subprocess);
    let stmt = cx.item.enclosing_stmt(call);
    let is_lost = || control_flow::swallows_timeout(cx.item, stmt) || is_on_the_way_out(cx.item, stmt);
    (is_foreign || !is_lost()).then_some(seconds)
}

/// Whether the call joins a process that was told to die: it returns either way, so whether it lives is asked.
fn may_kill(cx: &ItemContext<'_>, call: ExprId, blocking: &Blocking) -> bool {
    let stmt = cx.item.enclosing_stmt(call);
    let is_process = blocking.owner == "multiprocessing.Process" && blocking.name == "join";
    let is_statement = matches!(cx.item.stmt(stmt), Stmt::Expr(value) if *value == call);
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Expr::Attribute { value: process, .. } = cx.item.expr(*func) else { return false };
    is_process
        && is_statement
        && has_own_lines(cx, stmt)
        && !cx.text(*process).contains('(')
        && dying_process::is_ending(cx, call, *process)
}

fn has_own_lines(cx: &ItemContext<'_>, stmt: StmtId) -> bool {
    statement::has_own_lines(cx.file.source(), cx.stmt_range(stmt))
}

/// Whether `stmt` stands in a `finally` or an `except` of its function.
fn is_on_the_way_out(item: &Item, stmt: StmtId) -> bool {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        if facts::function(item, outer).is_some() {
            return false;
        }
        if let Stmt::Try(one) = item.stmt(outer)
            && !one.body.contains(&inner)
            && !one.orelse.contains(&inner)
        {
            return true;
        }
        inner = outer;
    }
    false
}
