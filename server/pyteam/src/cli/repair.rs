//! Applies fixes, round after round, until nothing is left that may be applied. Nothing is written here.

mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use pyteam_engine::{Applicability, Finding, Fix, Severity};
use pyteam_index::FileId;
use pyteam_syntax::{Parsed, edit};
use rustc_hash::FxHashSet;

use self::select::Selection;
use super::project::{Checked, Project};
use crate::load::Loaded;

/// One fix may make another possible, but two may also undo each other for ever.
const MAX_ROUNDS: u32 = 10;

/// What the rounds came to.
#[derive(Default)]
pub(super) struct Repaired {
    /// How many findings were repaired, by the file they were in.
    pub(super) fixed_in: BTreeMap<FileId, usize>,
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

/// What a refused fix is known by in later rounds, in which places have moved.
type Refusal = (FileId, Arc<str>, String);

/// Applies every fix up to `allowed` to the project in memory, of findings from `least` on: what is not shown is not
/// rewritten behind anybody's back.
pub(super) fn repair(project: &mut Project, allowed: Applicability, least: Severity) -> Repaired {
    let mut repaired = Repaired::default();
    let mut refused: FxHashSet<Refusal> = FxHashSet::default();
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
        let shown: Vec<Finding> =
            repaired.remaining.findings.iter().filter(|finding| finding.severity >= least).cloned().collect();
        let candidates = candidates(project, &shown, allowed, &refused);
        let selection = Selection::of(&candidates, |file| project.is_target(file));
        let changed = apply(project, &candidates, selection, &mut repaired, &mut refused);
        if changed.is_empty() {
            return repaired;
        }
        for (file, _) in &changed {
            if let Some(before) = project.snapshot().file(*file) {
                repaired.before.entry(*file).or_insert_with(|| Arc::clone(before.source().text()));
            }
        }
        project.replace(changed.into_iter().map(|(_, loaded)| loaded).collect());
    }
    repaired.remaining = project.check(true);
    repaired
}

fn candidates(
    project: &Project,
    findings: &[Finding],
    allowed: Applicability,
    refused: &FxHashSet<Refusal>,
) -> Vec<Candidate> {
    let fixes = project.fixes(findings, &|fix| fix.applicability <= allowed && !fix.edits.is_empty());
    let pairs = findings.iter().zip(fixes);
    pairs
        .filter_map(|(finding, fix)| Some(Candidate { finding: finding.clone(), fix: fix? }))
        .filter(|candidate| !refused.contains(&refusal(project, candidate)))
        .collect()
}

fn refusal(project: &Project, candidate: &Candidate) -> Refusal {
    let finding = &candidate.finding;
    let text = project.snapshot().file(finding.file).map_or("", |file| file.source().slice(finding.range));
    (finding.file, Arc::clone(&finding.code), format!("{}\0{text}", finding.message))
}

/// Applies the selected fixes to the texts. Those after which a file no longer parses are refused, the others stay.
/// Gives the new files; none when there was nothing to apply.
fn apply(
    project: &Project,
    candidates: &[Candidate],
    mut selection: Selection,
    repaired: &mut Repaired,
    refused: &mut FxHashSet<Refusal>,
) -> Vec<(FileId, Loaded)> {
    loop {
        let chosen: Vec<&Candidate> = selection.chosen.iter().map(|index| &candidates[*index]).collect();
        if chosen.is_empty() {
            return Vec::new();
        }
        let (changed, broken) = rewrite(project, &chosen);
        if broken.is_empty() {
            for candidate in &chosen {
                join(&mut repaired.units, candidate.fix.edits.keys().copied().collect());
                *repaired.fixed_in.entry(candidate.finding.file).or_default() += 1;
            }
            return changed;
        }
        let suspects: Vec<usize> = selection
            .chosen
            .iter()
            .copied()
            .filter(|index| candidates[*index].fix.edits.keys().any(|file| broken.contains(file)))
            .collect();
        let guilty: Vec<usize> =
            suspects.iter().copied().filter(|index| !rewrite(project, &[&candidates[*index]]).1.is_empty()).collect();
        for index in &guilty {
            let candidate = &candidates[*index];
            refused.insert(refusal(project, candidate));
            repaired.refused.push(refusal_message(project, candidate));
        }
        // Fixes that are good one by one but not together take turns.
        let dropped = if guilty.is_empty() { suspects.get(1..).unwrap_or_default().to_vec() } else { guilty };
        if dropped.is_empty() {
            return Vec::new();
        }
        selection.chosen.retain(|index| !dropped.contains(index));
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

/// The files after `fixes`, and those among them that got a new syntax error or could not be edited.
fn rewrite(project: &Project, fixes: &[&Candidate]) -> (Vec<(FileId, Loaded)>, BTreeSet<FileId>) {
    let mut edits: BTreeMap<FileId, Vec<edit::TextEdit>> = BTreeMap::new();
    for candidate in fixes {
        for (file, more) in &candidate.fix.edits {
            edits.entry(*file).or_default().extend(more.iter().cloned());
        }
    }
    let mut broken = BTreeSet::new();
    let mut texts = Vec::with_capacity(edits.len());
    for (id, mut edits) in edits {
        let Some(file) = project.snapshot().file(id) else { continue };
        edit::normalize(&mut edits);
        match edit::apply(file.source().as_str(), &edits) {
            Ok(text) => texts.push((id, text)),
            Err(_) => {
                broken.insert(id);
            }
        }
    }
    let changed = project.parse(texts);
    for (id, (_, parsed, _)) in &changed {
        let before = project.snapshot().file(*id);
        if before.is_none_or(|before| is_worse(&before.parsed, parsed)) {
            broken.insert(*id);
        }
    }
    (changed, broken)
}

/// Whether something does not parse any more. Where something did not parse before, be it for a form of Python that our
/// grammar does not know, the rest must stay as it is: no statement may fall to the mistake.
fn is_worse(before: &Parsed, after: &Parsed) -> bool {
    if after.unanalysed.is_some() || !before.has_error {
        return after.unanalysed.is_some() || after.has_error;
    }
    let broken = |parsed: &Parsed| parsed.items.iter().filter(|slot| slot.item.has_error()).count();
    after.has_error && (broken(after) > broken(before) || after.items.len() < before.items.len())
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
    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;

    #[test]
    fn a_fix_must_not_break_what_parsed() {
        let parsed = |text: &str| parse(SourceText::new(text), &ParseLimits::default());
        let good = parsed("x = 1\ny = 2\n");
        let half = parsed("x = 1\ny = 2\ndef f(:\n");
        assert!(!is_worse(&good, &parsed("x = 1\ny = 3\n")));
        assert!(!is_worse(&half, &parsed("x = 1\ny = f(3)\ndef f(:\n")));
        assert!(!is_worse(&half, &good));
        assert!(is_worse(&good, &half));
        assert!(is_worse(&good, &parsed("x = (1\ny = 3\n")));
        assert!(is_worse(&half, &parsed("x = 1\ny = ((2\ndef f(:\n")));
    }

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
