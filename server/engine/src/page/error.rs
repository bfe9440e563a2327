//! A mistake in a page, and where.

use std::fmt;
use std::ops::Range;

use pyteam_syntax::{LineIndex, TextRange, TextSize};

/// A mistake in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError {
    /// Where in the page, in bytes.
    pub range: TextRange,
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, and what to do.
    pub message: String,
}

impl PageError {
    /// A mistake at `range` of the page's `text`.
    pub fn at(text: &str, range: Range<usize>, message: impl Into<String>) -> Self {
        let start = range.start.min(text.len());
        // Where a whole block is meant, its first line is the place to look at.
        let first_line = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let end = range.end.clamp(start, first_line);
        let range = TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32));
        let line = LineIndex::new(text).line_of(range.start()) + 1;
        Self { range, line, message: message.into() }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// All mistakes of a page, in the page's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageErrors(pub Vec<PageError>);

impl PageErrors {
    /// The mistakes.
    pub fn iter(&self) -> std::slice::Iter<'_, PageError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a PageErrors {
    type Item = &'a PageError;
    type IntoIter = std::slice::Iter<'a, PageError>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for PageErrors {
    /// One a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.iter().enumerate() {
            write!(f, "{}{error}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for PageErrors {}
