//! A guess at what stands in string literals, for a price that is paid at every keystroke.

use super::line::comment_end;

/// Walks over a text and tells code from string literals.
///
/// It knows quotes, escapes and comments, and takes an f-string for a plain one; quotes nested in it come in pairs.
pub(super) struct Strings<'t> {
    bytes: &'t [u8],
    /// Outside of strings, or where the string ends that an earlier step came into.
    at: usize,
    /// Which triple quotes, `"` and `'`, are opened somewhere and never closed. The parser takes what follows for code.
    never_closed: [bool; 2],
}

impl<'t> Strings<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, never_closed: [false; 2] }
    }

    /// Whether `offset` lies outside of string literals. Offsets are asked for in ascending order.
    pub(super) fn is_outside(&mut self, offset: usize) -> bool {
        while self.at < offset {
            self.at = match memchr::memchr3(b'#', b'"', b'\'', &self.bytes[self.at..offset]) {
                None => offset,
                Some(found) if self.bytes[self.at + found] == b'#' => comment_end(self.bytes, self.at + found),
                Some(found) => self.string_end(self.at + found),
            };
        }
        self.at == offset
    }

    /// Goes on at `end`, before which there are only comments.
    pub(super) fn skip_comments(&mut self, end: usize) {
        self.at = self.at.max(end);
    }

    /// Where the string ends whose quote is at `start`.
    fn string_end(&mut self, start: usize) -> usize {
        let quote = self.bytes[start];
        let triple = [quote; 3];
        if !self.bytes[start..].starts_with(&triple) {
            return self.line_string_end(start + 1, quote);
        }
        let never_closed = &mut self.never_closed[usize::from(quote == b'\'')];
        let mut at = start + 3;
        while !*never_closed {
            match memchr::memchr2(quote, b'\\', &self.bytes[at.min(self.bytes.len())..]) {
                Some(found) if self.bytes[at + found] == b'\\' => at += found + 2,
                Some(found) if self.bytes[at + found..].starts_with(&triple) => return at + found + 3,
                Some(found) => at += found + 1,
                None => *never_closed = true,
            }
        }
        start + 3
    }

    /// Where a string in one line ends, whose text begins at `at`: behind its quote, or where its line ends.
    fn line_string_end(&self, mut at: usize, quote: u8) -> usize {
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\\' if self.bytes[at..].starts_with(b"\\\r\n") => at += 3,
                b'\\' => at += 2,
                b'\n' | b'\r' => return at,
                byte if *byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where in `text` the marks `|` stand outside of strings; the text is read without them.
    fn outside(marked: &str) -> Vec<bool> {
        let text = marked.replace('|', "");
        let mut strings = Strings::new(&text);
        let marks = marked.match_indices('|').enumerate().map(|(before, (at, _))| at - before);
        marks.map(|at| strings.is_outside(at)).collect()
    }

    #[test]
    fn code_comments_and_strings_are_told_apart() {
        assert_eq!(outside("|x = \"|a\"|"), [true, false, true]);
        assert_eq!(outside("|'''\n|# no\n'''\n|# yes\n"), [true, false, true]);
        assert_eq!(outside("# it's\n|x = 'a\\'|b'|\n"), [true, false, true]);
        assert_eq!(outside("'a\\\n|b'\n|'a\\\r\n|b'\r\n|"), [false, true, false, true]);
        assert_eq!(outside("\"\"\"a\\\"\"\"|b\"\"\"|"), [false, true]);
        assert_eq!(outside("f\"{d[\"#\"]}\"\n|"), [true]);
    }

    #[test]
    fn what_is_never_closed_is_no_string() {
        assert_eq!(outside("x = 'a\n|y"), [true]);
        assert_eq!(outside("\"\"\"\n|'''\n|'''\n|\\\"\"\"\n|"), [true, false, true, true]);
    }
}
