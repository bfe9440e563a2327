//! What the records say: for `pyteam runs`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;

use super::{Line, is_id};
use crate::event::Recorded;

/// So much of one record is read.
const MAX_BYTES: u64 = 16 << 20;

/// One run, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its name.
    pub id: String,
    /// The workflow's name, where it is one.
    pub workflow: Option<String>,
    /// `running`, `answered`, `accepted`, `discarded`, `refused`, `violation`, `failed`, `canceled`, or `interrupted` where
    /// its process ended in the middle of it.
    pub state: String,
    /// When it began, in milliseconds since 1970.
    pub at: u64,
    /// The workspace's folder.
    pub workspace: String,
    /// What was wanted.
    pub goal: String,
    /// Each agent that was asked, in order.
    pub steps: Vec<Step>,
}

/// One agent that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its name.
    pub agent: String,
    /// The workflow's step, where it is one.
    pub step: Option<String>,
    /// As for a run.
    pub state: String,
    /// What the user was told.
    pub message: Option<String>,
    /// The files that it proposed to change, with `+`, `-` or `~` before each.
    pub files: Vec<String>,
    /// How often it asked first, and how often it was allowed.
    pub permissions: (usize, usize),
    /// How long it took.
    pub milliseconds: Option<u64>,
}

/// The newest `most` runs in `folder`, newest first. Records that cannot be read are left out.
pub fn runs(folder: &Path, most: usize) -> Vec<Summary> {
    let names = names(folder);
    names.iter().take(most).filter_map(|id| show(folder, id).ok()).map(|(summary, _)| summary).collect()
}

/// One run, and all that happened in it. A line that cannot be read is left out: a newer pyteam may have written it.
pub fn show(folder: &Path, id: &str) -> io::Result<(Summary, Vec<Line>)> {
    if !is_id(id) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "unknown run ID"));
    }
    let file = File::open(folder.join(format!("{id}.jsonl")))?;
    let mut lines = Vec::new();
    for text in BufReader::new(file.take(MAX_BYTES)).split(b'\n') {
        lines.extend(serde_json::from_slice::<Line>(&text?));
    }
    summary(id, &lines).map(|summary| (summary, lines)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The names of all runs in `folder`, newest first.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: fs::DirEntry| Some(entry.file_name().to_str()?.strip_suffix(".jsonl")?.to_owned());
    let mut names: Vec<String> = entries.filter_map(name).filter(|name| is_id(name)).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names
}

fn summary(id: &str, lines: &[Line]) -> Option<Summary> {
    let first = lines.first()?;
    let Recorded::Opened { workflow, workspace, goal, process, .. } = &first.happened else { return None };
    let under_way = if is_alive(*process) { "running" } else { "interrupted" };
    let mut steps: Vec<Step> = Vec::new();
    for line in lines {
        if let Recorded::Began { agent, step, .. } = &line.happened {
            steps.push(Step {
                agent: agent.clone(),
                step: step.clone(),
                state: under_way.to_owned(),
                message: None,
                files: Vec::new(),
                permissions: (0, 0),
                milliseconds: None,
            });
            continue;
        }
        let Some(step) = steps.last_mut() else { continue };
        match &line.happened {
            Recorded::Ended { outcome, message, milliseconds, .. } => {
                outcome.clone_into(&mut step.state);
                step.message.clone_from(message);
                step.milliseconds = Some(*milliseconds);
            }
            Recorded::Decided { accepted, .. } => {
                let word = if *accepted { "accepted" } else { "discarded" };
                word.clone_into(&mut step.state);
            }
            Recorded::Changed { files, .. } => step.files.clone_from(files),
            Recorded::Permission(decision) => {
                step.permissions.0 += 1;
                step.permissions.1 += usize::from(decision.allowed);
            }
            _ => {}
        }
    }
    // A run that failed before an agent was asked has an end and no step.
    let ended = lines.iter().rev().find_map(|line| match &line.happened {
        Recorded::Ended { outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    let state = steps.last().map(|step| step.state.clone()).or(ended).unwrap_or_else(|| under_way.to_owned());
    Some(Summary {
        id: id.to_owned(),
        workflow: workflow.clone(),
        state,
        at: first.at,
        workspace: workspace.clone(),
        goal: goal.clone(),
        steps,
    })
}

#[cfg(unix)]
fn is_alive(process: u32) -> bool {
    let Some(process) = rustix::process::Pid::from_raw(process.cast_signed()) else { return false };
    rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
}

/// Elsewhere this is not known; a run that never ended is called running.
#[cfg(not(unix))]
fn is_alive(_process: u32) -> bool {
    true
}
