//! `--output-format text`: findings as people read them, in the manner of rustc and ruff.

mod excerpt;
pub(super) mod summary;

use std::io;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anstyle::Style;
use pyteam_display::{Shown, secrets_in, shown};
use pyteam_engine::{Applicability, Finding, Related, Role, Severity};
use pyteam_index::FileId;
use pyteam_index::snapshot::File;
use pyteam_syntax::{SourceText, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use self::excerpt::Excerpt;
use super::console::{self, Console};
use super::place::LineColumn;
use super::report::Report;

/// Related places of the same file within this many lines stand in the same excerpt.
const MAX_DISTANCE: u32 = 200;
/// Of more related places, the rest is counted.
const MAX_RELATED: usize = 8;

/// Remarks of one rule that are shown; the rest of them is counted.
const MAX_ALIKE: usize = 3;

/// Prints all findings in their order, an empty line after each. Of remarks of one rule only the first are shown, but
/// for a rule that is `selected` by its code.
pub(super) fn print(report: &Report<'_>, selected: &[String], console: &mut Console) -> io::Result<()> {
    let renderer = if console.is_styled() { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(console::width(140));
    let mut secrets = Secrets::new(report);
    for (group, folded) in folded(groups(report.findings), selected) {
        let Some(file) = report.file(group.head.file) else { continue };
        let text = render(report, &group, file, secrets.of(file), &renderer);
        console.print(console.rendered(text.trim_end()))?;
        console.print("\n")?;
        if folded > 0 {
            let code = &group.head.code;
            let more = shown!("and {} more of {}; `--select {}` shows all of them", folded, code, code);
            console.print("\n")?;
            console.print_line(console.paint(Style::new().dimmed(), more))?;
        }
        console.print("\n")?;
    }
    Ok(())
}

/// Where secrets stand in files that are shown.
pub(super) struct Secrets<'r, 'a> {
    report: &'r Report<'a>,
    found: FxHashMap<FileId, Vec<Range<usize>>>,
}

impl<'r, 'a> Secrets<'r, 'a> {
    pub(super) fn new(report: &'r Report<'a>) -> Self {
        Self { report, found: FxHashMap::default() }
    }

    /// The line that `finding` begins on, its secrets masked.
    pub(super) fn line(&mut self, file: &File, finding: &Finding) -> String {
        self.line_at(file, finding.range)
    }

    /// The line that `range` begins on, its secrets masked.
    pub(super) fn line_at(&mut self, file: &File, range: TextRange) -> String {
        let at = TextRange::empty(range.start());
        let excerpt = Excerpt::of(file.source(), std::iter::once(at), self.of(file));
        excerpt.map(|one| one.text.trim().to_owned()).unwrap_or_default()
    }

    fn of(&mut self, file: &File) -> &[Range<usize>] {
        self.found.entry(file.id).or_insert_with(|| {
            let own = self.report.findings.iter().filter(|finding| finding.file == file.id);
            let mut all = secrets_in(file.source().as_str());
            all.extend(
                own.flat_map(|finding| &finding.secrets).map(|range| usize::from(range.start())..range.end().into()),
            );
            all.sort_by_key(|range| range.start);
            all
        })
    }
}

/// The groups that are shown, each with how many of its rule are not shown after it.
fn folded<'a>(groups: Vec<Together<'a>>, selected: &[String]) -> Vec<(Together<'a>, usize)> {
    let mut count: FxHashMap<&str, usize> = FxHashMap::default();
    let mut kept: Vec<(Together<'a>, usize)> = Vec::with_capacity(groups.len());
    for group in groups {
        let code = &*group.head.code;
        let is_remark = group.head.severity < Severity::Warning && !selected.iter().any(|one| one == code);
        let seen = count.entry(code).or_default();
        *seen += usize::from(is_remark);
        if *seen <= MAX_ALIKE || !is_remark {
            kept.push((group, 0));
        } else if let Some(last) = kept.iter_mut().rfind(|(one, _)| *one.head.code == *code) {
            last.1 += group.count;
        }
    }
    kept
}

/// Findings that are shown as one: all that a rule has to say about one queue or pipe.
struct Together<'a> {
    /// The first one, which is shown.
    head: &'a Finding,
    /// The others' places, as far as the first one does not name them.
    more: Vec<Related>,
    /// How many there are.
    count: usize,
    /// Every place that one of them names.
    places: FxHashSet<(FileId, TextRange)>,
}

/// Findings in their order, those of one channel with the first of them. A channel's name has no folder in it, so two
/// channels may share it: findings of one channel name each other's places, or others that they have in common.
fn groups(findings: &[Finding]) -> Vec<Together<'_>> {
    let mut groups: Vec<Together<'_>> = Vec::with_capacity(findings.len());
    let mut known: FxHashMap<(&str, &str), Vec<usize>> = FxHashMap::default();
    for finding in findings {
        let own = (finding.file, finding.range);
        let related = finding.related.iter().map(|related| (related.file, related.range));
        let mut places: FxHashSet<(FileId, TextRange)> = FxHashSet::default();
        let root = finding.related.iter().find(|one| one.role == Role::Blocks);
        let shared = finding.channel.as_deref().or(root.map(|one| one.message.as_str()));
        if let Some(shared) = shared {
            match root {
                Some(root) => places.extend([(root.file, root.range)]),
                None => places.extend(related.chain([own])),
            }
            let alike = known.entry((&finding.code, shared)).or_default();
            let same = alike.iter().copied().find(|at| {
                groups.get(*at).is_some_and(|group| places.iter().any(|place| group.places.contains(place)))
            });
            if let Some(group) = same.and_then(|at| groups.get_mut(at)) {
                if !group.head.related.iter().any(|related| (related.file, related.range) == own) {
                    let (file, range) = own;
                    group.more.push(Related::new(file, range, "same here"));
                }
                group.count += 1;
                group.places.extend(places);
                continue;
            }
            alike.push(groups.len());
        }
        groups.push(Together { head: finding, more: Vec::new(), count: 1, places });
    }
    groups
}

