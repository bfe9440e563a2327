//! Wrapping a statement in another one.

use text_size::{TextRange, TextSize};

use crate::edit::TextEdit;
use crate::source::SourceText;
use crate::tree::{Expr, Item, StmtId};

/// Whether the statement has its lines to itself: nothing before it but blanks, nothing behind it but blanks
/// and a comment.
pub fn has_own_lines(source: &SourceText, range: TextRange) -> bool {
    let lines = source.lines();
    let (first, last) = (lines.line_of(range.start()), lines.line_of(range.end()));
    let before = source.slice(TextRange::new(lines.line_start(first), range.start()));
    let end = lines.line_range(source.as_str(), last).end().max(range.end());
    let behind = source.slice(TextRange::new(range.end(), end)).trim_start();
    // A line joined to the one before by a backslash is not its own.
    let joined = first > 0 && source.line_text(first - 1).ends_with('\\');
    !joined && before.trim_start_matches('\u{feff}').trim().is_empty() && (behind.is_empty() || behind.starts_with('#'))
}

/// Edits that put `before` above the statement, move the statement's own lines one `unit` to the right, and put
/// `after` below; `before` and `after` are lines without indentation, relative indentation excepted. Lines that
/// begin inside a string stay where they are.
pub fn wrap(
    source: &SourceText,
    item: &Item,
    start: TextSize,
    stmt: StmtId,
    unit: &str,
    before: &[String],
    after: &[String],
) -> Vec<TextEdit> {
    let range = item.stmt_range(stmt) + start;
    let lines = source.lines();
    let indent = super::indent_of(source, range.start()).to_owned();
    let newline = super::newline(source);
    let strings: Vec<TextRange> = item
        .expr_ids()
        .filter(|id| matches!(item.expr(*id), Expr::Str(_) | Expr::FString(_)))
        .map(|id| item.expr_range(id) + start)
        .collect();
    let mut edits = Vec::new();
    let mut head = String::new();
    for line in before {
        head.push_str(line);
        head.push_str(newline);
        head.push_str(&indent);
    }
    head.push_str(unit);
    edits.push(TextEdit::insert(range.start(), head));
    let (first, last) = (lines.line_of(range.start()), lines.line_of(range.end()));
    for line in first + 1..=last {
        let at = lines.line_start(line);
        let text = source.line_text(line);
        let at = at + TextSize::of(&text[..super::before_indent(text)]);
        let is_inside_string = strings.iter().any(|string| string.start() < at && at < string.end());
        if !is_inside_string && !text.trim().is_empty() {
            edits.push(TextEdit::insert(at, unit));
        }
    }
    // Behind a comment that stands behind the statement.
    let end = lines.line_range(source.as_str(), last).end();
    let tail: String = after.iter().fold(String::new(), |tail, line| tail + newline + &indent + line);
    edits.push(TextEdit::insert(end, tail));
    edits
}
