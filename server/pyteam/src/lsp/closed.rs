//! Files that an edit changes and that are not open: the client reads them from disk when it applies the edit, so they
//! must be there what was analysed. Watching tells of a change some time later, and some clients never do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_index::FileId;
use pyteam_index::snapshot::File;
use tracing::info;

use super::view::View;
use crate::load::{self, Loaded, limits};

/// Files that are not what the index knows, as they are now.
#[derive(Debug, Default)]
pub(crate) struct Outdated {
    /// Those that are there.
    pub(crate) files: Vec<Loaded>,
    /// Those that are not.
    pub(crate) gone: Vec<PathBuf>,
}

impl Outdated {
    /// Those among `edited` that are closed and that changed on disk since they were read; none if there are none.
    pub(crate) fn among(view: &View, edited: impl IntoIterator<Item = FileId>) -> Option<Self> {
        let mut outdated = Self::default();
        for file in edited.into_iter().filter_map(|id| view.snapshot.file(id)) {
            let path = file.on_disk();
            if is_current(view, file, &path) {
                continue;
            }
            info!("{} is not what it was when it was read", file.path);
            if path.is_file() {
                outdated.files.push(load::load_file(&path, &limits(&view.settings, &path)));
            } else {
                outdated.gone.push(path.into_owned());
            }
        }
        (!outdated.files.is_empty() || !outdated.gone.is_empty()).then_some(outdated)
    }
}

fn is_current(view: &View, file: &Arc<File>, path: &Path) -> bool {
    if view.open_file(&file.path).is_some() || !path.is_absolute() {
        return true;
    }
    let text = file.source().as_str().as_bytes();
    let has_its_length = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == text.len() as u64);
    has_its_length && fs::read(path).is_ok_and(|found| found == text)
}
