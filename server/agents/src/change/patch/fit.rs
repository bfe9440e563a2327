//! Where a hunk belongs in a text, and what it makes of it.

use super::hunk::{Hunk, Line, Sign};

/// Why hunks cannot be made to a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    /// What should stand there stands nowhere. The hunk's number, from 1.
    Nowhere(usize),
    /// It stands at several places: the lines.
    Ambiguous(usize, Vec<usize>),
    /// It only adds lines, and does not say where.
    Homeless(usize),
    /// Two hunks change the same lines.
    Overlap(usize),
}

impl std::fmt::Display for Misfit {
    /// Continues "a diff that", with the file's name behind it.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nowhere(hunk) => write!(out, "in hunk {hunk} expects lines that do not exist"),
            Self::Ambiguous(hunk, lines) => {
                let lines: Vec<String> = lines.iter().take(4).map(usize::to_string).collect();
                write!(out, "in hunk {hunk} fits at several places: lines {}", lines.join(", "))
            }
            Self::Homeless(hunk) => write!(out, "in hunk {hunk} adds lines without a position"),
            Self::Overlap(hunk) => write!(out, "in hunk {hunk} overlaps another hunk"),
        }
    }
}

/// `text` after `hunks`.
pub(super) fn changed(text: &str, hunks: &[Hunk]) -> Result<String, Misfit> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut edits: Vec<Edit<'_>> = Vec::new();
    let mut offset = 0isize;
    let mut end = None;
    for (number, hunk) in (1..).zip(hunks) {
        let (at, reading) = place(&lines, hunk, offset, number)?;
        if let Some(range) = hunk.range.filter(|range| range.old > 0) {
            offset = at.cast_signed() - range.start.saturating_sub(1).cast_signed();
        }
        let old = reading.iter().filter(|line| line.is_old()).count();
        if at + old == lines.len() {
            end = Some(Ending::of(&reading));
        }
        for mut edit in edits_of(at, &reading) {
            edit.hunk = number;
            edits.push(edit);
        }
    }
    edits.sort_by_key(|edit| edit.from);
    for pair in edits.windows(2) {
        if pair[1].from < pair[0].to || pair[1].from == pair[0].from {
            return Err(Misfit::Overlap(pair[1].hunk));
        }
    }
    Ok(written(&lines, &edits, end))
}

/// Whether what the hunks make of a text stands in `text` already.
pub(super) fn is_made(text: &str, hunks: &[Hunk]) -> bool {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut offset = 0_isize;
    let stands = |hunk: &Hunk| {
        let new: Vec<&Line> = hunk.lines.iter().filter(|line| line.sign != Sign::Removed).collect();
        let has_added = new.iter().any(|line| line.sign == Sign::Added);
        let places = places(&lines, &new);
        // What is added may stand somewhere by chance: a neighbor tells that it is meant, or the place, or that there
        // is nothing else.
        let has_neighbor = new.iter().any(|line| line.sign != Sign::Added && !line.text().trim().is_empty());
        let named = hunk.range.filter(|range| range.start > 0).and_then(|range| {
            let start = if range.old == 0 { range.start } else { range.start - 1 };
            usize::try_from(start.cast_signed() + offset).ok()
        });
        let is_there = named.is_some_and(|named| places.contains(&named));
        offset += hunk.range.map_or(0, |range| range.new.cast_signed() - range.old.cast_signed());
        has_added && !places.is_empty() && (has_neighbor || is_there || new.len() == lines.len())
    };
    !hunks.is_empty() && hunks.iter().all(stands)
}

/// Lines of the old text and what comes into their place.
struct Edit<'h> {
    from: usize,
    to: usize,
    added: Vec<&'h str>,
    hunk: usize,
}

fn edits_of<'h>(at: usize, reading: &[&'h Line]) -> Vec<Edit<'h>> {
    let mut edits: Vec<Edit<'h>> = Vec::new();
    let (mut here, mut goes_on) = (at, false);
    for line in reading {
        if !line.is_change() {
            (here, goes_on) = (here + 1, false);
            continue;
        }
        if !goes_on {
            edits.push(Edit { from: here, to: here, added: Vec::new(), hunk: 0 });
            goes_on = true;
        }
        let Some(edit) = edits.last_mut() else { continue };
        if line.sign == Sign::Added {
            edit.added.push(line.text());
        } else {
            here += 1;
            edit.to = here;
        }
    }
    edits
}

/// Whether the end of the text is to be open, without a line end; none where the hunk does not say.
struct Ending(Option<bool>);

impl Ending {
    fn of(reading: &[&Line]) -> Self {
        let old_is_open = reading.iter().any(|line| line.is_open && line.is_old());
        let new_is_open = reading.iter().any(|line| line.is_open && line.sign != Sign::Removed);
        Self((old_is_open || new_is_open).then_some(new_is_open))
    }
}

