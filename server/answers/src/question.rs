//! What is asked: about which part of the workspace, and of whom.

use std::path::Path;
use std::sync::Arc;

use pyteam_agents::Agent;
use pyteam_engine::Finding;
use pyteam_index::Snapshot;
use pyteam_index::snapshot::FileId;

/// One question to one agent.
pub struct Question<'q> {
    /// The workspace as it is, unsaved buffers and all.
    pub snapshot: &'q Arc<Snapshot>,
    /// Its folder. Paths are named relative to it.
    pub root: &'q Path,
    /// What the rules found, by file, in the order of the files' paths.
    pub findings: &'q [(FileId, Arc<[Finding]>)],
    /// Who is asked.
    pub agent: &'q Agent,
    /// What for, in the user's own words.
    pub goal: &'q str,
    /// About what.
    pub subject: Subject,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// All of the workspace.
    Workspace,
    /// One file.
    File(FileId),
    /// A class, function or variable of a file, or a method (`Class.method`).
    Symbol(FileId, String),
    /// One finding of a file: its index among the file's.
    Finding(FileId, usize),
}
