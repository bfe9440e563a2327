//! One item with everything around it: what a question about code is asked of.

use pyteam_syntax::{Expr, ExprId, Item, Name, StmtId, TextRange};

use crate::facts::{BindingRef, ItemFacts};
use crate::file_id::FileId;
use crate::infer::{Inference, Site};
use crate::snapshot::{File, Snapshot};

/// An item of a file, the workspace that it stands in, and the inference that answers for both.
///
/// What is asked of the whole file or workspace goes through [`Self::whole_file`] and [`Self::whole_workspace`], which
/// note it: an answer that is kept holds for as long as everything that was looked at for it stays the same.
#[derive(Clone, Copy)]
pub struct ItemContext<'a> {
    /// The workspace.
    pub snapshot: &'a Snapshot,
    /// The file.
    pub file: &'a File,
    /// Index of the item in the file.
    pub item_index: u32,
    /// The item.
    pub item: &'a Item,
    /// Types of expressions, computed as they are asked for and remembered.
    pub inference: &'a Inference<'a>,
}

impl<'a> ItemContext<'a> {
    /// The item `item_index` of `file`; `None` if there is no such item.
    pub fn new(inference: &'a Inference<'a>, file: FileId, item_index: u32) -> Option<Self> {
        let (file, item, _) = inference.item(file, item_index)?;
        Some(Self { snapshot: inference.snapshot(), file, item_index, item, inference })
    }

    /// An item of any file, asked with the same inference.
    pub fn at(&self, file: FileId, item_index: u32) -> Option<Self> {
        Self::new(self.inference, file, item_index)
    }

    /// Another item of the file.
    #[must_use]
    pub fn at_item(&self, item_index: u32) -> Self {
        Self { file: self.whole_file(), item_index, item: self.file.item(item_index), ..*self }
    }

    /// An expression of the item, as it is called from anywhere in the workspace.
    pub fn site(&self, expr: ExprId) -> Site {
        Site { file: self.file.id, item: self.item_index, expr }
    }

    /// The facts of the item.
    pub fn facts(&self) -> &'a ItemFacts {
        &self.file.facts.items[self.item_index as usize]
    }

    /// The source text of an expression.
    pub fn text(&self, expr: ExprId) -> &'a str {
        self.file.text_at(self.item_index, self.item.expr_range(expr))
    }

    /// What the method call `call` is made on, as it is written, and the method's name.
    pub fn receiver_text(&self, call: ExprId) -> Option<(&'a str, Name)> {
        let Expr::Call { func, .. } = self.item.expr(call) else { return None };
        let Expr::Attribute { value, attr } = self.item.expr(*func) else { return None };
        Some((self.text(*value), *attr))
    }

    /// The file, all of it: from here on what is said about the item may depend on any other one. Ask for it as
    /// late as possible; an item for which it was asked is looked at again after every edit of the file.
    pub fn whole_file(&self) -> &'a File {
        self.inference.look_at_bodies(self.file.id);
        self.file
    }

    /// What binds `name` at module level of the file.
    pub fn module_name(&self, name: Name) -> Option<&'a [BindingRef]> {
        self.inference.bindings_in(self.file, name)
    }

    /// The workspace, all of it; the item is looked at again after every edit anywhere.
    pub fn whole_workspace(&self) -> &'a Snapshot {
        self.inference.look_at_workspace();
        self.snapshot
    }

    /// Where an expression stands in the file.
    pub fn range(&self, expr: ExprId) -> TextRange {
        self.file.absolute(self.item_index, self.item.expr_range(expr))
    }

    /// Where a statement stands in the file.
    pub fn stmt_range(&self, stmt: StmtId) -> TextRange {
        self.file.absolute(self.item_index, self.item.stmt_range(stmt))
    }
}
