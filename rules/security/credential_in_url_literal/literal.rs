//! The strings of an item that hold a URL with a password.

use std::ops::Range;

use pyteam_engine::{CheckContext, Severity};
use pyteam_syntax::arguments::{keyword, positional};
use pyteam_syntax::tree::{Arg, ArgKind, FStringPart};
use pyteam_syntax::{Expr, ExprId, Parent, Stmt, TextRange, TextSize};

use super::constant;
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
    /// The parts of the text that are constants from elsewhere, and where these are written in the file.
    constants: Vec<(Range<usize>, Option<TextRange>)>,
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

    /// Where the constants in the range of the text are written, in this file.
    pub(super) fn constants(&self, range: &Range<usize>) -> impl Iterator<Item = TextRange> {
        self.within(range).filter_map(|(_, place)| *place)
    }

    /// Whether the range of the text is, or holds, a constant from elsewhere.
    pub(super) fn is_joined(&self, range: &Range<usize>) -> bool {
        self.within(range).next().is_some()
    }

    fn within(&self, range: &Range<usize>) -> impl Iterator<Item = &(Range<usize>, Option<TextRange>)> {
        self.constants.iter().filter(move |(one, _)| one.start < range.end && range.start < one.end)
    }

    /// Adds the text of a value: of a constant, or a [`HOLE`].
    fn push_value(&mut self, cx: &CheckContext<'_>, value: Option<ExprId>) {
        match value.and_then(|value| constant::of(cx, value)) {
            Some(constant) => {
                let start = self.text.len();
                self.text.push_str(&constant.text);
                self.constants.push((start..self.text.len(), constant.place));
            }
            None => self.text.push(HOLE),
        }
    }

    fn new(expr: ExprId, is_format: bool) -> Self {
        Self { expr, text: String::new(), pieces: Vec::new(), is_format, constants: Vec::new() }
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
    if !may_hold(cx.file.source().slice(item)) {
        return Vec::new();
    }
    let mut found: Vec<Literal> = cx.item.expr_ids().filter_map(|expr| read(cx, expr)).collect();
    found.sort_by_key(|literal| cx.item.expr_range(literal.expr).start());
    found
}

/// Whether the text has a URL in it, or may put one together from a template that stands elsewhere.
fn may_hold(text: &str) -> bool {
    text.contains("://") || text.contains(".format(") || text.contains(" % ")
}

/// The same in the whole file, in source order.
pub(super) fn in_file(cx: &CheckContext<'_>) -> Vec<(u32, Literal)> {
    let items = (0..cx.file.parsed.items.len() as u32).filter(|at| {
        // A class's text holds its methods, which are items of their own.
        let item = TextRange::at(cx.file.item_start(*at), cx.file.item(*at).len());
        may_hold(cx.file.source().slice(item))
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
            let mut whole = Literal::new(expr, false);
            // Pieces that Python puts together (`"rtsp://" "a:b@c"`) have a value, and no place of their own.
            match literal.value {
                Some(value) if url::find(written).is_empty() => value.as_str().clone_into(&mut whole.text),
                _ => {
                    whole.pieces = vec![(0, cx.item.expr_range(expr))];
                    written.clone_into(&mut whole.text);
                }
            }
            whole
        }
        Expr::FString(parts) => template(cx, expr, parts),
        Expr::Binary { op, .. } if *op == "+" => sum(cx, expr)?,
        Expr::Name(_) | Expr::Attribute { .. } => {
            let text = formatted(cx, expr).and_then(|_| constant::of(cx, expr))?.text;
            let mut literal = format(cx, expr, &text)?;
            literal.pieces.clear();
            literal
        }
        _ => return None,
    };
    kept(cx, literal)
}

/// `"rtsp://" + USER + ":" + PASSWORD + "@" + host`, as a whole: a part that holds a URL with a password is found by itself.
fn sum(cx: &CheckContext<'_>, expr: ExprId) -> Option<Literal> {
    let is_sum = |expr| matches!(cx.item.expr(expr), Expr::Binary { op, .. } if *op == "+");
    if matches!(cx.item.expr_parent(expr), Parent::Expr(around) if is_sum(around)) {
        return None;
    }
    let (mut leaves, mut open) = (Vec::new(), vec![expr]);
    while let Some(one) = open.pop() {
        match cx.item.expr(one) {
            Expr::Binary { left, right, .. } if is_sum(one) => open.extend([*right, *left]),
            _ => leaves.push(one),
        }
    }
    let mut whole = Literal::new(expr, false);
    for leaf in leaves {
        match cx.item.expr(leaf) {
            Expr::Str(literal) => {
                let text = literal.value?;
                if !url::find(text.as_str()).is_empty() {
                    return None;
                }
                whole.text.push_str(text.as_str());
            }
            Expr::FString(parts) => {
                let part = template(cx, leaf, parts);
                if !url::find(&part.text).is_empty() {
                    return None;
                }
                let from = whole.text.len();
                let moved = part.constants.into_iter().map(|(at, place)| (at.start + from..at.end + from, place));
                whole.constants.extend(moved);
                whole.text.push_str(&part.text);
            }
            _ => whole.push_value(cx, Some(leaf)),
        }
    }
    Some(whole)
}

