//! Lowering: from tree-sitter's tree to the typed tree, one item at a time.
//!
//! Comments and parentheses disappear here, what does not parse becomes `Error`, and what stands deeper than
//! [`MAX_DEPTH`] is not looked at: 100,000 nested parentheses must not overflow a stack.

mod expr;
mod params;
mod pattern;
pub(crate) mod stmt;
mod strings;

use text_size::{TextRange, TextSize};
use tree_sitter::{Node, TreeCursor};

use crate::item::PackedParent;
use crate::kinds::{Field, NodeKind, field, kind};
use crate::name::Name;
use crate::skipped::Skipped;
use crate::tree::{Expr, ExprId, ExprNode, Item, Stmt, StmtId, StmtNode};
use crate::visit::{Part, expr_parts, stmt_parts};

/// Deepest nesting of expressions and statements that is lowered.
const MAX_DEPTH: u32 = 200;

/// An item with what was found on the way.
pub(crate) struct Lowered<'t> {
    pub(crate) item: Item,
    /// Comments inside, relative to the item's start.
    pub(crate) comments: Vec<TextRange>,
    /// The methods of a class, each to be lowered as an item of its own.
    pub(crate) members: Vec<Node<'t>>,
}

/// Vectors that one item's lowering leaves to the next, so that nodes are allocated once, at their final size.
#[derive(Default)]
pub(crate) struct Scratch {
    exprs: Vec<ExprNode>,
    stmts: Vec<StmtNode>,
    parens: Vec<(ExprId, TextRange)>,
}

/// Lowers the statement `node`. With `split_methods`, the methods of a class are left out and handed back.
pub(crate) fn lower<'t>(
    node: Node<'t>,
    text: &str,
    skipped: &Skipped,
    split_methods: bool,
    scratch: &mut Scratch,
) -> Lowered<'t> {
    let base = node.start_byte();
    let mut lowerer = Lowerer {
        cursor: node.walk(),
        current: node,
        text,
        skipped,
        base,
        depth: 0,
        exprs: std::mem::take(&mut scratch.exprs),
        stmts: std::mem::take(&mut scratch.stmts),
        parens: std::mem::take(&mut scratch.parens),
        comments: Vec::new(),
        members: Vec::new(),
        split_methods,
        in_class_body: false,
    };
    let root = lowerer.stmt();
    let Lowerer { mut exprs, mut stmts, mut parens, comments, members, .. } = lowerer;
    let parents = parents(&exprs, &stmts);
    // Methods are items of their own and have shapes of their own.
    let mut holes = comments.clone();
    holes.extend(members.iter().map(|member| relative_range(base, *member)));
    holes.sort_unstable_by_key(|hole| hole.start());
    let item = Item {
        exprs: exprs.drain(..).collect(),
        stmts: stmts.drain(..).collect(),
        parens: parens.drain(..).collect(),
        parents,
        root,
        len: TextSize::new((node.end_byte() - base) as u32),
        has_error: node.has_error(),
        shape: shape(&text[base..node.end_byte()], &holes),
    };
    *scratch = Scratch { exprs, stmts, parens };
    Lowered { item, comments, members }
}

fn relative_range(base: usize, node: Node<'_>) -> TextRange {
    TextRange::new(TextSize::new((node.start_byte() - base) as u32), TextSize::new((node.end_byte() - base) as u32))
}

struct Lowerer<'t, 's> {
    cursor: TreeCursor<'t>,
    /// Where the cursor is: asking it costs more than remembering.
    current: Node<'t>,
    text: &'s str,
    skipped: &'s Skipped,
    base: usize,
    depth: u32,
    exprs: Vec<ExprNode>,
    stmts: Vec<StmtNode>,
    parens: Vec<(ExprId, TextRange)>,
    comments: Vec<TextRange>,
    members: Vec<Node<'t>>,
    split_methods: bool,
    /// Directly in the body of the class that is the item.
    in_class_body: bool,
}

