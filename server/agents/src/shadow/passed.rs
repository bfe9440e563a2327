//! What an agent made in its copy and no walk finds: what ignore files name, and where tools install.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::Shadow;
use super::difference::{Difference, ENTRIES};
use super::refusal::Refusal;

/// What the run of a program leaves behind and that no change is meant to have: not a word is lost about it.
pub(super) const CACHES: [&str; 7] =
    ["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage", ".DS_Store"];

/// Folders that tools install to. They are no part of a change, and are named: something else may stand in them.
pub(super) const INSTALLED: [&str; 3] = [".tox", ".nox", "node_modules"];

impl Shadow {
    /// Names what the walk passed by, for a file of the project's or of the agent's says so. A folder stands for all that
    /// is in it.
    pub(super) fn name_ignored(&self, seen: &HashSet<PathBuf>, difference: &mut Difference) {
        let mut folders = vec![PathBuf::new()];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.root.join(&folder)).into_iter().flatten().flatten() {
                count += 1;
                if count > ENTRIES {
                    difference.is_too_much = true;
                    return;
                }
                let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if CACHES.iter().any(|cache| name == *cache) || self.base.contains_key(&path) {
                    continue;
                }
                let holds_given =
                    || self.base.range(path.clone()..).next().is_some_and(|(base, _)| base.starts_with(&path));
                if seen.contains(&path) || is_folder && holds_given() {
                    folders.extend(is_folder.then_some(path));
                } else if !is_folder || holds_files(&self.root.join(&path)) {
                    let is_installed = INSTALLED.iter().any(|installed| name == *installed);
                    difference.refuse(&path, if is_installed { Refusal::Installed } else { Refusal::Ignored });
                }
            }
        }
        difference.refused.sort_by(|a, b| a.path.cmp(&b.path));
    }
}

/// Whether anything but folders and caches stands below `folder`.
fn holds_files(folder: &Path) -> bool {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).follow_links(false);
    walk.filter_entry(|entry| !CACHES.iter().any(|cache| entry.file_name() == *cache));
    walk.build().flatten().any(|entry| entry.file_type().is_none_or(|kind| !kind.is_dir()))
}
