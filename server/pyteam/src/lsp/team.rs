//! The agents behind the light bulb, as an [`Extension`]: whom to ask, and the runs that are under way.
//!
//! A command is executed on the pool and hands a run to [`run_task`], a task on a runtime of its own, so that no agent,
//! whatever it does, holds up an edit.

mod agent_run;
mod ask_params;
mod cache;
mod candidates;
mod change_edit;
mod code_actions;
mod code_lenses;
mod context;
mod dialog;
mod new_files;
mod pick;
mod prepare;
mod preview;
mod problems;
mod progress;
mod recheck;
mod review;
mod run_task;
mod runs;
mod runtime;
mod sandbox;
mod subject;
mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_agents::team::is_agent_file;
use serde_json::Value;
use tower_lsp::Client;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeLens, MessageType, ProgressToken, Uri};

use self::ask_params::{AGENTS, ASK, ASK_ANOTHER, AskAgentParams, CANCEL};
use self::cache::TeamCache;
use self::context::TeamContext;
use self::runs::{Runs, progress_token};
use self::runtime::AgentRuntime;
use super::client::{ClientMessage, ClientSender};
use super::config_diagnostics::ConfigDiagnostic;
use super::event::Event;
use super::extension::{CodeActionSite, Extension};
use super::state_snapshot::{CheckedFile, StateSnapshot};

/// The agents.
pub(crate) struct Team {
    context: Arc<TeamContext>,
    sender: ClientSender,
}

impl Team {
    /// No run is under way yet. Runs wait for answers of `client`; what needs none goes by `sender`.
    pub(crate) fn new(client: Client, sender: ClientSender, events: Sender<Event>) -> Self {
        let (cache, runs, runtime) = (TeamCache::default(), Runs::default(), AgentRuntime::default());
        Self { context: Arc::new(TeamContext { client, events, cache, runs, runtime }), sender }
    }

    fn cancel(&self, id: Option<u64>) {
        if !id.is_some_and(|id| self.context.runs.cancel(|run| u64::from(run.id) == id)) {
            let text = "pyteam: the request has already finished".to_owned();
            self.sender.send(ClientMessage::ShowMessage(MessageType::INFO, text));
        }
    }
}

impl Extension for Team {
    fn commands(&self) -> &'static [&'static str] {
        &[ASK, ASK_ANOTHER, AGENTS, CANCEL]
    }

    fn execute(&self, snapshot: &Arc<StateSnapshot>, command: &str, arguments: &[Value]) -> Result<Option<Value>> {
        if command == CANCEL {
            self.cancel(arguments.first().and_then(Value::as_u64));
            return Ok(None);
        }
        let params = AskAgentParams::read(arguments).map_err(Error::invalid_params)?;
        match command {
            ASK if !params.agent.is_empty() => {
                let id = run_task::start(&self.context, params, &snapshot.features);
                Ok(Some(serde_json::json!({ "run": id })))
            }
            AGENTS => Ok(serde_json::to_value(candidates::candidates(snapshot, &self.context.cache, &params)).ok()),
            _ => {
                pick::pick(&self.context, snapshot, params);
                Ok(None)
            }
        }
    }

    fn code_action_kinds(&self) -> Vec<CodeActionKind> {
        vec![code_actions::ASK_KIND]
    }

    fn code_actions(&self, site: &CodeActionSite<'_>) -> Vec<CodeAction> {
        code_actions::code_actions(site, &self.context.cache, &self.context.runs)
    }

    fn code_lenses(&self, checked: &CheckedFile, uri: &Uri) -> Option<Vec<CodeLens>> {
        code_lenses::code_lenses(checked, &self.context.cache, uri)
    }

    fn watched_globs(&self) -> &'static [&'static str] {
        &["**/.{claude,github,gemini}/agents/**/*.md", "**/.opencode/{agent,agents}/*.md"]
    }

    fn is_own_file(&self, path: &Path) -> bool {
        is_agent_file(path)
    }

    fn problems(&self, folders: &[PathBuf]) -> Vec<ConfigDiagnostic> {
        problems::problems(folders)
    }

    fn cancel_progress(&self, token: &ProgressToken) {
        self.context.runs.cancel(|run| progress_token(run.id) == *token);
    }

    fn shut_down(&self) {
        self.context.runs.cancel(|_| true);
    }
}
