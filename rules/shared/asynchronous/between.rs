//! What other tasks may come between, once a call is awaited: state that is read before the call and written after it, and
//! a deadline that cuts the wait short.

use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::{self, ItemFacts};
use pyteam_index::infer::{Type, enclosing_function};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId, TextRange};

use super::code::body_calls;
use super::reached::Reached;
use super::work::takes_time;

/// How far callers are looked for that give a coroutine a deadline.
const DEPTH: u8 = 3;
/// What gives what runs in it a deadline.
const DEADLINES: &[&str] = &["fail_after", "move_on_after", "timeout", "timeout_at"];

/// Whether an attribute or a variable from outside is read before the call and written after it, by the function itself or
/// by one that it calls there: meanwhile another task may write it, whose value would be lost.
pub(super) fn splits_an_update(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some(function) = enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    let at = cx.item.expr_range(call);
    let own = Accesses::of(cx, function);
    if own.are_split(at) {
        return true;
    }
    // What functions called before and behind do, by the names of attributes.
    let mut others = (Vec::new(), Vec::new());
    for other in body_calls(cx.item, function).into_iter().filter(|other| *other != call) {
        let range = cx.item.expr_range(other);
        let is_used = !matches!(cx.item.stmt(cx.item.enclosing_stmt(other)), Stmt::Expr(value) if *value == other);
        let (is_before, is_behind) = (range.end() <= at.start(), range.start() >= at.end());
        if !(is_before && is_used || is_behind) {
            continue;
        }
        for one in &cx.inference.callee(cx.site(other)) {
            let Type::Function(called, _) = one else { continue };
            let Some(there) = cx.at(called.file, called.item) else { continue };
            there.whole_file();
            let theirs = Accesses::of(&there, called.stmt);
            if is_before {
                others.0.extend(theirs.read.iter().map(|one| one.name));
            } else {
                others.1.extend(theirs.written.iter().map(|one| one.name));
            }
        }
    }
    let is_read = |name: Name| own.read.iter().any(|one| one.name == name && one.at.start() < at.start());
    let is_written = |name: Name| own.written.iter().any(|one| one.name == name && one.at.end() > at.end());
    others.0.iter().any(|name| is_written(*name)) || others.1.iter().any(|name| is_read(*name))
}

/// The same of the functions that the call runs, and of what takes time in them: in a thread they run beside the loop, and
/// beside themselves.
pub(super) fn splits_an_update_inside(cx: &CheckContext<'_>, reached: &Reached) -> bool {
    reached.functions(cx).any(|(there, function)| {
        let accesses = Accesses::of(&there, function);
        let is_long = |call: &ExprId| {
            let callee = there.inference.callee(there.site(*call));
            let leads_on = callee.iter().any(|one| matches!(one, Type::Function(one, _) if reached.has(*one)));
            leads_on || takes_time(&there, *call)
        };
        !accesses.written.is_empty()
            && body_calls(there.item, function)
                .iter()
                .any(|call| accesses.are_split(there.item.expr_range(*call)) && is_long(call))
    })
}

/// An attribute or variable from outside, where it is read or written.
struct Access<'t> {
    /// As it is written: `self.balance`.
    text: &'t str,
    /// Its last name.
    name: Name,
    at: TextRange,
}

/// What a function reads and writes of what others see, too.
struct Accesses<'t> {
    read: Vec<Access<'t>>,
    written: Vec<Access<'t>>,
}

impl<'t> Accesses<'t> {
    fn of(cx: &CheckContext<'t>, function: StmtId) -> Self {
        let (item, facts) = (cx.item, cx.facts());
        let access = |expr: ExprId, at: TextRange| {
            let name = match item.expr(expr) {
                Expr::Attribute { attr, .. } => *attr,
                Expr::Name(name) if !is_local(facts, function, *name) => *name,
                _ => return None,
            };
            Some(Access { text: cx.text(expr), name, at })
        };
        let mut targets: Vec<ExprId> = Vec::new();
        let mut found = Self { read: Vec::new(), written: Vec::new() };
        let own = |stmt: &StmtId| *stmt != function && enclosing_function(item, *stmt) == Some(function);
        for stmt in item.stmt_ids().filter(own) {
            let all: &[ExprId] = match item.stmt(stmt) {
                Stmt::Assign { targets, .. } => targets,
                Stmt::AnnAssign { target, value: Some(_), .. } | Stmt::AugAssign { target, .. } => {
                    std::slice::from_ref(target)
                }
                Stmt::Delete(targets) => targets,
                _ => continue,
            };
            for target in all.iter().flat_map(|target| places(item, *target)) {
                targets.push(target);
                let written = access(target, item.stmt_range(stmt));
                // `self.total += await f()` reads first, and then awaits.
                if matches!(item.stmt(stmt), Stmt::AugAssign { .. }) {
                    let value = item.expr_range(target);
                    let is_over_a_call = holds_call(item, stmt);
                    found.read.extend(access(target, value).filter(|_| is_over_a_call));
                }
                found.written.extend(written);
            }
        }
        let Some(definition) = facts::function(item, function) else { return found };
        for stmt in &definition.body {
            walk(item, Part::Stmt(*stmt), &mut |part| match part {
                Part::Stmt(one) => !matches!(item.stmt(one), Stmt::Function(_) | Stmt::Class(_)),
                Part::Expr(expr) => {
                    let is_read =
                        !targets.contains(&expr) && matches!(item.expr(expr), Expr::Attribute { .. } | Expr::Name(_));
                    found.read.extend(access(expr, item.expr_range(expr)).filter(|_| is_read));
                    true
                }
            });
        }
        found
    }

