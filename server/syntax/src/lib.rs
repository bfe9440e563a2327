//! Python text and its syntax: source text with line index, tree-sitter parse, lowering to a small typed
//! tree per item, and edits that keep the style of the file they go into.
//!
//! This crate knows nothing of rules, of other files or of LSP. Offsets are UTF-8 bytes everywhere; see
//! [`position`] for the one place where they become editor positions.

pub mod annotation;
pub mod arguments;
pub mod document;
pub mod edit;
pub mod item;
mod kinds;
pub mod line_index;
mod lower;
pub mod name;
mod parser;
pub mod position;
mod skipped;
pub mod source;
pub mod style;
pub mod tree;
mod type_defaults;
pub mod visit;
mod word_list;
pub mod words;

pub use document::{Document, ItemSlot, Parsed, Unanalyzed};
pub use edit::TextEdit;
pub use line_index::LineIndex;
pub use name::Name;
pub use source::SourceText;
pub use text_size::{TextRange, TextSize};
pub use tree::{Expr, ExprId, Item, Parent, Stmt, StmtId};
pub use word_list::WordList;
