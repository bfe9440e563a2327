//! A change: what an agent would have other than it is.

mod diff;
pub(crate) mod patch;
mod validate;

use std::path::PathBuf;

pub use self::validate::{Most, Objection};

/// What an agent would have other than it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// One for each file, by path.
    pub files: Vec<FileChange>,
}

/// What one file should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the workspace's root, with `/` between its parts.
    pub path: PathBuf,
    /// What the agent was shown; none where there was no such file.
    pub before: Option<String>,
    /// What it should be; none where it should be gone.
    pub after: Option<String>,
}

impl Change {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
