//! What tower-lsp calls. Nothing here parses, analyses or waits for anything but an answer:
//!
//! 1. a notification is one non-awaiting send;
//! 2. a request enqueues its question before its first await, and then awaits the answer.
//!
//! tower-lsp polls new handlers in the order of their messages, so the queue has the client's order.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::Sender;
use serde_json::Value;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CodeAction, CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, DocumentDiagnosticParams,
    DocumentDiagnosticReportResult, ExecuteCommandParams, GotoDefinitionParams, GotoDefinitionResponse, Hover,
    HoverParams, InitializeParams, InitializeResult, InitializedParams, Location, ReferenceParams,
    WorkDoneProgressCancelParams,
};

use super::capabilities::{self, Features};
use super::convert;
use super::event::{Ask, Event, Request, Start};
use super::folders::Given;
use super::parent::Parent;

/// The handlers.
#[derive(Debug)]
pub(crate) struct FrontDoor {
    events: Sender<Event>,
    parent: Parent,
}

impl FrontDoor {
    /// Hands everything to the owner behind `events`.
    pub(crate) fn new(events: Sender<Event>, parent: Parent) -> Self {
        Self { events, parent }
    }

    fn tell(&self, event: Event) {
        // The owner outlives every handler; while the process ends it does not matter.
        let _ = self.events.send(event);
    }

    async fn ask<P, R>(&self, params: P, request: fn(Ask<P, R>) -> Request) -> Result<R> {
        let (ask, answer) = Ask::new(params);
        self.tell(Event::Asked(Box::new(request(ask))));
        answer.wait().await
    }

    /// `window/workDoneProgress/cancel`.
    #[allow(clippy::unused_async, reason = "tower-lsp takes async handlers")]
    pub(crate) async fn progress_cancelled(&self, params: WorkDoneProgressCancelParams) {
        self.tell(Event::ProgressCancelled(params.token));
    }
}

impl LanguageServer for FrontDoor {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.parent.watch(params.process_id);
        let name = params.client_info.as_ref().map(|client| &*client.name);
        let features = Arc::new(Features::of(&params.capabilities, name));
        let answer = capabilities::introduce(&features);
        let given = given(&params);
        let options = params.initialization_options.unwrap_or(Value::Null);
        self.tell(Event::Initialize(Box::new(Start { features, given, options })));
        Ok(answer)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.tell(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.tell(Event::ShuttingDown);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.tell(Event::Opened(Box::new(params)));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.tell(Event::Changed(Box::new(params)));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.tell(Event::Saved(params.text_document.uri));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.tell(Event::Closed(params.text_document.uri));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.tell(Event::FilesChanged(params.changes));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.tell(Event::SettingsChanged(params.settings));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.tell(Event::FoldersChanged(params.event));
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        self.ask(params, Request::Diagnostics).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask(params, Request::Actions).await
    }

    async fn code_action_resolve(&self, params: CodeAction) -> Result<CodeAction> {
        self.ask(params, Request::ResolveAction).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.ask(params, Request::Hover).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        self.ask(params, Request::References).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.ask(params, Request::Definition).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.ask(params, Request::Lenses).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        self.ask(params, Request::Command).await
    }
}

/// The workspace's folders; the older members hold where a client sends no list, or an empty one as Helix does.
#[allow(deprecated, reason = "older clients send nothing else")]
fn given(params: &InitializeParams) -> Given {
    let listed = params.workspace_folders.iter().flatten();
    let mut folders: Vec<PathBuf> = listed.filter_map(|folder| convert::file_path(&folder.uri)).collect();
    if folders.is_empty() {
        folders.extend(params.root_uri.as_ref().and_then(convert::file_path));
    }
    Given { folders, started_in: params.root_path.as_ref().map(PathBuf::from) }
}
