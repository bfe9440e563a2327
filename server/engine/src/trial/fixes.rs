//! What every fix is held to: it parses, silences its own finding, brings no new one, keeps all comments, changes
//! nothing but what it must, has an end when it is applied again and again, and works the same in a file with
//! Windows line ends and in one that is indented with tabs.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::Parsed;
use pyteam_syntax::document::ParseLimits;

use super::bench::Bench;
use super::{Trial, may_drop_comments};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::fixes::{Target, first_fix, parser, replaced, to_fixpoint};
use crate::page::Page;
use crate::runner::Engine;

/// Holds the fixes of an example's findings to it.
pub(super) fn hold(bench: &Bench<'_>, engine: &Engine, page: &Page, own: &[&Finding], trial: &mut Trial) {
    let before = count(bench, &bench.check(engine));
    for finding in own {
        let line = bench.page_line(finding);
        for fix in bench.fixes(engine, finding) {
            for complaint in complaints(bench, engine, page, &before, &fix) {
                trial.fail(line, format!("the fix {:?} {complaint}", fix.title));
            }
        }
    }
    if own.iter().any(|finding| finding.fix.is_some()) {
        if let Some(complaint) = endless(bench, engine, page, own.len()) {
            trial.fail(bench.example().line, complaint);
        }
        other_styles(bench, engine, page, trial);
    }
}

/// Findings by file and code.
type Counts = BTreeMap<(String, String), usize>;

fn count(bench: &Bench<'_>, findings: &[Finding]) -> Counts {
    let mut counts = Counts::new();
    for finding in findings {
        *counts.entry((bench.path_of(finding.file).to_owned(), finding.code.to_string())).or_default() += 1;
    }
    counts
}

fn total(counts: &Counts, code: &str) -> usize {
    counts.iter().filter(|((_, one), _)| one == code).map(|(_, count)| count).sum()
}

fn complaints(bench: &Bench<'_>, engine: &Engine, page: &Page, before: &Counts, fix: &Fix) -> Vec<String> {
    let mut complaints = idle_edits(bench, fix);
    let after = match bench.after(fix) {
        Ok(after) => after,
        Err(conflict) => return vec![format!("cannot be applied: {conflict:?}")],
    };
    let changed = || {
        let pairs = bench.texts().iter().zip(after.texts()).filter(|(before, after)| before != after);
        pairs.map(|(_, after)| after.as_str()).collect::<Vec<_>>().join("\n--\n")
    };
    if !bench.has_error() && after.has_error() {
        complaints.push(format!("leaves text that does not parse:\n{}", changed()));
        return complaints;
    }
    if let Some(name) = after.repeated_keyword()
        && bench.repeated_keyword().is_none()
    {
        complaints.push(format!("passes `{name}` twice in one call, which Python refuses:\n{}", changed()));
    }
    let findings = after.check(engine);
    let counts = count(&after, &findings);
    if total(&counts, &page.code) >= total(before, &page.code) {
        complaints.push(format!("does not silence its finding:\n{}", changed()));
    }
    for ((path, code), number) in &counts {
        let was = before.get(&(path.clone(), code.clone())).copied().unwrap_or_default();
        if *number > was && *code != *page.code {
            let first = findings.iter().find(|finding| *finding.code == **code);
            let said = first.map_or("", |finding| finding.message.as_str());
            complaints.push(format!("brings a new finding into {path}: [{code}] {said}:\n{}", changed()));
        }
    }
    if !may_drop_comments(&page.code) {
        let left = after.comments();
        for (comment, number) in bench.comments() {
            if left.get(&comment).copied().unwrap_or_default() < number {
                complaints.push(format!("loses the comment {comment:?}:\n{}", changed()));
            }
        }
    }
    complaints
}

/// Edits that do nothing, or that write lines anew which they do not change.
fn idle_edits(bench: &Bench<'_>, fix: &Fix) -> Vec<String> {
    let mut complaints = Vec::new();
    for (id, edits) in &fix.edits {
        let Some(text) = bench.index_of(*id).map(|at| &bench.texts()[at]) else { continue };
        for edit in edits {
            let old = text.get(usize::from(edit.range.start())..usize::from(edit.range.end())).unwrap_or_default();
            let new = edit.text.as_str();
            let same_line =
                |old: Option<&str>, new: Option<&str>| old.is_some_and(|old| old.ends_with('\n') && Some(old) == new);
            let first = same_line(old.split_inclusive('\n').next(), new.split_inclusive('\n').next());
            let last = same_line(old.split_inclusive('\n').next_back(), new.split_inclusive('\n').next_back());
            if old == new {
                complaints.push(format!("has an edit that changes nothing: {old:?}"));
            } else if first || last {
                complaints.push(format!("touches lines that it does not change: it writes {new:?} for {old:?}"));
            }
        }
    }
    complaints
}

