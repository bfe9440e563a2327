//! Edits in the style of the file they go into: its line ends, indentation, quotes and import sections.

pub mod arguments;
pub mod imports;
pub mod standard;
pub mod statement;

use text_size::TextSize;

use crate::document::Parsed;
use crate::source::SourceText;
use crate::tree::Stmt;

/// So many lines tell which line end a file uses, and so many bytes which quote: every finding with a repair asks.
const SAMPLE_LINES: u32 = 256;
const SAMPLE_BYTES: usize = 1 << 14;

/// The line end that the file uses most; `\n` for a file of one line.
pub fn newline(source: &SourceText) -> &'static str {
    // The start of a large file tells as much as all of it.
    let (text, lines) = (source.as_str().as_bytes(), source.lines());
    let (mut crlf, mut lf, mut cr) = (0, 0, 0);
    for line in 1..lines.len().min(SAMPLE_LINES) {
        match &text[..usize::from(lines.line_start(line))] {
            [.., b'\r', b'\n'] => crlf += 1,
            [.., b'\n'] => lf += 1,
            _ => cr += 1,
        }
    }
    match (crlf, lf, cr) {
        (crlf, lf, cr) if crlf > lf && crlf >= cr => "\r\n",
        (_, lf, cr) if cr > lf => "\r",
        _ => "\n",
    }
}

/// The blanks that the line of `offset` is indented by.
pub fn indent_of(source: &SourceText, offset: TextSize) -> &str {
    let line = source.line_text(source.lines().line_of(offset));
    let line = &line[before_indent(line)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// So many bytes of `line` stand before its indentation: a byte order mark, and all up to the last form feed, from which
/// on Python counts the blanks.
pub(crate) fn before_indent(line: &str) -> usize {
    let mark = line.len() - line.trim_start_matches('\u{feff}').len();
    let blanks = line.len() - line[mark..].trim_start_matches([' ', '\t', '\x0c']).len();
    line[..blanks].rfind('\x0c').map_or(mark, |at| at + 1)
}

/// One level of indentation, as the file's first indented body has it; four blanks where there is none.
pub fn indent_unit(parsed: &Parsed) -> String {
    parsed.indent_unit.get_or_init(|| find_indent_unit(parsed)).clone()
}

fn find_indent_unit(parsed: &Parsed) -> String {
    for slot in &parsed.items {
        let body = match slot.item.stmt(slot.item.root()) {
            Stmt::Function(function) => &function.body,
            Stmt::Class(class) => &class.body,
            Stmt::If { body, .. } => body,
            _ => continue,
        };
        let Some(first) = body.first() else { continue };
        let source = &parsed.source;
        let start = slot.item.stmt_range(*first).start() + slot.start;
        let (outer, inner) = (indent_of(source, slot.start), indent_of(source, start));
        if let Some(unit) = inner.strip_prefix(outer)
            && !unit.is_empty()
        {
            return unit.to_owned();
        }
    }
    "    ".to_owned()
}

/// The quote that the file uses more often.
pub fn quote(source: &SourceText) -> char {
    let text = source.as_str().as_bytes();
    let text = &text[..text.len().min(SAMPLE_BYTES)];
    let single = memchr::memchr_iter(b'\'', text).count();
    let double = memchr::memchr_iter(b'"', text).count();
    if single > double { '\'' } else { '"' }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ParseLimits, parse};

    #[test]
    fn an_indentation_begins_behind_the_last_form_feed() {
        for (line, indent) in [
            ("  x", "  "),
            ("\x0c  x", "  "),
            ("    \x0c\tx", "\t"),
            ("  \x0cx", ""),
            ("\u{feff}\x0c x", " "),
            ("  x\x0c", "  "),
            ("  ", "  "),
        ] {
            assert_eq!(indent_of(&SourceText::new(line), 0.into()), indent, "{line:?}");
        }
    }

    #[test]
    fn style_is_read_from_the_text() {
        let parsed =
            parse(SourceText::new("class C:\r\n\tdef m(self):\r\n\t\treturn 'x'\r\n"), &ParseLimits::default());
        assert_eq!(newline(&parsed.source), "\r\n");
        assert_eq!(indent_unit(&parsed), "\t");
        assert_eq!(quote(&parsed.source), '\'');
    }
}
