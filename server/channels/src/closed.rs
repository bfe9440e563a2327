//! Whether all uses of a channel are seen, so that what no one does with its messages is not done.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::{ItemFacts, last_name};
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::known;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use crate::reads::is_stored;
use crate::uses::ChannelUses;

/// The end of a pipe sends what the other end receives, but both are made at one place: what goes which way is not
/// told here.
pub fn is_one_way(class: &str) -> bool {
    !class.ends_with("Connection")
}

/// Whether each place that names the channel is one that is seen: a call of its methods, or a function that it is
/// handed to and that knows it.
pub fn is_closed(cx: &ItemContext<'_>, origin: Site, uses: &ChannelUses) -> bool {
    is_closed_within(cx, origin, &Seen { uses, any_put: false }, false)
}

/// Whether all that takes from the channel is seen: what else is put into it does not matter.
pub fn is_closed_for_takes(cx: &ItemContext<'_>, origin: Site, uses: &ChannelUses) -> bool {
    is_closed_within(cx, origin, &Seen { uses, any_put: true }, false)
}

/// What is known of the channels, and whether a put that may go to several is seen, too.
struct Seen<'u> {
    uses: &'u ChannelUses,
    any_put: bool,
}

/// The same of a channel or another object, for the file in which it is made: whether that hands it to nothing unknown.
/// Code elsewhere may still use it as an attribute.
pub fn is_closed_at_home(cx: &ItemContext<'_>, origin: Site, uses: &ChannelUses) -> bool {
    is_closed_within(cx, origin, &Seen { uses, any_put: false }, true)
}

fn is_closed_within(cx: &ItemContext<'_>, origin: Site, uses: &Seen<'_>, at_home: bool) -> bool {
    let origin = uses.uses.root(origin);
    let Some((home, item, facts)) = cx.inference.item(origin.file, origin.item) else { return false };
    let stmt = item.enclosing_stmt(origin.expr);
    // A queue that comes from outside, as a parameter does, has users outside.
    if matches!(item.stmt(stmt), Stmt::Function(_)) {
        return false;
    }
    let Some((attribute, local)) = names(item, facts, origin.expr) else { return false };
    let Some(name) = attribute.or(local) else { return false };
    let in_function = attribute.is_none() && enclosing_function(item, stmt).is_some();
    cx.snapshot.is_complete()
        && cx
            .whole_workspace()
            .files()
            .filter(|file| !(in_function || at_home) || file.id == home.id)
            .flat_map(|file| (0..file.parsed.items.len() as u32).map(move |at| (file, at)))
            .filter(|(_, at)| !in_function || *at == origin.item)
            .all(|(file, at)| {
                let item = file.item(at);
                item.expr_ids().all(|id| {
                    let is_it = match item.expr(id) {
                        Expr::Name(one) => attribute.is_none() && *one == name,
                        Expr::Attribute { attr, .. } => *attr == name && !in_function,
                        _ => false,
                    };
                    !is_it || is_seen(cx, Site { file: file.id, item: at, expr: id }, origin, uses, MAX_CALLS)
                })
            })
}

/// The attribute or the variable that what `made` makes is bound to: `a = Queue()`, `a, b = Queue(), Queue()`.
fn names(item: &Item, facts: &ItemFacts, made: ExprId) -> Option<(Option<Name>, Option<Name>)> {
    let stmt = item.enclosing_stmt(made);
    let target = match (item.expr_parent(made), item.stmt(stmt)) {
        (Parent::Stmt(_), _) => {
            let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
            let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
            return Some((attribute, local));
        }
        (Parent::Expr(tuple), Stmt::Assign { targets, value }) if *value == tuple && targets.len() == 1 => {
            let Expr::Tuple(values) = item.expr(tuple) else { return None };
            let Expr::Tuple(targets) = item.expr(targets[0]) else { return None };
            let is_starred = |one: &ExprId| matches!(item.expr(*one), Expr::Starred(_));
            if values.len() != targets.len() || values.iter().chain(targets).any(is_starred) {
                return None;
            }
            targets[values.iter().position(|one| *one == made)?]
        }
        _ => return None,
    };
    match item.expr(target) {
        Expr::Name(name) => Some((None, Some(*name))),
        Expr::Attribute { attr, .. } => Some((Some(*attr), None)),
        _ => None,
    }
}

