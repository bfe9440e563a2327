//! Running a page's tree-sitter query.
//!
//! The typed tree that everything else uses has no tree-sitter nodes in it, so the file is parsed once more, and
//! only where a workspace has such rules. The tree is kept for the items of the same text that come next.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyteam_syntax::{TextRange, TextSize};
use streaming_iterator::StreamingIterator;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, QueryCursor, QueryMatch, Tree};

use super::answer::Answer;
use super::call_context::Spot;
use super::predicate;
use crate::context::CheckContext;
use crate::page::QueryPattern;
use crate::page::query::{fill, language};

/// Longest time for parsing a file again.
const MAX_TIME: Duration = Duration::from_secs(5);
/// More states than this at a time are a query that matches everything with everything.
const MATCH_LIMIT: u32 = 4096;

thread_local! {
    static LAST: RefCell<Option<(Arc<str>, Tree)>> = const { RefCell::new(None) };
}

/// What a query found.
pub(super) struct Found {
    /// Where `@report` stands in the file.
    pub(super) range: TextRange,
    captures: BTreeMap<String, String>,
}

impl Found {
    /// A template with the captures filled in.
    pub(super) fn fill(&self, template: &str) -> String {
        let captures = self.captures.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        fill(template, &captures)
    }
}

/// The places in `cx`'s item that match the query and all of its predicates, each once.
pub(super) fn find(pattern: &QueryPattern, cx: &CheckContext<'_>) -> Vec<Found> {
    LAST.with_borrow_mut(|last| {
        let text = cx.file.source().text();
        if last.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, text)) {
            *last = parse(text).map(|tree| (Arc::clone(text), tree));
        }
        last.as_ref().map(|(_, tree)| run(pattern, cx, tree)).unwrap_or_default()
    })
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language()).ok()?;
    let start = Instant::now();
    let mut progress =
        |_: &ParseState| if start.elapsed() > MAX_TIME { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}

fn run(pattern: &QueryPattern, cx: &CheckContext<'_>, tree: &Tree) -> Vec<Found> {
    let item = cx.file.parsed.items[cx.item_index as usize].range();
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCH_LIMIT);
    cursor.set_byte_range(item.start().into()..item.end().into());
    let text = cx.file.source().as_str().as_bytes();
    let mut matches = cursor.matches(pattern.query(), tree.root_node(), text);
    let mut found: Vec<Found> = Vec::new();
    while let Some(one) = matches.next() {
        let Some(report) = node(one, pattern.report()) else { continue };
        let range = range(report);
        // The cursor gives everything that touches the item; what lies in another is found there.
        if !item.contains_range(range) || cx.file.parsed.item_at(range.start()) != Some(cx.item_index) {
            continue;
        }
        let answers = pattern.predicates(one.pattern_index).iter().map(|predicate| {
            let spot = node(one, predicate.capture).and_then(|node| spot(cx, range_in(cx, node)?));
            predicate::judge(predicate, cx, spot)
        });
        if Answer::all(answers).is_yes() && found.iter().all(|other| other.range != range) {
            found.push(Found { range, captures: captures(pattern, cx, one) });
        }
    }
    found.sort_by_key(|one| (one.range.start(), one.range.end()));
    found
}

fn node<'t>(one: &QueryMatch<'_, 't>, capture: u32) -> Option<Node<'t>> {
    one.captures().iter().find(|found| found.index == capture).map(|found| found.node)
}

fn captures(pattern: &QueryPattern, cx: &CheckContext<'_>, one: &QueryMatch<'_, '_>) -> BTreeMap<String, String> {
    let names = pattern.query().capture_names();
    let mut captures = BTreeMap::new();
    for capture in one.captures() {
        if let Some(name) = names.get(capture.index as usize) {
            let text = cx.file.source().slice(range(capture.node)).to_owned();
            captures.entry((*name).to_owned()).or_insert(text);
        }
    }
    captures
}

fn range(node: Node<'_>) -> TextRange {
    let size = |at: usize| TextSize::new(at as u32);
    TextRange::new(size(node.start_byte()), size(node.end_byte()))
}

/// A node's range relative to the item.
fn range_in(cx: &CheckContext<'_>, node: Node<'_>) -> Option<TextRange> {
    range(node).checked_sub(cx.file.item_start(cx.item_index))
}

/// What stands at exactly this range: an expression before a statement, the outer one before the inner.
fn spot(cx: &CheckContext<'_>, range: TextRange) -> Option<Spot> {
    let item = cx.item;
    let expr = item.expr_ids().find(|id| item.expr_range(*id) == range).map(Spot::Expr);
    expr.or_else(|| item.stmt_ids().find(|id| item.stmt_range(*id) == range).map(Spot::Stmt))
}
