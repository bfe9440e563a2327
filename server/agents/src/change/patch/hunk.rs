//! One hunk, as it is written.

/// One hunk, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hunk {
    /// What the numbers in its header say, where there are numbers.
    pub(super) range: Option<Range>,
    /// What stands behind them: a line of the file above the hunk.
    pub(super) heading: String,
    pub(super) lines: Vec<Line>,
}

/// The numbers of a hunk's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// Where it starts in the old file, from 1.
    pub(super) start: usize,
    /// How many lines it has there, and in the new file.
    pub(super) old: usize,
    pub(super) new: usize,
}

/// What a line of a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Context,
    Removed,
    Added,
    /// It has no sign: a context line without its blank, or words that follow the diff.
    Bare,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sign: Sign,
    /// All of it, the sign included.
    pub(super) raw: String,
    /// Whether `\ No newline at end of file` follows.
    pub(super) is_open: bool,
}

impl Line {
    fn read(raw: &str) -> Self {
        let sign = match raw.chars().next() {
            Some(' ') => Sign::Context,
            Some('-') => Sign::Removed,
            Some('+') => Sign::Added,
            _ => Sign::Bare,
        };
        Self { sign, raw: raw.to_owned(), is_open: false }
    }

    /// Without its sign.
    pub(super) fn text(&self) -> &str {
        if self.sign == Sign::Bare { &self.raw } else { self.raw.get(1..).unwrap_or_default() }
    }

    /// Whether it stands for a line of the old file.
    pub(super) fn is_old(&self) -> bool {
        self.sign != Sign::Added
    }

    pub(super) fn is_change(&self) -> bool {
        matches!(self.sign, Sign::Added | Sign::Removed)
    }
}

/// Reads a hunk's header: its numbers, and what follows them.
pub(super) fn header(line: &str) -> Option<(Option<Range>, String)> {
    let rest = line.strip_prefix("@@")?;
    let (inside, heading) = rest.split_once("@@").unwrap_or((rest, ""));
    let (range, behind) = match numbers(inside) {
        Some((range, behind)) => (Some(range), behind),
        None => (None, ""),
    };
    // `@@ def f():` has a heading and no numbers; `@@ ... @@` has neither.
    let heading = match (heading.trim(), behind.trim()) {
        ("", "") if range.is_none() && !rest.contains("@@") => inside.trim(),
        ("", behind) => behind,
        (heading, _) => heading,
    };
    Some((range, if heading.trim_matches(['.', '…', '-']).is_empty() { String::new() } else { heading.to_owned() }))
}

/// `-1,3 +1,4`, and what follows.
fn numbers(text: &str) -> Option<(Range, &str)> {
    fn one(text: &str) -> Option<(usize, usize, &str)> {
        let end = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (start, rest) = text.split_at(end(text));
        let (count, rest) = match rest.strip_prefix(',') {
            Some(rest) => {
                let (count, rest) = rest.split_at(end(rest));
                (count.parse().ok()?, rest)
            }
            None => (1, rest),
        };
        Some((start.parse().ok()?, count, rest))
    }
    let (start, old, rest) = one(text.trim_start().strip_prefix('-')?)?;
    let (_, new, rest) = one(rest.trim_start().strip_prefix('+')?)?;
    Some((Range { start, old, new }, rest))
}

/// The lines of a hunk, of which `lines` are all up to the next header, and how many of them it has. Inside a fence
/// everything belongs to it; outside of one, words may follow.
pub(super) fn body(range: Option<Range>, lines: &[&str], is_fenced: bool) -> (Vec<Line>, usize) {
    let counted = range.and_then(|range| counted(range, lines));
    let end = match counted {
        Some(end) if !is_continued(&lines[end..], is_fenced) => end,
        _ => lines.len(),
    };
    let mut body: Vec<Line> = Vec::new();
    for line in &lines[..end] {
        match body.last_mut() {
            Some(last) if line.starts_with("\\ ") => last.is_open = true,
            _ => body.push(Line::read(line)),
        }
    }
    (body, end)
}

/// Where the hunk ends, if its numbers are right.
fn counted(range: Range, lines: &[&str]) -> Option<usize> {
    let (mut old, mut new) = (range.old, range.new);
    for (at, raw) in lines.iter().enumerate() {
        if old == 0 && new == 0 && !raw.starts_with("\\ ") {
            return Some(at);
        }
        if raw.starts_with("\\ ") {
            continue;
        }
        match Line::read(raw).sign {
            Sign::Removed => old = old.checked_sub(1)?,
            Sign::Added => new = new.checked_sub(1)?,
            Sign::Context | Sign::Bare => (old, new) = (old.checked_sub(1)?, new.checked_sub(1)?),
        }
    }
    (old == 0 && new == 0).then_some(lines.len())
}

/// Whether lines that add or remove follow: then the numbers were wrong. `- word` after a diff outside of fences is an
/// item of a list.
fn is_continued(lines: &[&str], is_fenced: bool) -> bool {
    let is_item = |line: &str| {
        let mut letters = line.chars().skip(1);
        letters.next() == Some(' ') && letters.next().is_some_and(|letter| letter != ' ')
    };
    let is_change = |line: &&&str| line.starts_with(['+', '-']);
    let mut changes = lines.iter().filter(is_change);
    if is_fenced {
        return changes.next().is_some();
    }
    let is_apart = lines.first().is_none_or(|line| line.trim().is_empty());
    changes.any(|line| !is_apart || !line.starts_with('-') || !is_item(line))
}
