//! What a run is given.

use std::path::{Path, PathBuf};

use super::Limits;
use crate::agent::Rights;
use crate::launch::{Backend, Launch, ToolServer};
use crate::sandbox::{Confinement, Level, Sandbox};
use crate::workspace_copy::Buffer;

/// One request to an agent's program.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agent's name.
    pub agent: String,
    /// What it may do.
    pub rights: Rights,
    /// The model that its definition would like (`opus`): chosen where the program offers one of that name, and the
    /// settings name none.
    pub model_hint: Option<String>,
    /// How it is reached.
    pub backend: Backend,
    /// The workspace's folder.
    pub workspace: PathBuf,
    /// Documents that are not saved.
    pub buffers: Vec<Buffer>,
    /// What it is told: the brief, rendered, without secrets.
    pub brief: String,
    /// How many secrets were taken out of it.
    pub redactions: usize,
    /// The workflow's step, where it is one.
    pub step: Option<String>,
    /// The session that should go on, where the agent can.
    pub resume: Option<String>,
    /// Servers of tools that the agent is offered.
    pub servers: Vec<ToolServer>,
    /// How its program is held.
    pub sandbox: Sandbox,
    /// The least that it has to be held by. Less than [`Level::Confined`] is for the user to accept.
    pub least: Level,
    /// How long it may take, and how much it may say.
    pub limits: Limits,
    /// Where the copy is made; in the system's folder for temporary files, if none is said.
    pub scratch: Option<PathBuf>,
}

impl Request {
    /// The program that is started, and how it would be held: tried out in its sandbox, the first time. None where pyteam
    /// answers itself. This starts processes: not for an async thread.
    pub fn measure(&self) -> Option<(&Launch, Confinement)> {
        let (Backend::Acp(launch) | Backend::Command(launch)) = &self.backend else { return None };
        Some((launch, self.sandbox.measure(launch, &self.workspace)))
    }
}

/// What a run asks about the workspace. Called from threads that may wait.
pub trait Workspace: Send + Sync {
    /// The text of a file as it is now, unsaved changes included; none where there is no such file, or it is no text.
    /// `path` is relative to the workspace.
    fn current(&self, path: &Path) -> Option<String>;

    /// Whether a text holds a redacted secret's placeholder.
    fn has_placeholder(&self, text: &str) -> bool {
        text.contains("<redacted:")
    }
}