impl Together<'_> {
    /// What the findings have in common.
    fn on(&self) -> &'static str {
        if self.head.channel.is_some() { "this channel" } else { "this call" }
    }
}

fn render(
    report: &Report<'_>,
    together: &Together<'_>,
    file: &File,
    secrets: &[Range<usize>],
    renderer: &Renderer,
) -> String {
    let finding = together.head;
    let path = Shown::line(report.paths.short(&file.path)).into_string();
    let message = Shown::line(&finding.message).into_string();
    let code = Shown::line(&finding.code).into_string();
    let mut group = Group::with_title(level(finding.severity).primary_title(message.as_str()).id(code.as_str()));
    let related = || finding.related.iter().chain(&together.more);
    let (near, far): (Vec<_>, Vec<_>) = related().take(MAX_RELATED).partition(|related| {
        related.file == finding.file && distance(file.source(), finding.range, related.range) <= MAX_DISTANCE
    });
    let labels: Vec<String> = near.iter().map(|related| Shown::line(&related.message).into_string()).collect();
    let ranges = std::iter::once(finding.range).chain(near.iter().map(|related| related.range));
    let excerpt = Excerpt::of(file.source(), ranges, secrets);
    if let Some(excerpt) = &excerpt {
        let mut spans = excerpt.spans.iter().cloned();
        let mut snippet = Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line as usize + 1);
        if excerpt.column() == Some(LineColumn::of(file.source(), finding.range.start()).column) {
            snippet = snippet.path(path.as_str());
        } else {
            // The place is the file's own, and not that among marks.
            group = group.element(origin(&path, file, finding));
        }
        if let Some(span) = spans.next() {
            snippet = snippet.annotation(AnnotationKind::Primary.span(span));
        }
        for (span, label) in spans.zip(&labels) {
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(label.as_str()));
        }
        group = group.element(snippet);
    } else {
        group = group.element(origin(&path, file, finding));
    }
    if let Some(note) = &finding.note {
        group = group.element(Level::NOTE.message(Shown::text(note).into_string()));
    }
    for related in &far {
        if let Some(file) = report.file(related.file) {
            let place = LineColumn::of(file.source(), related.range.start());
            let path = report.paths.short(&file.path);
            let note = shown!("{}:{}:{}: {}", path, place.row, place.column, related.message);
            group = group.element(Level::NOTE.message(note.into_string()));
        }
    }
    let left_out = related().count().saturating_sub(MAX_RELATED);
    if left_out > 0 {
        group = group.element(Level::NOTE.message(format!("and {left_out} more")));
    }
    if together.count > 1 {
        group = group.element(Level::NOTE.message(format!(
            "{} findings on {} are shown together",
            together.count,
            together.on()
        )));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(Shown::text(help).into_string()));
    }
    if let Some(fix) = &finding.fix {
        let option = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
        };
        let words = shown!("{} ({})", fix.title, option).into_string();
        group = group.element(Level::HELP.with_name(Some("fix")).message(words));
    }
    renderer.render(&[group])
}

