//! Publishes problems of configuration on the files that they are in, and shows a message of what is new.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pyteam_index::key_of;
use pyteam_syntax::position::PositionEncoding;
use tower_lsp::ls_types::MessageType;
use tracing::warn;

use super::client::ClientMessage;
use super::config_diagnostics::ConfigDiagnostic;
use super::convert;
use super::global_state::GlobalState;

/// What the client knows, by file.
#[derive(Default)]
pub(crate) struct ConfigPublisher {
    shown: BTreeMap<PathBuf, Vec<ConfigDiagnostic>>,
}

impl ConfigPublisher {
    /// Messages after which the client knows the problems of `state`.
    pub(super) fn update(&mut self, state: &GlobalState) -> Vec<ClientMessage> {
        let config = state.config();
        // Settings are read when a file below them is looked at.
        for folder in state.folders().iter() {
            config.settings().for_folder(folder);
        }
        let problems = config.problems().by_file(config.settings());
        if problems == self.shown {
            return Vec::new();
        }
        let shown = std::mem::take(&mut self.shown);
        let paths: BTreeSet<&PathBuf> = problems.keys().chain(shown.keys()).collect();
        let mut messages = Vec::new();
        for path in paths {
            let now = problems.get(path).map_or(&[][..], Vec::as_slice);
            let before = shown.get(path).map_or(&[][..], Vec::as_slice);
            if now == before {
                continue;
            }
            if let Some(summary) = ConfigDiagnostic::summary(path, now, before, state.folders()) {
                warn!("{summary}");
                messages.push(ClientMessage::ShowMessage(MessageType::WARNING, format!("pyteam: {summary}")));
            }
            let is_file = !path.as_os_str().is_empty();
            if is_file && !state.is_pulled(&key_of(path)) {
                messages.extend(publication(path, now, state.features().encoding));
            }
        }
        self.shown = problems;
        messages
    }

    /// The document `key` was opened or closed. Where the client pulls, its problems are pulled while it is open, and pushed
    /// while it is not.
    pub(super) fn moved(&self, key: &str, state: &GlobalState) -> Option<ClientMessage> {
        let path = Path::new(key);
        let problems = self.shown.get(path).filter(|_| state.features().pull)?;
        let problems = if state.is_pulled(key) { &[][..] } else { problems };
        publication(path, problems, state.features().encoding)
    }
}

fn publication(path: &Path, problems: &[ConfigDiagnostic], encoding: PositionEncoding) -> Option<ClientMessage> {
    let diagnostics = ConfigDiagnostic::diagnostics(path, problems, encoding);
    Some(ClientMessage::PublishDiagnostics { uri: convert::uri(&key_of(path))?, diagnostics, version: None })
}
