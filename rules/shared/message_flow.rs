//! What becomes of the messages of a channel: which names hold them, what is read from them, and whether the channel
//! is used in ways that are not seen.

use std::collections::BTreeSet;

use pyteam_engine::CheckContext;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::link::FunctionRef;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use super::message_uses::Uses;

/// What one consumer does with the message that it takes.
#[derive(Debug, Default)]
pub struct Reads {
    /// Keys that are read by `message["key"]`, each with where.
    pub keys: Vec<(Name, ExprId)>,
    /// Keys that the consumer writes itself.
    pub written: BTreeSet<Name>,
    /// Which constants which keys are compared with.
    pub tests: Vec<(Name, Name)>,
    /// Whether a test of a tag has an `else`, or a wildcard.
    pub has_default: bool,
    /// Whether nothing else is done with the message, so that this is all.
    pub complete: bool,
}

/// What is done with the message that `take` takes.
pub fn reads(cx: &CheckContext<'_>, take: Site) -> Reads {
    let mut reads = Reads::default();
    let Some((_, item, facts)) = cx.inference.item(take.file, take.item) else { return reads };
    let mut taken = take.expr;
    if let Parent::Expr(parent) = item.expr_parent(taken)
        && matches!(item.expr(parent), Expr::Await(_))
    {
        taken = parent;
    }
    let target = match item.expr_parent(taken) {
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Expr(_) => {
                reads.complete = true;
                return reads;
            }
            Stmt::Assign { targets, .. } if targets.len() == 1 => targets[0],
            Stmt::AnnAssign { target, .. } => *target,
            _ => return reads,
        },
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Walrus { target, .. } => *target,
            Expr::Subscript { value, index } if *value == taken => {
                if let Expr::Str(literal) = item.expr(*index)
                    && let Some(key) = literal.value
                {
                    reads.keys.push((key, parent));
                    reads.complete = true;
                }
                return reads;
            }
            _ => return reads,
        },
        Parent::Root => return reads,
    };
    let Expr::Name(name) = item.expr(target) else { return reads };
    let function = enclosing_function(item, item.enclosing_stmt(target));
    let bound = facts.bindings.iter().filter(|binding| binding.name == *name).count();
    // Names at module level, or bound elsewhere too, may hold other things.
    reads.complete = function.is_some() && bound == 1;
    for id in item.expr_ids() {
        if id != target && matches!(item.expr(id), Expr::Name(one) if one == name) {
            let inside = function
                .is_some_and(|function| item.stmt_ancestors(item.enclosing_stmt(id)).any(|stmt| stmt == function));
            let understood = inside && read(item, id, &mut reads);
            reads.complete &= understood;
        }
    }
    reads
}

/// One use of the name; whether it is understood.
fn read(item: &Item, at: ExprId, reads: &mut Reads) -> bool {
    let parent = match item.expr_parent(at) {
        Parent::Expr(parent) => parent,
        // `if message:`
        Parent::Stmt(stmt) => return matches!(item.stmt(stmt), Stmt::If { .. } | Stmt::While { .. } | Stmt::Expr(_)),
        Parent::Root => return false,
    };
    match item.expr(parent) {
        Expr::Subscript { value, index } if *value == at => {
            let Expr::Str(literal) = item.expr(*index) else { return false };
            let Some(key) = literal.value else { return false };
            if is_stored(item, parent) {
                reads.written.insert(key);
            } else {
                reads.keys.push((key, parent));
                tests(item, key, parent, reads);
            }
            true
        }
        Expr::Compare(compare) => {
            compare.ops.iter().all(|op| matches!(op.as_str(), "is" | "is not"))
                || compare.operands.iter().any(|one| matches!(item.expr(*one), Expr::None))
        }
        Expr::Not(_) | Expr::Bool2 { .. } | Expr::FString(_) => true,
        Expr::Call { func, .. } => {
            *func != at
                && matches!(item.expr(*func), Expr::Name(name) if matches!(name.as_str(), "print" | "repr" | "str" | "len"))
        }
        _ => false,
    }
}

/// Notes what a tag that was read is compared with.
fn tests(item: &Item, key: Name, subscript: ExprId, reads: &mut Reads) {
    match item.expr_parent(subscript) {
        Parent::Expr(parent) => {
            let Expr::Compare(compare) = item.expr(parent) else { return };
            for operand in &compare.operands {
                match item.expr(*operand) {
                    Expr::Str(literal) => reads.tests.extend(literal.value.map(|value| (key, value))),
                    Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => {
                        reads.tests.extend(items.iter().filter_map(|one| match item.expr(*one) {
                            Expr::Str(literal) => Some((key, literal.value?)),
                            _ => None,
                        }));
                    }
                    _ => {}
                }
            }
            if let Stmt::If { orelse, .. } = item.stmt(item.enclosing_stmt(parent)) {
                reads.has_default |= !matches!(orelse[..], []) && !is_elif(item, orelse);
            }
        }
        Parent::Stmt(stmt) => {
            let Stmt::Match { subject, cases } = item.stmt(stmt) else { return };
            if *subject != subscript {
                return;
            }
            for case in cases {
                reads.has_default |= case.wildcard;
                reads.tests.extend(case.patterns.iter().filter_map(|one| match item.expr(*one) {
                    Expr::Str(literal) => Some((key, literal.value?)),
                    _ => None,
                }));
            }
        }
        Parent::Root => {}
    }
}

