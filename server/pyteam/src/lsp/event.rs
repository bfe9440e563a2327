//! The main loop's input: everything that happens to the server, in the order in which it happened.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;
use serde_json::Value;
use tower_lsp::ls_types::{
    Diagnostic, DidChangeTextDocumentParams, FileEvent, ProgressToken, TextDocumentItem, Uri,
    WorkspaceFoldersChangeEvent,
};

use super::client_features::ClientFeatures;
use super::folders::ClientFolders;
use super::stale_files::StaleFiles;
use super::state_snapshot::StateSnapshot;

/// What the main loop acts on.
pub(crate) enum Event {
    /// `initialize`.
    Initialize(Box<Initialize>),
    /// `initialized`: from here on the client takes requests of the server.
    Initialized,
    /// `textDocument/didOpen`.
    Opened(Box<TextDocumentItem>),
    /// `textDocument/didChange`.
    Changed(Box<DidChangeTextDocumentParams>),
    /// `textDocument/didSave`.
    Saved(Uri),
    /// `textDocument/didClose`.
    Closed(Uri),
    /// `workspace/didChangeWatchedFiles`.
    FilesChanged(Vec<FileEvent>),
    /// These paths changed on disk, as the server's own watcher or a job says.
    PathsTouched(BTreeSet<PathBuf>),
    /// Files that a request was about were not what the index had, and were read anew.
    StaleFiles(StaleFiles),
    /// The server's own watcher lost changes: the workspace has to be read anew.
    WatchLost,
    /// `workspace/didChangeConfiguration`.
    ConfigurationChanged(Value),
    /// The client's answer to `workspace/configuration`.
    ConfigurationAnswered(Vec<Value>),
    /// `workspace/didChangeWorkspaceFolders`.
    FoldersChanged(WorkspaceFoldersChangeEvent),
    /// The client shows progress under this token.
    ProgressCreated(ProgressToken),
    /// `window/workDoneProgress/cancel`.
    ProgressCanceled(ProgressToken),
    /// The workspace is to be read anew, with its settings.
    RestartIndex,
    /// A request of the client.
    Request(Request),
    /// A job wants the state as it is now. Unlike a request it needs no thread of the pool.
    SnapshotWanted(Sender<Arc<StateSnapshot>>),
    /// A check that the main loop had ordered is done.
    Checked(Checked),
    /// `shutdown`: background work need not go on.
    ShuttingDown,
}

/// What `initialize` says.
pub(crate) struct Initialize {
    /// What the client can do.
    pub(crate) features: Arc<ClientFeatures>,
    /// The folders that it opened.
    pub(crate) folders: ClientFolders,
    /// `initializationOptions`.
    pub(crate) options: Value,
}

/// A request: a job that is given a snapshot and answers by itself.
pub(crate) struct Request {
    /// Which state it is given.
    pub(crate) schedule: Schedule,
    /// The job.
    pub(crate) job: Box<dyn FnOnce(Arc<StateSnapshot>) + Send>,
}

/// Which state a request is answered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// That of its place in the queue: a position speaks of the text that the client has sent so far.
    InTurn,
    /// The newest, when the queue has run empty.
    OnIdle,
}

/// What a check of one open document found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The document's key.
    pub(crate) key: Arc<str>,
    /// Its version at the time.
    pub(crate) version: i32,
    /// Which of the documents that were opened at this place.
    pub(crate) serial: u64,
    /// What to show.
    pub(crate) diagnostics: Vec<Diagnostic>,
}
