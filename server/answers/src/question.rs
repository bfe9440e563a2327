//! What is asked: about which part of the workspace, of whom, and after what.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Agent;
use pyteam_engine::{Engine, Finding, SettingsResolver};
use pyteam_index::FileId;
use pyteam_index::Snapshot;

/// One question to one agent.
pub struct Question<'q> {
    /// The workspace as it is, unsaved buffers and all.
    pub snapshot: &'q Arc<Snapshot>,
    /// Its folder. Paths are named relative to it.
    pub root: &'q Path,
    /// What the rules found, by file, in the order of the files' paths.
    pub findings: &'q [(FileId, Arc<[Finding]>)],
    /// The rules: their pages say why, and their repairs what to do.
    pub engine: &'q Engine,
    /// The settings that the findings were made with.
    pub settings: &'q SettingsResolver,
    /// Who is asked.
    pub agent: &'q Agent,
    /// What for.
    pub goal: &'q str,
    /// Whether that is in the user's own words, and not made up for a place that was pointed at.
    pub is_in_words: bool,
    /// About what.
    pub subject: Subject,
    /// What was done before, where this is a handoff.
    pub handoff: Handoff,
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

impl Subject {
    /// The file that it is in.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Self::Workspace => None,
            Self::File(file) | Self::Symbol(file, _) | Self::Finding(file, _) => Some(*file),
        }
    }
}

/// What was done before the question. Empty where it is the first of its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handoff {
    /// The files that were changed.
    pub modified: Vec<ModifiedFile>,
    /// Whether those are all that are not committed yet, as git knows them; else the request names them.
    pub is_from_git: bool,
    /// The steps that were taken, in their order.
    pub steps: Vec<Step>,
    /// What must be fast, how fast, in the user's own words.
    pub performance: Vec<String>,
}

/// A file that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModifiedFile {
    /// Relative to the workspace's root, with `/` between its parts.
    pub path: PathBuf,
    /// What it was.
    pub before: Before,
}

/// What a changed file was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// Its earlier text is not known.
    Unknown,
    /// There was no such file.
    Absent,
    /// This text.
    Text(Arc<str>),
}

/// An earlier step of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who took it.
    pub agent: String,
    /// What came of it, in a few sentences.
    pub result: String,
}
