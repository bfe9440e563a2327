//! `--output-format text`: findings as people read them, in the manner of rustc and ruff.

use std::io;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use pyteam_engine::{Applicability, Finding, Related, Severity};
use pyteam_index::snapshot::File;
use pyteam_syntax::{SourceText, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::console::{self, Console};
use super::place::Place;
use super::report::Report;

/// A range over more lines is shown by its first line: nobody reads a whole class in a terminal.
const MAX_LINES: u32 = 6;
/// Related places of the same file within this many lines stand in the same excerpt.
const MAX_DISTANCE: u32 = 200;
/// Of more related places, the rest is counted.
const MAX_RELATED: usize = 8;
/// Longer lines are cut around the place.
const MAX_LINE_BYTES: usize = 600;

/// Prints all findings, an empty line after each.
pub(super) fn print(report: &Report<'_>, console: &mut Console) -> io::Result<()> {
    let renderer = if console.is_styled() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(console::width(140));
    for group in groups(report.findings) {
        let Some(file) = report.file(group.head.file) else { continue };
        let text = render(report, &group, file, &renderer);
        console.print(text.trim_end())?;
        console.print("\n\n")?;
    }
    Ok(())
}

/// Findings that are shown as one: all that a rule has to say about one queue or pipe.
struct Together<'a> {
    /// The first one, which is shown.
    head: &'a Finding,
    /// The others' places, as far as the first one does not name them.
    more: Vec<Related>,
    /// How many there are.
    count: usize,
}

/// Findings in their order, those of one channel with the first of them.
fn groups(findings: &[Finding]) -> Vec<Together<'_>> {
    let mut groups: Vec<Together<'_>> = Vec::with_capacity(findings.len());
    let mut known: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for finding in findings {
        if let Some(channel) = &finding.channel {
            let at = *known.entry((&finding.code, channel)).or_insert(groups.len());
            if let Some(group) = groups.get_mut(at) {
                let named = |related: &Related| related.file == finding.file && related.range == finding.range;
                if !group.head.related.iter().any(named) {
                    let (file, range) = (finding.file, finding.range);
                    group.more.push(Related { file, range, message: "the same here".to_owned() });
                }
                group.count += 1;
                continue;
            }
        }
        groups.push(Together { head: finding, more: Vec::new(), count: 1 });
    }
    groups
}

fn render(report: &Report<'_>, together: &Together<'_>, file: &File, renderer: &Renderer) -> String {
    let finding = together.head;
    let path = report.paths.short(&file.path);
    let title = level(finding.severity).primary_title(finding.message.as_str()).id(&*finding.code);
    let mut group = Group::with_title(title);
    let related = || finding.related.iter().chain(&together.more);
    let (near, far): (Vec<_>, Vec<_>) = related().take(MAX_RELATED).partition(|related| {
        related.file == finding.file && distance(file.source(), finding.range, related.range) <= MAX_DISTANCE
    });
    let excerpt =
        Excerpt::of(file.source(), std::iter::once(finding.range).chain(near.iter().map(|related| related.range)));
    if let Some(excerpt) = &excerpt {
        let mut spans = excerpt.spans.iter().cloned();
        let mut snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line as usize + 1);
        if excerpt.is_cut {
            // The place would be that in the cut line.
            group = group.element(origin(path, file, finding));
        } else {
            snippet = snippet.path(path);
        }
        if let Some(span) = spans.next() {
            snippet = snippet.annotation(AnnotationKind::Primary.span(span));
        }
        for (span, related) in spans.zip(&near) {
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(related.message.as_str()));
        }
        group = group.element(snippet);
    } else {
        group = group.element(origin(path, file, finding));
    }
    for related in &far {
        if let Some(file) = report.file(related.file) {
            let place = Place::of(file.source(), related.range.start());
            let path = report.paths.short(&file.path);
            group = group
                .element(Level::NOTE.message(format!("{path}:{}:{}: {}", place.row, place.column, related.message)));
        }
    }
    let left_out = related().count().saturating_sub(MAX_RELATED);
    if left_out > 0 {
        group = group.element(Level::NOTE.message(format!("and {left_out} more places")));
    }
    if together.count > 1 {
        group = group.element(Level::NOTE.message(format!("these are {} findings about one channel", together.count)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    if let Some(fix) = &finding.fix {
        let option = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
        };
        group = group.element(Level::HELP.with_name(Some("fix")).message(format!("{} ({option})", fix.title)));
    }
    renderer.render(&[group])
}

fn origin<'a>(path: &'a str, file: &File, finding: &Finding) -> Origin<'a> {
    let place = Place::of(file.source(), finding.range.start());
    Origin::path(path).line(place.row as usize).char_column(place.column as usize)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO,
        Severity::Hint => Level::NOTE.with_name(Some("hint")),
    }
}

