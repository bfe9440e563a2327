//! Put sites: a bare dict becomes a call of its message type.

use pyteam_channels::shape::{Shape, ShapeKind};
use pyteam_engine::Fix;
use pyteam_index::File;
use pyteam_syntax::{Expr, ExprId, Item, TextEdit, TextRange, TextSize};

use super::message::Message;
use super::naming;

/// Rewrite one put site is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rewrite {
    /// `{"key": value}` becomes `Message(key=value)`.
    Keywords,
    /// `dict(key=value)` becomes `Message(key=value)`.
    Callee,
    /// `{"a-b": value}` becomes `Message({"a-b": value})`.
    Wrap,
    /// What is built step by step, or spreads something, is declared where it is put: `cast(Message, message)`.
    Cast,
    /// `(a, b)` becomes `Message(a, b)`.
    Tuple,
    /// A tuple from elsewhere: `Message(*pair)`.
    Spread,
}

/// Rewrite the site is rewritten.
pub(super) fn how(file: &File, item: &Item, shape: &Shape) -> Rewrite {
    let Some(display) = shape.display else {
        return if matches!(shape.kind, ShapeKind::Tuple(_)) { Rewrite::Spread } else { Rewrite::Cast };
    };
    let text = file.text_at(display.item, item.expr_range(display.expr));
    match (&shape.kind, item.expr(display.expr)) {
        (ShapeKind::Tuple(_), _) => {
            // An argument has parentheses of its own.
            let argument = display == shape.put && text.starts_with('(');
            if argument || is_parenthesized(text) { Rewrite::Tuple } else { Rewrite::Spread }
        }
        (ShapeKind::Dict { open: true, .. }, _) => Rewrite::Cast,
        (ShapeKind::Dict { .. }, Expr::Call { .. }) => Rewrite::Callee,
        (ShapeKind::Dict { keys, .. }, Expr::Dict(_)) => {
            let names = keys.iter().all(|key| naming::is_field(key.name.as_str()));
            if names && keywords(file, display.item, item, display.expr).is_some() {
                Rewrite::Keywords
            } else {
                Rewrite::Wrap
            }
        }
        _ => Rewrite::Cast,
    }
}

/// Makes the edits. `cast` is how `typing.cast` is written in the file.
pub(super) fn rewrite(
    fix: &mut Fix,
    file: &File,
    item: &Item,
    shape: &Shape,
    how: Rewrite,
    message: &Message,
    cast: &str,
) {
    let name = &message.name;
    let at = match how {
        Rewrite::Cast | Rewrite::Spread => shape.put,
        _ => shape.display.unwrap_or(shape.put),
    };
    let range = file.absolute(at.item, item.expr_range(at.expr));
    let mut insert = |at: TextSize, text: String| fix.push(file.id, TextEdit::insert(at, text));
    match how {
        Rewrite::Tuple => insert(range.start(), name.clone()),
        Rewrite::Spread => {
            insert(range.start(), format!("{name}(*"));
            insert(range.end(), ")".to_owned());
        }
        Rewrite::Cast => {
            insert(range.start(), format!("{cast}({name}, "));
            insert(range.end(), ")".to_owned());
        }
        Rewrite::Wrap => {
            insert(range.start(), format!("{name}("));
            insert(range.end(), ")".to_owned());
        }
        Rewrite::Callee => {
            if let Expr::Call { func, .. } = item.expr(at.expr) {
                let func = file.absolute(at.item, item.expr_range(*func));
                fix.push(file.id, TextEdit::replace(func, name.clone()));
            }
        }
        Rewrite::Keywords => {
            let one = TextSize::new(1);
            fix.push(file.id, TextEdit::replace(TextRange::at(range.start(), one), format!("{name}(")));
            fix.push(file.id, TextEdit::replace(TextRange::at(range.end() - one, one), ")"));
            for edit in keywords(file, at.item, item, at.expr).into_iter().flatten() {
                fix.push(file.id, edit);
            }
        }
    }
}

/// Turns each `"key": ` into `key=`; nothing where a comment stands in between.
fn keywords(file: &File, index: u32, item: &Item, dict: ExprId) -> Option<Vec<TextEdit>> {
    let Expr::Dict(entries) = item.expr(dict) else { return None };
    entries
        .iter()
        .map(|entry| {
            let key = entry.key?;
            let Expr::Str(literal) = item.expr(key) else { return None };
            let name = literal.value?;
            let key = file.absolute(index, item.expr_range(key));
            let value = file.absolute(index, item.expr_range(entry.value));
            let between = file.source().slice(TextRange::new(key.end(), value.start()));
            let colon = between.find(':').filter(|_| !between.contains('#'))?;
            let behind = &between[colon + 1..];
            // A value in parentheses begins with them; what is blank before it goes.
            let blanks = behind.len() - behind.trim_start().len();
            let end = key.end() + TextSize::new((colon + 1 + blanks) as u32);
            // A key in parentheses, or in parts, would leave something behind.
            let plain = between[..colon].trim().is_empty() && !file.source().slice(key).contains(['\n', '\r']);
            let bare = !behind[..blanks].contains('\\');
            (plain && bare).then(|| TextEdit::replace(TextRange::new(key.start(), end), format!("{name}=")))
        })
        .collect()
}

/// Whether one pair of parentheses holds the whole text.
fn is_parenthesized(text: &str) -> bool {
    if !text.starts_with('(') || !text.ends_with(')') || text.contains(['"', '\'', '#']) {
        // A string may hold parentheses of its own; then only what cannot be anything else counts.
        return text.starts_with('(') && text.ends_with(')') && !text[1..].contains(['(', '#']);
    }
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && at + 1 < text.len() {
            return false;
        }
    }
    true
}
