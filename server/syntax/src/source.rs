//! Source text with its line index, and how bytes become text.

use std::sync::Arc;

use text_size::{TextRange, TextSize};

use crate::line_index::LineIndex;

/// Immutable text with its line index. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct SourceText {
    text: Arc<str>,
    lines: Arc<LineIndex>,
}

/// Why the bytes of a file are not Python text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotText {
    /// A NUL byte at this byte offset. Python itself refuses such a file.
    Nul(usize),
    /// Not UTF-8 from this byte offset on.
    NotUtf8(usize),
}

impl SourceText {
    /// Indexes `text`.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let lines = Arc::new(LineIndex::new(&text));
        Self { text, lines }
    }

    pub(crate) fn from_parts(text: Arc<str>, lines: Arc<LineIndex>) -> Self {
        Self { text, lines }
    }

    /// Decodes a file's bytes. A byte order mark stays part of the text, so that offsets agree with the file.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, NotText> {
        if let Some(at) = memchr::memchr(0, &bytes) {
            return Err(NotText::Nul(at));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(text)),
            Err(error) => Err(NotText::NotUtf8(error.utf8_error().valid_up_to())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The shared text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
    /// Its line index.
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }
    /// Length in bytes.
    pub fn len(&self) -> TextSize {
        TextSize::of(&*self.text)
    }
    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
    /// The text at `range`; empty where the range does not fit the text.
    pub fn slice(&self, range: TextRange) -> &str {
        self.text.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default()
    }
    /// The line (from 0) of `offset`, without its line end.
    pub fn line_text(&self, line: u32) -> &str {
        self.slice(self.lines.line_range(&self.text, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_say_where() {
        assert_eq!(SourceText::from_bytes(b"a\0b".to_vec()).err(), Some(NotText::Nul(1)));
        assert_eq!(SourceText::from_bytes(b"ab\xff".to_vec()).err(), Some(NotText::NotUtf8(2)));
    }
}
