//! What is told while a run goes on.

use serde::{Deserialize, Deserializer, Serialize};

use crate::change::Change;
use crate::permissions::Decision;
use crate::sandbox::{Confinement, Level};

/// So many files of one change are listed.
const MAX_LISTED: usize = 100;

/// What is told while a run goes on. Told from an async thread: a listener must not wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// What is going on, as a short sentence fragment: for a progress line. At most ten a second.
    Progress(String),
    /// Something for the run log and for verbose output.
    Recorded(Recorded),
}

/// Something that happened, as it stands in the run log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Recorded {
    /// A run begins: one request, or a workflow.
    Opened {
        /// The run's name.
        id: String,
        /// The workflow's name, where it is one.
        workflow: Option<String>,
        /// The workspace's folder.
        workspace: String,
        /// What is wanted, without secrets.
        goal: String,
        /// The number of the process that it runs in.
        process: u32,
        /// Which pyteam this is.
        version: String,
    },
    /// An agent is asked.
    Began {
        /// Its name.
        agent: String,
        /// The workflow's step.
        step: Option<String>,
        /// `acp` or `command`.
        backend: String,
        /// The backend's name in the settings, and its program.
        program: String,
        /// The hash of all that it is told.
        brief: String,
        /// The length of that.
        bytes: usize,
        /// Secrets that were taken out.
        redactions: usize,
    },
    /// The agent is done, or was ended.
    Ended {
        /// `answered`, `refused`, `violation`, `failed` or `canceled`.
        #[serde(deserialize_with = "outcome")]
        outcome: String,
        /// What the user was told, where it did not answer.
        message: Option<String>,
        /// The program's exit code; none where pyteam ended it.
        exit: Option<i32>,
        /// The session's name, by which it can be resumed.
        session: Option<String>,
        /// From the request to the end of the last process.
        milliseconds: u64,
    },
    /// The user, or one of the user's settings, decided about the change.
    Decided {
        /// Whether it was made.
        accepted: bool,
        /// Who or what decided, or why it was not made.
        reason: String,
    },
    /// The copy was made.
    Copied {
        /// Files in it.
        files: usize,
        /// Bytes in it.
        bytes: u64,
        /// Entries of the workspace that are not in it.
        left_out: usize,
    },
    /// How the agent's program is held.
    Held {
        /// How well.
        level: Level,
        /// By what, and which ways out are open.
        #[serde(flatten)]
        confinement: Confinement,
        /// What that means.
        meaning: String,
    },
    /// The agent said who it is.
    Peer {
        /// Its name and version.
        name: String,
        /// The session's name there.
        session: String,
        /// The mode that it works in, where it has modes.
        mode: Option<String>,
        /// The model that was asked for.
        model: Option<String>,
    },
    /// The agent asked first.
    Permission(Decision),
    /// The agent used one of its tools, by its own account.
    Tool {
        /// `edit`, `execute`, ...
        tool: String,
        /// What it called it.
        title: String,
        /// `completed`, `failed`, ...
        status: String,
    },
    /// Something else that is worth knowing.
    Note {
        /// A sentence.
        text: String,
    },
    /// What the agent would change.
    Changed {
        /// The hash of the unified diff.
        hash: String,
        /// Each file, with `+`, `-` or `~` before it.
        files: Vec<String>,
    },
    /// What in that wants a look of its own: deletions, and files that run by themselves.
    Marked {
        /// A clause for each file.
        files: Vec<String>,
    },
    /// The findings without and with the change were compared.
    Checked {
        /// `proposed` or `applied`.
        stage: String,
        /// Findings that are no longer found.
        gone: Vec<String>,
        /// Findings that are new.
        new: Vec<String>,
        /// How many are still there.
        still: usize,
        /// How many of these are hints, which `pyteam check` shows on request only.
        #[serde(default)]
        hints: usize,
        /// Files that do not parse any more.
        broken: Vec<String>,
    },
}

impl Recorded {
    /// What a change is, for the run log.
    pub fn changed(change: &Change) -> Self {
        Self::Changed {
            hash: blake3::hash(change.to_diff().as_bytes()).to_hex().to_string(),
            files: change.list().into_iter().take(MAX_LISTED).collect(),
        }
    }

    /// What in a change wants a look of its own, if anything does.
    pub fn marked(change: &Change) -> Option<Self> {
        let files: Vec<String> = change.cautions().iter().take(MAX_LISTED).map(ToString::to_string).collect();
        (!files.is_empty()).then_some(Self::Marked { files })
    }

    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self::Note { text: text.into() }
    }
}

/// An outcome as it is called now: run logs of older versions say `cancelled`.
fn outcome<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let word = String::deserialize(deserializer)?;
    Ok(if word == "cancelled" { "canceled".to_owned() } else { word })
}
