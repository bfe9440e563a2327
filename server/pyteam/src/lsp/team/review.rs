//! A change shown by the client itself, file by file, before its user decides.

use pyteam_agents::{Change, FileChange};
use pyteam_display::path_line;
use pyteam_index::key_of;
use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::Uri;
use tower_lsp::ls_types::request::Request;

use super::agent_run::AgentRun;
use super::dialog::PATIENCE;
use crate::lsp::convert;

/// Shows a change, and asks whether it is to be made. Clients that answer it say so by the capability
/// `experimental.pyteam.reviewChange`.
#[derive(Debug)]
pub(crate) enum ReviewChange {}

impl Request for ReviewChange {
    type Params = ReviewParams;
    type Result = ReviewAnswer;
    const METHOD: &'static str = "pyteam/reviewChange";
}

/// A change.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReviewParams {
    /// What is asked.
    title: String,
    /// What each file is to become.
    files: Vec<ReviewedFile>,
}

/// A file before and after.
#[derive(Debug, Serialize, Deserialize)]
struct ReviewedFile {
    /// The file.
    uri: Uri,
    /// How the user knows it.
    name: String,
    /// Its text; none where it is new.
    before: Option<String>,
    /// Its text; none where it is to be gone.
    after: Option<String>,
}

/// What the user has decided.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReviewAnswer {
    decision: Decision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    /// It is wanted.
    Apply,
    /// It is not.
    Discard,
    /// The question was closed.
    Dismissed,
}

/// What the user decides about `change`, shown under `title`. An error says why it was not asked.
pub(super) async fn decision(run: &AgentRun, change: &Change, title: String) -> Result<Decision, String> {
    let reviewed = |file: &FileChange| {
        let uri = convert::uri(&key_of(&run.root().join(&file.path)));
        Ok(ReviewedFile {
            uri: uri.ok_or_else(|| format!("{} has no URI in this editor", path_line(&file.path)))?,
            name: path_line(&file.path),
            before: file.before.clone(),
            after: file.after.clone(),
        })
    };
    // A file that is not shown is not accepted, and the change is one.
    let files = change.files.iter().map(reviewed).collect::<Result<_, String>>()?;
    let asked = run.client().send_request::<ReviewChange>(ReviewParams { title, files });
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => Ok(answer.decision),
        Ok(Err(error)) => Err(format!("the editor failed: {error}")),
        Err(_) => Ok(Decision::Dismissed),
    }
}
