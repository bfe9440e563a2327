//! Lines as the grammar's scanner reads them.

use text_size::{TextRange, TextSize};

use crate::LineIndex;

/// What a line begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// Nothing.
    Blank,
    /// A comment, whose `#` is at `at`.
    Comment { indent: u16, at: usize },
    /// A line continuation alone: the scanner adds the next line's indentation to its own.
    Join { indent: u16 },
    /// Anything else.
    Code { indent: u16 },
}

/// Reads the line that starts at `start`. The scanner counts columns in 16 bits and lets them run over.
pub(super) fn read(text: &str, start: usize) -> Line {
    let bytes = text.as_bytes();
    let mut indent = 0u16;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b' ' => indent = indent.wrapping_add(1),
            b'\t' => indent = indent.wrapping_add(8),
            b'\x0c' => indent = 0,
            b'\r' | b'\n' => return Line::Blank,
            b'#' => return Line::Comment { indent, at },
            b'\\' if matches!(bytes.get(at + 1), None | Some(b'\r' | b'\n')) => return Line::Join { indent },
            _ => return Line::Code { indent },
        }
    }
    Line::Blank
}

/// Whether the line `number`, which is code, ends with a line continuation.
pub(super) fn is_continued(text: &str, lines: &LineIndex, number: u32) -> bool {
    text[lines.line_range(text, number)].ends_with('\\')
}

/// The comments of `range`, whose lines are all comments or blank.
pub(super) fn comments(text: &str, range: TextRange) -> impl Iterator<Item = TextRange> {
    let bytes = text.as_bytes();
    let (mut at, end) = (usize::from(range.start()), usize::from(range.end()));
    std::iter::from_fn(move || {
        let start = at + memchr::memchr(b'#', &bytes[at..end])?;
        at = comment_end(bytes, start);
        Some(TextRange::new(TextSize::new(start as u32), TextSize::new(at as u32)))
    })
}

/// Where the comment at `start` ends: before the `\n`, or a `\r` without one. The `\r` of `\r\n` is part of it.
pub(super) fn comment_end(bytes: &[u8], start: usize) -> usize {
    let mut ends = memchr::memchr2_iter(b'\n', b'\r', &bytes[start..]).map(|at| start + at);
    ends.find(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).unwrap_or(bytes.len())
}

/// The indentations of all lines of code so far: no block has another.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// In ascending order.
    seen: Vec<u16>,
    last: Option<u16>,
}

impl Levels {
    pub(super) fn add(&mut self, indent: u16) {
        if self.last == Some(indent) {
            return;
        }
        self.last = Some(indent);
        if let Err(at) = self.seen.binary_search(&indent) {
            self.seen.insert(at, indent);
        }
    }

    /// How many blocks, at most, end before a comment with this indentation.
    pub(super) fn above(&self, indent: u16) -> usize {
        self.seen.len() - self.seen.partition_point(|level| *level <= indent)
    }
}
