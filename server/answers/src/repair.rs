//! Repairs of many findings as one change: what fits together is applied, the rest is looked at again afterwards, as
//! `pyteam check --fix` does it. Everything happens in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_agents::{Change, FileChange};
use pyteam_engine::fixes::{compose as compose_fixes, parser};
use pyteam_engine::{Applicability, CancelToken, Finding, Fix, Severity};
use pyteam_index::{FileFacts, FileId, Snapshot, Workspace, path_of, relative_to};
use pyteam_syntax::Parsed;
use pyteam_syntax::document::ParseLimits;

use crate::view::View;

/// One repair may make another possible, but two may also undo each other for ever.
const MAX_ROUNDS: u32 = 10;

/// Repairs, composed.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    /// What they change together.
    pub(crate) change: Change,
    /// What was repaired: the titles, each with how often and how far it can be trusted.
    pub(crate) titles: BTreeMap<(String, Applicability), usize>,
}

impl Repairs {
    /// How many findings are repaired.
    pub(crate) fn count(&self) -> usize {
        self.titles.values().sum()
    }

    /// `Add timeout (3 times, to be looked at)`, one line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |((title, trust), number): (&(String, Applicability), &usize)| {
            let often = if *number == 1 { String::new() } else { format!("{number} times, ") };
            let trust = match trust {
                Applicability::Safe => "keeps the meaning",
                Applicability::Unsafe => "look at it before you take it",
            };
            format!("{title} ({often}{trust})")
        };
        self.titles.iter().map(line).collect()
    }
}

/// The repairs of `findings` together. Hints are left alone: what is only hinted at is not rewritten.
pub(crate) fn compose(view: &View<'_>, findings: &[&Finding]) -> Repairs {
    let wanted: BTreeSet<&str> = findings.iter().map(|finding| &*finding.code).collect();
    let shown: Vec<Finding> =
        findings.iter().filter(|one| one.severity > Severity::Hint).map(|one| (*one).clone()).collect();
    run(view, shown, |file: &str, finding: &Finding| {
        wanted.contains(&*finding.code)
            && finding.severity > Severity::Hint
            && findings.iter().any(|one| view.snapshot.file(one.file).is_some_and(|found| *found.path == *file))
    })
}

/// The repair of one finding alone.
pub(crate) fn one(view: &View<'_>, finding: &Finding) -> Repairs {
    run(view, vec![finding.clone()], |_, _| false)
}

fn run(view: &View<'_>, mut findings: Vec<Finding>, wanted: impl Fn(&str, &Finding) -> bool) -> Repairs {
    let mut repairs = Repairs::default();
    let mut snapshot = Arc::clone(view.question.snapshot);
    let mut refused: BTreeSet<String> = BTreeSet::new();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        let candidates: Vec<(Finding, Fix)> = findings
            .iter()
            .filter(|finding| !refused.contains(&refusal(&snapshot, finding)))
            .filter_map(|finding| Some((finding.clone(), fix_of(view, &snapshot, finding)?)))
            .collect();
        let fixes: Vec<&Fix> = candidates.iter().map(|(_, fix)| fix).collect();
        let composed = {
            let parse = parser(&snapshot, |_| ParseLimits::default());
            compose_fixes(&snapshot, &fixes, |file| is_inside(view, &snapshot, file), &*parse)
        };
        // What would break the syntax of a file is not tried again.
        refused.extend(composed.refused.iter().map(|number| refusal(&snapshot, &candidates[*number].0)));
        if composed.made.is_empty() {
            break;
        }
        for fix in composed.made.iter().map(|number| fixes[*number]) {
            *repairs.titles.entry((fix.title.clone(), fix.applicability)).or_default() += 1;
        }
        let path = |id: &FileId| Some(snapshot.file(*id)?.path.to_string());
        changed.extend(composed.files.iter().filter_map(|(id, _)| path(id)));
        let looked_at: BTreeSet<String> = findings.iter().filter_map(|one| path(&one.file)).collect();
        let rest = composed.waiting.len();
        snapshot = replaced(&snapshot, composed.files.into_iter().collect());
        if rest == 0 {
            break;
        }
        findings = looked_at
            .iter()
            .filter_map(|path| snapshot.file_at(path))
            .flat_map(|file| {
                let settings = view.question.settings.for_path(file.on_disk());
                let found = view.question.engine.check_file(&snapshot, file, &settings, None, &CancelToken::default());
                let mut found = found.unwrap_or_default();
                found.retain(|finding| wanted(&file.path, finding));
                found
            })
            .collect();
    }
    repairs.change.files = changed.iter().filter_map(|path| file_change(view, &snapshot, path)).collect();
    repairs.change.files.sort_by(|a, b| a.path.cmp(&b.path));
    repairs
}

fn file_change(view: &View<'_>, after: &Snapshot, path: &str) -> Option<FileChange> {
    let text = |snapshot: &Snapshot| snapshot.file_at(path).map(|file| file.source().as_str().to_owned());
    let (before, after) = (text(view.snapshot), text(after));
    let inside = relative_to(path, view.question.root).unwrap_or(path);
    (before != after).then(|| FileChange { path: path_of(inside).into_owned(), before, after, executable: None })
}

fn fix_of(view: &View<'_>, snapshot: &Snapshot, finding: &Finding) -> Option<Fix> {
    finding.fix.as_ref()?;
    let file = snapshot.file(finding.file)?;
    let settings = view.question.settings.for_path(file.on_disk());
    view.question.engine.fixes(snapshot, &settings, finding).into_iter().find(|fix| !fix.edits.is_empty())
}

/// What a refused repair is known by while places move.
fn refusal(snapshot: &Snapshot, finding: &Finding) -> String {
    let file = snapshot.file(finding.file);
    let text = file.map_or("", |file| file.source().slice(finding.range));
    let path = file.map_or("", |file| &*file.path);
    format!("{path}\0{}\0{}\0{text}", finding.code, finding.message)
}

fn is_inside(view: &View<'_>, snapshot: &Snapshot, file: FileId) -> bool {
    snapshot.file(file).is_some_and(|file| file.on_disk().starts_with(view.question.root))
}

/// A snapshot like this one, with other texts.
fn replaced(snapshot: &Snapshot, mut texts: BTreeMap<FileId, Arc<Parsed>>) -> Arc<Snapshot> {
    let mut workspace = Workspace::new();
    let mut requirements = BTreeMap::new();
    let files = snapshot.files().map(|file| {
        if let Some(found) = snapshot.requirements_for(&file.path) {
            requirements.entry(found.folder.clone()).or_insert_with(|| found.clone());
        }
        match texts.remove(&file.id) {
            Some(parsed) => {
                let facts = Arc::new(FileFacts::of(&parsed));
                (file.path.to_string(), parsed, facts)
            }
            None => (file.path.to_string(), Arc::clone(&file.parsed), Arc::clone(&file.facts)),
        }
    });
    let files: Vec<_> = files.collect();
    workspace.set_requirements(requirements.into_values().collect());
    workspace.set_files(files);
    workspace.set_complete(snapshot.is_complete());
    workspace.snapshot()
}
