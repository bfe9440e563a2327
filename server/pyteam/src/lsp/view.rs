//! What a job sees: the whole state, frozen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::user_dirs::regular;
use pyteam_engine::{Engine, SettingsResolver};
use pyteam_index::snapshot::File;
use pyteam_index::{Snapshot, key_of};
use rustc_hash::FxHashMap;
use tower_lsp::ls_types::Uri;

use super::capabilities::Features;
use super::checks::Checks;
use super::convert;
use super::editor_settings::EditorSettings;
use super::team::{Roster, UnderWay};

/// The state at one moment. A later one has a greater generation.
#[derive(Clone)]
pub(crate) struct View {
    /// Counts up with every change of anything in here.
    pub(crate) generation: u64,
    /// The files.
    pub(crate) snapshot: Arc<Snapshot>,
    /// All files are in, and none is being read anew.
    pub(crate) is_indexed: bool,
    /// The rules.
    pub(crate) engine: Arc<Engine>,
    /// What the user wants to hear.
    pub(crate) settings: Arc<SettingsResolver>,
    /// What is the editor's alone.
    pub(crate) editor: Arc<EditorSettings>,
    /// What the client can do.
    pub(crate) features: Arc<Features>,
    /// The workspace's folders.
    pub(crate) folders: Arc<[PathBuf]>,
    /// Who can be asked.
    pub(crate) roster: Arc<Roster>,
    /// Requests to agents that are under way.
    pub(crate) runs: Arc<[UnderWay]>,
    /// Open documents by key.
    pub(crate) open: FxHashMap<Arc<str>, Arc<OpenView>>,
}

/// An open document at that moment.
pub(crate) struct OpenView {
    /// As the client calls it.
    pub(crate) uri: Uri,
    /// As the client counts.
    pub(crate) version: i32,
    /// Tells documents apart that were opened one after the other at one place.
    pub(crate) serial: u64,
    /// Whether rules look at it.
    pub(crate) is_python: bool,
    /// What was found in it, remembered.
    pub(crate) checks: Arc<Checks>,
}

impl View {
    /// The file of a Python document that is open, with the document.
    pub(crate) fn open_file(&self, key: &str) -> Option<(&Arc<File>, &OpenView)> {
        let open = self.open.get(key).filter(|open| open.is_python)?;
        Some((self.snapshot.file_at(key)?, open))
    }

    /// The text at `path`, as the client shows it, else as it is on disk; none where there is no text.
    pub(crate) fn text_of(&self, path: &Path) -> Option<String> {
        let key = key_of(path);
        match self.snapshot.file_at(&key) {
            Some(file) if self.open.contains_key(&*key) => Some(file.source().as_str().to_owned()),
            _ => regular::read_text(path, regular::MAX_BYTES).ok(),
        }
    }

    /// What the client calls the file `key`, and its version if it is open.
    pub(crate) fn name_of(&self, key: &str) -> Option<(Uri, Option<i32>)> {
        match self.open.get(key) {
            Some(open) => Some((open.uri.clone(), Some(open.version))),
            None => Some((convert::uri(key)?, None)),
        }
    }
}
