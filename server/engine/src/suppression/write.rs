//! Writing a suppression for a finding.

use pyteam_index::File;
use pyteam_syntax::{Expr, TextEdit, TextRange, TextSize};

use super::directive::{self, Scope};
use super::lines;
use crate::finding::Finding;

/// The edit that silences `finding` with a comment. A suppression that is there already takes the code in.
/// `None` when the finding cannot be silenced this way.
pub fn suppress(file: &File, finding: &Finding) -> Option<TextEdit> {
    let lines = lines::of(file, finding);
    for directive in directive::read(&file.parsed) {
        let (Scope::Line(line), None) = (directive.scope, &directive.mistake) else { continue };
        if !lines.contains(&line) {
            continue;
        }
        // Silenced already: there is nothing to do.
        if directive.names(&finding.code).is_some() {
            return None;
        }
        return directive.list.map(|list| TextEdit::insert(list.end(), format!(", {}", finding.code)));
    }
    let comment = format!("# pyteam: ignore[{}]", finding.code);
    match lines.iter().find(|line| takes_comment(file, **line)) {
        Some(line) => Some(behind(file, *line, &comment)),
        None => above(file, finding, &comment),
    }
}

/// Whether a comment can be put at the end of a line: it must not become part of a string or of a continuation.
fn takes_comment(file: &File, line: u32) -> bool {
    let source = file.source();
    let range = source.lines().line_range(source.as_str(), line);
    if source.slice(range).ends_with('\\') {
        return false;
    }
    let end = range.end();
    let Some(index) = file.parsed.item_at(end) else { return true };
    let item = file.item(index);
    !item.expr_ids().any(|id| {
        let range = file.absolute(index, item.expr_range(id));
        matches!(item.expr(id), Expr::Str(_) | Expr::FString(_)) && range.start() < end && end < range.end()
    })
}

/// Puts the comment at the end of a line.
fn behind(file: &File, line: u32, comment: &str) -> TextEdit {
    let source = file.source();
    let range = source.lines().line_range(source.as_str(), line);
    let code = source.slice(range).trim_end();
    let at = range.start() + TextSize::of(code);
    TextEdit::replace(TextRange::new(at, range.end()), format!("  {comment}"))
}

/// Puts the comment on a line of its own above the finding's statement.
fn above(file: &File, finding: &Finding, comment: &str) -> Option<TextEdit> {
    let source = file.source();
    let start = lines::statement(file, finding.range)?.start;
    let line = source.lines().line_of(start);
    let line_start = source.lines().line_start(line);
    let indent = source.slice(TextRange::new(line_start, start));
    if !indent.trim().is_empty() {
        return None;
    }
    let full = source.slice(source.lines().full_line_range(source.as_str(), line));
    let line_end = &full[full.trim_end_matches(['\r', '\n']).len()..];
    let line_end = if line_end.is_empty() { "\n" } else { line_end };
    Some(TextEdit::insert(line_start, format!("{indent}{comment}{line_end}")))
}
