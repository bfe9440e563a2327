//! An agent: one specialist, as its file defines it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::profile::Profile;

/// One specialist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// Its name, as one asks for it: lower case, with hyphens.
    pub name: String,
    /// When to ask it, in one or two sentences.
    pub description: String,
    /// Where its definition stands.
    pub origin: Origin,
    /// What it may do.
    pub rights: Rights,
    /// The model that it would like (`opus`, `sonnet`), a hint for backends that can choose.
    pub model: Option<String>,
    /// How long it takes, roughly.
    pub speed: Option<Speed>,
    /// What it hands over, a noun phrase each: "Protocol definitions".
    pub produces: Vec<String>,
    /// Codes of the rules that it owns, by its file or, of pyteam's own, by the rules' pages.
    pub rules: Vec<String>,
    /// Kinds of files that it owns, as globs: `Dockerfile`, `**/test_*.py`.
    pub owns: Vec<String>,
    /// Its definition's text: what a backend is told that it is.
    pub instructions: String,
    /// What is odd about its file, a sentence each. An agent with oddities can still be used.
    pub remarks: Vec<String>,
    /// Why it cannot be used at all, where it cannot.
    pub unusable: Option<String>,
    /// What its page says about routing. pyteam's own agents have one, and those that stand in their places.
    #[serde(skip)]
    pub profile: Option<Arc<Profile>>,
}

impl Agent {
    /// An agent of which nothing is known but its name, and which may do nothing.
    pub fn named(name: impl Into<String>, origin: Origin) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            origin,
            rights: Rights::default(),
            model: None,
            speed: None,
            produces: Vec::new(),
            rules: Vec::new(),
            owns: Vec::new(),
            instructions: String::new(),
            remarks: Vec::new(),
            unusable: None,
            profile: None,
        }
    }

    /// Whether it goes on with what others have finished, and so is told what was changed.
    pub fn takes_handoffs(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.takes_handoffs)
    }
}

/// Where an agent's definition stands, the nearest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "path")]
pub enum Origin {
    /// In a file of the workspace.
    Workspace(PathBuf),
    /// In a file of the user's.
    User(PathBuf),
    /// In pyteam.
    BuiltIn,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Rights {
    /// It may read the workspace's files.
    pub read: bool,
    /// It may change them.
    pub edit: bool,
    /// It may run programs.
    pub execute: bool,
}

/// How long an agent takes, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speed {
    /// Seconds.
    Fast,
    /// A minute or so.
    Medium,
    /// Minutes.
    Slow,
}
