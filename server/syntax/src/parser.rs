//! Running tree-sitter within a time limit.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Range, Tree};

use crate::kinds::language;

/// The grammar knows `\n` and `\r\n`; Python takes a lone `\r` for a line end, too. The copy has the same length.
fn lone_returns_as_newlines(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_lone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    if !memchr::memchr_iter(b'\r', bytes).any(is_lone) {
        return Cow::Borrowed(text);
    }
    let mut chars = text.chars().peekable();
    let mut copy = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        copy.push(if c == '\r' && chars.peek() != Some(&'\n') { '\n' } else { c });
    }
    Cow::Owned(copy)
}

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Parses what `text` has in the ranges `included` (all of it, where there are none), reusing what `old` (already told
/// of the edits) has in common with it. `None` when `limit` ran out.
pub(crate) fn parse(text: &str, included: &[Range], old: Option<&Tree>, limit: Duration) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            // Grammar and library come pinned together in Cargo.lock; if their versions ever disagree, each
            // parse answers nothing and the files are reported as not analyzed.
            if let Err(error) = parser.set_language(language()) {
                debug_assert!(false, "{error}");
            }
            parser
        });
        // Refused are ranges that overlap. The parser would go on with those of the text before.
        parser.set_included_ranges(included).ok()?;
        let start = Instant::now();
        let mut progress = |_: &ParseState| {
            if start.elapsed() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let text = lone_returns_as_newlines(text);
        let bytes = text.as_bytes();
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), old, Some(options));
        if tree.is_none() {
            // A parser that was stopped would go on where it stopped, with another text.
            parser.reset();
        }
        tree
    })
}
