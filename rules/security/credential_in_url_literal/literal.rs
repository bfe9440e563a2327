//! The strings of an item that hold a URL with a password.

use std::ops::Range;

use pyteam_engine::{CheckContext, Severity};
use pyteam_syntax::tree::{ArgKind, FStringPart};
use pyteam_syntax::{Expr, ExprId, Parent, Stmt, TextRange, TextSize};

use super::placeholder::grade;
use super::url::{self, Credential, HOLE};

/// A string that holds a URL with a password.
pub(super) struct Literal {
    pub(super) expr: ExprId,
    /// The text between the quotes, with [`HOLE`]s where something is interpolated.
    pub(super) text: String,
    /// Where pieces of the text stand, relative to the item: offset in the text, and place. Empty where the text
    /// is not written in one piece.
    pieces: Vec<(usize, TextRange)>,
    /// Whether `%` or `.format` puts values into it.
    pub(super) is_format: bool,
}

impl Literal {
    /// The URL in it that matters most.
    pub(super) fn worst(&self) -> Option<(Credential<'_>, Severity)> {
        let graded = url::find(&self.text).into_iter().filter_map(|url| grade(&url).map(|severity| (url, severity)));
        // Of equals the first one.
        graded.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// The text of a plain literal without prefix and quotes.
    pub(super) fn content(&self) -> &str {
        match self.text.find(['"', '\'']) {
            Some(at) if !self.pieces.is_empty() => self.text[at..].trim_matches(['"', '\'']),
            _ => &self.text,
        }
    }

    /// Where the URL stands in the file; the whole literal where it is not written in one piece.
    pub(super) fn place(&self, cx: &CheckContext<'_>, url: &Credential<'_>) -> TextRange {
        self.place_of_range(cx, &url.range)
    }

    /// Where a part of the text stands in the file; the whole literal where it is not written in one piece.
    pub(super) fn place_of_range(&self, cx: &CheckContext<'_>, range: &Range<usize>) -> TextRange {
        let start = self.place_of(range.start);
        let end = self.place_of(range.end);
        match (start, end) {
            (Some(start), Some(end)) if start < end => cx.file.absolute(cx.item_index, TextRange::new(start, end)),
            _ => cx.range(self.expr),
        }
    }

    /// Where the offset of the text stands in the item.
    pub(super) fn place_of(&self, offset: usize) -> Option<TextSize> {
        let (from, range) = self.pieces.iter().rev().find(|(from, _)| *from <= offset)?;
        let place = range.start() + TextSize::new((offset - from) as u32);
        (place <= range.end()).then_some(place)
    }
}

/// The strings of the item that hold such a URL and may hold a secret.
pub(super) fn all(cx: &CheckContext<'_>) -> Vec<Literal> {
    let item = TextRange::at(cx.file.item_start(cx.item_index), cx.item.len());
    if !cx.file.source().slice(item).contains("://") {
        return Vec::new();
    }
    let mut found: Vec<Literal> = cx.item.expr_ids().filter_map(|expr| read(cx, expr)).collect();
    found.sort_by_key(|literal| cx.item.expr_range(literal.expr).start());
    found
}

/// The same in the whole file, in source order.
pub(super) fn in_file(cx: &CheckContext<'_>) -> Vec<(u32, Literal)> {
    let items = (0..cx.file.parsed.items.len() as u32).filter(|at| {
        // A class's text holds its methods, which are items of their own.
        let item = TextRange::at(cx.file.item_start(*at), cx.file.item(*at).len());
        cx.file.source().slice(item).contains("://")
    });
    items.flat_map(|at| all(&cx.at_item(at)).into_iter().map(move |literal| (at, literal))).collect()
}

fn read(cx: &CheckContext<'_>, expr: ExprId) -> Option<Literal> {
    let literal = match cx.item.expr(expr) {
        Expr::Str(literal) => {
            let written = cx.text(expr);
            if let Some(literal) = format(cx, expr, written).filter(|literal| !url::find(&literal.text).is_empty()) {
                return kept(cx, literal);
            }
            let pieces = vec![(0, cx.item.expr_range(expr))];
            // Pieces that Python puts together (`"rtsp://" "a:b@c"`) have a value, and no place of their own.
            match literal.value {
                Some(value) if url::find(written).is_empty() => {
                    Literal { expr, text: value.as_str().to_owned(), pieces: Vec::new(), is_format: false }
                }
                _ => Literal { expr, text: written.to_owned(), pieces, is_format: false },
            }
        }
        Expr::FString(parts) => template(cx, expr, parts),
        _ => return None,
    };
    kept(cx, literal)
}

fn kept(cx: &CheckContext<'_>, literal: Literal) -> Option<Literal> {
    let expr = literal.expr;
    (literal.worst().is_some() && !is_prose(cx, &literal) && !is_allowed(cx, expr)).then_some(literal)
}

/// The text of a string that `%` or `.format` puts values into, with [`HOLE`]s in their places.
fn format(cx: &CheckContext<'_>, expr: ExprId, written: &str) -> Option<Literal> {
    let Parent::Expr(parent) = cx.item.expr_parent(expr) else { return None };
    let braces = match cx.item.expr(parent) {
        Expr::Binary { left, op, .. } if *left == expr && *op == "%" => false,
        Expr::Attribute { attr, .. } if *attr == "format" || *attr == "format_map" => true,
        _ => return None,
    };
    let start = cx.item.expr_range(expr).start();
    let place =
        |from: usize, to: usize| TextRange::new(start + TextSize::new(from as u32), start + TextSize::new(to as u32));
    let (mut text, mut pieces, mut from) = (String::new(), Vec::new(), 0);
    while let Some((at, length)) = hole(&written[from..], braces) {
        pieces.push((text.len(), place(from, from + at)));
        text.push_str(&written[from..from + at]);
        text.push(HOLE);
        from += at + length;
    }
    pieces.push((text.len(), place(from, written.len())));
    text.push_str(&written[from..]);
    Some(Literal { expr, text, pieces, is_format: true })
}

/// Where the next `{...}` or `%s` stands, and how long it is.
fn hole(text: &str, braces: bool) -> Option<(usize, usize)> {
    if braces {
        let at = text.find('{')?;
        return Some((at, text[at..].find('}')? + 1));
    }
    let at = text.find('%')?;
    let rest = &text[at + 1..];
    let name = if rest.starts_with('(') { rest.find(')')? + 1 } else { 0 };
    let flags = rest[name..].find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
    Some((at, name + flags + 2))
}

fn template(cx: &CheckContext<'_>, expr: ExprId, parts: &[FStringPart]) -> Literal {
    let (mut text, mut pieces) = (String::new(), Vec::new());
    for part in parts {
        match part {
            FStringPart::Text(range) => {
                pieces.push((text.len(), *range));
                text.push_str(cx.file.text_at(cx.item_index, *range));
            }
            FStringPart::Expr(_) => text.push(HOLE),
        }
    }
    Literal { expr, text, pieces, is_format: false }
}

/// Whether the string explains rather than connects: a docstring, a help text, a message, an example.
fn is_prose(cx: &CheckContext<'_>, literal: &Literal) -> bool {
    let text = literal.text.to_lowercase();
    let tells = ["e.g.", "eg:", "i.e.", "example", "such as", "usage", "format:", "syntax"];
    if tells.iter().any(|tell| text.contains(tell)) {
        return true;
    }
    let keywords = [
        "help",
        "description",
        "epilog",
        "placeholder",
        "example",
        "examples",
        "tooltip",
        "usage",
        "metavar",
        "doc",
        "label",
    ];
    let mut at = literal.expr;
    loop {
        match cx.item.expr_parent(at) {
            Parent::Expr(parent) => {
                if let Expr::Call { args, .. } = cx.item.expr(parent) {
                    let arg = args.iter().find(|arg| arg.value == at);
                    if arg.is_some_and(
                        |arg| matches!(arg.kind, ArgKind::Keyword(name) if keywords.contains(&name.as_str())),
                    ) {
                        return true;
                    }
                }
                at = parent;
            }
            // A string on its own is a docstring or a comment.
            Parent::Stmt(stmt) => {
                return match cx.item.stmt(stmt) {
                    Stmt::Expr(value) => *value == literal.expr,
                    Stmt::Raise { .. } | Stmt::Assert { .. } => true,
                    Stmt::Assign { targets, .. } => targets
                        .iter()
                        .any(|target| matches!(cx.item.expr(*target), Expr::Name(name) if *name == "__doc__")),
                    _ => false,
                };
            }
            Parent::Root => return false,
        }
    }
}

/// Whether a comment in the language of another scanner says that the string is no secret.
fn is_allowed(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    // A comment may stand beside the item.
    cx.whole_file();
    let range = cx.range(expr);
    let lines = cx.file.source().lines();
    let (first, last) = (lines.line_of(range.start()), lines.line_of(range.end()));
    let says = |line: u32, words: &[&str]| words.iter().any(|words| cx.file.source().line_text(line).contains(words));
    (first..=last).any(|line| {
        says(line, &["pragma: allowlist secret", "pragma: whitelist secret", "gitleaks:allow", "trufflehog:ignore"])
    }) || first > 0 && says(first - 1, &["pragma: allowlist nextline secret", "pragma: whitelist nextline secret"])
}
