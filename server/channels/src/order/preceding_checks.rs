//! What bounds a call besides its arguments: a question asked before it, or something done to the same object.

use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::{self, Site};
use pyteam_syntax::tree::Arg;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::order::blocks;
use crate::order::control_flow;

/// The function around `call`, or the whole item.
pub fn enclosing_scope(cx: &ItemContext<'_>, call: ExprId) -> Part {
    let function = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call));
    Part::Stmt(function.unwrap_or(cx.item.root()))
}

/// Whether a condition under which `call` runs asks its receiver by one of `methods`, itself or through a name:
/// `ready = c.poll(5)`, `if ready:`.
pub fn is_asked(cx: &ItemContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let asks = |test: ExprId| asks(cx, test, receiver, methods);
    let guards = control_flow::guards(cx.item, cx.item.enclosing_stmt(call));
    // `q.get() if not q.empty() else None`, `q.poll(1) and q.recv()`.
    let in_expression = cx.item.expr_ancestors(call).any(|around| match cx.item.expr(around) {
        Expr::Conditional { test, .. } => asks(*test),
        Expr::Bool2 { left, .. } => asks(*left),
        Expr::Comprehension(one) => one.clauses.iter().flat_map(|clause| &clause.conditions).any(|test| asks(*test)),
        _ => false,
    });
    in_expression || guards.into_iter().any(asks)
}

fn asks(cx: &ItemContext<'_>, test: ExprId, receiver: &str, methods: &[&str]) -> bool {
    if control_flow::calls_method(cx, Part::Expr(test), receiver, methods) {
        return true;
    }
    let facts = cx.facts();
    facts.bindings.iter().any(|binding| match binding.source {
        Source::Value(value) => {
            control_flow::calls_method(cx, Part::Expr(value), receiver, methods)
                && control_flow::mentions(cx.item, Part::Expr(test), &[binding.name])
        }
        _ => false,
    })
}

/// Whether the same function calls one of `methods` on the receiver of `call` before it, itself or in a function that
/// it defines there, such as a signal's handler.
pub fn is_preceded(cx: &ItemContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    precedes(cx, call, |_| true, |_, method, _| methods.contains(&method))
}

/// The same where the receiver's name, as far as its bindings tell, stands for the same object at both places.
pub fn is_preceded_on_same(cx: &ItemContext<'_>, call: ExprId, methods: &[&str]) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    precedes(
        cx,
        call,
        |_| true,
        |earlier, method, _| methods.contains(&method) && !is_bound_between(cx, earlier, call, receiver),
    )
}

/// Whether a call that `is_it` accepts, by method and arguments, has certainly gone to the receiver of `call` before it:
/// not in a branch of its own, nor in a function that is only defined, and the receiver is still the same object.
pub fn is_certainly_preceded(cx: &ItemContext<'_>, call: ExprId, is_it: impl Fn(&str, &[Arg]) -> bool) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    precedes(
        cx,
        call,
        |part| !is_defined_only(cx, part, call),
        |earlier, method, args| {
            is_it(method, args)
                && has_run(cx, earlier, call, receiver)
                && !is_bound_between(cx, earlier, call, receiver)
        },
    )
}

fn precedes(
    cx: &ItemContext<'_>,
    call: ExprId,
    looks_into: impl Fn(Part) -> bool,
    is_it: impl Fn(ExprId, &str, &[Arg]) -> bool,
) -> bool {
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, enclosing_scope(cx, call), &mut |part| {
        if let Part::Expr(id) = part
            && cx.item.expr_range(id).end() <= here
            && let Expr::Call { func, args } = cx.item.expr(id)
            && let Expr::Attribute { value, attr } = cx.item.expr(*func)
        {
            found |= cx.text(*value) == receiver && is_it(id, attr.as_str(), args);
        }
        !found && looks_into(part)
    });
    found
}

