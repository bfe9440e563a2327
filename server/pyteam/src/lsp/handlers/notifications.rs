//! Notifications: each becomes one event.

use tower_lsp::ls_types::{
    DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    WorkDoneProgressCancelParams,
};

use crate::lsp::event::Event;

pub(super) fn did_open(params: DidOpenTextDocumentParams) -> Event {
    Event::Opened(Box::new(params.text_document))
}

pub(super) fn did_change(params: DidChangeTextDocumentParams) -> Event {
    Event::Changed(Box::new(params))
}

pub(super) fn did_save(params: DidSaveTextDocumentParams) -> Event {
    Event::Saved(params.text_document.uri)
}

pub(super) fn did_close(params: DidCloseTextDocumentParams) -> Event {
    Event::Closed(params.text_document.uri)
}

pub(super) fn did_change_watched_files(params: DidChangeWatchedFilesParams) -> Event {
    Event::FilesChanged(params.changes)
}

pub(super) fn did_change_configuration(params: DidChangeConfigurationParams) -> Event {
    Event::ConfigurationChanged(params.settings)
}

pub(super) fn did_change_workspace_folders(params: DidChangeWorkspaceFoldersParams) -> Event {
    Event::FoldersChanged(params.event)
}

pub(super) fn work_done_progress_cancel(params: WorkDoneProgressCancelParams) -> Event {
    Event::ProgressCanceled(params.token)
}
