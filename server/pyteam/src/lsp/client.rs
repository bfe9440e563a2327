//! What the server sends on its own initiative. A sender hands a message over and goes on at once.
//!
//! Notifications leave in order. Each request is spawned with a time limit, so that a client that never answers holds up
//! nothing; an answer comes back as an event.

use std::time::Duration;

use crossbeam_channel::Sender;
use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::ls_types::{
    ConfigurationItem, Diagnostic, MessageType, ProgressParams, ProgressParamsValue, ProgressToken, Registration, Uri,
    WorkDoneProgress, notification::Progress,
};
use tracing::debug;

use super::event::Event;

/// How long an answer of the client is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message to the client.
#[derive(Debug)]
pub(crate) enum ClientMessage {
    /// `textDocument/publishDiagnostics`.
    PublishDiagnostics { uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32> },
    /// `window/showMessage`.
    ShowMessage(MessageType, String),
    /// `$/progress`.
    Progress(ProgressToken, WorkDoneProgress),
    /// `window/workDoneProgress/create`; [`Event::ProgressCreated`] is its success.
    CreateProgress(ProgressToken),
    /// `client/registerCapability`.
    RegisterCapabilities(Vec<Registration>),
    /// `workspace/configuration`; [`Event::ConfigurationAnswered`] brings the answer.
    Configuration(Vec<ConfigurationItem>),
    /// `workspace/diagnostic/refresh`: the client pulls all diagnostics again.
    RefreshDiagnostics,
    /// `workspace/codeLens/refresh`: the client asks for all code lenses again.
    RefreshCodeLenses,
    /// `workspace/inlayHint/refresh`: the client asks for all inlay hints again.
    RefreshInlayHints,
}

/// The sending end.
#[derive(Clone, Debug)]
pub(crate) struct ClientSender(mpsc::UnboundedSender<ClientMessage>);

impl ClientSender {
    /// Both ends.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<ClientMessage>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Sends `message`, without waiting.
    pub(crate) fn send(&self, message: ClientMessage) {
        // The other end is gone only while the process ends.
        let _ = self.0.send(message);
    }

    /// Sends `messages`, in their order.
    pub(crate) fn send_all(&self, messages: impl IntoIterator<Item = ClientMessage>) {
        messages.into_iter().for_each(|message| self.send(message));
    }
}

/// Delivers messages until the server ends.
pub(crate) async fn deliver(
    mut messages: mpsc::UnboundedReceiver<ClientMessage>,
    client: Client,
    events: Sender<Event>,
) {
    while let Some(message) = messages.recv().await {
        match message {
            ClientMessage::PublishDiagnostics { uri, diagnostics, version } => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            ClientMessage::ShowMessage(kind, text) => client.show_message(kind, text).await,
            ClientMessage::Progress(token, step) => {
                let value = ProgressParamsValue::WorkDone(step);
                client.send_notification::<Progress>(ProgressParams { token, value }).await;
            }
            request => {
                tokio::spawn(send_request(request, client.clone(), events.clone()));
            }
        }
    }
}

async fn send_request(request: ClientMessage, client: Client, events: Sender<Event>) {
    let name = format!("{request:?}");
    let answered = async {
        match request {
            ClientMessage::CreateProgress(token) => {
                client.create_work_done_progress(token.clone()).await?;
                let _ = events.send(Event::ProgressCreated(token));
            }
            ClientMessage::RegisterCapabilities(registrations) => client.register_capability(registrations).await?,
            ClientMessage::Configuration(items) => {
                let settings = client.configuration(items).await?;
                let _ = events.send(Event::ConfigurationAnswered(settings));
            }
            ClientMessage::RefreshDiagnostics => client.workspace_diagnostic_refresh().await?,
            ClientMessage::RefreshCodeLenses => client.code_lens_refresh().await?,
            ClientMessage::RefreshInlayHints => client.inlay_hint_refresh().await?,
            ClientMessage::PublishDiagnostics { .. } | ClientMessage::ShowMessage(..) | ClientMessage::Progress(..) => {
            }
        }
        Ok::<(), tower_lsp::jsonrpc::Error>(())
    };
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("the client refused {name}: {error}"),
        Err(_) => debug!("the client did not answer {name}"),
    }
}
