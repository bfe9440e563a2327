//! Editor positions: the one place where byte offsets become lines and characters, and back.

use text_size::TextSize;

use crate::line_index::LineIndex;
use crate::source::SourceText;

/// What a character column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PositionEncoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, LSP's default.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

/// A place in a text: line and character, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in units of the encoding.
    pub character: u32,
}

/// The position of `offset`. An offset inside a character counts as its start.
pub fn to_position(source: &SourceText, offset: TextSize, encoding: PositionEncoding) -> Position {
    let offset = offset.min(source.len());
    let line = source.lines().line_of(offset);
    let start = source.lines().line_start(line);
    let mut end = usize::from(offset);
    while !source.as_str().is_char_boundary(end) {
        end -= 1;
    }
    let before = &source.as_str()[usize::from(start)..end];
    let character = match encoding {
        PositionEncoding::Utf8 => before.len(),
        _ if before.is_ascii() => before.len(),
        PositionEncoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        PositionEncoding::Utf32 => before.chars().count(),
    };
    Position { line, character: character as u32 }
}

/// The offset of `position`. A position past its line's end is the line's end, one past the text the text's
/// end, as LSP demands.
pub fn to_offset(source: &SourceText, position: Position, encoding: PositionEncoding) -> TextSize {
    offset_in(source.as_str(), source.lines(), position, encoding)
}

pub(crate) fn offset_in(text: &str, lines: &LineIndex, position: Position, encoding: PositionEncoding) -> TextSize {
    if position.line >= lines.len() {
        return TextSize::of(text);
    }
    let range = lines.line_range(text, position.line);
    let line = &text[range];
    let wanted = position.character as usize;
    let within = match encoding {
        PositionEncoding::Utf8 => floor_boundary(line, wanted),
        _ if line.is_ascii() => wanted.min(line.len()),
        PositionEncoding::Utf16 => walk(line, wanted, char::len_utf16),
        PositionEncoding::Utf32 => walk(line, wanted, |_| 1),
    };
    range.start() + TextSize::new(within as u32)
}

fn floor_boundary(line: &str, at: usize) -> usize {
    let mut at = at.min(line.len());
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn walk(line: &str, wanted: usize, width: impl Fn(char) -> usize) -> usize {
    let mut seen = 0;
    for (at, c) in line.char_indices() {
        if seen + width(c) > wanted {
            return at;
        }
        seen += width(c);
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_boundary_round_trips_in_every_encoding() {
        let text = "a😀b\r\ne\u{301}ñ\rx\n\n日本";
        let source = SourceText::new(text);
        for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
            for (at, c) in text.char_indices() {
                // Inside a `\r\n` there is no position.
                if c == '\n' && at > 0 && text.as_bytes()[at - 1] == b'\r' {
                    continue;
                }
                let offset = TextSize::new(at as u32);
                let there = to_position(&source, offset, encoding);
                assert_eq!(to_offset(&source, there, encoding), offset, "{encoding:?} at {at}");
            }
        }
    }

    #[test]
    fn positions_out_of_range_are_clamped() {
        let source = SourceText::new("ab\ncd");
        let far = Position { line: 9, character: 9 };
        assert_eq!(to_offset(&source, far, PositionEncoding::Utf16), source.len());
        let long = Position { line: 0, character: 99 };
        assert_eq!(to_offset(&source, long, PositionEncoding::Utf16), TextSize::new(2));
    }
}
