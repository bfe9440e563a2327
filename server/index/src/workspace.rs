//! The one mutable holder of all facts. The server's owner thread has it, and so has a command-line check.

use std::sync::Arc;

use pyteam_syntax::Parsed;

use crate::facts::FileFacts;
use crate::file_id::FileId;
use crate::memo::Memo;
use crate::project::Requirements;
use crate::snapshot::{File, Snapshot};

/// All files of a workspace. Give it every file's syntax as it changes; take a snapshot for each question.
#[derive(Debug, Default)]
pub struct Workspace {
    current: Snapshot,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::default()
    }

    /// A workspace of its own that begins as `snapshot` is. What is worked out about the one is not taken for the other.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { current: Snapshot { memo: Memo::default(), ..snapshot.clone() } }
    }

    /// The number of the file at `path`, given to it now if it has none yet.
    pub fn file_id(&mut self, path: &str) -> FileId {
        Arc::make_mut(&mut self.current.name_index).intern_path(path)
    }

    /// Adds or replaces the file at `path`. Facts of items that did not change are kept.
    pub fn set_file(&mut self, path: &str, parsed: Arc<Parsed>) -> FileId {
        let id = self.file_id(path);
        let before = self.current.file(id).cloned();
        let facts = FileFacts::update(before.as_deref().map(|file| (&*file.parsed, &*file.facts)), &parsed);
        let before = self.insert(id, path, parsed, Arc::new(facts));
        let after = self.current.file(id).cloned();
        Arc::make_mut(&mut self.current.name_index).replace_names(before.as_deref(), after.as_deref());
        id
    }

    /// Adds many files whose facts were computed elsewhere (in parallel), linking once.
    pub fn set_files(&mut self, files: Vec<(String, Arc<Parsed>, Arc<FileFacts>)>) {
        let mut new = Vec::with_capacity(files.len());
        for (path, parsed, facts) in files {
            let id = self.file_id(&path);
            if let Some(before) = self.insert(id, &path, parsed, facts) {
                let after = self.current.file(id).cloned();
                Arc::make_mut(&mut self.current.name_index).replace_names(Some(&before), after.as_deref());
            } else {
                new.push(id);
            }
        }
        let files = Arc::clone(&self.current.files);
        let new: Vec<&File> = new.iter().filter_map(|id| files.get(id.0 as usize)?.as_deref()).collect();
        Arc::make_mut(&mut self.current.name_index).add_names(&new);
    }

    /// Puts a file in and gives back what was there before.
    fn insert(&mut self, id: FileId, path: &str, parsed: Arc<Parsed>, facts: Arc<FileFacts>) -> Option<Arc<File>> {
        let files = Arc::make_mut(&mut self.current.files);
        if files.len() <= id.0 as usize {
            files.resize(id.0 as usize + 1, None);
        }
        let before = files[id.0 as usize].take();
        let relink = before.as_ref().is_none_or(|file| file.facts.interface() != facts.interface());
        let file = Arc::new(File { id, path: Arc::from(path), parsed, facts });
        files[id.0 as usize] = Some(Arc::clone(&file));
        if relink {
            Arc::make_mut(&mut self.current.name_index).replace(before.as_deref(), Some(&file));
        }
        self.current.revision += 1;
        before
    }

    /// Forgets the file at `path`.
    pub fn remove_file(&mut self, path: &str) {
        let Some(id) = self.current.name_index.file_id(path) else { return };
        let files = Arc::make_mut(&mut self.current.files);
        let Some(before) = files.get_mut(id.0 as usize).and_then(Option::take) else { return };
        Arc::make_mut(&mut self.current.name_index).replace(Some(&before), None);
        Arc::make_mut(&mut self.current.name_index).replace_names(Some(&before), None);
        self.current.revision += 1;
    }

    /// Says which folders and files were named, by their keys: what a file is in them depends on the folders between.
    pub fn set_roots(&mut self, roots: Vec<String>) {
        self.current.roots = roots.into();
        self.current.revision += 1;
    }

    /// Replaces what the manifests say.
    pub fn set_requirements(&mut self, requirements: Vec<Requirements>) {
        self.current.requirements = Arc::new(requirements);
        self.current.requirements_revision += 1;
        self.current.revision += 1;
    }

    /// Says whether all files are in.
    pub fn set_complete(&mut self, complete: bool) {
        self.current.complete = complete;
        self.current.revision += 1;
    }

    /// The present state, frozen.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.current.clone())
    }
}
