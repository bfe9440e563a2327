//! The server's state at one moment, for jobs, and what is found in an open document of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use pyteam_agents::user_dirs::regular;
use pyteam_engine::{CancelToken, Engine, Finding, FindingCache, SettingsResolver};
use pyteam_index::snapshot::File;
use pyteam_index::{Snapshot, key_of};
use pyteam_syntax::SourceText;
use pyteam_syntax::position::PositionEncoding;
use rustc_hash::FxHashMap;
use tower_lsp::ls_types::Uri;
use tracing::trace;

use super::client_features::ClientFeatures;
use super::config_diagnostics::ConfigProblems;
use super::convert;
use super::editor_settings::EditorSettings;

/// The state at one moment. A later one has a greater generation.
pub(crate) struct StateSnapshot {
    /// Counts the changes of the state.
    pub(crate) generation: u64,
    /// The files.
    pub(crate) index: Arc<Snapshot>,
    /// All files are in, and none is being read anew.
    pub(crate) is_indexed: bool,
    /// The rules.
    pub(crate) engine: Arc<Engine>,
    /// The rules' settings.
    pub(crate) settings: Arc<SettingsResolver>,
    /// The editor's own settings.
    pub(crate) editor: Arc<EditorSettings>,
    /// Problems of rule pages, agents' files and the editor's settings.
    pub(crate) config_problems: Arc<ConfigProblems>,
    /// What the client can do.
    pub(crate) features: Arc<ClientFeatures>,
    /// The workspace's folders.
    pub(crate) folders: Arc<[PathBuf]>,
    /// Open documents by key.
    pub(crate) open: FxHashMap<Arc<str>, Arc<DocumentSnapshot>>,
}

/// An open document at that moment.
pub(crate) struct DocumentSnapshot {
    /// As the client calls it.
    pub(crate) uri: Uri,
    /// As the client counts.
    pub(crate) version: i32,
    /// Tells documents apart that were opened one after the other at one place.
    pub(crate) serial: u64,
    /// Whether rules look at it.
    pub(crate) is_python: bool,
    /// What was found in any version of it.
    pub(crate) checks: Arc<Checks>,
}

/// The findings of one open document, with the state that they hold for. That may be a newer one than a job began with:
/// state, text and version are taken from here.
pub(crate) struct CheckedFile {
    /// The state.
    pub(crate) snapshot: Arc<StateSnapshot>,
    /// The document.
    pub(crate) document: Arc<DocumentSnapshot>,
    /// Its syntax and facts.
    pub(crate) file: Arc<File>,
    /// Sorted by place.
    pub(crate) findings: Vec<Finding>,
}

/// Why there are no findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoFindings {
    /// The request or check was canceled.
    Canceled,
    /// It is not an open Python document.
    NotOpen,
}

impl StateSnapshot {
    /// The findings of the open document `key`, in this state or a newer one. Of several jobs that ask at once, one computes
    /// them.
    pub(crate) fn check(self: &Arc<Self>, key: &str, cancel: &CancelToken) -> Result<Arc<CheckedFile>, NoFindings> {
        let document = self.open.get(key).filter(|document| document.is_python).ok_or(NoFindings::NotOpen)?;
        let file = self.index.file_at(key).ok_or(NoFindings::NotOpen)?;
        // The lock is held while the rules run: a second job for the same state finds the first one's result.
        let mut state = document.checks.lock();
        if let Some(latest) = &state.latest
            && latest.snapshot.generation >= self.generation
        {
            return Ok(Arc::clone(latest));
        }
        if cancel.is_canceled() {
            return Err(NoFindings::Canceled);
        }
        let settings = self.settings.for_path(file.on_disk());
        let start = Instant::now();
        let found = self.engine.check_file(&self.index, file, &settings, Some(&mut state.cache), cancel);
        let findings = found.map_err(|_| NoFindings::Canceled)?;
        trace!(key, took = ?start.elapsed(), "checked");
        let latest = Arc::new(CheckedFile {
            snapshot: Arc::clone(self),
            document: Arc::clone(document),
            file: Arc::clone(file),
            findings,
        });
        state.latest = Some(Arc::clone(&latest));
        Ok(latest)
    }

    /// The text at `path`, as the client shows it, else as it is on disk; `None` where there is no text.
    pub(crate) fn text_of(&self, path: &Path) -> Option<String> {
        let key = key_of(path);
        match self.index.file_at(&key) {
            Some(file) if self.open.contains_key(&*key) => Some(file.source().as_str().to_owned()),
            _ => regular::read_text(path, regular::MAX_BYTES).ok(),
        }
    }

    /// What the client calls the file `key`, and its version if it is open.
    pub(crate) fn identifier_of(&self, key: &str) -> Option<(Uri, Option<i32>)> {
        match self.open.get(key) {
            Some(open) => Some((open.uri.clone(), Some(open.version))),
            None => Some((convert::uri(key)?, None)),
        }
    }
}

impl CheckedFile {
    /// The document's key.
    pub(crate) fn key(&self) -> &str {
        &self.file.path
    }

    /// The text that ranges of findings are about.
    pub(crate) fn source(&self) -> &SourceText {
        self.file.source()
    }

    /// How the client counts columns.
    pub(crate) fn encoding(&self) -> PositionEncoding {
        self.snapshot.features.encoding
    }
}

/// A document's newest findings, and what makes the next ones cheap.
#[derive(Default)]
pub(crate) struct Checks {
    state: Mutex<ChecksState>,
}

#[derive(Default)]
struct ChecksState {
    cache: FindingCache,
    latest: Option<Arc<CheckedFile>>,
}

impl Checks {
    fn lock(&self) -> MutexGuard<'_, ChecksState> {
        self.state.lock().unwrap_or_else(|poisoned| {
            // A job panicked in the middle: nothing that it left behind is trusted.
            self.state.clear_poison();
            let mut state = poisoned.into_inner();
            *state = ChecksState::default();
            state
        })
    }
}
