//! The agents' commands and what they take.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::ls_types::{Range, Uri};

use crate::lsp::diagnostics::Identity;

/// Asks an agent: one [`AskAgentParams`], or an agent's name and what is wanted.
pub(super) const ASK: &str = "pyteam.ask";
/// Lets the user choose whom to ask: one [`AskAgentParams`] without an agent.
pub(super) const ASK_ANOTHER: &str = "pyteam.askAnother";
/// Lists who can be asked about the place of one [`AskAgentParams`], for clients that let their users choose themselves.
pub(super) const AGENTS: &str = "pyteam.agents";
/// Cancels a run: its number.
pub(super) const CANCEL: &str = "pyteam.cancelRun";

/// What a user asks of an agent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AskAgentParams {
    /// Whom to ask; empty where that is to be asked first.
    pub(crate) agent: String,
    /// The document that it is about; none for the whole workspace.
    pub(crate) document: Option<Uri>,
    /// What of it.
    pub(crate) about: About,
    /// What for. Without it, what the agent does is what it is asked for.
    pub(crate) goal: Option<String>,
    /// Whether it is to go on with its last session.
    pub(crate) goes_on: bool,
}

/// What of a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum About {
    /// All of it.
    #[default]
    File,
    /// A class, a function or a method.
    Symbol(String),
    /// A finding.
    Finding(Identity),
    /// What is found at a place, else the innermost class or function around it, else all of the document.
    Place(Range),
}

impl AskAgentParams {
    /// Reads a command's arguments: one object, or a name and what is wanted in plain words.
    pub(crate) fn read(arguments: &[Value]) -> Result<Self, String> {
        match arguments {
            [] => Ok(Self::default()),
            [Value::String(agent)] => Ok(Self { agent: agent.clone(), ..Self::default() }),
            [Value::String(agent), Value::String(goal)] => {
                Ok(Self { agent: agent.clone(), goal: Some(goal.clone()), ..Self::default() })
            }
            [params @ Value::Object(_)] => serde_json::from_value(params.clone()).map_err(|error| error.to_string()),
            _ => Err("invalid arguments: expected one object, or an agent and a request".to_owned()),
        }
    }
}
