//! What a change does to the findings, before it is made and after: in the files that it is about, and in those that are
//! open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Change;
use pyteam_engine::CancelToken;
use pyteam_index::{Snapshot, Workspace, key_of, path_of};
use pyteam_syntax::SourceText;
use pyteam_syntax::document::parse;

use crate::agent_request::Checkup;
use crate::discover;
use crate::load::limits;
use crate::lsp::state_snapshot::StateSnapshot;

/// What is found in `state` now.
pub(super) fn now(state: &StateSnapshot, root: &Path, change: &Change) -> Checkup {
    found_in(&state.index, state, root, change)
}

/// What would be found if `change` were made.
pub(super) fn then(state: &StateSnapshot, root: &Path, change: &Change) -> Checkup {
    let mut workspace = Workspace::of(&state.index);
    for file in change.files.iter().filter(|file| discover::is_python(&file.path)) {
        let path = root.join(&file.path);
        let name = key_of(&path);
        match &file.after {
            Some(text) => {
                let parsed = parse(SourceText::new(text.as_str()), &limits(&state.settings, &path));
                workspace.set_file(&name, Arc::new(parsed));
            }
            None => workspace.remove_file(&name),
        }
    }
    found_in(&workspace.snapshot(), state, root, change)
}

/// The rules of what is found in the files that the change is about, one for each finding.
pub(super) fn rules_left(state: &StateSnapshot, root: &Path, change: &Change) -> Vec<String> {
    let found = change.files.iter().flat_map(|file| check(&state.index, state, &root.join(&file.path)));
    found.map(|finding| finding.code.to_string()).collect()
}

fn found_in(snapshot: &Snapshot, state: &StateSnapshot, root: &Path, change: &Change) -> Checkup {
    let mut paths: Vec<PathBuf> = change.files.iter().map(|file| root.join(&file.path)).collect();
    paths.extend(state.open.keys().map(|key| path_of(key).into_owned()).filter(|path| path.starts_with(root)));
    paths.sort();
    paths.dedup();
    let found: Vec<_> = paths.iter().flat_map(|path| check(snapshot, state, path)).collect();
    Checkup::of(snapshot, root, &found)
}

fn check(snapshot: &Snapshot, state: &StateSnapshot, path: &Path) -> Vec<pyteam_engine::Finding> {
    let Some(file) = snapshot.file_at(&key_of(path)) else { return Vec::new() };
    let settings = state.settings.for_path(file.on_disk());
    state.engine.check_file(snapshot, file, &settings, None, &CancelToken::default()).unwrap_or_default()
}
