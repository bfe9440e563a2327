//! The lines around a finding, as they are shown: every character visible, secrets masked, long lines cut.

use std::ops::Range;

use pyteam_display::{MASK, Shown};
use pyteam_syntax::{SourceText, TextRange, TextSize};

/// A range over more lines is shown by its first line: a whole class is too long for a terminal.
const MAX_LINES: u32 = 6;
/// Longer lines are cut around the place.
const MAX_LINE_BYTES: usize = 600;
/// What stands where a line is cut.
const CUT: &str = "…";

/// The lines around some ranges, with `\n` for every line end and without what is too long to be read.
pub(super) struct Excerpt {
    /// The lines, as they are shown.
    pub(super) text: String,
    /// The first line, from 0.
    pub(super) first_line: u32,
    /// The ranges, in `text`.
    pub(super) spans: Vec<Range<usize>>,
}

impl Excerpt {
    /// `None` for an empty file, of which there is nothing to show. `secrets` are places of `source`, in order.
    pub(super) fn of(
        source: &SourceText,
        ranges: impl Iterator<Item = TextRange>,
        secrets: &[Range<usize>],
    ) -> Option<Self> {
        let ranges: Vec<TextRange> = ranges.map(|range| shortened(source, range)).collect();
        let line_of = |offset: TextSize| source.lines().line_of(offset.min(source.len()));
        let first_line = ranges.iter().map(|range| line_of(range.start())).min()?;
        let last_line = ranges.iter().map(|range| line_of(range.end())).max()?;
        if source.is_empty() {
            return None;
        }
        let mut excerpt = Self { text: String::new(), first_line, spans: vec![0..0; ranges.len()] };
        for line in first_line..=last_line {
            let range = without_mark(source, source.lines().line_range(source.as_str(), line));
            let wanted = ranges.iter().filter(|one| line_of(one.start()) <= line && line <= line_of(one.end()));
            let shown = cut(source, range, wanted.map(|one| one.start()).min());
            let at = excerpt.text.len();
            let line_shown = ShownLine::of(source, range, shown, secrets);
            for (one, span) in ranges.iter().zip(&mut excerpt.spans) {
                if line_of(one.start()) == line {
                    span.start = at + line_shown.place(one.start());
                }
                if line_of(one.end()) == line {
                    span.end = at + line_shown.place(one.end());
                }
            }
            excerpt.text.push_str(&line_shown.text);
            excerpt.text.push('\n');
        }
        let length = excerpt.text.len();
        for span in &mut excerpt.spans {
            *span = span.start.min(length)..span.end.clamp(span.start, length.max(span.start));
        }
        Some(excerpt)
    }

    /// The column, from 1, where the first range stands in what is shown.
    pub(super) fn column(&self) -> Option<u32> {
        let before = &self.text[..self.spans.first()?.start];
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some(line.chars().count() as u32 + 1)
    }
}

/// A line as it is shown.
struct ShownLine<'s> {
    text: String,
    /// What is shown as it is, but for marks, or masked: the source's text, where it starts there and in `text`.
    parts: Vec<Part<'s>>,
}

struct Part<'s> {
    source: &'s str,
    start: usize,
    shown_start: usize,
    is_secret: bool,
}

impl<'s> ShownLine<'s> {
    /// The part `shown` of the line `line`.
    fn of(source: &'s SourceText, line: TextRange, shown: TextRange, secrets: &[Range<usize>]) -> Self {
        let mut made = Self { text: String::new(), parts: Vec::new() };
        let (mut at, end) = (usize::from(shown.start()), usize::from(shown.end()));
        if shown.start() > line.start() {
            made.text.push_str(CUT);
        }
        for secret in secrets {
            let (from, to) = (secret.start.clamp(at, end), secret.end.clamp(at, end));
            if from < to {
                made.push(source, at..from, false);
                made.push(source, from..to, true);
                at = to;
            }
        }
        made.push(source, at..end, false);
        if shown.end() < line.end() {
            made.text.push_str(CUT);
        }
        made
    }

    fn push(&mut self, source: &'s SourceText, range: Range<usize>, is_secret: bool) {
        let text = &source.as_str()[range.clone()];
        self.parts.push(Part { source: text, start: range.start, shown_start: self.text.len(), is_secret });
        self.text.push_str(if is_secret { MASK } else { "" });
        if !is_secret {
            self.text.push_str(Shown::exact_line(text).as_str());
        }
    }

