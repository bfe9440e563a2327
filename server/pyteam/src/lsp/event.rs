//! Everything that can happen to the server, as one closed list, in the order in which it happened.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_engine::CancelToken;
use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, Diagnostic,
    DidChangeTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams, DocumentDiagnosticReportResult,
    ExecuteCommandParams, FileEvent, GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams, Location,
    ProgressToken, ReferenceParams, Uri, WorkspaceFoldersChangeEvent,
};

use super::capabilities::Features;
use super::closed::Outdated;
use super::folders::Given;
use super::team::Wish;
use super::view::View;

/// What the owner thread is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// A client said what it can do, and where its work is.
    Initialize(Box<Start>),
    /// The client is ready for requests of ours.
    Initialized,
    /// A document was opened.
    Opened(Box<DidOpenTextDocumentParams>),
    /// A document was edited.
    Changed(Box<DidChangeTextDocumentParams>),
    /// A document was saved.
    Saved(Uri),
    /// A document was closed.
    Closed(Uri),
    /// The client saw files change on disk.
    FilesChanged(Vec<FileEvent>),
    /// Our own watcher saw these paths change on disk.
    PathsTouched(BTreeSet<PathBuf>),
    /// Files that a request was about were not what they had been, and were read anew.
    Outdated(Outdated),
    /// Our own watcher cannot follow any more; what is on disk has to be looked through.
    WatchLost,
    /// The client changed settings, and sent them, or wants to be asked for them.
    SettingsChanged(Value),
    /// The client answered our question for its settings.
    SettingsAnswered(Vec<Value>),
    /// Workspace folders came or went.
    FoldersChanged(WorkspaceFoldersChangeEvent),
    /// The client is willing to show progress under this token.
    ProgressCreated(ProgressToken),
    /// The user pressed a progress's cancel button.
    ProgressCancelled(ProgressToken),
    /// The user has chosen whom to ask.
    AgentWanted(Wish),
    /// A request under way wants the state as it is now.
    ViewWanted(Sender<Arc<View>>),
    /// A request has ended.
    RunEnded(u32),
    /// The client wants an answer.
    Asked(Box<Request>),
    /// A check that the owner had ordered is done.
    Checked(Checked),
    /// The client is about to end; background work need not go on.
    ShuttingDown,
}

/// What `initialize` says.
#[derive(Debug)]
pub(crate) struct Start {
    /// What the client can do.
    pub(crate) features: Arc<Features>,
    /// What it says of its folders.
    pub(crate) given: Given,
    /// `initializationOptions`.
    pub(crate) options: Value,
}

/// Requests that need the owner's state.
#[derive(Debug)]
pub(crate) enum Request {
    /// `textDocument/diagnostic`.
    Diagnostics(Ask<DocumentDiagnosticParams, DocumentDiagnosticReportResult>),
    /// `textDocument/codeAction`.
    Actions(Ask<CodeActionParams, Option<CodeActionResponse>>),
    /// `codeAction/resolve`.
    ResolveAction(Ask<CodeAction, CodeAction>),
    /// `textDocument/hover`.
    Hover(Ask<HoverParams, Option<Hover>>),
    /// `textDocument/references`.
    References(Ask<ReferenceParams, Option<Vec<Location>>>),
    /// `textDocument/definition`.
    Definition(Ask<GotoDefinitionParams, Option<GotoDefinitionResponse>>),
    /// `textDocument/codeLens`.
    Lenses(Ask<CodeLensParams, Option<Vec<CodeLens>>>),
    /// `workspace/executeCommand`.
    Command(Ask<ExecuteCommandParams, Option<Value>>),
}

/// A question, where its answer goes, and the token that says whether anybody still waits for it.
#[derive(Debug)]
pub(crate) struct Ask<P, R> {
    /// The question.
    pub(crate) params: P,
    /// Set when the client cancels.
    pub(crate) token: CancelToken,
    reply: oneshot::Sender<Result<R>>,
}

impl<P, R> Ask<P, R> {
    /// A question and the future of its answer.
    pub(crate) fn new(params: P) -> (Self, Answer<R>) {
        let (reply, receiver) = oneshot::channel();
        let token = CancelToken::default();
        (Self { params, token: token.clone(), reply }, Answer { receiver, guard: CancelOnDrop(token) })
    }
    /// Answers.
    pub(crate) fn answer(self, answer: Result<R>) {
        // Nobody is there after a cancellation.
        let _ = self.reply.send(answer);
    }
    /// The question and the way to answer it.
    pub(crate) fn split(self) -> (P, CancelToken, oneshot::Sender<Result<R>>) {
        (self.params, self.token, self.reply)
    }
}

/// An answer to come. tower-lsp cancels a request by dropping its future, and this with it.
pub(crate) struct Answer<R> {
    receiver: oneshot::Receiver<Result<R>>,
    guard: CancelOnDrop,
}

impl<R> Answer<R> {
    /// Waits for it.
    pub(crate) async fn wait(self) -> Result<R> {
        let answer = self.receiver.await;
        // Cancelling a job that has answered does nothing, so the guard need not be disarmed.
        drop(self.guard);
        answer.unwrap_or_else(|_| Err(Error::internal_error()))
    }
}

struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What a check of one open document found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The document's key.
    pub(crate) path: Arc<str>,
    /// Its version at the time.
    pub(crate) version: i32,
    /// Which of the documents that were opened at this place.
    pub(crate) serial: u64,
    /// What to show.
    pub(crate) diagnostics: Vec<Diagnostic>,
}
