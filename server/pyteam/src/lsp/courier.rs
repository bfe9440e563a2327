//! What the server says of its own accord. The owner hands it over and goes on at once.
//!
//! Notifications leave in order. Requests are spawned with a limit of time each: a client that never answers
//! holds up nothing, and an answer comes back as an event.

use std::time::Duration;

use crossbeam_channel::Sender;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::ls_types::{
    ConfigurationItem, Diagnostic, MessageType, ProgressParams, ProgressParamsValue, ProgressToken, Registration, Uri,
    WorkDoneProgress, notification::Progress,
};
use tracing::{debug, error};

use super::STACK_BYTES;
use super::event::Event;
use super::team::{self, Pick, Work};

/// How long an answer of the client is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// One thing to say.
#[derive(Debug)]
pub(crate) enum Message {
    /// A document's diagnostics.
    Publish { uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32> },
    /// A line for the user's eyes.
    Show(MessageType, String),
    /// A step of some progress.
    Progress(ProgressToken, WorkDoneProgress),
    /// Asks whether progress may be shown; [`Event::ProgressCreated`] says yes.
    CreateProgress(ProgressToken),
    /// Registers for what the client does on request only.
    Register(Vec<Registration>),
    /// Asks for settings; [`Event::SettingsAnswered`] brings them.
    AskSettings(Vec<ConfigurationItem>),
    /// Asks the client to pull all diagnostics again.
    RefreshDiagnostics,
    /// Asks the client for all code lenses again.
    RefreshLenses,
    /// Makes a request to an agent.
    Ask(Box<Work>),
    /// Lets the user choose an agent.
    PickAgent(Box<Pick>),
}

/// The owner's end.
#[derive(Clone, Debug)]
pub(crate) struct Courier(mpsc::UnboundedSender<Message>);

impl Courier {
    /// Both ends.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }
    /// Says `message`, soon.
    pub(crate) fn say(&self, message: Message) {
        // The other end is gone only while the process ends.
        let _ = self.0.send(message);
    }
}

/// Carries messages until the server ends.
pub(crate) async fn carry(mut messages: mpsc::UnboundedReceiver<Message>, client: Client, events: Sender<Event>) {
    let mut agents = Agents::default();
    while let Some(message) = messages.recv().await {
        match message {
            Message::Publish { uri, diagnostics, version } => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
            Message::Show(kind, text) => client.show_message(kind, text).await,
            Message::Progress(token, step) => {
                let value = ProgressParamsValue::WorkDone(step);
                client.send_notification::<Progress>(ProgressParams { token, value }).await;
            }
            Message::Ask(work) => agents.spawn(team::work(*work, client.clone(), events.clone())),
            Message::PickAgent(pick) => {
                tokio::spawn(team::pick(*pick, client.clone(), events.clone()));
            }
            request => {
                tokio::spawn(ask(request, client.clone(), events.clone()));
            }
        }
    }
}

/// The runtime that requests to agents run on: what an agent floods us with must not stand between the client and us.
/// It is started with the first request.
#[derive(Default)]
struct Agents(Option<Runtime>);

impl Agents {
    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        if self.0.is_none() {
            let made = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("pyteam-agents")
                .thread_stack_size(STACK_BYTES)
                .enable_all()
                .build();
            self.0 = made.inspect_err(|error| error!("there is no thread for agents: {error}")).ok();
        }
        if let Some(runtime) = &self.0 {
            runtime.spawn(work);
        }
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A runtime may not be waited for on another one's thread. Agents' supervisors end them.
            runtime.shutdown_background();
        }
    }
}

async fn ask(request: Message, client: Client, events: Sender<Event>) {
    let name = format!("{request:?}");
    let asked = async {
        match request {
            Message::CreateProgress(token) => {
                client.create_work_done_progress(token.clone()).await?;
                let _ = events.send(Event::ProgressCreated(token));
            }
            Message::Register(registrations) => client.register_capability(registrations).await?,
            Message::AskSettings(items) => {
                let settings = client.configuration(items).await?;
                let _ = events.send(Event::SettingsAnswered(settings));
            }
            Message::RefreshDiagnostics => client.workspace_diagnostic_refresh().await?,
            Message::RefreshLenses => client.code_lens_refresh().await?,
            _ => {}
        }
        Ok::<(), tower_lsp::jsonrpc::Error>(())
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("the client refused {name}: {error}"),
        Err(_) => debug!("the client did not answer {name}"),
    }
}
