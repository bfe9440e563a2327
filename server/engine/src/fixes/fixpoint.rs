//! Fixes round after round, until nothing is left that may be made. Everything happens in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::Parsed;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Composed, compose};
use crate::finding::Finding;
use crate::fix::{Applicability, Declaration, Fix};

/// So many rounds are enough: one fix may make another possible, but two may also undo each other forever.
pub const MAX_ROUNDS: u32 = 10;

/// The files that fixes are made in, and their findings.
pub trait Target {
    /// The present state.
    fn snapshot(&self) -> &Snapshot;
    /// Whether fixes may edit `file`.
    fn is_editable(&self, file: FileId) -> bool;
    /// The findings of the present state that may be repaired.
    fn find(&mut self) -> Vec<Finding>;
    /// The first fix of each finding that `wanted` accepts, computed for the present state.
    fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>>;
    /// Parses new texts of files.
    fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)>;
    /// Makes these the files of the present state.
    fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>);
    /// Whether another round is wanted after one in which `waiting` fixes had to wait. Where it is not, [`Target::find`]
    /// is not asked for the last state.
    fn goes_on(&self, waiting: usize) -> bool {
        let _ = waiting;
        true
    }
}

/// What the rounds came to. The changed files are the target's.
#[derive(Debug, Default)]
pub struct Repaired {
    /// Every fix that was made, in its order.
    pub made: Vec<Made>,
    /// How many other findings went with them, by the file they were in: one declaration repairs every `put` into a queue.
    pub taken_along: BTreeMap<FileId, usize>,
    /// Every fix that was left out since it would have broken the syntax of a file.
    pub refused: Vec<Made>,
    /// How many fixes were left out in the last round since they edit files that are not editable.
    pub elsewhere: usize,
    /// The changed files with their text before the first round.
    pub before: BTreeMap<FileId, Arc<str>>,
    /// Files that some fix changed together: each set is written completely or not at all.
    pub units: Vec<BTreeSet<FileId>>,
    /// Whether there was nothing left to make, or no wish for it, before the rounds were over.
    pub is_settled: bool,
}

/// A fix that was made, or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The file that its finding was in.
    pub file: FileId,
    /// The line that its finding began on, counted from 0, as it was before this round.
    pub line: u32,
    /// The rule.
    pub code: Arc<str>,
    /// The fix's title.
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// The types that it declares.
    pub declares: Vec<Declaration>,
}

impl Repaired {
    /// How many findings were repaired, by the file they were in.
    pub fn fixed_in(&self) -> BTreeMap<FileId, usize> {
        let mut fixed = self.taken_along.clone();
        for made in &self.made {
            *fixed.entry(made.file).or_default() += 1;
        }
        fixed
    }

    /// How many findings were repaired.
    pub fn fixed(&self) -> usize {
        self.made.len() + self.taken_along.values().sum::<usize>()
    }
}

/// What a finding is known by while places move: its file, rule, message and text.
type Key = (FileId, Arc<str>, String);

fn key(snapshot: &Snapshot, finding: &Finding) -> Key {
    let text = snapshot.file(finding.file).map_or("", |file| file.source().slice(finding.range));
    (finding.file, Arc::clone(&finding.code), format!("{}\0{text}", finding.message))
}

/// Makes every fix up to `allowed` in at most `rounds` rounds: what fits together is made at once, the rest is looked for
/// again afterwards. What would break the syntax of a file is not tried again.
pub fn to_fixpoint(target: &mut impl Target, allowed: Applicability, rounds: u32) -> Repaired {
    let mut repaired = Repaired::default();
    let mut refused: FxHashSet<Key> = FxHashSet::default();
    let mut findings = target.find();
    for _ in 0..rounds {
        let candidates = candidates(target, &findings, allowed, &refused);
        let fixes: Vec<&Fix> = candidates.iter().map(|(_, fix)| fix).collect();
        let composed =
            compose(target.snapshot(), &fixes, |file| target.is_editable(file), &|texts| target.parse(texts));
        repaired.note(target.snapshot(), &candidates, &composed);
        let key_of = |number: &usize| key(target.snapshot(), &candidates[*number].0);
        refused.extend(composed.refused.iter().map(key_of));
        let waiting: Vec<Key> = composed.waiting.iter().map(key_of).collect();
        if composed.files.is_empty() {
            repaired.is_settled = true;
            break;
        }
        target.replace(composed.files);
        if !target.goes_on(waiting.len()) {
            repaired.is_settled = true;
            break;
        }
        findings = target.find();
        repaired.count_taken_along(target.snapshot(), &findings, waiting);
    }
    repaired
}

fn candidates(
    target: &impl Target,
    findings: &[Finding],
    allowed: Applicability,
    refused: &FxHashSet<Key>,
) -> Vec<(Finding, Fix)> {
    let fixes = target.fixes(findings, &|fix| fix.applicability <= allowed && !fix.edits.is_empty());
    let pairs = findings.iter().zip(fixes).filter_map(|(finding, fix)| Some((finding.clone(), fix?)));
    pairs.filter(|(finding, _)| refused.is_empty() || !refused.contains(&key(target.snapshot(), finding))).collect()
}

impl Repaired {
    /// Notes one round: `composed` of `candidates`, found in `snapshot`.
    fn note(&mut self, snapshot: &Snapshot, candidates: &[(Finding, Fix)], composed: &Composed) {
        let made = |number: &usize| {
            let (finding, fix) = &candidates[*number];
            let file = snapshot.file(finding.file);
            Made {
                file: finding.file,
                line: file.map_or(0, |file| file.source().lines().line_of(finding.range.start())),
                code: Arc::clone(&finding.code),
                title: fix.title.clone(),
                applicability: fix.applicability,
                declares: fix.declares.clone(),
            }
        };
        self.made.extend(composed.made.iter().map(made));
        self.refused.extend(composed.refused.iter().map(made));
        for number in &composed.made {
            join(&mut self.units, candidates[*number].1.edits.keys().copied().collect());
        }
        for file in composed.files.iter().filter_map(|(id, _)| snapshot.file(*id)) {
            self.before.entry(file.id).or_insert_with(|| Arc::clone(file.source().text()));
        }
        let settled = composed.made.len() + composed.refused.len() + composed.waiting.len();
        self.elsewhere = candidates.len() - settled;
    }

    /// Counts the findings whose fix had to wait in the last round, and that are gone from `findings`.
    fn count_taken_along(&mut self, snapshot: &Snapshot, findings: &[Finding], waiting: Vec<Key>) {
        if waiting.is_empty() {
            return;
        }
        let mut there: FxHashMap<Key, usize> = FxHashMap::default();
        for finding in findings {
            *there.entry(key(snapshot, finding)).or_default() += 1;
        }
        for key in waiting {
            match there.get_mut(&key) {
                Some(left) if *left > 0 => *left -= 1,
                _ => *self.taken_along.entry(key.0).or_default() += 1,
            }
        }
    }
}

/// Unites `files` with every unit that it shares a file with.
pub(super) fn join(units: &mut Vec<BTreeSet<FileId>>, mut files: BTreeSet<FileId>) {
    units.retain(|unit| {
        let apart = unit.is_disjoint(&files);
        if !apart {
            files.extend(unit);
        }
        apart
    });
    units.push(files);
}
