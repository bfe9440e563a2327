//! What becomes of the messages of a channel: which names hold them, what is read from them, and whether the channel
//! is used in ways that are not seen.

mod closed;

use std::collections::BTreeSet;

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

pub use self::closed::{is_closed, is_one_way};
use super::blocks;

/// What a choice by tag does with a message that it does not ask for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// Nothing: there is no code for it.
    #[default]
    Dropped,
    /// It is logged, or an exception is raised.
    Refused,
    /// It is one of the messages that the code there is for.
    Handled,
}

/// What one consumer does with the message that it takes.
#[derive(Debug, Default)]
pub struct Reads {
    /// Keys that are read by `message["key"]`, each with where.
    pub keys: Vec<(Name, ExprId)>,
    /// Keys that the consumer writes itself.
    pub written: BTreeSet<Name>,
    /// Which constants which keys are compared with.
    pub tests: Vec<(Name, Name)>,
    /// What becomes of messages that no test of a tag asks for.
    pub default: Rest,
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
            let stmt = item.enclosing_stmt(parent);
            if let Stmt::If { orelse, .. } = item.stmt(stmt) {
                let rest = match orelse[..] {
                    [] if goes_on(item, stmt) => Rest::Handled,
                    [] => Rest::Dropped,
                    _ if is_elif(item, orelse) => Rest::Dropped,
                    _ => rest(item, orelse),
                };
                reads.default = reads.default.max(rest);
            }
        }
        Parent::Stmt(stmt) => {
            let Stmt::Match { subject, cases } = item.stmt(stmt) else { return };
            if *subject != subscript {
                return;
            }
            for case in cases {
                if case.wildcard {
                    reads.default = reads.default.max(rest(item, &case.body));
                }
                reads.tests.extend(case.patterns.iter().filter_map(|one| match item.expr(*one) {
                    Expr::Str(literal) => Some((key, literal.value?)),
                    _ => None,
                }));
            }
        }
        Parent::Root => {}
    }
}

/// What the branch for everything else does: one that only speaks about the message refuses it.
fn rest(item: &Item, branch: &[StmtId]) -> Rest {
    let refuses = branch.iter().all(|one| match item.stmt(*one) {
        Stmt::Raise { .. } | Stmt::Pass | Stmt::Continue => true,
        Stmt::Expr(expr) => match item.expr(*expr) {
            Expr::Call { func, .. } => match item.expr(*func) {
                Expr::Name(name) => matches!(name.as_str(), "print" | "assert_never"),
                Expr::Attribute { attr, .. } => {
                    matches!(attr.as_str(), "debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical")
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    });
    if refuses { Rest::Refused } else { Rest::Handled }
}

/// Whether there is code for the messages that a choice does not send away, by `break` and the like.
fn goes_on(item: &Item, choice: StmtId) -> bool {
    let Stmt::If { body, .. } = item.stmt(choice) else { return false };
    // An `elif` goes on where the whole chain does.
    let first = item
        .stmt_ancestors(choice)
        .take_while(|outer| matches!(item.stmt(*outer), Stmt::If { orelse, .. } if is_elif(item, orelse)))
        .last()
        .unwrap_or(choice);
    blocks::never_ends(item, body) && blocks::next(item, first).is_some()
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