fn is_elif(item: &Item, orelse: &[StmtId]) -> bool {
    matches!(orelse, [only] if matches!(item.stmt(*only), Stmt::If { .. }))
}

/// Whether the expression is assigned to or deleted.
pub fn is_stored(item: &Item, id: ExprId) -> bool {
    match item.stmt(item.enclosing_stmt(id)) {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => targets.contains(&id),
        Stmt::AugAssign { target, .. } | Stmt::AnnAssign { target, .. } => *target == id,
        _ => false,
    }
}

/// The end of a pipe sends what the other end receives, but both are made at one place: what goes which way is not
/// told here.
pub fn is_one_way(class: &str) -> bool {
    !class.ends_with("Connection")
}

/// Whether each place that names the channel is one that is seen: a call of its methods, or a function that it is
/// handed to and that knows it.
pub fn is_closed(cx: &CheckContext<'_>, origin: Site, uses: &Uses) -> bool {
    let origin = uses.root(origin);
    let Some((home, item, facts)) = cx.inference.item(origin.file, origin.item) else { return false };
    let stmt = item.enclosing_stmt(origin.expr);
    // A queue that comes from outside, as a parameter does, has users outside.
    if matches!(item.stmt(stmt), Stmt::Function(_)) {
        return false;
    }
    let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
    let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
    let Some(name) = attribute.or(local) else { return false };
    if item.expr_parent(origin.expr) != Parent::Stmt(stmt) {
        return false;
    }
    let in_function = attribute.is_none() && enclosing_function(item, stmt).is_some();
    cx.snapshot.is_complete()
        && cx
            .snapshot
            .files()
            .filter(|file| !in_function || file.id == home.id)
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
                    !is_it || is_seen(cx, Site { file: file.id, item: at, expr: id }, origin, uses)
                })
            })
}

/// Whether one mention of a channel's name is understood.
fn is_seen(cx: &CheckContext<'_>, at: Site, origin: Site, uses: &Uses) -> bool {
    let Some((_, item, _)) = cx.inference.item(at.file, at.item) else { return false };
    // Another thing of that name.
    let types = cx.inference.expr(at);
    let is_channel =
        types.iter().any(|one| matches!(one, Type::Instance { origin: Some(made), .. } if uses.root(*made) == origin));
    if !is_channel {
        return !types.is_unsure() || is_stored(item, at.expr);
    }
    match item.expr_parent(at.expr) {
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Attribute { attr, .. } => match item.expr_parent(parent) {
                Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func == parent) => {
                    let site = Site { expr: call, ..at };
                    uses.of(origin).iter().any(|one| one.call == site) || !is_transfer(attr.as_str())
                }
                _ => false,
            },
            // `args=(queue,)`, or the argument itself.
            Expr::Tuple(_) | Expr::List(_) => match item.expr_parent(parent) {
                Parent::Expr(call) => is_known_inside(cx, Site { expr: call, ..at }, origin, uses),
                _ => false,
            },
            Expr::Call { .. } => is_known_inside(cx, Site { expr: parent, ..at }, origin, uses),
            Expr::Compare(_) | Expr::Not(_) => true,
            _ => false,
        },
        Parent::Stmt(_) => is_stored(item, at.expr),
        Parent::Root => false,
    }
}

fn is_transfer(method: &str) -> bool {
    method.starts_with("put") || method.starts_with("get") || method.starts_with("send") || method.starts_with("recv")
}

/// Whether what is called, or named as the call's `target`, knows the channel by one of its parameters.
fn is_known_inside(cx: &CheckContext<'_>, call: Site, origin: Site, uses: &Uses) -> bool {
    let Some((_, item, _)) = cx.inference.item(call.file, call.item) else { return false };
    let Expr::Call { func, args } = item.expr(call.expr) else { return false };
    let target = args
        .iter()
        .find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "target"))
        .map_or(*func, |arg| arg.value);
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
    !functions.is_empty() && functions.iter().all(|function| knows(cx, *function, origin, uses))
}

fn knows(cx: &CheckContext<'_>, function: FunctionRef, origin: Site, uses: &Uses) -> bool {
    let Some((_, item, _)) = cx.inference.item(function.file, function.item) else { return false };
    let Some(definition) = cx.inference.function(function) else { return false };
    item.expr_ids().any(|id| {
        matches!(item.expr(id), Expr::Name(name) if definition.params.iter().any(|param| param.name == *name))
            && cx
                .inference
                .expr(Site { file: function.file, item: function.item, expr: id })
                .iter()
                .any(|one| matches!(one, Type::Instance { origin: Some(made), .. } if uses.root(*made) == origin))
    })
}
