//! What the index knows of a place, for the choice of whom to ask about it.

use std::path::{MAIN_SEPARATOR, Path};
use std::sync::Arc;

use pyteam_agents::routing::Clues;
use pyteam_answers::Subject;
use pyteam_channels::topology::Tally;
use pyteam_engine::Finding;
use pyteam_index::snapshot::{File, Snapshot};
use pyteam_index::{FileId, relative_to};
use pyteam_syntax::{Stmt, TextRange};

use super::range_of;

/// A file, or a part of it.
#[derive(Clone, Copy)]
pub struct FilePart<'f> {
    /// The file.
    pub file: &'f File,
    /// The part; none for all of it.
    pub range: Option<TextRange>,
}

/// What speaks for one agent or another: the place, what was found there, and what is wanted, which may be empty.
pub fn clues(
    snapshot: &Snapshot,
    root: &Path,
    place: Option<FilePart<'_>>,
    findings: &[&Finding],
    goal: &str,
) -> Clues {
    let mut clues = Clues {
        goal: goal.to_owned(),
        rules_found: findings.iter().map(|finding| finding.code.to_string()).collect(),
        ..Clues::default()
    };
    if let Some(FilePart { file, range }) = place {
        let relative = relative_to(&file.path, root).unwrap_or(&file.path);
        clues.path = Some(relative.replace(MAIN_SEPARATOR, "/"));
        clues.imports = imports_of(file);
        let here = Tally::of_place(snapshot, file, range);
        (clues.channels, clues.processes) = (here.channels, here.processes);
    }
    // Words alone ask for the first process of a workspace, and only then is the rest of it looked at.
    if !goal.is_empty() && snapshot.is_complete() {
        clues.processes_in_workspace = Some(Tally::of_workspace(snapshot).processes);
    }
    clues
}

/// [`clues`] about what a question is about. `findings` are by file.
pub fn clues_about(
    snapshot: &Snapshot,
    root: &Path,
    subject: &Subject,
    findings: &[(FileId, Arc<[Finding]>)],
    goal: &str,
) -> Clues {
    let file = subject.file().and_then(|id| snapshot.file(id));
    let place = file.map(|file| FilePart {
        file,
        range: match subject {
            Subject::Symbol(_, name) => range_of(file, name),
            _ => None,
        },
    });
    let found = place.and_then(|place| findings.iter().find(|(id, _)| *id == place.file.id));
    let range = place.and_then(|place| place.range);
    let found = found.map(|(_, found)| &**found).unwrap_or_default();
    let inside: Vec<&Finding> =
        found.iter().filter(|finding| range.is_none_or(|range| range.contains_range(finding.range))).collect();
    let finding_rule = finding_of(findings, subject).map(|finding| finding.code.to_string());
    Clues { finding_rule, ..clues(snapshot, root, place, &inside, goal) }
}

/// The finding that a question is about.
pub fn finding_of<'f>(findings: &'f [(FileId, Arc<[Finding]>)], subject: &Subject) -> Option<&'f Finding> {
    let Subject::Finding(file, at) = subject else { return None };
    findings.iter().find(|(id, _)| id == file)?.1.get(*at)
}

/// The modules that a file imports, by their absolute names.
fn imports_of(file: &File) -> Vec<String> {
    let mut modules = Vec::new();
    for slot in &file.parsed.items {
        for stmt in slot.item.stmt_ids() {
            match slot.item.stmt(stmt) {
                Stmt::Import(names) => modules.extend(names.iter().map(|name| name.path.to_string())),
                Stmt::ImportFrom(from) if from.level == 0 => modules.extend(from.module.map(|name| name.to_string())),
                _ => {}
            }
        }
    }
    modules.sort_unstable();
    modules.dedup();
    modules
}
