//! Repairs of many findings as one change: what fits together is applied, the rest is looked at again afterwards, as
//! `pyteam check --fix` does it. Everything happens in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_agents::{Change, FileChange};
use pyteam_engine::fixes::{MAX_ROUNDS, Target, first_fix, parser, replaced, to_fixpoint};
use pyteam_engine::{Applicability, CancelToken, Declaration, DeclarationKind, Finding, Fix, Severity};
use pyteam_index::{File, FileId, Snapshot, path_of, relative_to};
use pyteam_syntax::document::ParseLimits;
use pyteam_syntax::{Name, Parsed};

use crate::code;
use crate::view::View;

/// Repairs, composed.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    /// What they change together.
    pub(crate) change: Change,
    /// What was repaired: the titles, each with how often and how far it can be trusted.
    pub(crate) titles: BTreeMap<(String, Applicability), usize>,
    /// The types that they declare, in the order of files and places.
    pub(crate) declared: Vec<Declared>,
}

/// A type that a repair declares.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The file that it would stand in, relative to the root.
    pub(crate) path: String,
    pub(crate) name: String,
    /// As it would be written, each docstring cut to its first line: what it says in full stands in the code.
    pub(crate) text: String,
    pub(crate) kind: DeclarationKind,
}

impl Repairs {
    /// `*Add a timeout* (3x, unsafe)`, for each title.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = |((title, trust), number): (&(String, Applicability), &usize)| {
            let often = if *number == 1 { String::new() } else { format!("{number}x, ") };
            let trust = match trust {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            };
            format!("*{title}* ({often}{trust})")
        };
        self.titles.iter().map(told).collect()
    }
}

/// The repairs of `findings` together. Hints are left alone: what is only hinted at is not rewritten.
pub(crate) fn compose(view: &View<'_>, findings: &[&Finding]) -> Repairs {
    let codes = findings.iter().map(|finding| Arc::clone(&finding.code)).collect();
    let shown = findings.iter().filter(|one| one.severity > Severity::Hint).map(|one| (*one).clone()).collect();
    run(view, shown, codes)
}

/// The repair of one finding alone.
pub(crate) fn one(view: &View<'_>, finding: &Finding) -> Repairs {
    run(view, vec![finding.clone()], BTreeSet::new())
}

/// The question's files, changed in memory.
struct InMemory<'v> {
    view: &'v View<'v>,
    snapshot: Arc<Snapshot>,
    /// The findings of the first round.
    first: Vec<Finding>,
    /// The rules whose findings are looked for again in later rounds, and where.
    codes: BTreeSet<Arc<str>>,
    files: BTreeSet<FileId>,
}

impl Target for InMemory<'_> {
    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn is_editable(&self, file: FileId) -> bool {
        self.snapshot.file(file).is_some_and(|file| file.on_disk().starts_with(self.view.question.root))
    }

    fn find(&mut self) -> Vec<Finding> {
        if !self.first.is_empty() {
            return std::mem::take(&mut self.first);
        }
        let question = self.view.question;
        let check = |file: &Arc<File>| {
            let settings = question.settings.for_path(file.on_disk());
            question.engine.check_file(&self.snapshot, file, &settings, None, &CancelToken::default())
        };
        let found = self.files.iter().filter_map(|id| self.snapshot.file(*id)).filter_map(|file| check(file).ok());
        let is_wanted = |finding: &Finding| self.codes.contains(&finding.code) && finding.severity > Severity::Hint;
        found.flatten().filter(is_wanted).collect()
    }

    fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>> {
        let question = self.view.question;
        let fix = |finding: &Finding| {
            let settings = question.settings.for_path(self.snapshot.file(finding.file)?.on_disk());
            first_fix(question.engine, &self.snapshot, &settings, finding, wanted)
        };
        findings.iter().map(fix).collect()
    }

    fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> {
        parser(&self.snapshot, |_| ParseLimits::default())(texts)
    }

    fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>) {
        self.snapshot = replaced(&self.snapshot, files);
    }

    fn goes_on(&self, waiting: usize) -> bool {
        waiting > 0
    }
}

fn run(view: &View<'_>, first: Vec<Finding>, codes: BTreeSet<Arc<str>>) -> Repairs {
    let files = first.iter().map(|finding| finding.file).collect();
    let mut target = InMemory { view, snapshot: Arc::clone(view.question.snapshot), first, codes, files };
    let repaired = to_fixpoint(&mut target, Applicability::Unsafe, MAX_ROUNDS);
    let mut repairs = Repairs::default();
    let mut declared = Vec::new();
    for made in repaired.made {
        *repairs.titles.entry((made.title, made.applicability)).or_default() += 1;
        declared.extend(made.declares.into_iter().filter_map(|one| placed(view, &target.snapshot, one)));
    }
    // The findings of one channel share a fix.
    declared.sort_by(|(one, _), (other, _)| one.cmp(other));
    declared.dedup_by(|(one, _), (other, _)| one == other);
    repairs.declared = declared.into_iter().map(|(_, declared)| declared).collect();
    let change = |(id, before): (&FileId, &Arc<str>)| file_change(view, target.snapshot.file(*id)?, before);
    repairs.change.files = repaired.before.iter().filter_map(change).collect();
    repairs.change.files.sort_by(|a, b| a.path.cmp(&b.path));
    repairs
}

/// A declaration, and where it stands in the end: its file and item.
fn placed(view: &View<'_>, after: &Snapshot, one: Declaration) -> Option<((String, u32), Declared)> {
    let file = after.file(one.file)?;
    let inside = relative_to(&file.path, view.question.root).unwrap_or(&file.path);
    let path = path_of(inside).to_string_lossy().replace('\\', "/");
    let item = file.facts.module.get(&Name::new(&one.name))?.first()?.item;
    let declared =
        Declared { path: path.clone(), name: one.name, text: code::cut_docstrings(&one.text), kind: one.kind };
    Some(((path, item), declared))
}

fn file_change(view: &View<'_>, file: &File, before: &str) -> Option<FileChange> {
    let after = file.source().as_str();
    let inside = relative_to(&file.path, view.question.root).unwrap_or(&file.path);
    let path = path_of(inside).into_owned();
    (before != after).then(|| FileChange {
        path,
        before: Some(before.to_owned()),
        after: Some(after.to_owned()),
        executable: None,
    })
}
