//! What is wrong with a text that is no valid TOML: every mistake once, without what follows from it.
//!
//! The parser goes on after a mistake, and takes what stands behind an unclosed list for its elements: one missing bracket
//! gives an error a line. So a value has one error, and so has a line; and of what could be read, only that is judged
//! which the mistakes cannot have changed.

use std::ops::Range;

use toml::de::Error;

use super::node::{Node, Value};
use super::read::Objection;

/// A text's mistakes in TOML, and which parts of it can be judged nevertheless.
pub(super) struct Malformed {
    /// Sorted by place. Never empty.
    pub(super) errors: Vec<(Range<usize>, String)>,
    /// Values that have an error inside.
    broken: Vec<Range<usize>>,
    /// Where a key or a table's header has an error: the parser may leave the next ones out, or put them elsewhere.
    lost_from: usize,
}

impl Malformed {
    /// Sorts out the parser's `errors` in `text`, of which it made `node`. None where there are none.
    pub(super) fn of(text: &str, errors: &[Error], node: &Node) -> Option<Self> {
        if errors.is_empty() {
            return None;
        }
        let mut values = Vec::new();
        leaves(node, &mut values);
        let line_start = |at: usize| text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |line| line + 1));
        let mut found = Self { errors: Vec::new(), broken: Vec::new(), lost_from: text.len() + 1 };
        let mut lines = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let around = values.iter().find(|value| value.start <= span.start && span.start <= value.end);
            let line = line_start(span.start);
            let is_told = around.is_some_and(|value| found.broken.contains(value)) || lines.contains(&line);
            found.broken.extend(around.cloned());
            if around.is_none() {
                found.lost_from = found.lost_from.min(line);
            }
            lines.push(line);
            if !is_told {
                found.errors.push((span, error.message().to_owned()));
            }
        }
        found.errors.sort_by_key(|(span, _)| span.start);
        Some(found)
    }

    /// Whether `objection` holds, whatever was meant where the mistakes are.
    pub(super) fn is_untouched(&self, objection: &Objection) -> bool {
        objection.span.as_ref().is_some_and(|span| {
            span.start < self.lost_from
                && !self.broken.iter().any(|value| value.start <= span.start && span.start <= value.end)
        })
    }
}

/// The places of all values that are no tables.
fn leaves(node: &Node, into: &mut Vec<Range<usize>>) {
    match &node.value {
        Value::Table(entries) => entries.iter().for_each(|(_, node)| leaves(node, into)),
        _ => into.extend(node.span.clone()),
    }
}
