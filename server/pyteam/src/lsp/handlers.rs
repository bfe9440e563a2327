//! What tower-lsp calls. Nothing here parses, analyzes or waits for anything but a response:
//!
//! 1. a notification is one non-awaiting send;
//! 2. a request enqueues its job before its first await, and then awaits the response.
//!
//! tower-lsp polls new handlers in the order of their messages, so the queue has the client's order.
//!
//! A request is a file in `requests/`, its method below, and its line in [`super::capabilities`].

mod dispatch;
mod notifications;

mod requests {
    pub(super) mod code_action;
    pub(super) mod code_action_resolve;
    pub(super) mod code_lens;
    pub(super) mod definition;
    pub(super) mod diagnostic;
    pub(super) mod execute_command;
    pub(super) mod hover;
    pub(super) mod initialize;
    pub(super) mod inlay_hint;
    pub(super) mod references;
}

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
    HoverParams, InitializeParams, InitializeResult, InitializedParams, InlayHint, InlayHintParams, Location,
    ReferenceParams, WorkDoneProgressCancelParams,
};

use self::dispatch::{Params, RequestHandler, Response};
use super::event::Event;
use super::extension::Extension;
use super::parent::Parent;

/// The handlers of all messages of the client.
pub(crate) struct LspHandlers {
    events: Sender<Event>,
    extension: Arc<dyn Extension>,
    parent: Parent,
}

impl LspHandlers {
    /// Handlers that send to the main loop behind `events`. `parent` watches the client's process.
    pub(crate) fn new(events: Sender<Event>, extension: Arc<dyn Extension>, parent: Parent) -> Self {
        Self { events, extension, parent }
    }

    fn send(&self, event: Event) {
        // The main loop outlives every handler; while the process ends it does not matter.
        let _ = self.events.send(event);
    }

    async fn request<H: RequestHandler>(&self, params: Params<H::Protocol>) -> Result<Response<H::Protocol>> {
        dispatch::enqueue::<H>(params, &self.events, &self.extension).wait().await
    }

    /// `window/workDoneProgress/cancel`.
    #[allow(clippy::unused_async, reason = "tower-lsp takes async handlers")]
    pub(crate) async fn work_done_progress_cancel(&self, params: WorkDoneProgressCancelParams) {
        self.send(notifications::work_done_progress_cancel(params));
    }
}

impl LanguageServer for LspHandlers {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        self.parent.watch(params.process_id);
        let (event, result) = requests::initialize::initialize(params, &*self.extension);
        self.send(event);
        Ok(result)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.send(Event::ShuttingDown);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.send(notifications::did_open(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.send(notifications::did_change(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(notifications::did_save(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(notifications::did_close(params));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.send(notifications::did_change_watched_files(params));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(notifications::did_change_configuration(params));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.send(notifications::did_change_workspace_folders(params));
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        self.request::<requests::diagnostic::DiagnosticHandler>(params).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.request::<requests::code_action::CodeActionHandler>(params).await
    }

    async fn code_action_resolve(&self, params: CodeAction) -> Result<CodeAction> {
        self.request::<requests::code_action_resolve::CodeActionResolveHandler>(params).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.request::<requests::hover::HoverHandler>(params).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        self.request::<requests::references::ReferencesHandler>(params).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.request::<requests::definition::DefinitionHandler>(params).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.request::<requests::code_lens::CodeLensHandler>(params).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.request::<requests::inlay_hint::InlayHintHandler>(params).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        self.request::<requests::execute_command::ExecuteCommandHandler>(params).await
    }
}
