//! Quoted annotations: the small language of types inside a string, parsed without tree-sitter.
//!
//! `"multiprocessing.queues.Queue[FrameMessage] | None"` becomes the same expressions as the unquoted form.

use text_size::{TextRange, TextSize};

use crate::name::Name;

/// A parsed annotation; ranges are relative to the text's start.
#[derive(Debug, PartialEq)]
pub(crate) struct Annotation {
    pub(crate) kind: AnnotationKind,
    pub(crate) range: TextRange,
}

#[derive(Debug, PartialEq)]
pub(crate) enum AnnotationKind {
    Name(Name),
    Attribute(Box<Annotation>, Name),
    Subscript(Box<Annotation>, Vec<Annotation>),
    Union(Box<Annotation>, Box<Annotation>),
    List(Vec<Annotation>),
    Str(Name),
    Int(i64),
    None,
    Ellipsis,
}

/// An annotation nested deeper than this is not read.
const MAX_DEPTH: u32 = 30;

/// Parses `text`, or answers nothing where it is not a type.
pub(crate) fn parse(text: &str) -> Option<Annotation> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let parsed = parser.union()?;
    parser.space();
    (parser.at == text.len()).then_some(parsed)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }
    fn eat(&mut self, token: char) -> bool {
        self.space();
        let there = self.text[self.at..].starts_with(token);
        self.at += if there { token.len_utf8() } else { 0 };
        there
    }
    fn node(&self, start: usize, kind: AnnotationKind) -> Annotation {
        let range = TextRange::new(TextSize::new(start as u32), TextSize::new(self.at as u32));
        Annotation { kind, range }
    }
    fn word(&mut self) -> Option<&str> {
        self.space();
        let rest = &self.text[self.at..];
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if len == 0 {
            return None;
        }
        self.at += len;
        Some(&rest[..len])
    }
    fn union(&mut self) -> Option<Annotation> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.space();
        let start = self.at;
        let mut left = self.postfix()?;
        while self.eat('|') {
            let right = self.postfix()?;
            left = self.node(start, AnnotationKind::Union(Box::new(left), Box::new(right)));
        }
        self.depth -= 1;
        Some(left)
    }
    fn postfix(&mut self) -> Option<Annotation> {
        self.space();
        let start = self.at;
        let mut left = self.atom()?;
        loop {
            if self.eat('.') {
                let name = Name::new(self.word()?);
                left = self.node(start, AnnotationKind::Attribute(Box::new(left), name));
            } else if self.eat('[') {
                let items = self.items(']')?;
                left = self.node(start, AnnotationKind::Subscript(Box::new(left), items));
            } else {
                return Some(left);
            }
        }
    }
    fn items(&mut self, close: char) -> Option<Vec<Annotation>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.union()?);
            if !self.eat(',') {
                return self.eat(close).then_some(items);
            }
        }
        Some(items)
    }
    fn atom(&mut self) -> Option<Annotation> {
        self.space();
        let start = self.at;
        if self.eat('[') {
            let items = self.items(']')?;
            return Some(self.node(start, AnnotationKind::List(items)));
        }
        for quote in ['"', '\''] {
            if self.eat(quote) {
                let len = self.text[self.at..].find(quote)?;
                let text = Name::new(&self.text[self.at..self.at + len]);
                self.at += len + 1;
                return Some(self.node(start, AnnotationKind::Str(text)));
            }
        }
        if self.text[self.at..].starts_with("...") {
            self.at += 3;
            return Some(self.node(start, AnnotationKind::Ellipsis));
        }
        let kind = match self.word()? {
            "None" => AnnotationKind::None,
            word if word.starts_with(|c: char| c.is_ascii_digit()) => AnnotationKind::Int(word.parse().ok()?),
            word => AnnotationKind::Name(Name::new(word)),
        };
        Some(self.node(start, kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_parse_and_prose_does_not() {
        assert!(parse("multiprocessing.queues.Queue[Frame | None]").is_some());
        assert!(parse("Callable[[int, str], ...]").is_some());
        assert!(parse(" Optional[ 'Queue' ] ").is_some());
        assert!(parse("a queue of frames").is_none());
        assert!(parse("list[").is_none());
        assert!(parse(&"[".repeat(10_000)).is_none());
    }
}
