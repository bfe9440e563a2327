//! One run: what was asked of whom, and what all its steps do with the client.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Setup;
use pyteam_agents::run::Cancel;
use tower_lsp::Client;
use tower_lsp::ls_types::{MessageType, ShowDocumentParams, Uri};

use super::ask_params::AskAgentParams;
use super::context::{PROMPT, TeamContext};
use crate::lsp::client_features::ClientFeatures;
use crate::lsp::state_snapshot::StateSnapshot;

/// A run as it begins.
pub(super) struct RunRequest {
    /// Its number.
    pub(super) id: u32,
    /// What the user asks.
    pub(super) params: AskAgentParams,
    /// What the client can do.
    pub(super) features: Arc<ClientFeatures>,
    /// Ends it.
    pub(super) cancel: Cancel,
    /// What it has in common with others.
    pub(super) context: Arc<TeamContext>,
}

/// A run whose agent is known.
pub(super) struct AgentRun {
    /// What was asked.
    pub(super) request: RunRequest,
    /// What it came to.
    pub(super) task: Task,
}

/// Who is asked for what.
pub(super) struct Task {
    /// Who is asked.
    pub(super) agent: String,
    /// What for.
    pub(super) goal: String,
    /// The workspace's folder.
    pub(super) root: PathBuf,
    /// The team of the workspace.
    pub(super) setup: Arc<Setup>,
}

impl RunRequest {
    /// The server's state as it is now.
    pub(super) fn snapshot(&self) -> Option<Arc<StateSnapshot>> {
        tokio::task::block_in_place(|| self.context.snapshot())
    }

    /// Shows a message.
    pub(super) async fn show_message(&self, kind: MessageType, text: String) {
        self.context.client.show_message(kind, format!("pyteam: {text}")).await;
    }

    /// Says that it was canceled.
    pub(super) async fn show_canceled(&self, agent: &str) {
        let text = format!("the request to {agent} was canceled; no files changed");
        self.show_message(MessageType::INFO, text).await;
    }
}

impl AgentRun {
    /// Who is asked.
    pub(super) fn agent(&self) -> &str {
        &self.task.agent
    }

    /// The workspace's folder.
    pub(super) fn root(&self) -> &Path {
        &self.task.root
    }

    /// The client.
    pub(super) fn client(&self) -> &Client {
        &self.request.context.client
    }

    /// Has the client open a file. Whether it did.
    pub(super) async fn open(&self, path: &Path) -> bool {
        let Some(uri) = Uri::from_file_path(path).filter(|_| self.request.features.show_document) else {
            return false;
        };
        let wanted = ShowDocumentParams { uri, external: Some(false), take_focus: Some(true), selection: None };
        matches!(tokio::time::timeout(PROMPT, self.client().show_document(wanted)).await, Ok(Ok(true)))
    }

    /// Shows a message.
    pub(super) async fn show_message(&self, kind: MessageType, text: String) {
        self.request.show_message(kind, text).await;
    }

    /// The server's state as it is now.
    pub(super) fn snapshot(&self) -> Option<Arc<StateSnapshot>> {
        self.request.snapshot()
    }
}
