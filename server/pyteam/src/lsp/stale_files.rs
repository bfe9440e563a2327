//! Finds closed files that changed on disk since they were read. The client reads them from disk when it applies an edit, so
//! they must be there what was analyzed. Watching tells of a change some time later, and some clients never do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_index::FileId;
use pyteam_index::snapshot::File;
use tracing::info;

use super::state_snapshot::StateSnapshot;
use crate::load::{self, Loaded, limits};

/// Files that are not what the index knows, as they are now.
#[derive(Debug, Default)]
pub(crate) struct StaleFiles {
    /// Those that are there.
    pub(crate) files: Vec<Loaded>,
    /// Those that are not.
    pub(crate) gone: Vec<PathBuf>,
}

impl StaleFiles {
    /// Those among `edited` that are closed and that changed on disk since they were read; none if there are none.
    pub(crate) fn among(snapshot: &StateSnapshot, edited: impl IntoIterator<Item = FileId>) -> Option<Self> {
        let mut stale = Self::default();
        for file in edited.into_iter().filter_map(|id| snapshot.index.file(id)) {
            let path = file.on_disk();
            if is_current(snapshot, file, &path) {
                continue;
            }
            info!("{} is not what it was when it was read", file.path);
            if path.is_file() {
                stale.files.push(load::load_file(&path, &limits(&snapshot.settings, &path)));
            } else {
                stale.gone.push(path.into_owned());
            }
        }
        (!stale.files.is_empty() || !stale.gone.is_empty()).then_some(stale)
    }
}

fn is_current(snapshot: &StateSnapshot, file: &Arc<File>, path: &Path) -> bool {
    if snapshot.open.get(&file.path).is_some_and(|open| open.is_python) || !path.is_absolute() {
        return true;
    }
    let text = file.source().as_str().as_bytes();
    let has_its_length = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == text.len() as u64);
    has_its_length && fs::read(path).is_ok_and(|found| found == text)
}