/// Each line keeps its own end; a new one takes that of its neighbor.
fn written(lines: &[&str], edits: &[Edit<'_>], end: Option<Ending>) -> String {
    let end_of = |line: &&str| if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    let usual = lines.iter().find(|line| line.ends_with('\n')).map_or("\n", end_of);
    let was_open = lines.last().is_some_and(|line| !line.ends_with('\n'));
    let mut result: Vec<(&str, &str)> = Vec::with_capacity(lines.len());
    let own = |line: &&'_ str| if line.ends_with('\n') { end_of(line) } else { usual };
    let mut here = 0;
    let keep = |result: &mut Vec<_>, to: usize, here: &mut usize| {
        for line in &lines[*here..to] {
            result.push((
                line.strip_suffix('\n').map_or(*line, |text| text.strip_suffix('\r').unwrap_or(text)),
                own(line),
            ));
        }
        *here = to;
    };
    for edit in edits {
        keep(&mut result, edit.from, &mut here);
        let neighbor =
            lines.get(edit.from).or(edit.from.checked_sub(1).and_then(|at| lines.get(at))).map_or(usual, own);
        // A diff of lines that end in both has the return in its lines.
        let cut = if neighbor == "\r\n" { "\r" } else { "" };
        result.extend(edit.added.iter().map(|line| (line.strip_suffix(cut).unwrap_or(line), neighbor)));
        here = edit.to;
    }
    keep(&mut result, lines.len(), &mut here);
    let is_open = end.and_then(|end| end.0).unwrap_or(was_open);
    let last = result.len().saturating_sub(1);
    let mut text = String::new();
    for (at, (line, end)) in result.into_iter().enumerate() {
        text.push_str(line);
        if at < last || !is_open {
            text.push_str(end);
        }
    }
    text
}

/// Where the hunk belongs, and the lines by which it was found.
fn place<'h>(lines: &[&str], hunk: &'h Hunk, offset: isize, number: usize) -> Result<(usize, Vec<&'h Line>), Misfit> {
    for reading in readings(hunk) {
        let old: Vec<&Line> = reading.iter().copied().filter(|line| line.is_old()).collect();
        if old.is_empty() {
            return insertion(lines, hunk, number).map(|at| (at, reading));
        }
        let places = places(lines, &old);
        let named = hunk.range.map(|range| range.start.saturating_sub(1));
        let shifted = named.and_then(|named| usize::try_from(named.cast_signed() + offset).ok());
        let at = match &*places {
            [] => continue,
            [only] => *only,
            many => {
                let heading = below_heading(lines, many, hunk);
                let certain = [named, shifted, heading].into_iter().flatten().find(|at| many.contains(at));
                certain.ok_or_else(|| Misfit::Ambiguous(number, many.iter().map(|at| at + 1).collect()))?
            }
        };
        return Ok((at, reading));
    }
    Err(Misfit::Nowhere(number))
}

/// How a hunk can be read, the strictest first: as it stands; without the words and blank lines behind it; and with blank
/// lines between added ones added as well. No line with a sign of change is left out of any.
fn readings(hunk: &Hunk) -> Vec<Vec<&Line>> {
    let all: Vec<&Line> = hunk.lines.iter().collect();
    let is_behind = |line: &&Line| line.sign == Sign::Bare || line.raw.trim().is_empty();
    let mut trimmed = all.clone();
    while trimmed.last().is_some_and(is_behind) {
        trimmed.pop();
    }
    let is_blank = |line: &&Line| line.raw.is_empty() && line.sign == Sign::Bare;
    let is_added = |line: Option<&&Line>| line.is_some_and(|line| line.sign == Sign::Added);
    let mut readings = vec![all];
    if trimmed.len() != readings[0].len() {
        readings.push(trimmed.clone());
    }
    let between = |at: usize| {
        is_blank(&trimmed[at])
            && is_added(trimmed[..at].iter().rev().find(|line| !is_blank(line)))
            && is_added(trimmed[at..].iter().find(|line| !is_blank(line)))
    };
    if (0..trimmed.len()).any(between) {
        readings.push((0..trimmed.len()).map(|at| if between(at) { &BLANK } else { trimmed[at] }).collect());
    }
    readings
}

/// An added blank line.
static BLANK: Line = Line { sign: Sign::Added, raw: String::new(), is_open: false };

/// Where `wanted` stands in `lines`.
fn places(lines: &[&str], wanted: &[&Line]) -> Vec<usize> {
    let fits = |at: &usize| lines[*at..].iter().zip(wanted).all(|(there, line)| is_same(there, line));
    (0..(lines.len() + 1).saturating_sub(wanted.len())).filter(fits).collect()
}

/// A context line may have lost its blank: then it is all of the line.
fn is_same(there: &str, line: &Line) -> bool {
    let there = there.trim_end();
    there == line.text().trim_end() || line.sign == Sign::Context && there == line.raw.trim_end()
}

/// The first of `places` below the line that a header without numbers names.
fn below_heading(lines: &[&str], places: &[usize], hunk: &Hunk) -> Option<usize> {
    if hunk.range.is_some() || hunk.heading.is_empty() {
        return None;
    }
    let mut named = (0..lines.len()).filter(|at| lines[*at].trim() == hunk.heading);
    let (only, None) = (named.next()?, named.next()) else { return None };
    places.iter().copied().find(|at| *at >= only)
}

/// Where lines are added of which no neighbor is told.
fn insertion(lines: &[&str], hunk: &Hunk, number: usize) -> Result<usize, Misfit> {
    match hunk.range {
        _ if lines.is_empty() => Ok(0),
        // With no line of context, the number says after which line.
        Some(range) if range.old == 0 && (1..=lines.len()).contains(&range.start) => Ok(range.start),
        _ => Err(Misfit::Homeless(number)),
    }
}
