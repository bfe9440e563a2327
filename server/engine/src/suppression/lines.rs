//! The lines on which a finding can be silenced.

use pyteam_index::File;
use pyteam_syntax::{Item, Stmt, StmtId, TextRange, TextSize};

use crate::finding::Finding;

/// The lines (from 0) that a finding belongs to: where a comment is written first, then the others.
pub(super) fn of(file: &File, finding: &Finding) -> Vec<u32> {
    let lines = file.source().lines();
    let line = |offset: TextSize| lines.line_of(offset);
    let mut found = vec![line(finding.range.start())];
    let mut add = |line: u32| {
        if !found.contains(&line) {
            found.push(line);
        }
    };
    let Some(span) = statement(file, finding.range) else {
        add(line(finding.range.end()));
        return found;
    };
    if finding.range.end() <= span.end {
        add(line(finding.range.end()));
    }
    if finding.range.start() <= span.end {
        add(line(span.end));
        add(line(span.def));
        add(line(span.start));
    }
    found
}

/// Where the line comment of a statement can stand.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Its start, with decorators.
    pub(super) start: TextSize,
    /// Its `def` or `class`; the start of others.
    def: TextSize,
    /// The end of a simple statement, or of the header of one with a block.
    pub(super) end: TextSize,
}

/// The innermost statement around `range`.
pub(super) fn statement(file: &File, range: TextRange) -> Option<Span> {
    let index = file.parsed.item_at(range.start())?;
    let item = file.item(index);
    let start = file.item_start(index);
    let around = |id: &StmtId| file.absolute(index, item.stmt_range(*id)).contains_range(range);
    let stmt = item.stmt_ids().filter(around).min_by_key(|id| item.stmt_range(*id).len())?;
    let whole = item.stmt_range(stmt);
    let end = header_end(file, index, item, stmt).unwrap_or(whole.end());
    let def = match item.stmt(stmt) {
        Stmt::Function(function) => function.def_range.start(),
        Stmt::Class(class) => class.def_range.start(),
        _ => whole.start(),
    };
    Some(Span { start: whole.start() + start, def: def + start, end: end + start })
}

/// Where the header of a statement with a block ends, relative to the item: behind its colon.
fn header_end(file: &File, index: u32, item: &Item, stmt: StmtId) -> Option<TextSize> {
    let expr = |id| item.expr_range(id).end();
    let whole = item.stmt_range(stmt);
    let last_part = match item.stmt(stmt) {
        Stmt::If { test, .. } | Stmt::While { test, .. } => expr(*test),
        Stmt::For { iter, .. } => expr(*iter),
        Stmt::Match { subject, .. } => expr(*subject),
        Stmt::With { items, .. } => items.iter().map(|one| expr(one.target.unwrap_or(one.context))).max()?,
        Stmt::Try(_) => whole.start(),
        Stmt::Function(function) => function.returns.map_or(function.params_range.end(), expr),
        Stmt::Class(class) => class.parens.unwrap_or(class.name_range).end(),
        _ => return None,
    };
    let rest = file.text_at(index, TextRange::new(last_part.min(whole.end()), whole.end()));
    let mut in_comment = false;
    let colon = rest.char_indices().find(|(_, c)| {
        match c {
            '#' => in_comment = true,
            '\n' | '\r' => in_comment = false,
            ':' => return !in_comment,
            _ => {}
        }
        false
    });
    Some(last_part + colon.map_or(TextSize::new(0), |(at, _)| TextSize::new(at as u32 + 1)))
}
