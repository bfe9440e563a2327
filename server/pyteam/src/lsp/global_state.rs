//! All that answers are made from: documents, index, settings, folders. It changes by [`GlobalState::apply_change`] alone,
//! which counts the changes, so that no snapshot can be handed out that lacks one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pyteam_index::project::Requirements;
use pyteam_index::{Workspace, key_of};
use rustc_hash::FxHashMap;
use serde_json::Value;
use tower_lsp::ls_types::{DidChangeTextDocumentParams, TextDocumentItem, WorkspaceFoldersChangeEvent};
use tracing::{info, trace};

use super::client_features::ClientFeatures;
use super::config_diagnostics::ConfigDiagnostic;
use super::config_store::ConfigStore;
use super::convert;
use super::documents::Documents;
use super::event::Initialize;
use super::folders::ClientFolders;
use super::state_snapshot::StateSnapshot;
use crate::load::Loaded;

/// Other open documents are checked again so long after a change of what files see of one another, so that typing in one
/// file does not check all others at every keystroke.
pub(crate) const RECHECK_AFTER: Duration = Duration::from_millis(150);
/// And so long after a change inside of bodies, which seldom matters to other files.
const RECHECK_AFTER_BODY: Duration = Duration::from_millis(500);

/// The state.
pub(crate) struct GlobalState {
    features: Arc<ClientFeatures>,
    client_folders: ClientFolders,
    /// The folders that are looked through.
    folders: Arc<[PathBuf]>,
    workspace: Workspace,
    documents: Documents,
    config: ConfigStore,
    is_indexing: bool,
    /// How many changes there were.
    generation: u64,
    /// The snapshot that was built last.
    latest: Arc<StateSnapshot>,
}

/// One change of the state.
pub(crate) enum Change {
    /// The client said what it can do and what it opened.
    Initialize(Box<Initialize>),
    /// It opened or closed folders.
    Folders(WorkspaceFoldersChangeEvent),
    /// It opened a document.
    Open(Box<TextDocumentItem>),
    /// It edited one. The text is parsed when a snapshot is wanted.
    Edit(Box<DidChangeTextDocumentParams>),
    /// It closed the document with this key.
    Close(Arc<str>),
    /// Typing has paused: texts with syntax errors are parsed as a whole.
    Reparse,
    /// The client's settings.
    EditorSettings(Value),
    /// Settings files changed on disk.
    SettingsFiles,
    /// The user's own rules changed on disk.
    UserRules,
    /// What is wrong with the extension's files.
    ExtensionProblems(Vec<ConfigDiagnostic>),
    /// Files are read. The text of an open document goes before that on disk.
    Files(Vec<Loaded>),
    /// Files are gone from disk.
    Gone(Vec<PathBuf>),
    /// What the manifests require.
    Requirements(Vec<Requirements>),
    /// The workspace is being read anew, or no longer, for a reason other than that all files are in.
    Indexing(bool),
    /// All files are in.
    IndexComplete,
}

/// What a change means for those who watch the state.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Effects {
    /// The folders that are looked through are others now.
    pub(super) folders_changed: bool,
    /// Any open document's findings may be others now.
    pub(super) recheck: bool,
    /// The same, but it is enough to look after this time.
    pub(super) recheck_after: Option<Duration>,
    /// Some text has to be parsed as a whole when typing pauses.
    pub(super) reparse: bool,
    /// Code lenses are shown otherwise now.
    pub(super) code_lenses_changed: bool,
}

impl GlobalState {
    /// The state before `initialize`.
    pub(crate) fn new() -> Self {
        let features = Arc::new(ClientFeatures::default());
        let (config, workspace) = (ConfigStore::new(), Workspace::new());
        let latest = Arc::new(StateSnapshot {
            generation: 0,
            index: workspace.snapshot(),
            is_indexed: false,
            engine: Arc::clone(config.engine()),
            settings: Arc::clone(config.settings()),
            editor: Arc::clone(config.editor()),
            config_problems: Arc::clone(config.problems()),
            features: Arc::clone(&features),
            folders: Arc::default(),
            open: FxHashMap::default(),
        });
        Self {
            features,
            client_folders: ClientFolders::default(),
            folders: Arc::default(),
            workspace,
            documents: Documents::default(),
            config,
            is_indexing: false,
            generation: 0,
            latest,
        }
    }