fn origin<'a>(path: &'a str, file: &File, finding: &Finding) -> Origin<'a> {
    let place = LineColumn::of(file.source(), finding.range.start());
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

#[cfg(test)]
mod tests {
    use pyteam_engine::finding::Anchor;

    use super::*;

    #[test]
    fn findings_of_one_channel_stand_together() {
        let finding = |file: u32, at: u32, channel: Option<&str>, related: Vec<Related>| Finding {
            code: "x".into(),
            severity: Severity::Warning,
            file: FileId(file),
            range: TextRange::empty(at.into()),
            message: String::new(),
            note: None,
            help: None,
            related,
            secrets: Vec::new(),
            channel: channel.map(str::to_owned),
            fix: None,
            anchor: Anchor::default(),
        };
        let at = |file: u32, at: u32| Related::new(FileId(file), TextRange::empty(at.into()), String::new());
        let findings = [
            finding(1, 0, None, Vec::new()),
            finding(1, 1, Some("q"), vec![at(2, 5), at(3, 7)]),
            finding(1, 2, Some("r"), Vec::new()),
            // It shares the place of a `get` with the first, which does not name it.
            finding(1, 3, Some("q"), vec![at(3, 7)]),
            finding(2, 5, Some("q"), vec![at(1, 1)]),
            finding(2, 6, None, Vec::new()),
            // Other queues of that name, of a file of that name in another folder.
            finding(4, 1, Some("q"), vec![at(4, 9)]),
            finding(4, 9, Some("q"), vec![at(4, 1)]),
            finding(5, 1, Some("q"), Vec::new()),
        ];
        let shown: Vec<_> = groups(&findings).iter().map(|group| (group.count, group.more.len())).collect();
        assert_eq!(shown, [(1, 0), (3, 1), (1, 0), (1, 0), (2, 0), (1, 0)]);
    }

    #[test]
    fn the_worst_comes_first_and_remarks_of_one_kind_are_counted() {
        let finding = |at: u32, code: &str, severity: Severity| Finding {
            code: code.into(),
            severity,
            file: FileId(1),
            range: TextRange::empty(at.into()),
            message: String::new(),
            note: None,
            help: None,
            related: Vec::new(),
            secrets: Vec::new(),
            channel: None,
            fix: None,
            anchor: Anchor::default(),
        };
        let mut findings: Vec<Finding> = (0..6).map(|at| finding(at, "remark", Severity::Information)).collect();
        findings.extend((6..12).map(|at| finding(at, "warning", Severity::Warning)));
        findings.push(finding(12, "error", Severity::Error));
        findings.push(finding(13, "other", Severity::Information));
        findings.sort_by_key(Finding::rank);
        let shown = |selected: &[String]| -> Vec<(u32, usize)> {
            let kept = folded(groups(&findings), selected);
            kept.iter().map(|(group, more)| (u32::from(group.head.range.start()), *more)).collect()
        };
        let worst = [(12, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 0)];
        assert_eq!(shown(&[]), [&worst[..], &[(0, 0), (1, 0), (2, 3), (13, 0)]].concat());
        assert_eq!(shown(&["remark".to_owned()]).len(), findings.len());
    }
}