    /// Where an offset of the source stands in what is shown. A place in a secret is the mask's start.
    fn place(&self, offset: TextSize) -> usize {
        let offset = usize::from(offset);
        let part = self.parts.iter().rfind(|part| part.start <= offset);
        let Some(part) = part else { return 0 };
        if part.is_secret {
            return part.shown_start + if offset >= part.start + part.source.len() { MASK.len() } else { 0 };
        }
        let inside = part.source.floor_char_boundary(offset - part.start);
        let place = part.shown_start + Shown::exact_line(&part.source[..inside]).as_str().len();
        self.text.floor_char_boundary(place)
    }
}

/// A byte order mark has no width but would be shown as something.
fn without_mark(source: &SourceText, line: TextRange) -> TextRange {
    let mark = source.slice(line).strip_prefix('\u{feff}').map_or(0, |rest| u32::from(line.len()) - rest.len() as u32);
    TextRange::new(line.start() + TextSize::new(mark), line.end())
}

/// `range`, or its first line if it has too many.
fn shortened(source: &SourceText, range: TextRange) -> TextRange {
    let end = range.end().min(source.len());
    let start = range.start().min(end);
    let line = source.lines().line_of(start);
    if source.lines().line_of(end) - line < MAX_LINES {
        return TextRange::new(start, end);
    }
    TextRange::new(start, source.lines().line_range(source.as_str(), line).end().max(start))
}

/// The part of a line that is shown: all of it, or a window that starts shortly before `place`.
fn cut(source: &SourceText, line: TextRange, place: Option<TextSize>) -> TextRange {
    if usize::from(line.len()) <= MAX_LINE_BYTES {
        return line;
    }
    let text = source.as_str();
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        TextSize::new(at as u32)
    };
    let place = place.unwrap_or(line.start()).clamp(line.start(), line.end());
    let from = boundary(usize::from(place).saturating_sub(40)).max(line.start());
    let to = boundary((usize::from(from) + MAX_LINE_BYTES).min(usize::from(line.end())));
    TextRange::new(from, to.max(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, ranges: &[(u32, u32)]) -> (String, u32, Vec<String>) {
        let source = SourceText::new(text);
        let ranges = ranges.iter().map(|(start, end)| TextRange::new((*start).into(), (*end).into()));
        let excerpt = Excerpt::of(&source, ranges, &[]).unwrap();
        let shown = excerpt.spans.iter().map(|span| excerpt.text[span.clone()].to_owned()).collect();
        (excerpt.text.clone(), excerpt.first_line, shown)
    }

    #[test]
    fn every_line_end_is_shown_as_one() {
        let (text, first, shown) = excerpt("a\r\nbc\rdef\ng", &[(6, 8), (3, 4)]);
        assert_eq!((text.as_str(), first), ("bc\ndef\n", 1));
        assert_eq!(shown, ["de", "b"]);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}x = 1{}", "é".repeat(5000), "y".repeat(5000));
        let (text, _, shown) = excerpt(&line, &[(10_000, 10_005)]);
        assert!(text.len() <= MAX_LINE_BYTES + 2 * CUT.len() + 1);
        assert_eq!(shown, ["x = 1"]);
    }

    #[test]
    fn places_at_the_very_end_are_shown() {
        assert_eq!(excerpt("a\n", &[(2, 2)]).2, [""]);
        assert_eq!(excerpt("\u{feff}ab", &[(3, 5)]).2, ["ab"]);
        assert!(Excerpt::of(&SourceText::new(""), std::iter::once(TextRange::default()), &[]).is_none());
    }

    #[test]
    fn what_is_not_seen_is_marked_and_secrets_are_masked() {
        let (text, _, shown) = excerpt("a\u{202e}b = c\u{1b}[2K\n", &[(4, 5), (8, 9), (0, 13)]);
        assert_eq!(text, "a\\u{202e}b = c\\u{1b}[2K\n");
        assert_eq!(shown, ["b", "c", "a\\u{202e}b = c\\u{1b}[2K"]);
        let source = SourceText::new("u = 'r://a:hunter2@h', x\n");
        let ranges =
            [(5, 20), (23, 24), (11, 18)].map(|(start, end): (u32, u32)| TextRange::new(start.into(), end.into()));
        let excerpt = Excerpt::of(&source, ranges.into_iter(), std::slice::from_ref(&(11..18))).unwrap();
        assert_eq!(excerpt.text, "u = 'r://a:***@h', x\n");
        let shown: Vec<&str> = excerpt.spans.iter().map(|span| &excerpt.text[span.clone()]).collect();
        assert_eq!(shown, ["r://a:***@h", "x", "***"]);
    }
}
