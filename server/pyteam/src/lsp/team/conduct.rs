//! A request under way: a task of its own, beside the server's. It speaks with the client, and no step of it is waited for
//! by anybody else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use pyteam_agents::Answer;
use pyteam_agents::run::{Cancel, Event as Told, Outcome, Workspace};
use pyteam_agents::run_log::RunLog;
use tokio::sync::mpsc;
use tower_lsp::Client;
use tower_lsp::ls_types::{MessageType, ShowDocumentParams, Uri};

use super::bar::Bar;
use super::preview;
use super::request::{self, Made, Wish};
use crate::agent_request::{self, Prepared};
use crate::lsp::capabilities::Features;
use crate::lsp::event::Event;
use crate::lsp::jobs::guarded;
use crate::lsp::view::View;

/// How long the client may take for what needs no person.
pub(super) const PROMPT: Duration = Duration::from_secs(10);
/// How long the index may take before an answer is given from what is there, and how often that is looked at.
const LONGEST_INDEXING: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_millis(100);

/// A request as it begins.
#[derive(Debug)]
pub(crate) struct Work {
    pub(super) id: u32,
    pub(super) wish: Wish,
    pub(super) features: Arc<Features>,
    pub(super) cancel: Cancel,
}

/// Makes a request, and shows what comes of it.
pub(crate) async fn work(work: Work, client: Client, events: Sender<Event>) {
    let end = EndNotice { id: work.id, events: events.clone() };
    Begun { work, client, events }.go(end).await;
}

/// Says that a request has ended, when it is dropped.
struct EndNotice {
    id: u32,
    events: Sender<Event>,
}

impl Drop for EndNotice {
    fn drop(&mut self) {
        let _ = self.events.send(Event::RunEnded(self.id));
    }
}

/// A request of which nothing is known yet but the wish.
struct Begun {
    work: Work,
    client: Client,
    events: Sender<Event>,
}

impl Begun {
    async fn go(self, end: EndNotice) {
        let bar = Bar::begin(&self.client, &self.work).await;
        let Some(view) = self.complete_view(&bar).await else {
            bar.end().await;
            drop(end);
            return self.say_cancelled().await;
        };
        bar.report("looks at the code".to_owned()).await;
        let (wish, cancel) = (self.work.wish.clone(), self.work.cancel.clone());
        let made = tokio::task::spawn_blocking(move || {
            guarded("a request to an agent", || request::prepare(&view, &wish, &cancel))
        });
        let made = made.await.ok().flatten().unwrap_or_else(|| Err("a bug in pyteam ended this request".to_owned()));
        if self.work.cancel.is_cancelled() {
            bar.end().await;
            drop(end);
            return self.say_cancelled().await;
        }
        match made {
            Ok(made) => {
                let Self { work, client, events } = self;
                Conduct { work, made, client, events }.go(bar, end).await;
            }
            Err(problem) => {
                bar.end().await;
                drop(end);
                self.client.show_message(MessageType::WARNING, format!("pyteam: {problem}")).await;
            }
        }
    }

    /// The state when all files are in: before, every answer would be about a part. None where the user gave up.
    async fn complete_view(&self, bar: &Bar) -> Option<Arc<View>> {
        let mut waited = Duration::ZERO;
        loop {
            let view = tokio::task::block_in_place(|| view_of(&self.events))?;
            if self.work.cancel.is_cancelled() {
                return None;
            }
            // Whoever stopped the indexing gets an answer from what is there.
            if view.is_indexed || waited >= LONGEST_INDEXING {
                return Some(view);
            }
            if waited.is_zero() {
                bar.report("waits for the index".to_owned()).await;
            }
            tokio::select! {
                () = tokio::time::sleep(STEP) => waited += STEP,
                () = self.work.cancel.cancelled() => {}
            }
        }
    }

    async fn say_cancelled(&self) {
        let text = format!("pyteam: the request to {} was cancelled; nothing was changed", self.work.wish.agent);
        self.client.show_message(MessageType::INFO, text).await;
    }
}

pub(super) struct Conduct {
    pub(super) work: Work,
    pub(super) made: Made,
    pub(super) client: Client,
    pub(super) events: Sender<Event>,
}

impl Conduct {
    /// Who is asked.
    pub(super) fn agent(&self) -> &str {
        &self.made.agent
    }

