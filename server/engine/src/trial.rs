//! Trying a rule's page: its examples are its tests, and every fix is held to what people forget.
//!
//! For the page as a whole: there is an example that is fine, and what the front matter says of fixes is true. For
//! each example: it is valid Python, and what is found is exactly what is annotated, of this rule and of every
//! other rule that an annotation names. For each fix: see [`fixes`]. And for every statement of every example: a
//! check that remembers says the same as a fresh one (see [`kept`]).

mod bench;
mod fixes;
mod kept;
mod snapshot;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use self::bench::Bench;
use crate::declarative::DeclarativeRule;
use crate::finding::Finding;
use crate::fix::Applicability;
use crate::page::{Applies, Example, Page};
use crate::runner::Engine;
use crate::suppression;

/// What trying a page came to.
#[derive(Debug, Default)]
pub struct Trial {
    /// What does not hold, in the page's order.
    pub failures: Vec<Failure>,
    /// Snapshots that are out of date: where their text stands in the page, in bytes, and what it should be.
    pub snapshots: Vec<(Range<usize>, String)>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line of the page, from 1.
    pub line: u32,
    /// What does not hold.
    pub message: String,
}

impl Trial {
    /// Whether everything holds, snapshots included.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.snapshots.is_empty()
    }

    /// The page's `text` with its snapshots brought up to date.
    pub fn with_snapshots(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut snapshots = self.snapshots.clone();
        snapshots.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, snapshot) in snapshots {
            if text.get(range.clone()).is_some() {
                text.replace_range(range, &snapshot);
            }
        }
        text
    }

    fn fail(&mut self, line: u32, message: impl Into<String>) {
        let failure = Failure { line, message: message.into() };
        // One mistake in a fix often shows in several of its findings.
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// Tries a page of a rule of `engine`.
pub fn try_page(engine: &Engine, page: &Page) -> Trial {
    let mut trial = Trial::default();
    // Rules about agent files do not run on items; their own tests hold them.
    if page.applies != Applies::Python {
        return trial;
    }
    let mut offers_fix = false;
    for example in &page.examples {
        offers_fix |= try_example(engine, page, example, &mut trial);
    }
    if !page.examples.iter().any(Example::is_ok) {
        trial.fail(1, "no example is marked `# ok`; show what the rule must not report");
    }
    if page.fix.is_some() && !offers_fix {
        trial.fail(1, "the front matter promises a fix, but no example's finding offers one");
    }
    trial.failures.sort_by_key(|failure| failure.line);
    trial
}

/// Tries the page of a workspace's own rule by itself. The error says why it is no rule.
pub fn try_user_page(page: &Page) -> Result<Trial, String> {
    let engine = Engine::new(vec![Box::new(DeclarativeRule::new(page.clone())?)]);
    Ok(try_page(&engine, page))
}

/// Tries one example; tells whether a finding offered a fix.
fn try_example(engine: &Engine, page: &Page, example: &Example, trial: &mut Trial) -> bool {
    let bench = Bench::of(page, example);
    for (at, file) in example.files.iter().enumerate().filter(|(_, file)| file.is_python()) {
        if let Some(line) = bench.first_error(at) {
            trial.fail(file.line + line, "the example is not valid Python here");
        }
    }
    let findings = bench.check(engine);
    compare(&bench, page, example, &findings, trial);
    let own: Vec<&Finding> = findings.iter().filter(|finding| finding.code == page.code).collect();
    let offers_fix = own.iter().any(|finding| finding.fix.is_some());
    for finding in &own {
        check_offer(&bench, engine, page, finding, trial);
    }
    fixes::hold(&bench, engine, page, &own, trial);
    kept::hold(&bench, engine, page, trial);
    if let Some(snapshot) = &example.snapshot {
        let now = snapshot::render(&bench, engine, &own);
        if now != snapshot.text {
            trial.snapshots.push((snapshot.content.clone(), now));
        }
    }
    offers_fix
}

/// Holds findings against annotations.
fn compare(bench: &Bench<'_>, page: &Page, example: &Example, findings: &[Finding], trial: &mut Trial) {
    let all_expected = example.files.iter().flat_map(|file| &file.expected);
    let mut codes: BTreeSet<&str> = all_expected.map(|expected| expected.code.as_str()).collect();
    codes.insert(&page.code);
    let mut left: Vec<&Finding> = findings.iter().filter(|finding| codes.contains(&*finding.code)).collect();
    for (at, file) in example.files.iter().enumerate() {
        for expected in &file.expected {
            let matches = |finding: &&Finding| {
                bench.index_of(finding.file) == Some(at)
                    && bench.line_of(finding) == expected.line
                    && *finding.code == *expected.code
                    && expected.severity.is_none_or(|severity| severity == finding.severity)
                    && expected.message.as_ref().is_none_or(|part| finding.message.contains(part.as_str()))
            };
            if let Some(found) = left.iter().position(matches) {
                left.remove(found);
            } else {
                let severity = expected.severity.map_or("finding", |severity| severity.as_str());
                let about = expected.message.as_ref().map_or(String::new(), |part| format!(" that says {part:?}"));
                let message = format!("no {severity} `{}`{about} was found here", expected.code);
                trial.fail(file.line + expected.line, message);
            }
        }
    }
    for finding in left {
        let line = bench.page_line(finding);
        trial.fail(line, format!("not annotated: {} [{}] {}", finding.severity, finding.code, finding.message));
    }
}

/// Holds what a finding and the page say of fixes against what there is.
fn check_offer(bench: &Bench<'_>, engine: &Engine, page: &Page, finding: &Finding, trial: &mut Trial) {
    let line = bench.page_line(finding);
    let fixes = bench.fixes(engine, finding);
    match (&finding.fix, fixes.first()) {
        (Some(offer), None) => trial.fail(line, format!("the fix {:?} is offered, but cannot be made", offer.title)),
        (None, Some(fix)) => trial.fail(line, format!("the fix {:?} can be made, but is not offered", fix.title)),
        (Some(offer), Some(fix)) if offer.title != fix.title || offer.applicability != fix.applicability => {
            trial.fail(
                line,
                format!("{:?} is offered, but {:?} is what is made", offer, (&fix.title, fix.applicability)),
            );
        }
        _ => {}
    }
    for fix in &fixes {
        let promised = match (page.fix, fix.applicability) {
            (None, _) => "`fix: none`",
            (Some(Applicability::Unsafe), Applicability::Safe) => "`fix: unsafe`",
            _ => continue,
        };
        trial.fail(
            line,
            format!("the front matter says {promised}, but {:?} is offered as {:?}", fix.title, fix.applicability),
        );
    }
}

/// Whether the repairs of a code may drop comments.
fn may_drop_comments(code: &str) -> bool {
    code == suppression::UNUSED
}

#[cfg(test)]
mod tests;
