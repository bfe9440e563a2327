//! The folders that are looked through: those that the client opened, else those of the files that it opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tower_lsp::ls_types::MessageType;
use tracing::info;

use super::convert;
use super::courier::Message;
use super::owner::Owner;
use crate::around::{Cut, folder_of, is_everything};
use crate::discover;

/// What the client said of its folders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The workspace's folders.
    pub(crate) folders: Vec<PathBuf>,
    /// Where an editor without a workspace was started, as Helix says.
    pub(crate) started_in: Option<PathBuf>,
}

impl Given {
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

impl Owner {
    /// Brings the folders up to date with what the client opened. Without a workspace each open file has its folder
    /// looked through, so that findings across files need no marker; a file in a workspace that is no part of it is
    /// looked at alone.
    pub(super) fn follow_folders(&mut self) {
        let mut folders = self.given.whole();
        if folders.is_empty() {
            for document in self.documents.values().filter(|document| document.is_python()) {
                let file = convert::file_path(&document.view.uri);
                folders.extend(file.and_then(|file| self.given.around(&file)));
            }
            folders.sort();
            // A folder comes behind those that it is in.
            folders.dedup_by(|folder, outer| folder.starts_with(outer));
        }
        if folders == self.folders {
            return;
        }
        info!("the workspace is {folders:?}");
        self.folders = folders;
        self.configuration.set_folders(&self.folders);
        // Until the new folder is read, rules that need every use of a name stay silent.
        self.workspace.set_complete(false);
        self.everything_changed();
        if self.is_ready {
            self.index_soon();
        }
    }

    /// The folders that nothing marks as a project's, and that were not opened as a workspace, with the open files in each:
    /// they are looked through up to a limit.
    pub(super) fn unmarked_folders(&self) -> BTreeMap<PathBuf, Vec<PathBuf>> {
        let given = self.given.whole();
        let unmarked =
            self.folders.iter().filter(|folder| !given.contains(folder) && discover::project_root(folder).is_none());
        let files_in = |folder: &PathBuf| {
            let files = self.documents.values().filter_map(|document| convert::file_path(&document.view.uri));
            (folder.clone(), files.filter(|file| file.starts_with(folder)).collect())
        };
        unmarked.map(files_in).collect()
    }

    /// Says what was not looked through, once.
    pub(super) fn tell_cuts(&mut self, cuts: Vec<Cut>) {
        for cut in cuts {
            if !self.cuts_told.contains(&cut) {
                let sentence = cut.sentence(&|path| convert::short_path(path, &[]));
                self.client.say(Message::Show(MessageType::INFO, format!("pyteam: {sentence}")));
                self.cuts_told.push(cut);
            }
        }
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
        let given = |started_in: Option<PathBuf>| Given { folders: Vec::new(), started_in };
        assert_eq!(given(Some(root.to_owned())).around(&file).as_deref(), Some(root));
        assert_eq!(given(None).around(&file), Some(root.join("a/marked")));
        assert_eq!(given(Some("/elsewhere".into())).around(&root.join("y.py")).as_deref(), Some(root));
        assert_eq!(given(Some("/".into())).around(&root.join("a/y.py")), Some(root.join("a")));
        let home = std::env::home_dir().unwrap();
        assert_eq!(
            Given { folders: vec![home.clone(), "/".into()], started_in: Some(home) }.whole(),
            [""; 0].map(PathBuf::from)
        );
    }
}