impl<'t> Lowerer<'t, '_> {
    fn node(&self) -> Node<'t> {
        self.current
    }
    fn kind(&self) -> NodeKind {
        kind(self.current)
    }
    fn range(&self) -> TextRange {
        self.range_of(self.node())
    }
    fn range_of(&self, node: Node<'_>) -> TextRange {
        self.relative(node.start_byte(), node.end_byte())
    }
    fn relative(&self, start: usize, end: usize) -> TextRange {
        let start = TextSize::new(start.saturating_sub(self.base) as u32);
        let end = TextSize::new(end.saturating_sub(self.base) as u32);
        TextRange::new(start, end.max(start))
    }
    fn node_text(&self) -> &str {
        let node = self.node();
        self.text.get(node.start_byte()..node.end_byte()).unwrap_or_default()
    }
    fn name(&self) -> Name {
        Name::new(self.node_text())
    }

    /// Calls `see` at each child, with the cursor on it. Comments are noted and passed over.
    fn each_child(&mut self, mut see: impl FnMut(&mut Self, NodeKind)) {
        if self.depth >= MAX_DEPTH || !self.cursor.goto_first_child() {
            return;
        }
        let parent = self.current;
        self.depth += 1;
        loop {
            self.current = self.cursor.node();
            match self.kind() {
                NodeKind::Comment => self.comment(),
                NodeKind::LineContinuation => {}
                found => see(self, found),
            }
            if !self.cursor.goto_next_sibling() {
                break;
            }
        }
        self.depth -= 1;
        self.cursor.goto_parent();
        self.current = parent;
    }

    /// Notes the comment at the cursor, and those behind it that the parser was not shown.
    fn comment(&mut self) {
        let range = self.range();
        self.comments.push(range);
        let behind = self.skipped.comments_behind(self.node().end_byte(), self.text);
        self.comments.extend(behind.map(|range| range - TextSize::new(self.base as u32)));
    }

    /// Like [`Self::each_child`], for those whose field matters: looking it up costs as much as the step itself.
    fn each_field(&mut self, mut see: impl FnMut(&mut Self, Field, NodeKind)) {
        self.each_child(|this, kind| {
            let at = field(this.cursor.field_id());
            see(this, at, kind);
        });
    }

    fn push(&mut self, kind: Expr, range: TextRange) -> ExprId {
        self.exprs.push(ExprNode { kind, range });
        ExprId(self.exprs.len() as u32 - 1)
    }
    fn push_stmt(&mut self, kind: Stmt, range: TextRange) -> StmtId {
        self.stmts.push(StmtNode { kind, range });
        StmtId(self.stmts.len() as u32 - 1)
    }
    fn error(&mut self) -> ExprId {
        let range = self.range();
        self.push(Expr::Error, range)
    }
    /// `found`, or an error node where the parser was missing something.
    fn or_error(&mut self, found: Option<ExprId>) -> ExprId {
        found.unwrap_or_else(|| self.error())
    }
}

/// What each node stands in: all expressions, then all statements.
fn parents(exprs: &[ExprNode], stmts: &[StmtNode]) -> Box<[PackedParent]> {
    let mut parents = vec![PackedParent::ROOT; exprs.len() + stmts.len()].into_boxed_slice();
    for (at, node) in exprs.iter().enumerate() {
        let parent = PackedParent::expr(ExprId(at as u32));
        expr_parts(&node.kind, &mut |id| parents[id.0 as usize] = parent);
    }
    for (at, node) in stmts.iter().enumerate() {
        let parent = PackedParent::stmt(StmtId(at as u32));
        stmt_parts(&node.kind, &mut |part| match part {
            Part::Expr(id) => parents[id.0 as usize] = parent,
            Part::Stmt(id) => parents[exprs.len() + id.0 as usize] = parent,
        });
    }
    parents
}

/// Hashes `text` without `holes` (comments and methods), blank lines and trailing blanks.
fn shape(text: &str, holes: &[TextRange]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    let mut feed = |piece: &str| {
        for line in piece.lines() {
            let line = line.trim_end();
            if !line.is_empty() {
                hasher.write(line.as_bytes());
                hasher.write_u8(b'\n');
            }
        }
    };
    let mut at = 0;
    for hole in holes {
        let start = usize::from(hole.start());
        feed(text.get(at..start).unwrap_or_default());
        at = usize::from(hole.end()).max(at);
    }
    feed(text.get(at..).unwrap_or_default());
    hasher.finish()
}
