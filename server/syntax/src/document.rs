//! A parsed file, and a document that is edited and parsed again at the cost of the edit.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use text_size::{TextRange, TextSize};
use tree_sitter::{InputEdit, Node, Point, Tree};

use crate::kinds::{NodeKind, kind};
use crate::lower::stmt::is_statement;
use crate::lower::{Lowered, Scratch, lower};
use crate::parser;
use crate::skipped::Skipped;
use crate::source::{NotText, SourceText};
use crate::tree::Item;

/// What a parse may cost before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct ParseLimits {
    /// Largest text, in bytes. Tree-sitter needs seconds and gigabytes for ten megabytes of one list.
    pub max_bytes: usize,
    /// Longest time.
    pub max_time: Duration,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { max_bytes: 2_000_000, max_time: Duration::from_secs(5) }
    }
}

/// Why a file was not analyzed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanalyzed {
    /// Larger than the limit; both in bytes.
    TooLarge {
        /// The file's size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The parse took longer than this.
    TooSlow(Duration),
    /// The bytes are no Python text.
    NotText(NotText),
    /// The file could not be read; the system's own words.
    Unreadable(String),
}

/// Text and typed tree of one file at one moment.
#[derive(Debug)]
pub struct Parsed {
    /// The text.
    pub source: SourceText,
    /// Items in source order, each class before its methods.
    pub items: Vec<ItemSlot>,
    /// All comments, in source order.
    pub comments: Vec<TextRange>,
    /// Whether the parser met a syntax error anywhere.
    pub has_error: bool,
    /// Why there are no items, where the file was not analyzed.
    pub unanalyzed: Option<Unanalyzed>,
    /// One level of indentation, computed at the first use.
    pub(crate) indent_unit: OnceLock<String>,
}

/// An item and where it stands.
#[derive(Clone, Debug)]
pub struct ItemSlot {
    /// Its start in the file.
    pub start: TextSize,
    /// For a method of a top-level class: the index of the class's item.
    pub parent: Option<u32>,
    /// Whether it was made out inside a region that does not parse.
    pub recovered: bool,
    /// Its tree.
    pub item: Arc<Item>,
    /// Comments inside, relative to its start; those of methods are with the methods.
    comments: Arc<[TextRange]>,
}

impl ItemSlot {
    /// Where the item stands in the file.
    pub fn range(&self) -> TextRange {
        TextRange::at(self.start, self.item.len())
    }
}

impl Parsed {
    fn analyzed(source: SourceText, items: Vec<ItemSlot>, comments: Vec<TextRange>, has_error: bool) -> Self {
        Self { source, items, comments, has_error, unanalyzed: None, indent_unit: OnceLock::new() }
    }

    /// A file that could not be analyzed, and why.
    pub fn not_analyzed(source: SourceText, why: Unanalyzed) -> Self {
        Self { unanalyzed: Some(why), ..Self::analyzed(source, Vec::new(), Vec::new(), false) }
    }

    /// The innermost item at `offset`.
    pub fn item_at(&self, offset: TextSize) -> Option<u32> {
        let after = self.items.partition_point(|slot| slot.start <= offset);
        (0..after)
            .rev()
            .take_while(|at| *at + 1 == after || self.items[*at + 1].parent.is_some())
            .find(|at| self.items[*at].range().contains_inclusive(offset))
            .map(|at| at as u32)
    }
}

/// Parses a file once, keeping nothing for later edits.
pub fn parse(source: SourceText, limits: &ParseLimits) -> Parsed {
    match parse_tree(&source, None, limits) {
        Ok(syntax) => build(&syntax, source, None),
        Err(why) => Parsed::not_analyzed(source, why),
    }
}

/// Parses a file once, and shows the parser all of it.
#[cfg(test)]
pub(crate) fn parse_whole(source: SourceText, limits: &ParseLimits) -> Parsed {
    match parser::parse(source.as_str(), &[], None, limits.max_time) {
        Some(tree) => build(&Syntax { tree, skipped: Skipped::default() }, source, None),
        None => Parsed::not_analyzed(source, Unanalyzed::TooSlow(limits.max_time)),
    }
}

/// A tree, and what of its text is not in it.
struct Syntax {
    tree: Tree,
    skipped: Skipped,
}

