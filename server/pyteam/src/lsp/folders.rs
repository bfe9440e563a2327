//! The folders that are looked through: those that the client opened, else those of the files that it opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::around::{folder_of, is_everything};
use crate::discover;

/// The folders that the client opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientFolders {
    /// The workspace's folders.
    pub(crate) folders: Vec<PathBuf>,
    /// Where an editor without a workspace was started, as Helix says.
    pub(crate) started_in: Option<PathBuf>,
}

impl ClientFolders {
    /// The folders that are looked through. Without a workspace, each of the open files has its own looked through, so that
    /// findings across files need no marker; a file in a workspace that is no part of it is looked at alone.
    pub(crate) fn to_index(&self, open: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
        let mut folders = self.whole();
        if folders.is_empty() {
            folders.extend(open.filter_map(|file| self.around(&file)));
            folders.sort();
            // A folder comes behind those that it is in.
            folders.dedup_by(|folder, outer| folder.starts_with(outer));
        }
        folders
    }

    /// Those of `folders` that nothing marks as a project's, and that were not opened as a workspace, with the open files in
    /// each: they are looked through up to a limit.
    pub(crate) fn unmarked(&self, folders: &[PathBuf], open: &[PathBuf]) -> BTreeMap<PathBuf, Vec<PathBuf>> {
        let given = self.whole();
        let unmarked =
            folders.iter().filter(|folder| !given.contains(folder) && discover::project_root(folder).is_none());
        let files_in = |folder: &PathBuf| open.iter().filter(|file| file.starts_with(folder)).cloned().collect();
        unmarked.map(|folder| (folder.clone(), files_in(folder))).collect()
    }

    /// Takes in that the client opened and closed folders.
    pub(crate) fn change(&mut self, added: impl Iterator<Item = PathBuf>, removed: &[PathBuf]) {
        self.folders.retain(|folder| !removed.contains(folder));
        for folder in added {
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
        }
    }

    /// The workspace's folders that can be meant as a whole. A home folder or a file system's root is opened for one file
    /// in it, and holds everything.
    fn whole(&self) -> Vec<PathBuf> {
        self.folders.iter().filter(|folder| !is_everything(folder)).cloned().collect()
    }

    /// The folder that a file without a workspace is looked at with.
    fn around(&self, file: &Path) -> Option<PathBuf> {
        let started_in = self.started_in.as_ref().filter(|folder| file.starts_with(folder) && !is_everything(folder));
        started_in.cloned().or_else(|| discover::project_root(file)).or_else(|| folder_of(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_without_a_workspace_has_the_folder_that_it_was_started_in() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("a/marked")).unwrap();
        std::fs::write(root.join("a/marked/pyteam.toml"), "").unwrap();
        let file = root.join("a/marked/x.py");
        let given = |started_in: Option<PathBuf>| ClientFolders { folders: Vec::new(), started_in };
        assert_eq!(given(Some(root.to_owned())).around(&file).as_deref(), Some(root));
        assert_eq!(given(None).around(&file), Some(root.join("a/marked")));
        assert_eq!(given(Some("/elsewhere".into())).around(&root.join("y.py")).as_deref(), Some(root));
        assert_eq!(given(Some("/".into())).around(&root.join("a/y.py")), Some(root.join("a")));
        let home = std::env::home_dir().unwrap();
        assert_eq!(
            ClientFolders { folders: vec![home.clone(), "/".into()], started_in: Some(home) }.whole(),
            [""; 0].map(PathBuf::from)
        );
    }
}