    /// Whether something is read before the end of what stands at `at`, and written behind it.
    fn are_split(&self, at: TextRange) -> bool {
        self.written
            .iter()
            .filter(|one| one.at.end() >= at.end())
            .any(|written| self.read.iter().any(|read| read.text == written.text && read.at.start() < at.end()))
    }
}

fn holds_call(item: &Item, stmt: StmtId) -> bool {
    matches!(item.stmt(stmt), Stmt::AugAssign { value, .. } if {
        let mut found = false;
        walk(item, Part::Expr(*value), &mut |part| {
            found |= matches!(part, Part::Expr(expr) if matches!(item.expr(expr), Expr::Call { .. }));
            !found
        });
        found
    })
}

/// What an assignment to `target` changes: of `self.stock[name]`, `self.stock`.
fn places(item: &Item, target: ExprId) -> Vec<ExprId> {
    match item.expr(target) {
        Expr::Tuple(all) | Expr::List(all) => all.iter().flat_map(|one| places(item, *one)).collect(),
        Expr::Starred(one) => places(item, *one),
        Expr::Subscript { value, .. } => places(item, *value),
        _ => vec![target],
    }
}

/// Whether the name is the function's own, and no other function's.
fn is_local(facts: &ItemFacts, function: StmtId, name: Name) -> bool {
    let scope = facts.scopes.iter().position(|one| one.owner == Some(Part::Stmt(function)));
    scope.is_none_or(|at| {
        let scope = &facts.scopes[at];
        let is_declared = scope.globals.contains(&name) || scope.nonlocals.contains(&name);
        !is_declared && facts.bindings.iter().any(|one| one.name == name && one.scope.0 as usize == at)
    })
}

/// Whether a wait in the call's place might be cut short: it stands in `async with asyncio.timeout(...)`, or its coroutine is
/// given to `wait_for`, here or where that is called.
pub(super) fn has_deadline(cx: &CheckContext<'_>, call: ExprId) -> bool {
    has_deadline_at(cx, call, DEPTH)
}

fn has_deadline_at(cx: &CheckContext<'_>, call: ExprId, depth: u8) -> bool {
    let item = cx.item;
    let is_named = |expr: ExprId, names: &[&str]| {
        let Expr::Call { func, .. } = item.expr(expr) else { return false };
        facts::last_name(item, *func).is_some_and(|name| names.contains(&name.as_str()))
    };
    let stmt = item.enclosing_stmt(call);
    let is_cut = item.expr_ancestors(call).any(|around| is_named(around, &["wait_for"]))
        || item.stmt_ancestors(stmt).take_while(|one| facts::function(item, *one).is_none()).any(|around| {
            matches!(item.stmt(around), Stmt::With { items, is_async: true, .. }
                if items.iter().any(|one| is_named(one.context, DEADLINES)))
        });
    if is_cut || depth == 0 {
        return is_cut;
    }
    let Some(function) = enclosing_function(item, stmt) else { return false };
    let Some(definition) = facts::function(item, function).filter(|one| one.is_async) else { return false };
    let this = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    cx.inference.calls_named(definition.name).into_iter().any(|site| {
        let is_it = |one: &Type| matches!(one, Type::Function(called, _) if *called == this);
        let callee = cx.inference.callee(site);
        (callee.has_unknown() || callee.iter().any(is_it))
            && cx.at(site.file, site.item).is_some_and(|there| has_deadline_at(&there, site.expr, depth - 1))
    })
}