/// How often something may have been left out that is no comment, before the text is parsed as a whole.
const MAX_WRONG_GUESSES: u32 = 3;

fn parse_tree(source: &SourceText, old: Option<&Tree>, limits: &ParseLimits) -> Result<Syntax, Unanalyzed> {
    let bytes = source.as_str().len();
    if bytes > limits.max_bytes {
        return Err(Unanalyzed::TooLarge { bytes: bytes as u64, limit: limits.max_bytes as u64 });
    }
    if let Some(at) = memchr::memchr(0, source.as_str().as_bytes()) {
        return Err(Unanalyzed::NotText(NotText::Nul(at)));
    }
    let start = Instant::now();
    let mut skipped = Skipped::find(source.as_str(), source.lines());
    let mut wrong_guesses = 0;
    loop {
        let left = limits.max_time.saturating_sub(start.elapsed());
        let tree = parser::parse(source.as_str(), &skipped.included(), old, left);
        let tree = tree.ok_or(Unanalyzed::TooSlow(limits.max_time))?;
        if !skipped.drop_unconfirmed(tree.root_node()) {
            return Ok(Syntax { tree, skipped });
        }
        wrong_guesses += 1;
        if wrong_guesses == MAX_WRONG_GUESSES {
            skipped = Skipped::default();
        }
    }
}

/// An open, editable document.
pub struct Document {
    text: String,
    lines: crate::LineIndex,
    tree: Option<Tree>,
    parsed: Option<Arc<Parsed>>,
    changed: Option<Envelope>,
    /// The last parse recovered from errors on the back of an older tree.
    approximate: bool,
}

/// Up to this many bytes, a text with syntax errors is parsed anew as a whole: some ten milliseconds at most.
const SMALL: usize = 64 * 1024;

/// The smallest stretch that holds all edits since the last parse: `start..old_end` of the text as it was
/// parsed has become `start..new_end` of the text as it is.
#[derive(Clone, Copy, Debug)]
struct Envelope {
    start: usize,
    old_end: usize,
    new_end: usize,
}

impl Document {
    /// Opens `text`.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = crate::LineIndex::new(&text);
        Self { text, lines, tree: None, parsed: None, changed: None, approximate: false }
    }

    /// The text as it is now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it is now, with its line index. Copies the text when it changed since the last parse.
    pub fn source(&self) -> SourceText {
        match (&self.parsed, self.changed) {
            (Some(parsed), None) => parsed.source.clone(),
            _ => SourceText::from_parts(Arc::from(self.text.as_str()), Arc::new(self.lines.clone())),
        }
    }

    /// The byte offset of an editor position in the text as it is now.
    pub fn offset(&self, position: crate::position::Position, encoding: crate::position::PositionEncoding) -> TextSize {
        crate::position::offset_in(&self.text, &self.lines, position, encoding)
    }

    /// Replaces all text, with nothing kept of the old one.
    pub fn replace_all(&mut self, text: impl Into<String>) {
        *self = Self::new(text);
    }

    /// Replaces `range` by `text`. A range that does not fit is clamped to the text and to whole characters.
    pub fn edit(&mut self, range: TextRange, text: &str) {
        let start = self.floor(range.start());
        let end = self.floor(range.end()).max(start);
        let new_end = start + text.len();
        let old_point = self.point(end);
        self.text.replace_range(start..end, text);
        let start_point = self.point(start);
        self.lines.edit(&self.text, start, end, new_end);
        if let Some(tree) = &mut self.tree {
            tree.edit(&InputEdit {
                start_byte: start,
                old_end_byte: end,
                new_end_byte: new_end,
                start_position: start_point,
                old_end_position: old_point,
                new_end_position: point(&self.lines, new_end),
            });
        }
        self.changed = Some(match self.changed {
            None => Envelope { start, old_end: end, new_end },
            Some(before) => Envelope {
                start: before.start.min(start),
                old_end: before.old_end + end.saturating_sub(before.new_end),
                new_end: before.new_end.max(end) + text.len() - (end - start),
            },
        });
    }

    fn floor(&self, at: TextSize) -> usize {
        let mut at = usize::from(at).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn point(&self, at: usize) -> Point {
        point(&self.lines, at)
    }

    /// The text's syntax, parsed anew as far as edits demand.
    pub fn parse(&mut self, limits: &ParseLimits) -> Arc<Parsed> {
        if let (Some(parsed), None) = (&self.parsed, self.changed) {
            return Arc::clone(parsed);
        }
        let source = self.source();
        let mut result = parse_tree(&source, self.tree.as_ref(), limits);
        // Where the text does not parse, what tree-sitter makes of it depends on the tree it came from. A small
        // text is worth a parse that depends on nothing; a large one gets it from `reparse_full`, when typing pauses.
        let has_error = result.as_ref().is_ok_and(|syntax| syntax.tree.root_node().has_error());
        self.approximate = has_error && self.tree.is_some();
        if self.approximate && self.text.len() <= SMALL {
            result = parse_tree(&source, None, limits);
            self.approximate = false;
        }
        let parsed = match result {
            Ok(syntax) => {
                let reuse = match (&self.tree, &self.parsed, self.changed) {
                    (Some(old_tree), Some(old), Some(envelope)) => {
                        let changed = old_tree
                            .changed_ranges(&syntax.tree)
                            .map(|range| (range.start_byte, range.end_byte))
                            .collect();
                        Some(Reuse { old: Arc::clone(old), envelope, changed })
                    }
                    _ => None,
                };
                let parsed = build(&syntax, source, reuse);
                self.tree = Some(syntax.tree);
                parsed
            }
            Err(why) => {
                self.tree = None;
                Parsed::not_analyzed(source, why)
            }
        };
        let parsed = Arc::new(parsed);
        self.parsed = Some(Arc::clone(&parsed));
        self.changed = None;
        parsed
    }
}

