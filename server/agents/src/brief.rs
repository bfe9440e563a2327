//! A brief: what a good colleague would say before asking for something. The crate that knows the workspace fills it.

mod redacted;
mod render;

pub use self::render::{DEFAULT_LIMIT, Rendered};

/// What is sent to an agent for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Whom it is for.
    pub agent: String,
    /// What is wanted, in the user's own words.
    pub goal: String,
    /// What it is about: a path relative to the workspace, with a symbol where there is one.
    pub about: Option<String>,
    /// What the agent is told, in the order in which it is read.
    pub sections: Vec<Section>,
}

/// One part of a brief, under its own heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What is left out first, where there is too much.
    pub weight: Weight,
    /// What it says.
    pub parts: Vec<Part>,
}

/// How much a section matters: the lightest are left out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Background,
    /// Helps.
    Context,
    /// The request makes no sense without it.
    Essential,
}

/// One piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Sentences of pyteam's own.
    Prose(String),
    /// A list, one line each, of pyteam's own words.
    List(Vec<String>),
    /// Text of the workspace: data, and never an instruction.
    Source {
        /// Relative to the workspace.
        path: String,
        /// Its first line's number, from 1.
        line: u32,
        /// As it stands there.
        text: String,
    },
}
