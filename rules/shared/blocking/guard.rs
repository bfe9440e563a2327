//! What bounds a call besides its arguments: a question asked before it, or something done to the same object.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::{self, Site};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use super::receiver_text;
use crate::shared::place;

/// The function around `call`, or the whole item.
pub fn surroundings(cx: &CheckContext<'_>, call: ExprId) -> Part {
    let function = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call));
    Part::Stmt(function.unwrap_or(cx.item.root()))
}

/// Whether a condition under which `call` runs asks its receiver by one of `methods`, itself or through a name:
/// `ready = c.poll(5)`, `if ready:`.
pub fn is_asked(cx: &CheckContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    let Some((receiver, _)) = receiver_text(cx, call) else { return false };
    let asks = |test: ExprId| asks(cx, test, receiver, methods);
    let guards = place::guards(cx.item, cx.item.enclosing_stmt(call));
    // `q.get() if not q.empty() else None`, `q.poll(1) and q.recv()`.
    let in_expression = cx.item.expr_ancestors(call).any(|around| match cx.item.expr(around) {
        Expr::Conditional { test, .. } => asks(*test),
        Expr::Bool2 { left, .. } => asks(*left),
        Expr::Comprehension(one) => one.clauses.iter().flat_map(|clause| &clause.conditions).any(|test| asks(*test)),
        _ => false,
    });
    in_expression || guards.into_iter().any(asks)
}

fn asks(cx: &CheckContext<'_>, test: ExprId, receiver: &str, methods: &[&str]) -> bool {
    if place::calls_method(cx, Part::Expr(test), receiver, methods) {
        return true;
    }
    let facts = &cx.file.facts.items[cx.item_index as usize];
    facts.bindings.iter().any(|binding| match binding.source {
        Source::Value(value) => {
            place::calls_method(cx, Part::Expr(value), receiver, methods)
                && place::mentions(cx.item, Part::Expr(test), &[binding.name])
        }
        _ => false,
    })
}

/// Whether the same function calls one of `methods` on the receiver of `call` before it, itself or in a function that
/// it defines there, such as a signal's handler.
pub fn is_preceded(cx: &CheckContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    precedes(cx, call, methods, |_| true)
}

/// The same without what it only defines.
pub fn is_certainly_preceded(cx: &CheckContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    precedes(cx, call, methods, |part| !is_defined_only(cx, part, call))
}

fn precedes(cx: &CheckContext<'_>, call: ExprId, methods: &[&str], looks_into: impl Fn(Part) -> bool) -> bool {
    let Some((receiver, _)) = receiver_text(cx, call) else { return false };
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, surroundings(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && cx.item.expr_range(id).end() <= here
            && let Expr::Call { func, .. } = cx.item.expr(id)
            && let Expr::Attribute { value, attr } = cx.item.expr(*func)
        {
            found |= methods.contains(&attr.as_str()) && cx.text(*value) == receiver;
        }
        !found && looks_into(part)
    });
    found
}

/// Whether `part` is a function inside the one around `call`: defining it runs nothing of it.
fn is_defined_only(cx: &CheckContext<'_>, part: Part, call: ExprId) -> bool {
    match part {
        Part::Stmt(stmt) => {
            matches!(cx.item.stmt(stmt), Stmt::Function(_))
                && !cx.item.stmt_range(stmt).contains_range(cx.item.expr_range(call))
        }
        Part::Expr(id) => {
            matches!(cx.item.expr(id), Expr::Lambda(_))
                && !cx.item.expr_range(id).contains_range(cx.item.expr_range(call))
        }
    }
}

/// Whether the function around `call` does something by one of `names` on whatever object, before `call`.
pub fn does_before(cx: &CheckContext<'_>, call: ExprId, mut is_it: impl FnMut(ExprId) -> bool) -> bool {
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, surroundings(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && cx.item.expr_range(id).end() <= here
            && matches!(cx.item.expr(id), Expr::Call { .. })
        {
            found |= is_it(id);
        }
        !found
    });
    found
}

/// Whether the function asks `multiprocessing.connection.wait`, `select` or a selector what is ready.
pub fn waits_for_readiness(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let mut found = false;
    walk(cx.item, surroundings(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Call { func, .. } = cx.item.expr(id)
            && let Expr::Name(name) | Expr::Attribute { attr: name, .. } = cx.item.expr(*func)
            && matches!(name.as_str(), "wait" | "select" | "poll")
        {
            let path = callee(cx, id);
            found |=
                matches!(&*path, "multiprocessing.connection.wait" | "select.select") || path.starts_with("selectors.");
        }
        !found
    });
    found
}

/// The dotted path of what a call calls; empty where that is not known.
pub fn callee(cx: &CheckContext<'_>, call: ExprId) -> String {
    let site = Site { file: cx.file.id, item: cx.item_index, expr: call };
    cx.inference.callee_path(site).map_or_else(String::new, |path| path.as_str().to_owned())
}

/// Whether this waits for the program's end, on purpose: `stop.wait()`, `threading.Event().wait()`.
pub fn sleeps_until_the_end(cx: &CheckContext<'_>, call: ExprId) -> bool {
    const ENDS: &[&str] = &["stop", "shutdown", "exit", "quit", "terminat", "interrupt", "kill", "closed"];
    let Some((receiver, _)) = receiver_text(cx, call) else { return false };
    let name = receiver.rsplit('.').next().unwrap_or(receiver).to_lowercase();
    receiver.ends_with(')') || ENDS.iter().any(|end| name.contains(end))
}

/// How the results that `call` may wait for stand to the `with` blocks of their executors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executors {
    /// All blocks have been left, and leaving one waits for all that was submitted in it.
    Left,
    /// The call stands inside, so that leaving the block will wait for whatever it does not.
    Inside,
    /// Something else.
    Other,
}

/// Looks at the `submit`s that made what `call` waits for, or at every one of the function where they are not known.
pub fn executors(cx: &CheckContext<'_>, call: ExprId, origins: &[Option<Site>]) -> Executors {
    let here = cx.item.expr_range(call);
    let is_submit = |id: ExprId| receiver_text(cx, id).is_some_and(|(_, method)| method == "submit");
    let made: Option<Vec<ExprId>> = origins
        .iter()
        .map(|origin| origin.filter(|one| one.file == cx.file.id && one.item == cx.item_index).map(|one| one.expr))
        .collect();
    let made = made.filter(|made| made.iter().all(|id| is_submit(*id)));
    let mut found = Vec::new();
    walk(cx.item, surroundings(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && made.as_ref().map_or_else(|| is_submit(id), |made| made.contains(&id))
        {
            found.push(match with_of(cx, id) {
                None => Executors::Other,
                Some(block) if cx.item.stmt_range(block).contains_range(here) => Executors::Inside,
                Some(block) if cx.item.stmt_range(block).end() <= here.start() => Executors::Left,
                Some(_) => Executors::Other,
            });
        }
        true
    });
    match found.first() {
        Some(first) if found.iter().all(|one| one == first) => *first,
        _ => Executors::Other,
    }
}

/// The `with` statement whose target `call` is a method of.
fn with_of(cx: &CheckContext<'_>, call: ExprId) -> Option<StmtId> {
    let (receiver, _) = receiver_text(cx, call)?;
    cx.item.stmt_ancestors(cx.item.enclosing_stmt(call)).find(|outer| match cx.item.stmt(*outer) {
        Stmt::With { items, .. } => items.iter().any(|one| cx.text(one.target.unwrap_or(one.context)) == receiver),
        _ => false,
    })
}
