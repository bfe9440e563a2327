//! The rules that hold: ours, and those of the workspace's own.

use std::path::{Path, PathBuf};

use pyteam_engine::Engine;
use pyteam_engine::declarative::load_user_rules;
use pyteam_engine::settings::SettingsProblem;

/// Where a workspace's own rules lie.
pub(super) const FOLDER: &str = ".pyteam/rules";

/// An engine with our rules and those of the workspaces that `paths` are in; what is wrong with pages is in the
/// second part.
pub(super) fn engine(paths: &[PathBuf]) -> (Engine, Vec<SettingsProblem>) {
    let ours = Engine::new(pyteam_rules::all());
    let mut roots: Vec<&Path> = paths.iter().filter_map(|path| workspace_of(path)).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.is_empty() {
        return (ours, Vec::new());
    }
    let mut rules = pyteam_rules::all();
    let mut problems = Vec::new();
    for root in roots {
        let mut found = load_user_rules(root, ours.names());
        problems.append(&mut found.problems);
        rules.extend(found.into_rules());
    }
    (Engine::new(rules), problems)
}

/// The nearest folder at or above `path` with rules of its own.
fn workspace_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.join(FOLDER).is_dir())
}