impl Document {
    /// Whether the last parse may differ from a parse of the whole text, as one that met errors in a large text may.
    pub fn is_approximate(&self) -> bool {
        self.approximate
    }

    /// Parses the whole text anew if the last parse was approximate. For a pause in typing.
    pub fn reparse_full(&mut self, limits: &ParseLimits) -> Arc<Parsed> {
        if self.approximate || self.changed.is_some() {
            let length = self.text.len();
            let changed = self.changed.unwrap_or(Envelope { start: length, old_end: length, new_end: length });
            let source = self.source();
            if let (Ok(syntax), Some(old_tree), Some(old)) =
                (parse_tree(&source, None, limits), &self.tree, &self.parsed)
            {
                let ranges =
                    old_tree.changed_ranges(&syntax.tree).map(|range| (range.start_byte, range.end_byte)).collect();
                let reuse = Reuse { old: Arc::clone(old), envelope: changed, changed: ranges };
                self.parsed = Some(Arc::new(build(&syntax, source, Some(reuse))));
                self.tree = Some(syntax.tree);
                self.changed = None;
            }
            self.approximate = false;
        }
        self.parse(limits)
    }
}

/// Where a text first stops being Python: the token that does not fit, or the place where one is missing. It is parsed
/// anew: ask only about a text that was parsed and has errors. Nothing where all that does not fit are defaults of type
/// parameters (`class A[T = int]`), which the grammar does not know yet.
pub fn first_error(source: &SourceText) -> Option<TextRange> {
    let unlimited = ParseLimits { max_bytes: usize::MAX, ..ParseLimits::default() };
    let without_defaults = crate::type_defaults::blanked(source.as_str()).map(SourceText::new);
    let source = without_defaults.as_ref().unwrap_or(source);
    let Ok(Syntax { tree, .. }) = parse_tree(source, None, &unlimited) else { return Some(TextRange::default()) };
    if !tree.root_node().has_error() {
        return None;
    }
    let mut node = tree.root_node();
    loop {
        let mut cursor = node.walk();
        let inner = node.children(&mut cursor).find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    let (start, end) = (node.start_byte() as u32, node.end_byte() as u32);
    // What is missing is missing behind the text before it, and not in front of the next line.
    let start = if node.is_missing() { source.as_str()[..start as usize].trim_end().len() as u32 } else { start };
    Some(TextRange::new(start.into(), end.max(start).into()))
}

fn point(lines: &crate::LineIndex, at: usize) -> Point {
    let at = TextSize::new(at as u32);
    let line = lines.line_of(at);
    Point::new(line as usize, usize::from(at - lines.line_start(line)))
}

/// What a parse after an edit can take over from the one before.
struct Reuse {
    old: Arc<Parsed>,
    envelope: Envelope,
    /// Where the new tree's structure differs, in offsets of the new text.
    changed: Vec<(usize, usize)>,
}

impl Reuse {
    /// Index of the old item that stands, untouched, where `node` stands now.
    fn find(&self, node: Node<'_>, starts: &FxHashMap<(u32, bool), u32>, is_member: bool) -> Option<u32> {
        let (start, end) = (node.start_byte(), node.end_byte());
        // A byte wider on each side: what touches a token may become part of it.
        let touches = |from: usize, to: usize| start <= to + 1 && from <= end + 1;
        if touches(self.envelope.start, self.envelope.new_end) {
            return None;
        }
        if self.changed.iter().any(|(from, to)| touches(*from, *to)) {
            return None;
        }
        let old_start = if start >= self.envelope.new_end {
            (start + self.envelope.old_end).checked_sub(self.envelope.new_end)?
        } else {
            start
        };
        let index = *starts.get(&(old_start as u32, is_member))?;
        let slot = &self.old.items[index as usize];
        // Recovery may blame other text than the one that was edited, which is no change of structure.
        let is_same = usize::from(slot.item.len()) == end - start && slot.item.has_error == node.has_error();
        is_same.then_some(index)
    }
}

/// Lowers the tree's items, or takes them over.
fn build(syntax: &Syntax, source: SourceText, reuse: Option<Reuse>) -> Parsed {
    let root = syntax.tree.root_node();
    let mut builder = Builder {
        skipped: &syntax.skipped,
        text: source.text().clone(),
        items: Vec::new(),
        comments: Vec::new(),
        starts: FxHashMap::default(),
        reuse,
        scratch: Scratch::default(),
    };
    if let Some(reuse) = &builder.reuse {
        let old = reuse.old.items.iter().enumerate();
        builder.starts = old.map(|(at, slot)| ((u32::from(slot.start), slot.parent.is_some()), at as u32)).collect();
    }
    builder.statements(root, false);
    let Builder { items, mut comments, .. } = builder;
    for slot in &items {
        comments.extend(slot.comments.iter().map(|range| *range + slot.start));
    }
    comments.sort_unstable_by_key(|range| range.start());
    comments.dedup();
    Parsed::analyzed(source, items, comments, root.has_error())
}

struct Builder<'s> {
    skipped: &'s Skipped,
    text: Arc<str>,
    items: Vec<ItemSlot>,
    comments: Vec<TextRange>,
    /// Old items by start and by whether they are methods.
    starts: FxHashMap<(u32, bool), u32>,
    reuse: Option<Reuse>,
    scratch: Scratch,
}

