//! Whether a call can raise.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, WorkKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use crate::order::obstacle::Risk;

/// Whether the call `call` can raise, by what is called; functions of the workspace are looked into, `depth` deep.
pub fn risk(cx: &ItemContext<'_>, call: ExprId, depth: u8) -> Option<Risk> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let callee = cx.inference.callee(cx.site(call));
    let mut known: Option<Option<Risk>> = None;
    for one in callee.non_none() {
        let risk = match one {
            Type::Function(function, _) => {
                let site = Site { file: function.file, item: function.item, expr: ExprId(0) };
                inside(cx, site, function.stmt, depth)
            }
            Type::External(path) if is_safe(known::canonical(*path)) => None,
            Type::External(path) => {
                let path = known::canonical(*path);
                let work = known::function(path).and_then(|one| one.blocking.blocks);
                match work {
                    Some(WorkKind::Network | WorkKind::Program | WorkKind::Database | WorkKind::File) => {
                        Some(Risk::Likely)
                    }
                    _ => by_name(cx, *func),
                }
            }
            _ => by_name(cx, *func),
        };
        known = Some(known.map_or(risk, |other| other.max(risk)));
    }
    known.unwrap_or_else(|| by_name(cx, *func))
}

/// Whether nothing of the module raises, or it is a class whose objects are made of nothing from outside.
fn is_safe(path: Name) -> bool {
    known::is_of_safe_module(path)
        || known::class(path).is_some_and(|class| class.kind.is_some() && class.file.is_none())
        || known::function(path).is_some_and(|function| function.makes.iter().any(|made| known::kind(*made).is_some()))
}

fn by_name(cx: &ItemContext<'_>, func: ExprId) -> Option<Risk> {
    match facts::last_name(cx.item, func).and_then(known::fails) {
        Some(true) => Some(Risk::Likely),
        Some(false) => None,
        None => Some(Risk::Possible),
    }
}

/// Whether a function of the workspace can raise: it says so, or one of its calls can.
fn inside(cx: &ItemContext<'_>, function: Site, stmt: StmtId, depth: u8) -> Option<Risk> {
    let Some(there) = cx.at(function.file, function.item).filter(|_| depth > 0) else { return Some(Risk::Possible) };
    there.whole_file();
    let item = there.item;
    let is_own = |one: StmtId| item.stmt_ancestors(one).any(|outer| outer == stmt);
    let catches = |one: StmtId| {
        let mut inner = one;
        item.stmt_ancestors(one).any(|outer| {
            let is_caught =
                matches!(item.stmt(outer), Stmt::Try(one) if one.body.contains(&inner) && !one.handlers.is_empty());
            inner = outer;
            is_caught
        })
    };
    let raised = item
        .stmt_ids()
        .filter(|one| matches!(item.stmt(*one), Stmt::Raise { .. }) && is_own(*one) && !catches(*one))
        .map(|one| raised(item, one))
        .max();
    if raised == Some(Risk::Likely) {
        return raised;
    }
    let calls = there.facts().calls.iter().copied();
    let own = calls.filter(|call| is_own(item.enclosing_stmt(*call)) && !catches(item.enclosing_stmt(*call)));
    own.filter_map(|call| risk(&there, call, depth - 1)).max().max(raised)
}

/// How likely it is that a `raise` is reached: what says that the program itself is wrong is not expected.
pub(super) fn raised(item: &Item, stmt: StmtId) -> Risk {
    const BUGS: &[&str] = &[
        "AssertionError",
        "AttributeError",
        "IndexError",
        "KeyError",
        "NotImplementedError",
        "RuntimeError",
        "StopIteration",
        "TypeError",
        "ValueError",
    ];
    let Stmt::Raise { exc: Some(exc), .. } = item.stmt(stmt) else { return Risk::Likely };
    let class = match item.expr(*exc) {
        Expr::Call { func, .. } => *func,
        _ => *exc,
    };
    let is_bug = facts::last_name(item, class).is_some_and(|name| BUGS.contains(&name.as_str()));
    if is_bug { Risk::Possible } else { Risk::Likely }
}
