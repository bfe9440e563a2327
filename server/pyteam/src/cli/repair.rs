//! Applies fixes, round after round, until nothing is left that may be applied. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use pyteam_engine::fixes::{Composed, compose};
use pyteam_engine::{Applicability, Finding, Fix, Severity};
use pyteam_index::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::project::{Checked, Project};

/// One fix may make another possible, but two may also undo each other for ever.
const MAX_ROUNDS: u32 = 10;

/// What the rounds came to.
#[derive(Default)]
pub(super) struct Repaired {
    /// How many findings were repaired, by the file they were in: those whose own fix was made, and those that another's
    /// took with it, as one declaration repairs every `put` into a queue.
    pub(super) fixed_in: BTreeMap<FileId, usize>,
    /// How many fixes were left out since they edit files that are not checked.
    pub(super) elsewhere: usize,
    /// The changed files with their text before the first round.
    pub(super) before: BTreeMap<FileId, Arc<str>>,
    /// Files that some fix changed together: each set is written completely or not at all.
    pub(super) units: Vec<BTreeSet<FileId>>,
    /// Where secrets stand in the texts before, as rules say.
    pub(super) secrets: BTreeMap<FileId, Vec<Range<usize>>>,
    /// What was not applied and why, for the user.
    pub(super) refused: Vec<String>,
    /// What is still found at the end.
    pub(super) remaining: Checked,
}

impl Repaired {
    /// Where secrets stand in a file's text before.
    pub(super) fn secrets_in(&self, file: FileId) -> &[Range<usize>] {
        self.secrets.get(&file).map_or(&[], Vec::as_slice)
    }

    /// How many findings were repaired.
    pub(super) fn fixed(&self) -> usize {
        self.fixed_in.values().sum()
    }
}

/// A fix with the finding it repairs.
struct Candidate {
    finding: Finding,
    fix: Fix,
}

/// What a finding is known by in later rounds, in which places have moved.
type Known = (FileId, Arc<str>, String);

/// Applies every fix up to `allowed` to the project in memory, of findings from `least` on: what is not shown is not
/// rewritten behind anybody's back.
pub(super) fn repair(project: &mut Project, allowed: Applicability, least: Severity) -> Repaired {
    let mut repaired = Repaired::default();
    let mut refused: FxHashSet<Known> = FxHashSet::default();
    let mut waiting: FxHashMap<Known, usize> = FxHashMap::default();
    for round in 0..MAX_ROUNDS {
        let mut checked = project.check(true);
        if round == 0 {
            for finding in &checked.findings {
                let secrets = finding.secrets.iter().map(|range| range.start().into()..range.end().into());
                repaired.secrets.entry(finding.file).or_default().extend(secrets);
            }
        }
        repaired.remaining.crashes.append(&mut checked.crashes);
        repaired.remaining.findings = checked.findings;
        count_taken_along(project, std::mem::take(&mut waiting), &mut repaired);
        let shown: Vec<Finding> =
            repaired.remaining.findings.iter().filter(|finding| finding.severity >= least).cloned().collect();
        let candidates = candidates(project, &shown, allowed, &refused);
        let fixes: Vec<&Fix> = candidates.iter().map(|candidate| &candidate.fix).collect();
        let composed =
            compose(project.snapshot(), &fixes, |file| project.is_target(file), &|texts| project.parse(texts));
        note(project, &candidates, &composed, &mut repaired, &mut refused);
        let settled = composed.made.len() + composed.refused.len() + composed.waiting.len();
        repaired.elsewhere = candidates.len() - settled;
        for number in &composed.waiting {
            *waiting.entry(known(project, &candidates[*number].finding)).or_default() += 1;
        }
        if composed.files.is_empty() {
            return repaired;
        }
        for (file, _) in &composed.files {
            if let Some(before) = project.snapshot().file(*file) {
                repaired.before.entry(*file).or_insert_with(|| Arc::clone(before.source().text()));
            }
        }
        project.replace(composed.files);
    }
    repaired.remaining = project.check(true);
    repaired
}

fn candidates(
    project: &Project,
    findings: &[Finding],
    allowed: Applicability,
    refused: &FxHashSet<Known>,
) -> Vec<Candidate> {
    let fixes = project.fixes(findings, &|fix| fix.applicability <= allowed && !fix.edits.is_empty());
    let pairs = findings.iter().zip(fixes);
    pairs
        .filter_map(|(finding, fix)| Some(Candidate { finding: finding.clone(), fix: fix? }))
        .filter(|candidate| !refused.contains(&known(project, &candidate.finding)))
        .collect()
}

/// Counts the findings whose fix had to wait in the last round, and that are gone in this one.
fn count_taken_along(project: &Project, waiting: FxHashMap<Known, usize>, repaired: &mut Repaired) {
    if waiting.is_empty() {
        return;
    }
    let mut there: FxHashMap<Known, usize> = FxHashMap::default();
    for finding in &repaired.remaining.findings {
        *there.entry(known(project, finding)).or_default() += 1;
    }
    for (known, count) in waiting {
        let gone = count.saturating_sub(there.get(&known).copied().unwrap_or(0));
        if gone > 0 {
            *repaired.fixed_in.entry(known.0).or_default() += gone;
        }
    }
}

fn known(project: &Project, finding: &Finding) -> Known {
    let text = project.snapshot().file(finding.file).map_or("", |file| file.source().slice(finding.range));
    (finding.file, Arc::clone(&finding.code), format!("{}\0{text}", finding.message))
}

/// Notes which fixes were made, and which never will be.
fn note(
    project: &Project,
    candidates: &[Candidate],
    composed: &Composed,
    repaired: &mut Repaired,
    refused: &mut FxHashSet<Known>,
) {
    for Candidate { finding, fix } in composed.made.iter().map(|number| &candidates[*number]) {
        join(&mut repaired.units, fix.edits.keys().copied().collect());
        *repaired.fixed_in.entry(finding.file).or_default() += 1;
    }
    for candidate in composed.refused.iter().map(|number| &candidates[*number]) {
        refused.insert(known(project, &candidate.finding));
        repaired.refused.push(refusal_message(project, candidate));
    }
}

fn refusal_message(project: &Project, candidate: &Candidate) -> String {
    let Candidate { finding, fix } = candidate;
    let Some(file) = project.snapshot().file(finding.file) else { return fix.title.clone() };
    let line = file.source().lines().line_of(finding.range.start()) + 1;
    format!(
        "{}:{line}: the fix \"{}\" of {} was not applied: it would have broken the syntax; please report this",
        file.path, fix.title, finding.code
    )
}

/// Unites `files` with every unit that it shares a file with.
fn join(units: &mut Vec<BTreeSet<FileId>>, mut files: BTreeSet<FileId>) {
    units.retain(|unit| {
        let apart = unit.is_disjoint(&files);
        if !apart {
            files.extend(unit);
        }
        apart
    });
    units.push(files);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_a_fix_joins_stay_together() {
        let set = |ids: &[u32]| ids.iter().map(|id| FileId(*id)).collect::<BTreeSet<_>>();
        let mut units = Vec::new();
        for files in [set(&[1, 2]), set(&[3]), set(&[4, 5]), set(&[2, 4]), set(&[3])] {
            join(&mut units, files);
        }
        units.sort();
        assert_eq!(units, [set(&[1, 2, 4, 5]), set(&[3])]);
    }
}
