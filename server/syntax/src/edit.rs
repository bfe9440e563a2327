//! Text edits, and how a set of them is applied.

use text_size::{TextRange, TextSize};

/// Replace `range` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// What is replaced; empty for an insertion.
    pub range: TextRange,
    /// What stands there afterwards.
    pub text: String,
}

impl TextEdit {
    /// Inserts `text` at `at`.
    pub fn insert(at: TextSize, text: impl Into<String>) -> Self {
        Self { range: TextRange::empty(at), text: text.into() }
    }
    /// Replaces `range` by `text`.
    pub fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
    /// Deletes `range`.
    pub fn delete(range: TextRange) -> Self {
        Self { range, text: String::new() }
    }
}

/// Why edits cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Two edits overlap.
    Overlap,
    /// An edit lies outside the text or splits a character.
    OutOfRange,
}

/// Sorts `edits` by place and drops exact repetitions (two fixes may need the same import). Insertions at one
/// place keep their order.
pub fn normalize(edits: &mut Vec<TextEdit>) {
    edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let mut kept: Vec<TextEdit> = Vec::with_capacity(edits.len());
    for edit in edits.drain(..) {
        let mut same_place = kept.iter().rev().take_while(|one| one.range == edit.range);
        if !same_place.any(|one| *one == edit) {
            kept.push(edit);
        }
    }
    *edits = kept;
}

/// Applies `edits` (normalized) to `text`.
pub fn apply(text: &str, edits: &[TextEdit]) -> Result<String, Conflict> {
    let mut out = String::with_capacity(text.len() + edits.iter().map(|e| e.text.len()).sum::<usize>());
    let mut at = 0usize;
    for edit in edits {
        let (start, end) = (usize::from(edit.range.start()), usize::from(edit.range.end()));
        if start < at {
            return Err(Conflict::Overlap);
        }
        out.push_str(text.get(at..start).ok_or(Conflict::OutOfRange)?);
        text.get(start..end).ok_or(Conflict::OutOfRange)?;
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(text.get(at..).ok_or(Conflict::OutOfRange)?);
    Ok(out)
}
