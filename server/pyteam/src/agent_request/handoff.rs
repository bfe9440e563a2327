//! What a piece of work came to, for the agents that it is handed on to: the user names its files, or git knows them.

use std::path::{Path, PathBuf};

use pyteam_agents::Agent;
use pyteam_agents::uncommitted::{Committed, uncommitted};
use pyteam_answers::{Before, Handoff, ModifiedFile, Subject};
use pyteam_index::Snapshot;

/// What was done before `agent` is asked. `named` are the files that the user says were modified, relative to `root`;
/// without any, those who go on with finished work are told what is not committed yet, as far as it is in `subject`.
pub fn handoff_for(root: &Path, agent: &Agent, named: &[PathBuf], subject: &Subject, snapshot: &Snapshot) -> Handoff {
    if !named.is_empty() {
        let unknown = |path: &PathBuf| ModifiedFile { path: path.clone(), before: Before::Unknown };
        return Handoff { modified: named.iter().map(unknown).collect(), ..Handoff::default() };
    }
    let found = if agent.takes_handoffs() { uncommitted(root) } else { None };
    let Some(found) = found else { return Handoff::default() };
    let only = subject.file().and_then(|id| snapshot.file(id)).map(|file| file.on_disk().into_owned());
    let is_meant = |path: &Path| only.as_deref().is_none_or(|only| root.join(path) == only);
    let modified = found.into_iter().filter(|one| is_meant(&one.path)).map(|one| ModifiedFile {
        path: one.path,
        before: match one.committed {
            Committed::Absent => Before::Absent,
            Committed::Text(text) => Before::Text(text),
            Committed::Other => Before::Unknown,
        },
    });
    Handoff { modified: modified.collect(), is_from_git: true, ..Handoff::default() }
}