/// Whether what is made at `origin` stays in one function: it has a name there, methods of it are called, and nothing else is
/// done with it. Such a queue is a list of the function's own work.
pub fn stays_in_function(cx: &ItemContext<'_>, origin: Site) -> bool {
    let Some((_, item, facts)) = cx.inference.item(origin.file, origin.item) else { return false };
    let Some(function) = enclosing_function(item, item.enclosing_stmt(origin.expr)) else { return false };
    let Some((None, Some(name))) = names(item, facts, origin.expr) else { return false };
    // Both ends of a pipe.
    let stmt = item.enclosing_stmt(origin.expr);
    if item.expr_parent(origin.expr) == Parent::Stmt(stmt)
        && facts.bindings.iter().filter(|one| one.stmt == stmt).count() > 1
    {
        return false;
    }
    if facts.scopes.iter().any(|scope| scope.globals.contains(&name) || scope.nonlocals.contains(&name)) {
        return false;
    }
    let mut is_used = false;
    item.expr_ids().filter(|expr| matches!(item.expr(*expr), Expr::Name(found) if *found == name)).all(|expr| {
        let stmt = item.enclosing_stmt(expr);
        let is_bound =
            || is_stored(item, expr) || matches!(item.expr_parent(expr), Parent::Expr(tuple) if is_stored(item, tuple));
        let is_called = || match item.expr_parent(expr) {
            Parent::Expr(member) => {
                matches!(item.expr(member), Expr::Attribute { .. })
                    && matches!(item.expr_parent(member), Parent::Expr(call)
                        if matches!(item.expr(call), Expr::Call { func, .. } if *func == member))
            }
            _ => false,
        };
        let is_inside = enclosing_function(item, stmt) == Some(function)
            && !item.expr_ancestors(expr).any(|one| matches!(item.expr(one), Expr::Lambda(_)));
        is_used |= is_inside;
        // Another function's variable of that name.
        let is_elsewhere = || !item.stmt_ancestors(stmt).any(|one| one == function);
        is_elsewhere() || is_inside && (is_bound() || is_called())
    }) && is_used
}

/// Through more calls than this, a channel is not followed.
const MAX_CALLS: u8 = 6;

/// Whether one mention of a channel's name is understood.
fn is_seen(cx: &ItemContext<'_>, at: Site, origin: Site, uses: &Seen<'_>, calls: u8) -> bool {
    let Some((_, item, _)) = cx.inference.item(at.file, at.item) else { return false };
    // Another thing of that name.
    let types = cx.inference.expr(at);
    let is_channel = types
        .iter()
        .any(|one| matches!(one, Type::Instance { origin: Some(made), .. } if uses.uses.root(*made) == origin));
    if !is_channel {
        return !types.has_unknown() || is_stored(item, at.expr);
    }
    match item.expr_parent(at.expr) {
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Attribute { attr, .. } => match item.expr_parent(parent) {
                Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func == parent) => {
                    let site = Site { expr: call, ..at };
                    uses.uses.has(origin, site)
                        || !is_transfer(attr.as_str())
                        || uses.any_put && (attr.as_str().starts_with("put") || attr.as_str().starts_with("send"))
                }
                _ => false,
            },
            // `args=(queue,)`, or the argument itself.
            Expr::Tuple(_) | Expr::List(_) => match item.expr_parent(parent) {
                Parent::Expr(call) => is_known_inside(cx, Site { expr: call, ..at }, origin, uses, calls),
                // `results, process = Queue(), Process(..)`
                Parent::Stmt(_) if is_stored(item, parent) => true,
                // `arguments = [queue]`, and `args=arguments`
                Parent::Stmt(stmt) => handed_on(item, stmt, parent).is_some_and(|calls_of| {
                    calls_of.into_iter().all(|call| is_known_inside(cx, Site { expr: call, ..at }, origin, uses, calls))
                }),
                Parent::Root => false,
            },
            // `kwargs={"queue": queue}`
            Expr::Dict(_) => match item.expr_parent(parent) {
                Parent::Expr(call) => is_known_inside(cx, Site { expr: call, ..at }, origin, uses, calls),
                _ => false,
            },
            Expr::Call { .. } => is_known_inside(cx, Site { expr: parent, ..at }, origin, uses, calls),
            Expr::Compare(_) | Expr::Not(_) => true,
            _ => false,
        },
        Parent::Stmt(_) => is_stored(item, at.expr),
        Parent::Root => false,
    }
}