    /// What the client can do.
    pub(crate) fn features(&self) -> &ClientFeatures {
        &self.features
    }

    /// The folders that are looked through.
    pub(crate) fn folders(&self) -> &Arc<[PathBuf]> {
        &self.folders
    }

    /// The folders that are looked through up to a limit, with the open files in each.
    pub(crate) fn unmarked_folders(&self) -> std::collections::BTreeMap<PathBuf, Vec<PathBuf>> {
        let open: Vec<PathBuf> = self.documents.paths(|_| true).collect();
        self.client_folders.unmarked(&self.folders, &open)
    }

    /// The open documents.
    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Whether the client pulls the diagnostics of the document `key` itself.
    pub(crate) fn is_pulled(&self, key: &str) -> bool {
        self.features.pull && self.documents.get(key).is_some()
    }

    /// Settings and rules.
    pub(crate) fn config(&self) -> &ConfigStore {
        &self.config
    }

    /// Applies one change.
    pub(crate) fn apply_change(&mut self, change: Change) -> Effects {
        self.generation += 1;
        let recheck = Effects { recheck: true, ..Effects::default() };
        match change {
            Change::Initialize(initialize) => {
                self.features = initialize.features;
                self.client_folders = initialize.folders;
                let effects = self.follow_folders();
                self.config.set_initial(initialize.options);
                return effects;
            }
            Change::Folders(event) => {
                let path = |folder: &tower_lsp::ls_types::WorkspaceFolder| convert::file_path(&folder.uri);
                let removed: Vec<PathBuf> = event.removed.iter().filter_map(path).collect();
                self.client_folders.change(event.added.iter().filter_map(path), &removed);
                return self.follow_folders();
            }
            Change::Open(document) => {
                self.documents.open(*document);
                return self.follow_folders();
            }
            Change::Edit(edit) => self.documents.edit(&edit, self.features.encoding),
            Change::Close(key) => self.documents.close(&key),
            Change::Reparse => self.documents.reparse_approximate(&mut self.workspace, |key| self.config.limits(key)),
            Change::EditorSettings(settings) => {
                let before = self.config.editor().code_lens;
                if self.config.set_answered(settings) {
                    return Effects { code_lenses_changed: self.config.editor().code_lens != before, ..recheck };
                }
            }
            Change::SettingsFiles => {
                self.config.forget_files();
                return recheck;
            }
            Change::UserRules => {
                self.config.reload_rules();
                return recheck;
            }
            Change::ExtensionProblems(problems) => self.config.set_extension_problems(problems),
            Change::Files(files) => self.set_files(files),
            Change::Gone(paths) => paths.iter().for_each(|path| self.forget(path)),
            Change::Requirements(requirements) => self.workspace.set_requirements(requirements),
            Change::Indexing(is_indexing) => self.is_indexing = is_indexing,
            Change::IndexComplete => {
                self.is_indexing = false;
                self.workspace.set_complete(true);
                // That a thing is done nowhere is known only now.
                return recheck;
            }
        }
        Effects::default()
    }

    /// Brings the folders up to date with what the client opened.
    fn follow_folders(&mut self) -> Effects {
        let folders = self.client_folders.to_index(self.documents.paths(|document| document.is_python));
        if *folders == *self.folders {
            return Effects::default();
        }
        info!("the workspace is {folders:?}");
        self.folders = folders.into();
        self.config.set_folders(&self.folders);
        self.workspace.set_roots(self.folders.iter().map(|folder| key_of(folder).into_owned()).collect());
        // Until the new folder is read, rules that need every use of a name stay silent.
        self.workspace.set_complete(false);
        Effects { folders_changed: true, recheck: true, ..Effects::default() }
    }

    fn set_files(&mut self, mut files: Vec<Loaded>) {
        files.retain(|(key, ..)| !self.documents.is_python(key));
        let (count, start) = (files.len(), std::time::Instant::now());
        self.workspace.set_files(files);
        trace!(count, took = ?start.elapsed(), "linked files");
    }

    fn forget(&mut self, path: &Path) {
        let key = key_of(path);
        if self.documents.get(&key).is_none() {
            self.workspace.remove_file(&key);
        }
    }

