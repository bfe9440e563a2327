//! What an agent made in its copy and no walk finds: what ignore files name, and where tools install.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::difference::Difference;
use super::refusal::Refusal;
use super::{CACHES, INSTALL_FOLDERS, MAX_ENTRIES, WorkspaceCopy};

impl WorkspaceCopy {
    /// Names what the walk passed by, for a file of the project's or of the agent's says so. A folder stands for all that
    /// is in it.
    pub(super) fn name_ignored(&self, seen: &HashSet<PathBuf>, difference: &mut Difference) {
        let mut folders = vec![PathBuf::new()];
        let mut count = 0;
        'all: while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.root.join(&folder)).into_iter().flatten().flatten() {
                count += 1;
                if count > MAX_ENTRIES {
                    difference.is_too_much = true;
                    break 'all;
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
                    let is_installed = INSTALL_FOLDERS.iter().any(|installed| name == *installed);
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