/// How `%` or `.format` puts values into the string at `expr`: whether by braces, and what it is given.
fn formatted<'c>(cx: &CheckContext<'c>, expr: ExprId) -> Option<Values<'c>> {
    let Parent::Expr(parent) = cx.item.expr_parent(expr) else { return None };
    match cx.item.expr(parent) {
        Expr::Binary { left, op, right } if *left == expr && *op == "%" => Some(Values::Percent(*right)),
        Expr::Attribute { attr, .. } if *attr == "format" || *attr == "format_map" => {
            let args = match cx.item.expr_parent(parent) {
                Parent::Expr(call) => match cx.item.expr(call) {
                    Expr::Call { func, args } if *func == parent && *attr == "format" => &args[..],
                    _ => &[],
                },
                _ => &[],
            };
            Some(Values::Braces(args))
        }
        _ => None,
    }
}

/// What is put into a string.
enum Values<'c> {
    /// What stands behind `%`.
    Percent(ExprId),
    /// The arguments of `.format`.
    Braces(&'c [Arg]),
}

impl Values<'_> {
    /// What goes into the `nth` place that has no name, or into the one that `text` (`{name}`, `%(name)s`) names.
    fn get(&self, cx: &CheckContext<'_>, text: &str, nth: &mut usize) -> Option<ExprId> {
        let mut next = || {
            *nth += 1;
            *nth - 1
        };
        match self {
            Self::Braces(args) => {
                let name = text.trim_matches(['{', '}']).split(['!', ':']).next().unwrap_or_default();
                if args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar)) {
                    return None;
                }
                let index = if name.is_empty() { Some(next()) } else { name.parse().ok() };
                match index {
                    Some(index) => positional(args, index),
                    None => keyword(args, name),
                }
            }
            Self::Percent(right) => match (cx.item.expr(*right), text.strip_prefix("%(")) {
                (_, None) if text.ends_with('%') => None,
                (Expr::Tuple(items), None) => items.get(next()).copied(),
                (Expr::Dict(entries), Some(rest)) => {
                    let name = rest.split(')').next()?;
                    let is_it = |key: ExprId| matches!(cx.item.expr(key), Expr::Str(key) if key.value.is_some_and(|key| key == name));
                    entries.iter().find(|entry| entry.key.is_some_and(is_it)).map(|entry| entry.value)
                }
                (Expr::Dict(_) | Expr::Tuple(_), _) => None,
                (_, None) => (next() == 0).then_some(*right),
                _ => None,
            },
        }
    }
}

fn kept(cx: &CheckContext<'_>, literal: Literal) -> Option<Literal> {
    let expr = literal.expr;
    (literal.worst().is_some() && !is_prose(cx, &literal) && !is_allowed(cx, expr)).then_some(literal)
}

/// The text of a string that `%` or `.format` puts values into: constants as they are, and [`HOLE`]s for all others.
fn format(cx: &CheckContext<'_>, expr: ExprId, written: &str) -> Option<Literal> {
    let values = formatted(cx, expr)?;
    let braces = matches!(values, Values::Braces(_));
    let start = cx.item.expr_range(expr).start();
    let place =
        |from: usize, to: usize| TextRange::new(start + TextSize::new(from as u32), start + TextSize::new(to as u32));
    let (mut whole, mut from, mut nth) = (Literal::new(expr, true), 0, 0);
    while let Some((at, length)) = hole(&written[from..], braces) {
        let end = from + at;
        whole.pieces.push((whole.text.len(), place(from, end)));
        whole.text.push_str(&written[from..end]);
        whole.push_value(cx, values.get(cx, &written[end..end + length], &mut nth));
        from = end + length;
    }
    whole.pieces.push((whole.text.len(), place(from, written.len())));
    whole.text.push_str(&written[from..]);
    Some(whole)
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
    let mut whole = Literal::new(expr, false);
    for part in parts {
        match part {
            FStringPart::Text(range) => {
                whole.pieces.push((whole.text.len(), *range));
                whole.text.push_str(cx.file.text_at(cx.item_index, *range));
            }
            FStringPart::Expr(value) => whole.push_value(cx, Some(*value)),
        }
    }
    whole
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
