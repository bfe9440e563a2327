//! Files by a name that occurs in them: those that call something of a name, those that set an attribute of a name.
//! Candidates only; the caller resolves them.

use std::sync::Arc;

use pyteam_syntax::Name;
use rustc_hash::{FxHashMap, FxHashSet};

use super::HashMap;
use crate::facts::FileFacts;
use crate::file_id::FileId;
use crate::snapshot::File;

/// A persistent map from the names in which one part of the facts is kept to the files that have them.
#[derive(Clone, Debug)]
pub(super) struct ByName {
    files: HashMap<Name, Arc<Vec<FileId>>>,
    names: fn(&FileFacts) -> Vec<Name>,
}

impl ByName {
    pub(super) fn new(names: fn(&FileFacts) -> Vec<Name>) -> Self {
        Self { files: HashMap::default(), names }
    }

    /// The files that have `name`, in the order of their numbers.
    pub(super) fn of(&self, name: Name) -> &[FileId] {
        self.files.get(&name).map_or(&[], |files| files.as_slice())
    }

    /// Takes in what changed from one version of a file to the next. Most edits change no name.
    pub(super) fn replace(&mut self, before: Option<&File>, after: Option<&File>) {
        let names = |file: Option<&File>| -> FxHashSet<Name> {
            file.map(|file| (self.names)(&file.facts).into_iter().collect()).unwrap_or_default()
        };
        let (old, new) = (names(before), names(after));
        for name in old.difference(&new) {
            if let (Some(files), Some(file)) = (self.files.get_mut(name), before) {
                Arc::make_mut(files).retain(|id| *id != file.id);
            }
        }
        for name in new.difference(&old) {
            if let Some(file) = after {
                insert(Arc::make_mut(self.files.entry(*name).or_default()), file.id);
            }
        }
    }

    /// Takes in many new files at once, touching the persistent map once for each name.
    pub(super) fn add(&mut self, files: &[&File]) {
        let mut all: FxHashMap<Name, Vec<FileId>> = FxHashMap::default();
        for file in files {
            for name in (self.names)(&file.facts) {
                all.entry(name).or_default().push(file.id);
            }
        }
        for (name, mut files) in all {
            let known = Arc::make_mut(self.files.entry(name).or_default());
            if known.is_empty() {
                files.sort_unstable();
                files.dedup();
                *known = files;
            } else {
                files.into_iter().for_each(|id| insert(known, id));
            }
        }
    }
}

fn insert(files: &mut Vec<FileId>, id: FileId) {
    if let Err(at) = files.binary_search(&id) {
        files.insert(at, id);
    }
}
