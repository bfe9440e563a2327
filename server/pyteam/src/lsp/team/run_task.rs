//! A run's task, beside the server's own: no step of it holds up an edit. It waits for the index, asks the agent, and has the
//! change shown and made.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pyteam_agents::Answer;
use pyteam_agents::run::{Event as RunEvent, Outcome, Workspace};
use pyteam_agents::run_log::RunLog;
use tokio::sync::mpsc;
use tower_lsp::ls_types::MessageType;

use super::agent_run::{AgentRun, RunRequest};
use super::ask_params::AskAgentParams;
use super::context::TeamContext;
use super::progress::RunProgress;
use super::{prepare, preview, sandbox, trust};
use crate::agent_request::{self, Prepared};
use crate::lsp::client_features::ClientFeatures;
use crate::lsp::jobs::guarded;
use crate::lsp::state_snapshot::StateSnapshot;

/// How long the index may take before an answer is given from what is there, and how often that is looked at.
const MAX_INDEXING: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_millis(100);

/// Starts a run, and gives its number.
pub(super) fn start(context: &Arc<TeamContext>, params: AskAgentParams, features: &Arc<ClientFeatures>) -> u32 {
    let (id, cancel) = context.runs.begin(&params.agent);
    let request = RunRequest { id, params, features: Arc::clone(features), cancel, context: Arc::clone(context) };
    let end = EndNotice { id, context: Arc::clone(context) };
    context.runtime.spawn(run(request, end));
    id
}

/// Takes the run off the list of those under way, when it is dropped.
struct EndNotice {
    id: u32,
    context: Arc<TeamContext>,
}

impl Drop for EndNotice {
    fn drop(&mut self) {
        self.context.runs.end(self.id);
    }
}

async fn run(request: RunRequest, end: EndNotice) {
    let progress = RunProgress::begin(&request).await;
    let Some(snapshot) = complete_snapshot(&request, &progress).await else {
        progress.end().await;
        drop(end);
        return request.show_canceled(&request.params.agent).await;
    };
    progress.report("analyzing code".to_owned()).await;
    let (params, cancel) = (request.params.clone(), request.cancel.clone());
    let context = Arc::clone(&request.context);
    let prepared = tokio::task::spawn_blocking(move || {
        guarded("a request to an agent", || prepare::prepare(&snapshot, &context.cache, &params, &cancel))
    });
    let prepared = prepared.await.ok().flatten();
    let prepared = prepared.unwrap_or_else(|| Err("internal error; please report it with the log".to_owned()));
    if request.cancel.is_canceled() {
        progress.end().await;
        drop(end);
        return request.show_canceled(&request.params.agent).await;
    }
    match prepared {
        Ok((task, prepared)) => ask(AgentRun { request, task }, prepared, progress, end).await,
        Err(problem) => {
            progress.end().await;
            drop(end);
            request.show_message(MessageType::WARNING, problem).await;
        }
    }
}

/// The state when all files are in: before, every answer would be about a part. `None` where the user gave up.
async fn complete_snapshot(request: &RunRequest, progress: &RunProgress) -> Option<Arc<StateSnapshot>> {
    let mut waited = Duration::ZERO;
    loop {
        let snapshot = request.snapshot()?;
        if request.cancel.is_canceled() {
            return None;
        }
        if snapshot.is_indexed || waited >= MAX_INDEXING {
            return Some(snapshot);
        }
        if waited.is_zero() {
            progress.report("waiting for the index".to_owned()).await;
        }
        tokio::select! {
            () = tokio::time::sleep(STEP) => waited += STEP,
            () = request.cancel.canceled() => {}
        }
    }
}

