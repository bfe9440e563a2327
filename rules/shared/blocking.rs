//! Calls that can block forever: which they are, how each is given a bound, and whether one has it.

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Name};

/// A method that waits until somebody else does something.
#[derive(Debug)]
pub struct BlockingMethod {
    /// Dotted class, canonical.
    pub class: &'static str,
    /// The method.
    pub method: &'static str,
    /// How a bound is spelled.
    pub bound: Bound,
}

/// How a bound is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `get(block=True, timeout=None)`: by keyword, by position, or by not blocking at all.
    BlockTimeout,
    /// `if connection.poll(timeout):` before it.
    Poll,
    /// There is none.
    Never,
}

/// Everything that takes from a queue or pipe.
pub const TAKES: &[BlockingMethod] = &[
    take("queue.Queue"),
    take("queue.LifoQueue"),
    take("queue.PriorityQueue"),
    take("queue.SimpleQueue"),
    take("multiprocessing.queues.Queue"),
    take("multiprocessing.queues.JoinableQueue"),
    take("multiprocessing.managers.Queue"),
    BlockingMethod { class: "multiprocessing.queues.SimpleQueue", method: "get", bound: Bound::Never },
    receive("recv"),
    receive("recv_bytes"),
    receive("recv_bytes_into"),
];

const fn take(class: &'static str) -> BlockingMethod {
    BlockingMethod { class, method: "get", bound: Bound::BlockTimeout }
}

const fn receive(method: &'static str) -> BlockingMethod {
    BlockingMethod { class: "multiprocessing.connection.Connection", method, bound: Bound::Poll }
}

/// The entry of `table` that the call is, where every possible receiver agrees on being in it.
pub fn lookup(
    cx: &CheckContext<'_>,
    call: ExprId,
    table: &'static [BlockingMethod],
) -> Option<&'static BlockingMethod> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let Expr::Attribute { attr, .. } = cx.item.expr(*func) else { return None };
    if !table.iter().any(|one| *attr == one.method) {
        return None;
    }
    let callee = cx.inference.expr(Site { file: cx.file.id, item: cx.item_index, expr: *func });
    let mut found: Option<&'static BlockingMethod> = None;
    for one in callee.non_none() {
        let Type::Method { class, name, .. } = one else { return None };
        found = Some(table.iter().find(|entry| *class == entry.class && *name == entry.method)?);
    }
    found
}

/// Whether a call is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounded {
    /// It gives up by itself, or does not wait at all.
    Yes,
    /// It waits for as long as it takes.
    No,
    /// Its arguments do not tell.
    Unknown,
}

/// Judges the arguments of a `get(block=True, timeout=None)`.
pub fn bounded_by_arguments(cx: &CheckContext<'_>, call: ExprId, args: &[Arg]) -> Bounded {
    let is_receive = match cx.item.expr(call) {
        Expr::Call { func, .. } => {
            matches!(cx.item.expr(*func), Expr::Attribute { attr, .. } if attr.as_str().starts_with("recv"))
        }
        _ => false,
    };
    let mut position = 0;
    let mut answer = Bounded::No;
    for arg in args {
        let role = match arg.kind {
            ArgKind::Star | ArgKind::DoubleStar => return Bounded::Unknown,
            ArgKind::Positional => {
                position += 1;
                if position == 1 { "block" } else { "timeout" }
            }
            ArgKind::Keyword(name) => name.as_str(),
        };
        let value = cx.item.expr(arg.value);
        match (role, value) {
            ("block" | "blocking", Expr::Bool(false) | Expr::Int(Some(0))) => return Bounded::Yes,
            ("block" | "blocking", Expr::Bool(true) | Expr::Int(Some(_))) => {}
            ("timeout", Expr::None) => {}
            // A time-out held in a variable was thought about.
            ("timeout", _) => return Bounded::Yes,
            // `recv_bytes(maxlength)`, `recv_bytes_into(buffer)` bound nothing.
            ("block", Expr::Name(_)) if is_receive => {}
            ("maxlength" | "buf" | "offset", _) => {}
            _ => answer = Bounded::Unknown,
        }
    }
    answer
}

/// The receiver of a method call, as source text.
pub fn receiver_text<'c>(cx: &'c CheckContext<'_>, call: ExprId) -> Option<(&'c str, Name)> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return None };
    Some((cx.text(*value), *attr))
}
