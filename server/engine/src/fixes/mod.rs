//! Making fixes: together, and never so that something does not parse any more. Every way by which a fix reaches a file
//! goes through [`compose`]: the light bulb, fix-all, and, round after round by [`to_fixpoint`], `--fix` and what an agent's
//! answer proposes.

mod fixpoint;
mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_index::{FileFacts, FileId, Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Parsed, SourceText, TextEdit, edit};

pub use self::fixpoint::{MAX_ROUNDS, Made, Repaired, Target, to_fixpoint};
use self::select::Selection;
use crate::finding::Finding;
use crate::fix::Fix;
use crate::runner::Engine;
use crate::settings::Settings;

/// Parses new texts of files, in their order.
pub type Parse<'p> = dyn Fn(Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> + 'p;

/// What some of the fixes come to, made together.
#[derive(Debug, Default)]
pub struct Composed {
    /// The numbers of the fixes that were made.
    pub made: Vec<usize>,
    /// Those that would have broken the syntax of a file.
    pub refused: Vec<usize>,
    /// Those that have to wait until these are made.
    pub waiting: Vec<usize>,
    /// The edits of all that were made, normalized.
    pub edits: BTreeMap<FileId, Vec<TextEdit>>,
    /// The files that they change, as they are then.
    pub files: Vec<(FileId, Arc<Parsed>)>,
}

/// Makes those of `fixes` that fit together, each completely or not at all, of files that are `editable`. What parsed
/// before parses afterwards.
pub fn compose(snapshot: &Snapshot, fixes: &[&Fix], editable: impl Fn(FileId) -> bool, parse: &Parse<'_>) -> Composed {
    let Selection { mut chosen, mut waiting } = Selection::of(fixes, editable);
    let mut refused = Vec::new();
    loop {
        let edits = edits_of(chosen.iter().map(|number| fixes[*number]));
        let (changed, broken) = apply(snapshot, &edits, parse);
        if broken.is_empty() {
            waiting.sort_unstable();
            return Composed { made: chosen, refused, waiting, edits, files: changed };
        }
        let touches = |number: &usize| fixes[*number].edits.keys().any(|file| broken.contains(file));
        let suspects: Vec<usize> = chosen.iter().copied().filter(touches).collect();
        let breaks_alone = |number: &usize| {
            let edits = edits_of(std::iter::once(fixes[*number]));
            !apply(snapshot, &edits, parse).1.is_empty()
        };
        let guilty: Vec<usize> = suspects.iter().copied().filter(breaks_alone).collect();
        if guilty.is_empty() {
            // Fixes that are good one by one but not together take turns.
            let later: BTreeSet<usize> = suspects.into_iter().skip(1).collect();
            chosen.retain(|number| !later.contains(number));
            if later.is_empty() {
                chosen.clear();
            }
            waiting.extend(later);
        } else {
            chosen.retain(|number| !guilty.contains(number));
            refused.extend(guilty);
        }
    }
}

/// Whether `fix` leaves everything parsing that parsed before.
pub fn keeps_syntax(snapshot: &Snapshot, fix: &Fix, parse: &Parse<'_>) -> bool {
    apply(snapshot, &edits_of(std::iter::once(fix)), parse).1.is_empty()
}

/// Parses texts one after the other, within limits that may differ by path.
pub fn parser<'p>(snapshot: &'p Snapshot, limits: impl Fn(&str) -> ParseLimits + 'p) -> Box<Parse<'p>> {
    Box::new(move |texts| {
        let parse = |(id, text): (FileId, String)| {
            let limits = limits(&snapshot.file(id)?.path);
            Some((id, Arc::new(parse(SourceText::new(text), &limits))))
        };
        texts.into_iter().filter_map(parse).collect()
    })
}

/// The first of a finding's fixes that `wanted` accepts.
pub fn first_fix(
    engine: &Engine,
    snapshot: &Snapshot,
    settings: &Settings,
    finding: &Finding,
    wanted: impl Fn(&Fix) -> bool,
) -> Option<Fix> {
    finding.fix.as_ref()?;
    engine.fixes(snapshot, settings, finding).into_iter().find(|fix| wanted(fix))
}

/// The state that comes of `snapshot` when these are its files; it shares all others with it.
pub fn replaced(snapshot: &Snapshot, files: Vec<(FileId, Arc<Parsed>)>) -> Arc<Snapshot> {
    let mut workspace = Workspace::of(snapshot);
    let load = |(id, parsed): (FileId, Arc<Parsed>)| {
        let facts = Arc::new(FileFacts::of(&parsed));
        Some((snapshot.file(id)?.path.to_string(), parsed, facts))
    };
    workspace.set_files(files.into_iter().filter_map(load).collect());
    workspace.snapshot()
}

fn edits_of<'f>(fixes: impl Iterator<Item = &'f Fix>) -> BTreeMap<FileId, Vec<TextEdit>> {
    let mut all: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for (file, edits) in fixes.flat_map(|fix| &fix.edits) {
        all.entry(*file).or_default().extend(edits.iter().cloned());
    }
    all.values_mut().for_each(edit::normalize);
    all
}

/// The files after `edits`, and those among them that got a new syntax error, cannot be edited so, or are gone.
fn apply(
    snapshot: &Snapshot,
    edits: &BTreeMap<FileId, Vec<TextEdit>>,
    parse: &Parse<'_>,
) -> (Vec<(FileId, Arc<Parsed>)>, BTreeSet<FileId>) {
    let mut broken: BTreeSet<FileId> = edits.keys().copied().collect();
    let text = |(id, edits): (&FileId, &Vec<TextEdit>)| {
        Some((*id, edit::apply(snapshot.file(*id)?.source().as_str(), edits).ok()?))
    };
    let files = parse(edits.iter().filter_map(text).collect());
    for (id, after) in &files {
        if snapshot.file(*id).is_some_and(|before| !is_worse(&before.parsed, after)) {
            broken.remove(id);
        }
    }
    (files, broken)
}

/// Whether something does not parse any more. Where something did not parse before, be it for a form of Python that our
/// grammar does not know, the rest must stay as it is: no statement may fall to the mistake.
fn is_worse(before: &Parsed, after: &Parsed) -> bool {
    if after.unanalyzed.is_some() || !before.has_error {
        return after.unanalyzed.is_some() || after.has_error;
    }
    let broken = |parsed: &Parsed| parsed.items.iter().filter(|slot| slot.item.has_error()).count();
    after.has_error && (broken(after) > broken(before) || after.items.len() < before.items.len())
}
