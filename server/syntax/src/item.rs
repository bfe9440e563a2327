//! An item: one arena of typed nodes, each knowing where it stands and what it is part of.

use text_size::{TextRange, TextSize};

use crate::tree::{Expr, Stmt};

/// An expression of one [`Item`]. Meaningless in another item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A statement of one [`Item`]. Meaningless in another item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct StmtId(pub u32);

/// What an expression or statement stands directly inside of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parent {
    /// The item's root has no parent.
    Root,
    /// Part of an expression.
    Expr(ExprId),
    /// Part of a statement.
    Stmt(StmtId),
}

/// One top-level statement or method, lowered. Ranges inside are relative to its start.
#[derive(Debug)]
pub struct Item {
    pub(crate) exprs: Box<[ExprNode]>,
    pub(crate) stmts: Box<[StmtNode]>,
    /// What each node is part of: all expressions, then all statements.
    pub(crate) parents: Box<[PackedParent]>,
    /// Where the argument lists of calls stand, in the order of the calls' numbers.
    pub(crate) parens: Box<[(ExprId, TextRange)]>,
    pub(crate) root: StmtId,
    pub(crate) len: TextSize,
    pub(crate) has_error: bool,
    /// Hash of everything but comments and layout.
    pub(crate) shape: u64,
}

/// Small on purpose: a tree of 8,000 files has five million of them.
#[derive(Debug)]
pub(crate) struct ExprNode {
    pub(crate) kind: Expr,
    pub(crate) range: TextRange,
}

const _: () = assert!(size_of::<ExprNode>() == 32);

#[derive(Debug)]
pub(crate) struct StmtNode {
    pub(crate) kind: Stmt,
    pub(crate) range: TextRange,
}

/// A [`Parent`] in four bytes: the highest bit says whether it is a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedParent(u32);

impl PackedParent {
    const IS_STMT: u32 = 1 << 31;
    pub(crate) const ROOT: Self = Self(u32::MAX);

    pub(crate) fn expr(id: ExprId) -> Self {
        Self(id.0)
    }
    pub(crate) fn stmt(id: StmtId) -> Self {
        Self(id.0 | Self::IS_STMT)
    }
    fn unpack(self) -> Parent {
        match self.0 {
            u32::MAX => Parent::Root,
            stmt if stmt & Self::IS_STMT != 0 => Parent::Stmt(StmtId(stmt & !Self::IS_STMT)),
            expr => Parent::Expr(ExprId(expr)),
        }
    }
}

impl Item {
    /// The statement that this item is.
    pub fn root(&self) -> StmtId {
        self.root
    }
    /// Length of the item's text in bytes.
    pub fn len(&self) -> TextSize {
        self.len
    }
    /// Whether the item has no text, as a missing node has.
    pub fn is_empty(&self) -> bool {
        self.len == TextSize::new(0)
    }
    /// Whether the parser found a syntax error inside.
    pub fn has_error(&self) -> bool {
        self.has_error
    }
    /// A hash of the item's syntax without comments, layout and position: equal shapes mean equal meaning.
    pub fn shape(&self) -> u64 {
        self.shape
    }
    /// The expression `id`.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize].kind
    }
    /// The statement `id`.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize].kind
    }
    /// Where `id` stands, relative to the item's start.
    pub fn expr_range(&self, id: ExprId) -> TextRange {
        self.exprs[id.0 as usize].range
    }
    /// Where `id` stands, relative to the item's start.
    pub fn stmt_range(&self, id: StmtId) -> TextRange {
        self.stmts[id.0 as usize].range
    }
    /// What `id` is part of.
    pub fn expr_parent(&self, id: ExprId) -> Parent {
        self.parents[id.0 as usize].unpack()
    }
    /// What `id` is part of.
    pub fn stmt_parent(&self, id: StmtId) -> Parent {
        self.parents[self.exprs.len() + id.0 as usize].unpack()
    }
    /// The parenthesised argument list of `call`, parentheses included; empty where there is none.
    pub fn call_parens(&self, call: ExprId) -> TextRange {
        match self.parens.binary_search_by_key(&call, |(id, _)| *id) {
            Ok(at) => self.parens[at].1,
            Err(_) => TextRange::empty(self.expr_range(call).end()),
        }
    }
    /// All expressions, in no promised order.
    pub fn expr_ids(&self) -> impl Iterator<Item = ExprId> + use<> {
        (0..self.exprs.len() as u32).map(ExprId)
    }
    /// All statements, in no promised order.
    pub fn stmt_ids(&self) -> impl Iterator<Item = StmtId> + use<> {
        (0..self.stmts.len() as u32).map(StmtId)
    }
    /// The statement that `id` belongs to.
    pub fn enclosing_stmt(&self, id: ExprId) -> StmtId {
        let mut at = self.expr_parent(id);
        loop {
            match at {
                Parent::Expr(e) => at = self.expr_parent(e),
                Parent::Stmt(s) => return s,
                Parent::Root => return self.root,
            }
        }
    }
    /// The statements around `id`, innermost first, ending with the item's root; `id` itself is not among them.
    pub fn stmt_ancestors(&self, id: StmtId) -> impl Iterator<Item = StmtId> + '_ {
        let mut at = self.stmt_parent(id);
        std::iter::from_fn(move || {
            loop {
                match at {
                    Parent::Root => return None,
                    Parent::Stmt(s) => {
                        at = self.stmt_parent(s);
                        return Some(s);
                    }
                    // A statement is never inside an expression, but a total function needs no proof of it.
                    Parent::Expr(e) => at = self.expr_parent(e),
                }
            }
        })
    }
    /// The expressions around `id`, innermost first, up to its statement.
    pub fn expr_ancestors(&self, id: ExprId) -> impl Iterator<Item = ExprId> + '_ {
        let mut at = self.expr_parent(id);
        std::iter::from_fn(move || match at {
            Parent::Expr(e) => {
                at = self.expr_parent(e);
                Some(e)
            }
            _ => None,
        })
    }
}
