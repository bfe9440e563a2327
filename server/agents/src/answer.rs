//! An answer: what an agent said, and what it would change.

use crate::change::Change;

/// What an agent said, and what it would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// A Markdown document.
    pub document: String,
    /// What it would change. Nothing has been changed yet.
    pub change: Change,
    /// Whether the agent stopped before it was done: the change may be half of one, and no consent that was given before
    /// covers it.
    pub is_unfinished: bool,
}
