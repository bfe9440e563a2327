//! Where lines start. A line ends with `\n`, `\r\n` or a lone `\r`, as LSP and Python have it.

use text_size::{TextRange, TextSize};

/// Start offsets of all lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        push_starts(text, 0, text.len(), &mut starts);
        Self { starts }
    }

    /// Follows an edit: `start..old_end` of the old text became `start..new_end` of `text`.
    /// Costs what the lines after the edit cost to move, one addition each.
    pub(crate) fn edit(&mut self, text: &str, start: usize, old_end: usize, new_end: usize) {
        // A `\r` just before the edit may lose or gain its `\n`, so look one byte further on each side.
        let from = start.saturating_sub(1);
        let keep = self.starts.partition_point(|s| *s as usize <= from);
        let tail_at = self.starts.partition_point(|s| *s as usize <= old_end + 1);
        let tail: Vec<u32> = self.starts[tail_at..].iter().map(|s| (*s as usize - old_end + new_end) as u32).collect();
        self.starts.truncate(keep);
        let until = (new_end + 1).min(text.len());
        push_starts(text, from, until, &mut self.starts);
        self.starts.extend(tail);
    }

    /// Number of lines; a text that ends with a line end has an empty last line.
    pub fn len(&self) -> u32 {
        self.starts.len() as u32
    }
    /// Never: even an empty text has one line.
    pub fn is_empty(&self) -> bool {
        false
    }
    /// The line (from 0) that `offset` is on.
    pub fn line_of(&self, offset: TextSize) -> u32 {
        (self.starts.partition_point(|s| *s <= u32::from(offset)) - 1) as u32
    }
    /// Where `line` (from 0) starts; past the end, the last line's start.
    pub fn line_start(&self, line: u32) -> TextSize {
        let at = (line as usize).min(self.starts.len() - 1);
        TextSize::new(self.starts[at])
    }
    /// `line` with its line end.
    pub fn full_line_range(&self, text: &str, line: u32) -> TextRange {
        let start = self.line_start(line);
        let end = self.starts.get(line as usize + 1).map_or(TextSize::of(text), |end| TextSize::new(*end));
        TextRange::new(start, end.max(start))
    }
    /// `line` without its line end.
    pub fn line_range(&self, text: &str, line: u32) -> TextRange {
        let full = self.full_line_range(text, line);
        let trimmed = text[full].trim_end_matches(['\n', '\r']);
        TextRange::at(full.start(), TextSize::of(trimmed))
    }
}

/// Pushes the line starts that follow from line ends at `from..until` of `text`.
fn push_starts(text: &str, from: usize, until: usize, starts: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    for at in memchr::memchr2_iter(b'\n', b'\r', &bytes[from..until]) {
        let at = from + at;
        if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
            continue;
        }
        let start = (at + 1) as u32;
        // `from` may lie on a line end whose start is already there.
        if starts.last() != Some(&start) {
            starts.push(start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_line_ends_count() {
        let index = LineIndex::new("a\nb\r\nc\rd");
        assert_eq!(index.starts, [0, 2, 5, 7]);
        assert_eq!(index.line_of(TextSize::new(4)), 1);
        assert_eq!(index.line_range("a\nb\r\nc\rd", 1), TextRange::new(2.into(), 3.into()));
    }

    #[test]
    fn an_edited_index_equals_a_fresh_one() {
        // Every pair of small texts over the critical alphabet, replaced at every place.
        let alphabet = ["", "\n", "\r", "a", "\r\n", "\n\r", "a\r", "\na"];
        for before in alphabet {
            for old in alphabet {
                for after in alphabet {
                    for new in alphabet {
                        let start = before.len();
                        let mut index = LineIndex::new(&format!("x\n{before}{old}{after}\ny"));
                        let text = format!("x\n{before}{new}{after}\ny");
                        index.edit(&text, 2 + start, 2 + start + old.len(), 2 + start + new.len());
                        assert_eq!(index, LineIndex::new(&text), "{before:?} {old:?}->{new:?} {after:?}");
                    }
                }
            }
        }
    }
}
