//! Long runs of comment lines, which the parser is not shown.
//!
//! At each comment the grammar's scanner reads on to the next line of code, whose indentation says whether a block
//! ends, and does not remember it for the comment after: n lines of comments cost n² / 2 lines. So of a long run the
//! parser sees those comments only that the tree depends on; the lines between them are left out of its included
//! ranges, and lowering reads them from the text where it meets the comment before them.
//!
//! The tree depends on a run's first and last comment, which stretch the nodes around them, and on each comment that
//! is the first to stand left of a block's indentation, together with the one before it: a block ends between the two.
//! All others are siblings of the one before them and change nothing.
//!
//! Which lines are comments and which only look so inside a string is the grammar's affair. [`Strings`] guesses, and
//! [`Skipped::drop_unconfirmed`] holds the guess against the tree: where the comment before a gap is a comment, the
//! lines behind it are.

mod line;
mod strings;
#[cfg(test)]
mod tests;

use text_size::{TextRange, TextSize};
use tree_sitter::{Node, Point, Range};

use crate::LineIndex;
use crate::kinds::{NodeKind, kind};
use line::{Levels, Line};
use strings::Strings;

/// A run of fewer comments is shown as it is: it costs less than as many lines of code.
const MIN_COMMENTS: u32 = 64;

/// The least product of a run's comments and bytes. The parser seeks its place among the gaps at every token, so each
/// gap has to spare it more than that.
const MIN_COST: usize = 64 * 1024;

/// Between two comments that are shown, fewer lines than this are not worth a gap.
const MIN_LINES: u32 = 8;

/// What of a text the parser is not shown.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    /// In ascending order.
    gaps: Vec<Gap>,
}

/// Lines that are all comments or blank, between two comments that are shown.
#[derive(Debug)]
struct Gap {
    /// The comment before it, from its `#` to where the gap begins.
    before: TextRange,
    range: TextRange,
    /// Its first line, and the line after its last.
    lines: (u32, u32),
}

impl Skipped {
    /// What can be left out of `text`.
    pub(crate) fn find(text: &str, lines: &LineIndex) -> Self {
        let mut finder =
            Finder { text, lines, levels: Levels::default(), strings: Strings::new(text), run: None, gaps: Vec::new() };
        // Behind a line continuation, and the columns before it that the next line's are added to.
        let (mut is_continued, mut columns) = (false, 0u16);
        for number in 0..lines.len() {
            match line::read(text, usize::from(lines.line_start(number))) {
                // Here a comment is the end of the statement that was continued.
                Line::Blank | Line::Comment { .. } if is_continued => (is_continued, columns) = (false, 0),
                Line::Blank => {}
                Line::Comment { .. } => finder.comment(number),
                Line::Join { indent } => {
                    finder.end_run();
                    (is_continued, columns) = (true, columns.wrapping_add(indent));
                }
                Line::Code { indent } => {
                    finder.end_run();
                    finder.levels.add(columns.wrapping_add(indent));
                    (is_continued, columns) = (line::is_continued(text, lines, number), 0);
                }
            }
        }
        finder.end_run();
        Self { gaps: finder.gaps }
    }

    /// Whether the parser is shown everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// What the parser is shown; nothing stands for all.
    pub(crate) fn included(&self) -> Vec<Range> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut ranges = Vec::with_capacity(self.gaps.len() + 1);
        let (mut start_byte, mut start_point) = (0, Point::new(0, 0));
        for gap in &self.gaps {
            ranges.push(Range {
                start_byte,
                start_point,
                end_byte: usize::from(gap.range.start()),
                end_point: Point::new(gap.lines.0 as usize, 0),
            });
            (start_byte, start_point) = (usize::from(gap.range.end()), Point::new(gap.lines.1 as usize, 0));
        }
        let end = u32::MAX as usize;
        ranges.push(Range { start_byte, start_point, end_byte: end, end_point: Point::new(end, end) });
        ranges
    }

    /// Drops the gaps before which `root`, the tree without them, has no comment, and says whether there were any.
    pub(crate) fn drop_unconfirmed(&mut self, root: Node<'_>) -> bool {
        let found = self.gaps.len();
        self.gaps.retain(|gap| {
            // Up to the line end, which is no part of the comment.
            let (start, end) = (usize::from(gap.before.start()), usize::from(gap.before.end()) - 1);
            root.descendant_for_byte_range(start, end)
                .is_some_and(|node| kind(node) == NodeKind::Comment && node.byte_range() == (start..end))
        });
        self.gaps.len() < found
    }

    /// The comments that were left out behind the comment that ends at `end`.
    pub(crate) fn comments_behind<'t>(&self, end: usize, text: &'t str) -> impl Iterator<Item = TextRange> + use<'t> {
        let start = TextSize::new(end as u32 + 1);
        let found = self.gaps.binary_search_by_key(&start, |gap| gap.range.start());
        let range = found.map_or(TextRange::default(), |at| self.gaps[at].range);
        line::comments(text, range)
    }
}

struct Finder<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    levels: Levels,
    strings: Strings<'t>,
    run: Option<Run>,
    gaps: Vec<Gap>,
}

/// Comment lines with nothing but blank lines between them.
struct Run {
    first: u32,
    last: u32,
    comments: u32,
}

impl Finder<'_> {
    fn comment(&mut self, number: u32) {
        let run = self.run.get_or_insert(Run { first: number, last: number, comments: 0 });
        run.last = number;
        run.comments += 1;
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take().filter(|run| run.comments >= MIN_COMMENTS) else { return };
        let start = usize::from(self.lines.line_start(run.first));
        let end = usize::from(self.lines.line_start(run.last));
        if run.comments as usize * (end - start) >= MIN_COST && self.strings.is_outside(start) {
            self.strings.skip_comments(end);
            self.gaps_of(&run);
        }
    }

    /// Finds what may be left out of a run.
    fn gaps_of(&mut self, run: &Run) {
        // The last comment that is shown: line, and place of its `#`.
        let mut shown: Option<(u32, usize)> = None;
        let (mut last, mut most_ended) = (run.first, 0);
        for number in run.first..=run.last {
            let start = usize::from(self.lines.line_start(number));
            let Line::Comment { indent, at } = line::read(self.text, start) else { continue };
            let ended = self.levels.above(indent);
            match shown {
                Some(before) if ended > most_ended || number == run.last => {
                    // A block may end before this comment: the one before it is shown as well.
                    let until = if ended > most_ended { last } else { number };
                    self.gap(before, until);
                    shown = Some((number, at));
                }
                None => shown = Some((number, at)),
                Some(_) => {}
            }
            most_ended = most_ended.max(ended);
            last = number;
        }
    }

    /// Leaves out what stands between the comment `before` and that on the line `until`.
    fn gap(&mut self, before: (u32, usize), until: u32) {
        let first = before.0 + 1;
        if until < first + MIN_LINES {
            return;
        }
        let range = TextRange::new(self.lines.line_start(first), self.lines.line_start(until));
        let before = TextRange::new(TextSize::new(before.1 as u32), range.start());
        self.gaps.push(Gap { before, range, lines: (first, until) });
    }
}