/// Lines between two ranges.
fn distance(source: &SourceText, one: TextRange, other: TextRange) -> u32 {
    let line = |range: TextRange| source.lines().line_of(range.start());
    line(one).abs_diff(line(other))
}

/// The lines around some ranges, with `\n` for every line end and without what is too long to be read.
struct Excerpt {
    text: String,
    /// The first line, from 0.
    first_line: u32,
    /// The ranges, in `text`.
    spans: Vec<Range<usize>>,
    /// Whether a line was too long.
    is_cut: bool,
}

impl Excerpt {
    /// `None` for an empty file, of which there is nothing to show.
    fn of(source: &SourceText, ranges: impl Iterator<Item = TextRange>) -> Option<Self> {
        let ranges: Vec<TextRange> = ranges.map(|range| shortened(source, range)).collect();
        let line_of = |offset: TextSize| source.lines().line_of(offset.min(source.len()));
        let first_line = ranges.iter().map(|range| line_of(range.start())).min()?;
        let last_line = ranges.iter().map(|range| line_of(range.end())).max()?;
        if source.is_empty() {
            return None;
        }
        let mut excerpt = Self { text: String::new(), first_line, spans: vec![0..0; ranges.len()], is_cut: false };
        for line in first_line..=last_line {
            let range = without_mark(source, source.lines().line_range(source.as_str(), line));
            let wanted = ranges.iter().filter(|one| line_of(one.start()) <= line && line <= line_of(one.end()));
            let shown = cut(source, range, wanted.map(|one| one.start()).min());
            excerpt.is_cut |= shown != range;
            let at = excerpt.text.len();
            for (one, span) in ranges.iter().zip(&mut excerpt.spans) {
                let inside =
                    |offset: TextSize| at + usize::from(offset.clamp(shown.start(), shown.end()) - shown.start());
                if line_of(one.start()) == line {
                    span.start = inside(one.start());
                }
                if line_of(one.end()) == line {
                    span.end = inside(one.end());
                }
            }
            excerpt.text.push_str(source.slice(shown));
            excerpt.text.push('\n');
        }
        let length = excerpt.text.len();
        for span in &mut excerpt.spans {
            *span = span.start.min(length)..span.end.clamp(span.start, length.max(span.start));
        }
        Some(excerpt)
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
    use pyteam_engine::finding::Anchor;
    use pyteam_index::FileId;

    use super::*;

    #[test]
    fn findings_of_one_channel_stand_together() {
        let finding = |file: u32, at: u32, channel: Option<&str>, related: Vec<Related>| Finding {
            code: "x".into(),
            severity: Severity::Warning,
            file: FileId(file),
            range: TextRange::empty(at.into()),
            message: String::new(),
            help: None,
            related,
            channel: channel.map(str::to_owned),
            fix: None,
            anchor: Anchor::default(),
        };
        let named = Related { file: FileId(2), range: TextRange::empty(5.into()), message: String::new() };
        let findings = [
            finding(1, 0, None, Vec::new()),
            finding(1, 1, Some("q"), vec![named]),
            finding(1, 2, Some("r"), Vec::new()),
            finding(1, 3, Some("q"), Vec::new()),
            finding(2, 5, Some("q"), Vec::new()),
            finding(2, 6, None, Vec::new()),
        ];
        let shown: Vec<_> = groups(&findings).iter().map(|group| (group.count, group.more.len())).collect();
        assert_eq!(shown, [(1, 0), (3, 1), (1, 0), (1, 0)]);
    }

    fn excerpt(text: &str, ranges: &[(u32, u32)]) -> (String, u32, Vec<String>) {
        let source = SourceText::new(text);
        let ranges = ranges.iter().map(|(start, end)| TextRange::new((*start).into(), (*end).into()));
        let excerpt = Excerpt::of(&source, ranges).unwrap();
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
        assert!(text.len() <= MAX_LINE_BYTES + 1);
        assert_eq!(shown, ["x = 1"]);
    }

    #[test]
    fn places_at_the_very_end_are_shown() {
        assert_eq!(excerpt("a\n", &[(2, 2)]).2, [""]);
        assert_eq!(excerpt("\u{feff}ab", &[(3, 5)]).2, ["ab"]);
        assert!(Excerpt::of(&SourceText::new(""), std::iter::once(TextRange::default())).is_none());
    }
}
