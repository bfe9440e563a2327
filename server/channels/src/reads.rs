//! What becomes of the messages of a channel: which names hold them, what is read from them, and whether the channel
//! is used in ways that are not seen.

use std::collections::BTreeSet;
use std::fmt;

use pyteam_index::context::ItemContext;
use pyteam_index::facts::ItemFacts;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_syntax::tree::{ArgKind, Compare};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use crate::order::blocks;

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

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `message["key"]`
    Key(Name),
    /// `message[0]`, or the first name of `kind, body = message`.
    Element(usize),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(name) => name.fmt(f),
            Self::Element(at) => write!(f, "[{at}]"),
        }
    }
}

/// What one consumer does with the message that it takes.
#[derive(Debug, Default)]
pub struct Reads {
    /// Parts that are read, each with where.
    pub fields: Vec<(Field, ExprId)>,
    /// Keys that the consumer asks for: `message.get("key")`, `"key" in message`.
    pub asked: BTreeSet<Name>,
    /// Keys that the consumer writes itself.
    pub written: BTreeSet<Name>,
    /// Which constants which parts are compared with.
    pub tests: Vec<(Field, Name)>,
    /// Into how many names a tuple is unpacked.
    pub arity: Option<usize>,
    /// What becomes of messages that no test of a tag asks for.
    pub default: Rest,
    /// Whether nothing else is done with the message, so that this is all.
    pub complete: bool,
}

/// What is done with the message that `take` takes.
pub fn of(cx: &ItemContext<'_>, take: Site) -> Reads {
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
                if let Some(field) = field(item, *index) {
                    reads.fields.push((field, parent));
                    reads.complete = true;
                }
                return reads;
            }
            _ => return reads,
        },
        Parent::Root => return reads,
    };
    let message = Message { item, facts };
    reads.complete = match item.expr(target) {
        Expr::Name(name) => message.named(target, *name, &mut reads),
        Expr::Tuple(_) | Expr::List(_) => message.unpacked(target, &mut reads),
        _ => false,
    };
    reads
}

/// The part of a message that a subscript reads.
fn field(item: &Item, index: ExprId) -> Option<Field> {
    match item.expr(index) {
        Expr::Str(literal) => literal.value.map(Field::Key),
        Expr::Int(Some(at)) => usize::try_from(*at).ok().map(Field::Element),
        _ => None,
    }
}

struct Message<'i> {
    item: &'i Item,
    facts: &'i ItemFacts,
}

impl Message<'_> {
    /// The other mentions of a name that is bound at `target`; `None` where it may hold other things, too: a name at module
    /// level, or one that is bound elsewhere.
    fn mentions(&self, target: ExprId, name: Name) -> Option<Vec<ExprId>> {
        let item = self.item;
        let function = enclosing_function(item, item.enclosing_stmt(target))?;
        let bound = self.facts.bindings.iter().filter(|binding| binding.name == name).count();
        let is_it = |id: &ExprId| *id != target && matches!(item.expr(*id), Expr::Name(one) if *one == name);
        let all: Vec<ExprId> = item.expr_ids().filter(is_it).collect();
        let is_inside = |id: &ExprId| item.stmt_ancestors(item.enclosing_stmt(*id)).any(|stmt| stmt == function);
        (bound == 1 && all.iter().all(is_inside)).then_some(all)
    }

    /// What is done with the message that a name holds; whether all of it is understood.
    fn named(&self, target: ExprId, name: Name, reads: &mut Reads) -> bool {
        let Some(mentions) = self.mentions(target, name) else { return false };
        // All of them are read, whatever the first ones are.
        let understood: Vec<bool> = mentions.into_iter().map(|at| self.read(at, reads)).collect();
        understood.into_iter().all(|one| one)
    }

    /// What is done with the elements that names are given; whether the message is unpacked as a whole, and what is done
    /// with all those that are compared with a constant is understood.
    fn unpacked(&self, target: ExprId, reads: &mut Reads) -> bool {
        let (Expr::Tuple(targets) | Expr::List(targets)) = self.item.expr(target) else { return false };
        if targets.iter().any(|one| !matches!(self.item.expr(*one), Expr::Name(_))) {
            return false;
        }
        reads.arity = Some(targets.len());
        targets.iter().enumerate().all(|(at, target)| {
            let Expr::Name(name) = self.item.expr(*target) else { return false };
            let field = Field::Element(at);
            let Some(mentions) = self.mentions(*target, *name) else { return false };
            for mention in mentions {
                reads.fields.push((field, mention));
                tests(self.item, field, mention, reads);
            }
            true
        })
    }

    /// A method of the message; whether all that is done with it is understood. `message.get("key")` reads a key that may be
    /// missing.
    fn method(&self, method: ExprId, name: Name, reads: &mut Reads) -> bool {
        let item = self.item;
        let Parent::Expr(call) = item.expr_parent(method) else { return false };
        let Expr::Call { func, args } = item.expr(call) else { return false };
        if *func != method || args.iter().any(|arg| arg.kind != ArgKind::Positional) {
            return false;
        }
        match (name.as_str(), &args[..]) {
            ("get" | "setdefault", [key]) | ("get" | "setdefault" | "pop", [key, _]) => {
                let Some(Field::Key(key)) = field(item, key.value) else { return false };
                reads.asked.insert(key);
                tests(item, Field::Key(key), call, reads);
                true
            }
            _ => false,
        }
    }

    /// One use of the name; whether it is understood.
    fn read(&self, at: ExprId, reads: &mut Reads) -> bool {
        let item = self.item;
        let parent = match item.expr_parent(at) {
            Parent::Expr(parent) => parent,
            // `if message:`
            Parent::Stmt(stmt) => {
                return match item.stmt(stmt) {
                    Stmt::If { .. } | Stmt::While { .. } | Stmt::Expr(_) => true,
                    Stmt::Assign { targets, value } if *value == at && targets.len() == 1 => {
                        self.unpacked(targets[0], reads)
                    }
                    _ => false,
                };
            }
            Parent::Root => return false,
        };
        match item.expr(parent) {
            Expr::Subscript { value, index } if *value == at => {
                let Some(field) = field(item, *index) else { return false };
                match field {
                    Field::Key(key) if is_stored(item, parent) => {
                        reads.written.insert(key);
                    }
                    Field::Element(_) if is_stored(item, parent) => return false,
                    field => {
                        reads.fields.push((field, parent));
                        tests(item, field, parent, reads);
                    }
                }
                true
            }
            Expr::Attribute { attr, value } if *value == at => self.method(parent, *attr, reads),
            Expr::Compare(compare) if asks_for(item, compare, at).is_some() => {
                reads.asked.extend(asks_for(item, compare, at));
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
}

/// The key that `"key" in message` asks for.
fn asks_for(item: &Item, compare: &Compare, message: ExprId) -> Option<Name> {
    let ([key, container], [op]) = (&compare.operands[..], &compare.ops[..]) else { return None };
    let Expr::Str(literal) = item.expr(*key) else { return None };
    (*container == message && matches!(op.as_str(), "in" | "not in")).then_some(literal.value?)
}

/// Notes what a tag that was read is compared with.
fn tests(item: &Item, key: Field, subscript: ExprId, reads: &mut Reads) {
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