impl Builder<'_> {
    fn statements(&mut self, parent: Node<'_>, recovered: bool) {
        let mut cursor = parent.walk();
        for node in parent.children(&mut cursor) {
            match kind(node) {
                NodeKind::Comment => {
                    self.comments.push(range(node));
                    self.comments.extend(self.skipped.comments_behind(node.end_byte(), &self.text));
                }
                // Statements inside a broken region still say something to the index, but not to rules.
                NodeKind::Error => self.statements(node, true),
                kind if is_statement(kind) => self.top_level(node, recovered),
                _ => {}
            }
        }
    }

    fn top_level(&mut self, node: Node<'_>, recovered: bool) {
        if let Some(old) = self.find(node, false) {
            self.take_over(old, node, recovered);
            return;
        }
        let class = self.items.len() as u32;
        let members = self.lower(node, None, recovered);
        for member in members {
            if let Some(old) = self.find(member, true) {
                let slot = self.old_slot(old, member, Some(class), recovered);
                self.items.extend(slot);
            } else {
                self.lower(member, Some(class), recovered);
            }
        }
    }

    fn find(&self, node: Node<'_>, is_member: bool) -> Option<u32> {
        self.reuse.as_ref()?.find(node, &self.starts, is_member)
    }

    fn lower<'t>(&mut self, node: Node<'t>, parent: Option<u32>, recovered: bool) -> Vec<Node<'t>> {
        let Lowered { item, comments, members } =
            lower(node, &self.text, self.skipped, parent.is_none(), &mut self.scratch);
        let start = TextSize::new(node.start_byte() as u32);
        self.items.push(ItemSlot { start, parent, recovered, item: Arc::new(item), comments: comments.into() });
        members
    }

    fn old_slot(&self, old: u32, node: Node<'_>, parent: Option<u32>, recovered: bool) -> Option<ItemSlot> {
        let slot = self.reuse.as_ref()?.old.items.get(old as usize)?;
        Some(ItemSlot { start: TextSize::new(node.start_byte() as u32), parent, recovered, ..slot.clone() })
    }

    /// Takes over an untouched item, and a class's methods with it.
    fn take_over(&mut self, old: u32, node: Node<'_>, recovered: bool) {
        let index = self.items.len() as u32;
        let Some(slot) = self.old_slot(old, node, None, recovered) else { return };
        let Some(reuse) = &self.reuse else { return };
        let old_items = &reuse.old.items;
        let old_start = old_items[old as usize].start;
        let members = old_items[old as usize + 1..].iter().take_while(|member| member.parent == Some(old));
        let members = members.map(|member| ItemSlot {
            start: member.start - old_start + slot.start,
            parent: Some(index),
            recovered,
            ..member.clone()
        });
        let members: Vec<ItemSlot> = members.collect();
        self.items.push(slot);
        self.items.extend(members);
    }
}

