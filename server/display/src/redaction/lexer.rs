//! Python's tokens, as far as secrets ask for them. Any text is taken: what is no Python gives tokens that mean little.

use std::ops::Range;

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Name,
    /// A literal; its place is that of what stands between the quotes.
    Text {
        is_template: bool,
        is_long: bool,
    },
    /// One character; `==` and `!=` are `Same`.
    Sign(u8),
    Same,
    /// The end of a line.
    Line,
}

/// A token with its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) place: Range<usize>,
}

/// The tokens of a stretch of `text`, and the places of its comments, without their `#`.
pub(super) fn tokens(text: &str, stretch: Range<usize>) -> (Vec<Placed>, Vec<Range<usize>>) {
    let bytes = &text.as_bytes()[..stretch.end];
    let is_comment = stretch != (0..text.len());
    let mut lexer = Lexer {
        text,
        bytes,
        at: stretch.start,
        is_comment,
        tokens: Vec::new(),
        comments: Vec::new(),
        unclosed: [0; 4],
    };
    lexer.run();
    (lexer.tokens, lexer.comments)
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// The stretch is a comment's.
    is_comment: bool,
    tokens: Vec<Placed>,
    comments: Vec<Range<usize>>,
    /// Up to where no quotes of a kind end anything: so that no stretch is searched twice.
    unclosed: [usize; 4],
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            let start = self.at;
            match byte {
                b'\n' => self.push(Token::Line, start..start + 1),
                // A comment in a comment is read with it.
                b'#' if self.is_comment => self.push(Token::Line, start..start + 1),
                b'#' => {
                    let end = self.end_of(start, |byte| byte != b'\n');
                    self.comments.push(start + 1..end);
                    self.at = end;
                }
                b'\\' => {
                    // A line that goes on in the next one.
                    let skipped = &self.bytes[start + 1..];
                    self.at +=
                        if skipped.starts_with(b"\r\n") { 3 } else { 1 + usize::from(skipped.starts_with(b"\n")) };
                }
                b'"' | b'\'' => self.quotes(start, false),
                b'=' | b'!' if self.bytes.get(start + 1) == Some(&b'=') => self.push(Token::Same, start..start + 2),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.name(),
                b' ' | b'\t' | b'\r' | 0x0c => self.at += 1,
                b'0'..=b'9' => {
                    let end = self.end_of(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
                    self.push(Token::Sign(b'0'), start..end);
                }
                sign => self.push(Token::Sign(sign), start..start + 1),
            }
        }
    }

    fn push(&mut self, token: Token, place: Range<usize>) {
        self.at = place.end;
        self.tokens.push(Placed { token, place });
    }

    fn end_of(&self, start: usize, is_part: impl Fn(u8) -> bool) -> usize {
        self.bytes[start..].iter().position(|&byte| !is_part(byte)).map_or(self.bytes.len(), |length| start + length)
    }

    fn name(&mut self) {
        let start = self.at;
        let end = self.end_of(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80);
        let is_quoted = matches!(self.bytes.get(end), Some(b'"' | b'\''));
        if is_quoted && end - start <= 2 && self.text[start..end].bytes().all(|byte| b"rRbBuUfFtT".contains(&byte)) {
            let is_template = self.bytes[start..end].iter().any(|byte| b"fFtT".contains(byte));
            self.at = end;
            return self.quotes(end, is_template);
        }
        self.push(Token::Name, start..end);
    }

    fn quotes(&mut self, start: usize, is_template: bool) {
        let quote = self.bytes[start];
        let is_long = self.bytes[start..].starts_with(&[quote; 3]);
        let width = if is_long { 3 } else { 1 };
        let body = start + width;
        match self.closing(quote, is_long, body) {
            Some(end) => {
                self.push(Token::Text { is_template, is_long }, body..end);
                self.at = end + width;
            }
            // An apostrophe, or a text that was cut.
            None => self.at = body,
        }
    }

    fn closing(&mut self, quote: u8, is_long: bool, body: usize) -> Option<usize> {
        let kind = usize::from(quote == b'"') + 2 * usize::from(is_long);
        if body < self.unclosed[kind] {
            return None;
        }
        let mut at = body;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\n' if !is_long => break,
                _ if byte == quote && (!is_long || self.bytes[at..].starts_with(&[quote; 3])) => return Some(at),
                _ => {}
            }
            at += 1;
        }
        self.unclosed[kind] = at;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    fn texts(text: &str) -> Vec<&str> {
        let (tokens, comments) = tokens(text, 0..text.len());
        let more = comments.into_iter().flat_map(|place| super::tokens(text, place).0);
        let texts = tokens.into_iter().chain(more).filter(|one| matches!(one.token, Token::Text { .. }));
        texts.map(|one| &text[one.place]).collect()
    }

    #[test]
    fn literals_are_found_in_whatever_surrounds_them() {
        assert_eq!(texts(r#"a = "x\"y" 'z' rb'' f"{q}""#), ["x\\\"y", "z", "", "{q}"]);
        assert_eq!(texts("a = \"\"\"x\n'y'\"\"\" + 'z'"), ["x\n'y'", "z"]);
        assert_eq!(texts("# don't\npassword = 'x'"), ["x"]);
        assert_eq!(texts("'''cut off\n password = \"x\""), ["x"]);
        assert_eq!(texts("é'ü'"), ["ü"]);
        assert_eq!(texts("\\"), Vec::<&str>::new());
        assert_eq!(texts("'\\"), Vec::<&str>::new());
    }
}
