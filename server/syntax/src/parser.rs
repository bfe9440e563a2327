//! Running tree-sitter within a time limit.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::kinds::language;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Parses `text`, reusing what `old` (already told of the edits) has in common with it. `None` when `limit`
/// ran out.
pub(crate) fn parse(text: &str, old: Option<&Tree>, limit: Duration) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            // Grammar and library come pinned together in Cargo.lock; if their versions ever disagree, each
            // parse answers nothing and the files are reported as not analysed.
            if let Err(error) = parser.set_language(language()) {
                debug_assert!(false, "{error}");
            }
            parser
        });
        let start = Instant::now();
        let mut progress = |_: &ParseState| {
            if start.elapsed() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
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