/// Whether `part` is a function inside the one around `call`: defining it runs nothing of it.
fn is_defined_only(cx: &ItemContext<'_>, part: Part, call: ExprId) -> bool {
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

/// Whether `earlier` has run whenever `call` is reached, for the same object: no branch holds only the former, but for
/// one that asks whether the object still lives, and loops over the same objects run alike.
fn has_run(cx: &ItemContext<'_>, earlier: ExprId, call: ExprId, receiver: &str) -> bool {
    let item = cx.item;
    let here = item.enclosing_stmt(call);
    let around: Vec<StmtId> = std::iter::once(here).chain(item.stmt_ancestors(here)).collect();
    let mut inner = item.enclosing_stmt(earlier);
    if around.contains(&inner) {
        return true;
    }
    for outer in item.stmt_ancestors(inner) {
        let blocks = blocks::of(item, outer);
        let holding = |stmt: StmtId| blocks.iter().position(|block| block.contains(&stmt));
        if let Some(at) = around.iter().position(|one| *one == outer) {
            let Some(theirs) = at.checked_sub(1).and_then(|at| holding(around[at])) else { return false };
            return match item.stmt(outer) {
                // From the body to `else`.
                Stmt::Try(one) => {
                    holding(inner).is_some_and(|mine| mine == theirs || mine == 0 && theirs == one.handlers.len() + 1)
                }
                _ => holding(inner) == Some(theirs),
            };
        }
        let runs = match item.stmt(outer) {
            Stmt::With { .. } => true,
            // What stands before it in the block may fail.
            Stmt::Try(one) => one.body.first() == Some(&inner) || one.finalbody.contains(&inner),
            Stmt::For { iter, body, .. } => {
                let goes_over = |one: &StmtId| matches!(item.stmt(*one), Stmt::For { iter: other, .. } if cx.text(*other) == cx.text(*iter));
                body.contains(&inner) && around.iter().any(goes_over)
            }
            Stmt::If { test, body, .. } => body.contains(&inner) && asks_for_life(cx.text(*test), receiver),
            _ => false,
        };
        if !runs {
            return false;
        }
        inner = outer;
    }
    false
}

/// `worker.is_alive()`, `child is not None and child.poll() is None`
fn asks_for_life(test: &str, receiver: &str) -> bool {
    let rest = [format!("{receiver} is not None and "), format!("{receiver} and ")]
        .iter()
        .find_map(|there| test.strip_prefix(there.as_str()))
        .unwrap_or(test);
    rest == format!("{receiver}.is_alive()") || rest == format!("{receiver}.poll() is None")
}

/// Whether what `receiver` starts with gets another value between the two calls, but for the loop around the later one.
fn is_bound_between(cx: &ItemContext<'_>, earlier: ExprId, call: ExprId, receiver: &str) -> bool {
    let (from, to) = (cx.item.expr_range(earlier).end(), cx.item.expr_range(call).start());
    let facts = cx.facts();
    let is_between = |stmt: StmtId| {
        let at = cx.item.stmt_range(stmt).start();
        from <= at && at < to && !matches!(cx.item.stmt(stmt), Stmt::For { .. })
    };
    let root = receiver.split(['.', '[']).next().unwrap_or(receiver);
    facts.bindings.iter().any(|one| one.name == *root && is_between(one.stmt))
        || facts.writes.iter().any(|one| cx.text(one.target) == receiver && is_between(one.stmt))
}

/// Whether the function around `call` does something by one of `names` on whatever object, before `call`.
pub fn does_before(cx: &ItemContext<'_>, call: ExprId, mut is_it: impl FnMut(ExprId) -> bool) -> bool {
    let here = cx.item.expr_range(call).start();
    let mut found = false;
    walk(cx.item, enclosing_scope(cx, call), &mut |part| {
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

/// Whether the function asks `multiprocessing.connection.wait`, `select` or a selector what is ready, or the call stands under a
/// test that names what a selector gave: `if ready is jobs._reader: jobs.get()`.
pub fn waits_for_readiness(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let reader = cx.receiver_text(call).map(|(receiver, _)| format!("{receiver}._reader"));
    let guards = control_flow::guards(cx.item, cx.item.enclosing_stmt(call));
    let mut found = reader.is_some_and(|reader| guards.into_iter().any(|test| cx.text(test).contains(&reader)));
    walk(cx.item, enclosing_scope(cx, call), &mut |part| {
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
pub fn callee(cx: &ItemContext<'_>, call: ExprId) -> String {
    let site = cx.site(call);
    cx.inference.callee_path(site).map_or_else(String::new, |path| path.as_str().to_owned())
}

/// Whether this waits for the program's end, on purpose: `stop.wait()`, `threading.Event().wait()`.
pub fn sleeps_until_the_end(cx: &ItemContext<'_>, call: ExprId) -> bool {
    const ENDS: &[&str] = &["stop", "shutdown", "exit", "quit", "terminat", "interrupt", "kill", "closed"];
    let Some((receiver, _)) = cx.receiver_text(call) else { return false };
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
pub fn executors(cx: &ItemContext<'_>, call: ExprId, origins: &[Option<Site>]) -> Executors {
    let here = cx.item.expr_range(call);
    let is_submit = |id: ExprId| cx.receiver_text(id).is_some_and(|(_, method)| method == "submit");
    let made: Option<Vec<ExprId>> = origins
        .iter()
        .map(|origin| origin.filter(|one| one.file == cx.file.id && one.item == cx.item_index).map(|one| one.expr))
        .collect();
    let made = made.filter(|made| made.iter().all(|id| is_submit(*id)));
    let mut found = Vec::new();
    walk(cx.item, enclosing_scope(cx, call), &mut |part| {
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
fn with_of(cx: &ItemContext<'_>, call: ExprId) -> Option<StmtId> {
    let (receiver, _) = cx.receiver_text(call)?;
    cx.item.stmt_ancestors(cx.item.enclosing_stmt(call)).find(|outer| match cx.item.stmt(*outer) {
        Stmt::With { items, .. } => items.iter().any(|one| cx.text(one.target.unwrap_or(one.context)) == receiver),
        _ => false,
    })
}