    /// Parses what was edited, however many edits there were, and brings the index up to date. The edits are counted as
    /// changes already.
    pub(crate) fn parse_edited(&mut self) -> Effects {
        let before = self.workspace.snapshot().name_index().revision();
        if !self.documents.parse_edited(&mut self.workspace, |key| self.config.limits(key)) {
            return Effects::default();
        }
        let is_inside = self.workspace.snapshot().name_index().revision() == before;
        let recheck_after = if is_inside { RECHECK_AFTER_BODY } else { RECHECK_AFTER };
        Effects {
            recheck_after: (self.documents.count() > 1).then_some(recheck_after),
            reparse: self.documents.any_approximate(),
            ..Effects::default()
        }
    }

    /// The state as it is now, with all edits in it. What parsing them means.
    pub(crate) fn snapshot(&mut self) -> (Arc<StateSnapshot>, Effects) {
        let effects = self.parse_edited();
        if self.latest.generation != self.generation {
            let index = self.workspace.snapshot();
            self.latest = Arc::new(StateSnapshot {
                generation: self.generation,
                is_indexed: index.is_complete() && !self.is_indexing,
                index,
                engine: Arc::clone(self.config.engine()),
                settings: Arc::clone(self.config.settings()),
                editor: Arc::clone(self.config.editor()),
                config_problems: Arc::clone(self.config.problems()),
                features: Arc::clone(&self.features),
                folders: Arc::clone(&self.folders),
                open: self.documents.snapshots(),
            });
        }
        (Arc::clone(&self.latest), effects)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_lsp::ls_types::Range;

    use super::*;

    fn edit(version: i32, text: &str) -> Change {
        let change = json!({
            "textDocument": {"uri": "untitled:a", "version": version},
            "contentChanges": [{"range": Range::default(), "text": text}],
        });
        Change::Edit(Box::new(serde_json::from_value(change).expect("an edit")))
    }

    fn opened(text: &str) -> GlobalState {
        let mut state = GlobalState::new();
        let document =
            TextDocumentItem::new("untitled:a".parse().expect("a URI"), "python".to_owned(), 1, text.to_owned());
        let _ = state.apply_change(Change::Open(Box::new(document)));
        state
    }

    fn text_of(snapshot: &StateSnapshot) -> &str {
        snapshot.index.file_at("untitled:a").expect("the file").source().as_str()
    }

    #[test]
    fn a_snapshot_has_every_change_and_is_made_once() {
        let mut state = opened("b\n");
        let (first, _) = state.snapshot();
        assert!(Arc::ptr_eq(&first, &state.snapshot().0));
        let _ = state.apply_change(edit(2, "a "));
        let (second, _) = state.snapshot();
        assert!(second.generation > first.generation);
        assert_eq!((text_of(&first), text_of(&second)), ("b\n", "a b\n"));
        assert_eq!((first.open["untitled:a"].version, second.open["untitled:a"].version), (1, 2));
        for change in [Change::Indexing(true), Change::SettingsFiles, Change::EditorSettings(Value::Null)] {
            let before = state.snapshot().0.generation;
            let _ = state.apply_change(change);
            assert!(state.snapshot().0.generation > before);
        }
    }

    #[test]
    fn findings_of_a_newer_state_come_with_it() {
        let mut state = opened("import torch\nmodel = torch.load(path)\n");
        let (old, _) = state.snapshot();
        let _ = state.apply_change(edit(2, "# a comment\n"));
        let (new, _) = state.snapshot();
        let cancel = pyteam_engine::CancelToken::default();
        let checked = new.check("untitled:a", &cancel).expect("findings");
        let late = old.check("untitled:a", &cancel).expect("findings");
        assert!(Arc::ptr_eq(&checked, &late) && late.document.version == 2);
        assert!(late.source().slice(late.findings[0].range).contains("torch.load"));
        assert_eq!(late.snapshot.generation, new.generation);
    }

    #[test]
    fn an_edit_has_other_documents_checked_again_later() {
        let mut state = opened("a = 1\n");
        assert_eq!(state.snapshot().1, Effects::default());
        let document =
            TextDocumentItem::new("untitled:b".parse().expect("a URI"), "python".to_owned(), 1, String::new());
        let _ = state.apply_change(Change::Open(Box::new(document)));
        let _ = state.snapshot();
        let _ = state.apply_change(edit(2, "b = 2\n"));
        assert_eq!(state.snapshot().1.recheck_after, Some(RECHECK_AFTER));
        assert_eq!(state.parse_edited(), Effects::default());
    }
}