    async fn go(mut self, bar: Bar, end: EndNotice) {
        if self.is_trusted_now().await {
            return bar.end().await;
        }
        let mut prepared = match std::mem::replace(&mut self.made.prepared, Err(String::new())) {
            Ok(prepared) => prepared,
            Err(reason) => {
                bar.end().await;
                return self.say(MessageType::WARNING, format!("{} cannot be asked: {reason}", self.agent())).await;
            }
        };
        if let Err(reason) = self.accept_sandbox(&mut prepared).await {
            bar.end().await;
            return self.say(MessageType::WARNING, reason).await;
        }
        let record = match agent_request::open_run_log(&self.made.root, &self.made.goal) {
            Ok(record) => record,
            Err(error) => {
                bar.end().await;
                return self.say(MessageType::ERROR, format!("the request cannot be recorded: {error}")).await;
            }
        };
        let outcome = self.ask(prepared, &record, &bar).await;
        bar.end().await;
        // From here on there is nothing to cancel: whoever hears of the end can rely on it.
        drop(end);
        match outcome {
            Outcome::Answered { answer, session, remarks } => {
                if let Some(session) = session {
                    self.made.roster.remember_session(&self.made.root, self.agent(), session);
                }
                self.answered(answer, remarks, &record).await;
            }
            Outcome::Cancelled => {
                let text = format!("the request to {} was cancelled; nothing was changed", self.agent());
                self.say(MessageType::INFO, text).await;
            }
            Outcome::Refused { message, document } => {
                self.show(&document, &record).await;
                self.say(MessageType::WARNING, message).await;
            }
            Outcome::Violation { message, document } => {
                self.show(&document, &record).await;
                self.say(MessageType::ERROR, message).await;
            }
            Outcome::Failed { message } => self.say(MessageType::ERROR, message).await,
        }
    }

    /// Asks, while the bar says what goes on.
    async fn ask(&self, prepared: Prepared, record: &RunLog, bar: &Bar) -> Outcome {
        let (sender, mut lines) = mpsc::unbounded_channel();
        let tell = move |told: Told| {
            if let Told::Progress(line) = told {
                let _ = sender.send(line);
            }
        };
        let workspace = Arc::new(InEditor { root: self.made.root.clone(), events: self.events.clone() });
        let asked = agent_request::conduct(self.agent(), prepared, workspace, record, &tell, &self.work.cancel);
        tokio::pin!(asked);
        loop {
            tokio::select! {
                outcome = &mut asked => return outcome,
                Some(line) = lines.recv() => bar.report(line).await,
            }
        }
    }

    async fn answered(&self, answer: Answer, remarks: Vec<String>, record: &RunLog) {
        let mut document = answer.document.clone();
        if !remarks.is_empty() {
            document.push_str("\n\n---\n\n");
            remarks.iter().for_each(|remark| document.push_str(&format!("- {remark}\n")));
        }
        self.show(&document, record).await;
        if !answer.change.is_empty() {
            preview::offer(self, &answer.change, record).await;
        }
    }

    /// Shows a document that is kept with the record, or says where it is.
    async fn show(&self, document: &str, record: &RunLog) {
        if document.trim().is_empty() {
            return;
        }
        match record.keep_document(document) {
            Ok(path) => {
                if !self.open(&path).await {
                    let text = format!("{}'s answer is in {}", self.agent(), path.display());
                    self.say(MessageType::INFO, text).await;
                }
            }
            Err(error) => self.say(MessageType::ERROR, format!("the answer cannot be kept: {error}\n{document}")).await,
        }
    }

    /// Has the client open a file. Whether it did.
    pub(super) async fn open(&self, path: &Path) -> bool {
        let Some(uri) = Uri::from_file_path(path).filter(|_| self.work.features.show_document) else { return false };
        let wanted = ShowDocumentParams { uri, external: Some(false), take_focus: Some(true), selection: None };
        matches!(tokio::time::timeout(PROMPT, self.client.show_document(wanted)).await, Ok(Ok(true)))
    }

    pub(super) async fn say(&self, kind: MessageType, text: String) {
        self.client.show_message(kind, format!("pyteam: {text}")).await;
    }

    /// The server's state as it is now, with all that the client has sent.
    pub(super) fn view(&self) -> Option<Arc<View>> {
        tokio::task::block_in_place(|| view_of(&self.events))
    }
}

fn view_of(events: &Sender<Event>) -> Option<Arc<View>> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    events.send(Event::ViewWanted(sender)).ok()?;
    receiver.recv_timeout(PROMPT).ok()
}

/// The workspace as the editor shows it.
struct InEditor {
    root: PathBuf,
    events: Sender<Event>,
}

impl Workspace for InEditor {
    fn current(&self, path: &Path) -> Option<String> {
        let path = self.root.join(path);
        let view = view_of(&self.events)?;
        view.text_of(&path)
    }
    fn has_placeholder(&self, text: &str) -> bool {
        agent_request::has_placeholder(text)
    }
}
