//! The progress bar of a run.

use tower_lsp::Client;
use tower_lsp::ls_types::{
    ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd,
    WorkDoneProgressReport, notification::Progress,
};

use super::agent_run::RunRequest;
use super::context::PROMPT;
use super::runs::progress_token;
use crate::agent_request;

/// What is shown above what an agent does. Clients say themselves whose progress it is.
fn title(agent: &str) -> String {
    if agent == agent_request::ANYONE { "Asking an agent".to_owned() } else { format!("Asking {agent}") }
}

/// A progress bar, if the client shows any.
pub(super) struct RunProgress {
    client: Client,
    token: Option<ProgressToken>,
}

impl RunProgress {
    /// Shows it, where the client is willing to.
    pub(super) async fn begin(request: &RunRequest) -> Self {
        let client = &request.context.client;
        let mut bar = Self { client: client.clone(), token: None };
        if !request.features.progress {
            return bar;
        }
        let token = progress_token(request.id);
        let made = client.create_work_done_progress(token.clone());
        if !matches!(tokio::time::timeout(PROMPT, made).await, Ok(Ok(()))) {
            return bar;
        }
        bar.token = Some(token);
        let begin = WorkDoneProgressBegin {
            title: title(&request.params.agent),
            cancellable: Some(true),
            message: Some("begins".to_owned()),
            percentage: None,
        };
        bar.send(WorkDoneProgress::Begin(begin)).await;
        bar
    }

    /// Says what goes on.
    pub(super) async fn report(&self, line: String) {
        let report = WorkDoneProgressReport { message: Some(line), cancellable: Some(true), percentage: None };
        self.send(WorkDoneProgress::Report(report)).await;
    }

    /// Takes it away.
    pub(super) async fn end(self) {
        self.send(WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
    }

    async fn send(&self, step: WorkDoneProgress) {
        let Some(token) = self.token.clone() else { return };
        let value = ProgressParamsValue::WorkDone(step);
        self.client.send_notification::<Progress>(ProgressParams { token, value }).await;
    }
}
