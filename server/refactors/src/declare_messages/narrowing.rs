//! Which kinds of message a name can hold at a place, as a type checker tells it from the tests around.

use pyteam_channels::order::blocks;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use super::message::Message;

/// The kinds of message of a channel, a bit each.
pub(super) struct Kinds<'m> {
    messages: &'m [Message],
    /// All of them, and `None` where that is put.
    pub(super) all: u64,
    /// The bit for `None`, where that is put; else nothing.
    pub(super) none: u64,
}

impl<'m> Kinds<'m> {
    /// Nothing where there are more than can be told apart here.
    pub(super) fn new(messages: &'m [Message], nullable: bool) -> Option<Self> {
        let count = u32::try_from(messages.len()).ok().filter(|count| *count < 63)?;
        let none = if nullable { 1 << count } else { 0 };
        Some(Self { messages, all: ((1 << count) - 1) | none, none })
    }

    /// Whether the tag read at `subscript` is compared with a tag that there is, or handed on: held in a variable, it
    /// may be compared with one that there is not.
    pub(super) fn is_tested(&self, item: &Item, subscript: ExprId) -> bool {
        match item.expr_parent(subscript) {
            Parent::Expr(parent) => match item.expr(parent) {
                Expr::Compare(_) => self.tag_test(item, parent).is_some(),
                Expr::FString(_) | Expr::Call { .. } | Expr::Tuple(_) => true,
                _ => false,
            },
            _ => false,
        }
    }

    /// `name["type"] == "frame"`: the kinds that it is true for, and whether it is negated.
    fn tag_test(&self, item: &Item, test: ExprId) -> Option<(ExprId, u64, bool)> {
        let Expr::Compare(compare) = item.expr(test) else { return None };
        let ([left, right], [op]) = (&compare.operands[..], &compare.ops[..]) else { return None };
        let (Expr::Subscript { value, index }, Expr::Str(wanted)) = (item.expr(*left), item.expr(*right)) else {
            return None;
        };
        let (Expr::Str(key), Some(wanted)) = (item.expr(*index), wanted.value) else { return None };
        let key = key.value?;
        let mut bits = 0;
        for (at, message) in self.messages.iter().enumerate() {
            if message.tag() == Some((key.as_str(), wanted)) {
                bits |= 1 << at;
            }
        }
        (bits != 0 && matches!(op.as_str(), "==" | "!=")).then_some((*value, bits, *op == "!="))
    }

    /// The kinds that are of the class, or of one of the classes, that the expression names.
    fn of_class(&self, item: &Item, expr: ExprId) -> Option<u64> {
        match item.expr(expr) {
            Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                let at = self.messages.iter().position(|message| message.name == name.as_str())?;
                Some(1 << at)
            }
            Expr::Tuple(items) => items.iter().try_fold(0, |all, one| Some(all | self.of_class(item, *one)?)),
            _ => None,
        }
    }

    /// The kinds for which `test` can be true, and those for which it can be false.
    fn test(&self, item: &Item, name: Name, test: ExprId) -> (u64, u64) {
        let is_name = |id: ExprId| matches!(item.expr(id), Expr::Name(one) if *one == name);
        match item.expr(test) {
            Expr::Name(one) if *one == name => (self.all & !self.none, self.all),
            Expr::Call { func, args } if matches!(item.expr(*func), Expr::Name(one) if *one == "isinstance") => {
                match &args[..] {
                    [value, kind] if is_name(value.value) => match self.of_class(item, kind.value) {
                        Some(bits) => (bits, self.all & !bits),
                        None => (self.all, self.all),
                    },
                    _ => (self.all, self.all),
                }
            }
            Expr::Not(inner) => {
                let (yes, no) = self.test(item, name, *inner);
                (no, yes)
            }
            Expr::Bool2 { left, and, right } => {
                let ((yes, no), (also_yes, also_no)) = (self.test(item, name, *left), self.test(item, name, *right));
                if *and { (yes & also_yes, self.all) } else { (self.all, no & also_no) }
            }
            Expr::Compare(compare) => match (&compare.operands[..], &compare.ops[..]) {
                ([left, right], [op]) if is_name(*left) && matches!(item.expr(*right), Expr::None) => {
                    let (is, is_not) = (self.none, self.all & !self.none);
                    match op.as_str() {
                        "is" => (is, is_not),
                        "is not" => (is_not, is),
                        _ => (self.all, self.all),
                    }
                }
                _ => match self.tag_test(item, test) {
                    Some((value, bits, negated)) if is_name(value) => {
                        let others = self.all & !bits;
                        if negated { (others, bits) } else { (bits, others) }
                    }
                    _ => (self.all, self.all),
                },
            },
            _ => (self.all, self.all),
        }
    }
}

/// The kinds that `name`, bound by the statement `since`, can hold where `at` stands.
pub(super) fn at(item: &Item, kinds: &Kinds<'_>, name: Name, since: StmtId, at: ExprId) -> u64 {
    let mut mask = kinds.all;
    let mut inner = item.enclosing_stmt(at);
    let start = item.stmt_range(since).start();
    if let Stmt::If { test, .. } | Stmt::While { test, .. } = item.stmt(inner) {
        mask &= within(item, kinds, name, *test, at);
    }
    for outer in item.stmt_ancestors(inner).collect::<Vec<_>>() {
        for block in blocks::of(item, outer) {
            let Some(position) = block.iter().position(|stmt| *stmt == inner) else { continue };
            for before in block[..position].iter().filter(|stmt| item.stmt_range(**stmt).start() > start) {
                mask &= after(item, kinds, name, *before, kinds.all);
            }
        }
        match item.stmt(outer) {
            Stmt::If { test, body, orelse } => {
                let (yes, no) = kinds.test(item, name, *test);
                if body.contains(&inner) {
                    mask &= yes;
                } else if orelse.contains(&inner) {
                    mask &= no;
                }
            }
            Stmt::While { test, body, .. } if body.contains(&inner) => mask &= kinds.test(item, name, *test).0,
            Stmt::Function(_) => break,
            _ => {}
        }
        inner = outer;
    }
    mask
}

/// What is known inside a test: behind `and`, what stands before it holds; behind `or`, it does not.
fn within(item: &Item, kinds: &Kinds<'_>, name: Name, test: ExprId, at: ExprId) -> u64 {
    match item.expr(test) {
        Expr::Bool2 { left, and, right } if item.expr_range(*right).contains_range(item.expr_range(at)) => {
            let (yes, no) = kinds.test(item, name, *left);
            (if *and { yes } else { no }) & within(item, kinds, name, *right, at)
        }
        Expr::Bool2 { left, .. } => within(item, kinds, name, *left, at),
        Expr::Not(inner) => within(item, kinds, name, *inner, at),
        _ => kinds.all,
    }
}

/// What is left of `mask` behind a statement.
fn after(item: &Item, kinds: &Kinds<'_>, name: Name, stmt: StmtId, mask: u64) -> u64 {
    let Stmt::If { test, body, orelse } = item.stmt(stmt) else { return mask };
    let (yes, no) = kinds.test(item, name, *test);
    let through = if blocks::never_ends(item, body) { 0 } else { mask & yes };
    let otherwise = match orelse[..] {
        [] => mask & no,
        [only] if matches!(item.stmt(only), Stmt::If { .. }) => after(item, kinds, name, only, mask & no),
        _ if blocks::never_ends(item, orelse) => 0,
        _ => mask & no,
    };
    through | otherwise
}