/// Makes the first fix that is offered until none is. Each must leave fewer findings, so there is an end.
fn endless(bench: &Bench<'_>, engine: &Engine, page: &Page, findings: usize) -> Option<String> {
    let mut target = OneByOne { bench, engine, page, snapshot: replaced(bench.snapshot(), Vec::new()) };
    let repaired = to_fixpoint(&mut target, Applicability::Unsafe, findings as u32 + 1);
    if let Some(refused) = repaired.refused.first() {
        return Some(format!("the fix {:?} cannot be made after others: it breaks the syntax", refused.title));
    }
    (!repaired.is_settled).then(|| "applying the fixes one after the other never ends".to_owned())
}

/// An example's files, in which one fix is made in each round.
struct OneByOne<'t, 'e> {
    bench: &'t Bench<'e>,
    engine: &'t Engine,
    page: &'t Page,
    snapshot: Arc<Snapshot>,
}

impl Target for OneByOne<'_, '_> {
    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn is_editable(&self, _: FileId) -> bool {
        true
    }

    fn find(&mut self) -> Vec<Finding> {
        let found = self.bench.check_all(self.engine, &self.snapshot);
        found.into_iter().filter(|finding| finding.code == self.page.code).collect()
    }

    fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>> {
        let fix = |finding| first_fix(self.engine, &self.snapshot, self.bench.settings(), finding, wanted);
        let mut rest = findings.iter();
        let mut fixes: Vec<Option<Fix>> = Vec::new();
        while !fixes.last().is_some_and(Option::is_some)
            && let Some(finding) = rest.next()
        {
            fixes.push(fix(finding));
        }
        fixes
    }

    fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> {
        parser(&self.snapshot, |_| ParseLimits::default())(texts)
    }

    fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>) {
        self.snapshot = replaced(&self.snapshot, files);
    }
}

/// Holds that Windows line ends and tabs make no difference.
fn other_styles(bench: &Bench<'_>, engine: &Engine, page: &Page, trial: &mut Trial) {
    let windows = restyled(bench, |text| text.replace('\n', "\r\n"));
    for complaint in differences(bench, &windows, engine, page, "Windows line ends", |text| text.replace("\r\n", "\n"))
    {
        trial.fail(bench.example().line, complaint);
    }
    for text in fixed_texts(&windows, engine, page).into_iter().flatten() {
        if text.replace("\r\n", "").contains('\n') {
            trial.fail(bench.example().line, format!("a fix writes `\\n` into a file with `\\r\\n`: {text:?}"));
        }
    }
    // Tabs cannot be told from spaces inside strings over several lines.
    if bench.texts().iter().any(|text| text.contains("\"\"\"") || text.contains("'''")) {
        return;
    }
    let tabs = restyled(bench, with_tabs);
    for complaint in differences(bench, &tabs, engine, page, "tabs", with_tabs) {
        trial.fail(bench.example().line, complaint);
    }
}

fn restyled<'e>(bench: &Bench<'e>, style: impl Fn(&str) -> String) -> Bench<'e> {
    bench.with_texts(bench.texts().iter().map(|text| style(text)).collect())
}

/// Four leading spaces become a tab each.
fn with_tabs(text: &str) -> String {
    let line = |line: &str| {
        let mut rest = line;
        let mut tabs = String::new();
        while let Some(after) = rest.strip_prefix('\t').or_else(|| rest.strip_prefix("    ")) {
            tabs.push('\t');
            rest = after;
        }
        tabs + rest
    };
    text.split_inclusive('\n').map(line).collect()
}

/// What each first fix leaves of each file.
fn fixed_texts(bench: &Bench<'_>, engine: &Engine, page: &Page) -> Vec<Vec<String>> {
    let findings = bench.check(engine).into_iter().filter(|finding| finding.code == page.code);
    let fixes = findings.filter_map(|finding| bench.fixes(engine, &finding).into_iter().next());
    fixes.filter_map(|fix| bench.apply(&fix).ok()).collect()
}

fn differences(
    plain: &Bench<'_>,
    styled: &Bench<'_>,
    engine: &Engine,
    page: &Page,
    style: &str,
    same: impl Fn(&str) -> String,
) -> Vec<String> {
    let expected = fixed_texts(plain, engine, page);
    let found = fixed_texts(styled, engine, page);
    if expected.len() != found.len() {
        let message = format!("with {style}, {} fixes are offered, and {} without", found.len(), expected.len());
        return vec![message];
    }
    let pairs = expected.iter().flatten().zip(found.iter().flatten());
    let different = pairs.filter(|(expected, found)| same(expected) != same(found));
    different
        .map(|(expected, found)| format!("with {style}, a fix gives\n{found}\nwhere it gives\n{expected}\nwithout"))
        .collect()
}