fn range(node: Node<'_>) -> TextRange {
    TextRange::new(TextSize::new(node.start_byte() as u32), TextSize::new(node.end_byte() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(parsed: &Parsed) -> Vec<(u32, Option<u32>, u64)> {
        parsed.items.iter().map(|slot| (u32::from(slot.start), slot.parent, slot.item.shape())).collect()
    }

    #[test]
    fn methods_are_items_of_their_own() {
        let parsed = parse(
            SourceText::new(
                "import a\nclass C:\n    x = 1\n    def m(self): pass\n    @p\n    def n(self): pass\nf()\n",
            ),
            &ParseLimits::default(),
        );
        let parents: Vec<_> = parsed.items.iter().map(|slot| slot.parent).collect();
        assert_eq!(parents, [None, None, Some(1), Some(1), None]);
    }

    #[test]
    fn an_edit_in_one_method_keeps_the_others() {
        let text = "class C:\n    def a(self):\n        return 1\n\n    def b(self):\n        return 2\n\nx = 1\n";
        let mut document = Document::new(text);
        let before = document.parse(&ParseLimits::default());
        let at = TextSize::new(text.find('1').unwrap() as u32);
        document.edit(TextRange::at(at, 1.into()), "100");
        let after = document.parse(&ParseLimits::default());
        assert!(!Arc::ptr_eq(&before.items[1].item, &after.items[1].item));
        assert!(Arc::ptr_eq(&before.items[2].item, &after.items[2].item), "method b was lowered again");
        assert!(Arc::ptr_eq(&before.items[3].item, &after.items[3].item), "x = 1 was lowered again");
        let fresh = parse(SourceText::new(document.text()), &ParseLimits::default());
        assert_eq!(shapes(&after), shapes(&fresh));
    }

    #[test]
    fn a_lone_return_ends_a_line() {
        let parsed = parse(SourceText::new("x = 1\rdef f():\r    return 2\r"), &ParseLimits::default());
        assert!(!parsed.has_error);
        assert_eq!(parsed.items.len(), 2);
    }

    #[test]
    fn very_many_alternatives_are_not_as_deep() {
        let clauses: String = (0..5_500).map(|at| format!("elif x == {at}:\n    y{at} = 1\n")).collect();
        let text = format!("if x:\n    pass\n{clauses}else:\n    z = 1\n");
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        let item = &parsed.items[0].item;
        let assigned: Vec<_> =
            item.stmt_ids().filter(|id| matches!(item.stmt(*id), crate::Stmt::Assign { .. })).collect();
        assert_eq!(assigned.len(), 5_501);
        let depths: Vec<_> = assigned.iter().map(|id| item.stmt_ancestors(*id).count()).collect();
        assert_eq!(depths[..3], [2, 3, 4], "each is the alternative of the one before");
        assert!(depths.iter().all(|depth| (2..=2_002).contains(depth)), "{:?}", depths.iter().max());
        assert!(assigned.iter().all(|id| item.stmt_ancestors(*id).last() == Some(item.root())));
    }

    #[test]
    fn a_hundred_thousand_parentheses_do_not_overflow() {
        let text = "(".repeat(100_000) + &")".repeat(100_000);
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        assert!(parsed.items.len() <= 1);
    }
}