/// The calls that get the list or tuple `value`, where the statement binds it to a name that is used in no other way.
fn handed_on(item: &Item, stmt: StmtId, value: ExprId) -> Option<Vec<ExprId>> {
    let Stmt::Assign { targets, value: assigned } = item.stmt(stmt) else { return None };
    let [target] = **targets else { return None };
    let Expr::Name(name) = item.expr(target) else { return None };
    if *assigned != value {
        return None;
    }
    let mut calls = Vec::new();
    for expr in item.expr_ids().filter(|expr| matches!(item.expr(*expr), Expr::Name(found) if found == name)) {
        match item.expr_parent(expr) {
            Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func != expr) => {
                calls.push(call)
            }
            Parent::Stmt(_) if is_stored(item, expr) => {}
            _ => return None,
        }
    }
    (!calls.is_empty()).then_some(calls)
}

fn is_transfer(method: &str) -> bool {
    method.starts_with("put") || method.starts_with("get") || method.starts_with("send") || method.starts_with("recv")
}

/// Whether what is called, or named as the call's `target`, knows the channel by one of its parameters.
fn is_known_inside(cx: &ItemContext<'_>, call: Site, origin: Site, uses: &Seen<'_>, calls: u8) -> bool {
    let Some((_, item, _)) = cx.inference.item(call.file, call.item) else { return false };
    let Expr::Call { func, args } = item.expr(call.expr) else { return false };
    let named = |arg: &&Arg| matches!(arg.kind, ArgKind::Keyword(name) if ["target", "initializer", "fn"].contains(&name.as_str()));
    let passes = last_name(item, *func).is_some_and(known::passes_on);
    let first = || args.first().filter(|arg| passes && arg.kind == ArgKind::Positional);
    let target = args.iter().find(named).or_else(first).map_or(*func, |arg| arg.value);
    let callee = cx.inference.expr(Site { expr: target, ..call });
    let mut functions: Vec<FunctionRef> = Vec::new();
    for one in &callee {
        match one {
            Type::Function(function, _) => functions.push(*function),
            Type::Class(class) => functions.extend(
                cx.inference
                    .methods(*class)
                    .into_iter()
                    .find(|method| cx.inference.function(*method).is_some_and(|method| method.name == "__init__")),
            ),
            _ => return false,
        }
    }
    let Some(calls) = calls.checked_sub(1) else { return false };
    !functions.is_empty() && functions.iter().all(|function| knows(cx, *function, origin, uses, calls))
}

/// Whether a function has the channel as a parameter, and each use of that is seen, too.
fn knows(cx: &ItemContext<'_>, function: FunctionRef, origin: Site, uses: &Seen<'_>, calls: u8) -> bool {
    let Some((_, item, _)) = cx.inference.item(function.file, function.item) else { return false };
    let Some(definition) = cx.inference.function(function) else { return false };
    let mut mentions = item
        .expr_ids()
        .filter(|id| {
            matches!(item.expr(*id), Expr::Name(name) if definition.params.iter().any(|param| param.name == *name))
        })
        .map(|expr| Site { file: function.file, item: function.item, expr })
        .filter(|site| {
            let types = cx.inference.expr(*site);
            types
                .iter()
                .any(|one| matches!(one, Type::Instance { origin: Some(made), .. } if uses.uses.root(*made) == origin))
        })
        .peekable();
    mentions.peek().is_some() && mentions.all(|mention| is_seen(cx, mention, origin, uses, calls))
}
