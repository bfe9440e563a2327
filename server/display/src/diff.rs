//! What would change, line by line, as a person reads it.
//!
//! A line of a file can be told from the line that is shown: what is not seen is marked, and so is the end of a line that
//! ends unlike the others of its file. Secrets that stand in a file are masked, the same one always alike and no other so,
//! so that a line that only moved looks as it did; a secret that is new is shown, for it is part of what is asked about.
//! What is compared are the texts as they are: masks are put in only as a line is written.

mod masks;

use std::ops::Range;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use self::masks::Masks;
use crate::{Shown, shown};

/// After this the smallest difference is no longer looked for; what is said is right all the same.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// Lines around a change.
const CONTEXT: usize = 3;

/// The lines in which two texts differ.
pub fn line_diff<'t>(before: &'t str, after: &'t str) -> TextDiff<'t, 't, str> {
    TextDiff::configure().timeout(TIME_LIMIT).diff_lines(before, after)
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A file's name.
    File,
    /// Where a hunk stands.
    Place,
    /// A line that stays.
    Same,
    /// A line that goes.
    Removed,
    /// A line that comes.
    Added,
    /// Words about the lines.
    Remark,
    /// What wants a look of its own.
    Mark,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// The line, with its sign and without its end.
    pub text: Shown,
}

/// One file before and after.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What it is called.
    pub names: (&'a str, &'a str),
    /// Its text before; empty where it is new.
    pub before: &'a str,
    /// Its text afterwards.
    pub after: &'a str,
    /// Where secrets stand in the text before that only who found them knows.
    pub secrets: &'a [Range<usize>],
}

/// Writes the diffs of some files that are shown together.
#[derive(Debug, Default)]
pub struct Differ {
    masks: Masks,
    has_marks: bool,
    has_other_ends: bool,
}

impl Differ {
    /// One that has written nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines of one file's diff.
    pub fn lines(&mut self, file: File<'_>) -> Vec<Line> {
        let usual = usual_end(if file.before.is_empty() { file.after } else { file.before });
        let mut lines = vec![
            Line { kind: LineKind::File, text: shown!("--- {}", file.names.0) },
            Line { kind: LineKind::File, text: shown!("+++ {}", file.names.1) },
        ];
        let name = match usual {
            "\r\n" => "CRLF",
            "\r" => "CR",
            _ => "",
        };
        if !name.is_empty() {
            self.has_other_ends = true;
            lines.push(Line { kind: LineKind::Remark, text: shown!("# lines end in {} where no end is marked", name) });
        }
        // The texts themselves are compared: two that differ in a secret alone differ.
        let diff = line_diff(file.before, file.after);
        let before = self.masks.before(file.before, file.secrets);
        let before = Side::new(before, diff.iter_old_slices());
        let after = Side::new(self.masks.after(file.after), diff.iter_new_slices());
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            lines.push(Line { kind: LineKind::Place, text: Shown::line(hunk.header()) });
            for change in hunk.iter_changes() {
                let (kind, side, line) = match (change.tag(), change.old_index(), change.new_index()) {
                    (ChangeTag::Equal, line, _) => (LineKind::Same, &before, line),
                    (ChangeTag::Delete, line, _) => (LineKind::Removed, &before, line),
                    (ChangeTag::Insert, _, line) => (LineKind::Added, &after, line),
                };
                let start = line.and_then(|line| side.starts.get(line)).copied().unwrap_or_default();
                self.push_line(kind, change.value(), (start, &side.secrets), usual, &mut lines);
            }
        }
        lines
    }

    /// What is said once, below all files: what the marks stand for.
    pub fn remark(&self) -> Option<Line> {
        let mut parts = Vec::new();
        if self.has_marks {
            parts.push("`\\u{...}` stands for a character that does not show as itself");
        }
        if self.masks.are_used() {
            parts.push("`***` stands for a secret");
        }
        if parts.is_empty() && !self.has_other_ends {
            return None;
        }
        parts.push("`patch` cannot apply this text");
        Some(Line { kind: LineKind::Remark, text: Shown::line(format!("# {}", parts.join("; "))) })
    }

    fn push_line(
        &mut self,
        kind: LineKind,
        line: &str,
        (start, secrets): (usize, &[Range<usize>]),
        usual: &str,
        lines: &mut Vec<Line>,
    ) {
        let sign = match kind {
            LineKind::Removed => "-",
            LineKind::Added => "+",
            _ => " ",
        };
        let (body, end) = split_end(line);
        let mut text = shown!("{}", sign);
        self.has_marks |= self.masks.write(body, start, secrets, &mut text);
        if !end.is_empty() && end != usual {
            self.has_marks = true;
            text.push(Shown::line(end));
        }
        lines.push(Line { kind, text });
        if end.is_empty() {
            lines.push(Line { kind: LineKind::Remark, text: "\\ No newline at end of file".into() });
        }
    }
}

/// One of two texts: where its secrets and its lines stand.
struct Side {
    secrets: Vec<Range<usize>>,
    starts: Vec<usize>,
}

impl Side {
    fn new<'t>(secrets: Vec<Range<usize>>, lines: impl Iterator<Item = &'t str>) -> Self {
        let mut end = 0;
        let start = |line: &str| {
            end += line.len();
            end - line.len()
        };
        Self { secrets, starts: lines.map(start).collect() }
    }
}

/// A line and its end.
fn split_end(line: &str) -> (&str, &str) {
    let length = ["\r\n", "\n", "\r"].iter().find(|end| line.ends_with(**end)).map_or(0, |end| end.len());
    line.split_at(line.len() - length)
}

/// How most lines end.
fn usual_end(text: &str) -> &'static str {
    let pairs = text.matches("\r\n").count();
    let feeds = text.matches('\n').count() - pairs;
    let returns = text.matches('\r').count() - pairs;
    if pairs > feeds && pairs >= returns {
        "\r\n"
    } else if returns > feeds {
        "\r"
    } else {
        "\n"
    }
}

#[cfg(test)]
mod tests;