async fn ask(run: AgentRun, prepared: Result<Prepared, String>, progress: RunProgress, end: EndNotice) {
    if trust::is_given_now(&run).await {
        // It begins anew, with what the workspace wants.
        let RunRequest { context, params, features, .. } = &run.request;
        context.cache.forget();
        start(context, params.clone(), features);
        return progress.end().await;
    }
    let mut prepared = match prepared {
        Ok(prepared) => prepared,
        Err(reason) => {
            progress.end().await;
            return run.show_message(MessageType::WARNING, format!("cannot ask {}: {reason}", run.agent())).await;
        }
    };
    if let Err(reason) = sandbox::accept(&run, &mut prepared).await {
        progress.end().await;
        return run.show_message(MessageType::WARNING, reason).await;
    }
    let record = match agent_request::open_run_log(run.root(), &run.task.goal) {
        Ok(record) => record,
        Err(error) => {
            progress.end().await;
            return run.show_message(MessageType::ERROR, format!("cannot write the run record: {error}")).await;
        }
    };
    let outcome = outcome(&run, prepared, &record, &progress).await;
    progress.end().await;
    // From here on there is nothing to cancel: a client that hears of the end can rely on it.
    drop(end);
    match outcome {
        Outcome::Answered { answer, session, remarks } => {
            if let Some(session) = session {
                run.request.context.cache.remember_session(run.root(), run.agent(), session);
            }
            answered(&run, answer, remarks, &record).await;
        }
        Outcome::Canceled => run.request.show_canceled(run.agent()).await,
        Outcome::Refused { message, document } => {
            show_document(&run, &document, &record).await;
            run.show_message(MessageType::WARNING, message).await;
        }
        Outcome::Violation { message, document } => {
            show_document(&run, &document, &record).await;
            run.show_message(MessageType::ERROR, message).await;
        }
        Outcome::Failed { message } => run.show_message(MessageType::ERROR, message).await,
    }
}

/// Asks, while the progress says what goes on.
async fn outcome(run: &AgentRun, prepared: Prepared, record: &RunLog, progress: &RunProgress) -> Outcome {
    let (sender, mut lines) = mpsc::unbounded_channel();
    let report = move |event: RunEvent| {
        if let RunEvent::Progress(line) = event {
            let _ = sender.send(line);
        }
    };
    let workspace = InEditor { root: run.root().to_owned(), context: Arc::clone(&run.request.context) };
    let asked =
        agent_request::conduct(run.agent(), prepared, Arc::new(workspace), record, &report, &run.request.cancel);
    tokio::pin!(asked);
    loop {
        tokio::select! {
            outcome = &mut asked => return outcome,
            Some(line) = lines.recv() => progress.report(line).await,
        }
    }
}

async fn answered(run: &AgentRun, answer: Answer, remarks: Vec<String>, record: &RunLog) {
    let mut document = answer.document.clone();
    if !remarks.is_empty() {
        document.push_str("\n\n---\n\n");
        remarks.iter().for_each(|remark| document.push_str(&format!("- {remark}\n")));
    }
    show_document(run, &document, record).await;
    if !answer.change.is_empty() {
        preview::offer(run, &answer.change, record).await;
    }
}

/// Shows a document that is kept with the record, or says where it is.
async fn show_document(run: &AgentRun, document: &str, record: &RunLog) {
    if document.trim().is_empty() {
        return;
    }
    match record.keep_document(document) {
        Ok(path) => {
            if !run.open(&path).await {
                let text = format!("answer of {}: {}", run.agent(), path.display());
                run.show_message(MessageType::INFO, text).await;
            }
        }
        Err(error) => {
            let text = format!("cannot save the answer: {error}\n{document}");
            run.show_message(MessageType::ERROR, text).await;
        }
    }
}

/// The workspace as the editor shows it.
struct InEditor {
    root: PathBuf,
    context: Arc<TeamContext>,
}

impl Workspace for InEditor {
    fn current(&self, path: &Path) -> Option<String> {
        self.context.snapshot()?.text_of(&self.root.join(path))
    }
    fn has_placeholder(&self, text: &str) -> bool {
        agent_request::has_placeholder(text)
    }
}
