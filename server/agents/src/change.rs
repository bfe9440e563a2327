//! A change: what an agent would have other than it is.

mod caution;
mod diff;
pub mod executable;
pub(crate) mod patch;
mod validate;

use std::path::PathBuf;

pub use self::caution::{Caution, Reason};
pub use self::validate::Objection;

/// What an agent would have other than it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// One for each file, by path.
    pub files: Vec<FileChange>,
}

/// What one file should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the workspace's root, with `/` between its parts.
    pub path: PathBuf,
    /// What the agent was shown; none where there was no such file.
    pub before: Option<String>,
    /// What it should be; none where it should be gone.
    pub after: Option<String>,
    /// Whether it should be executable, where that is another than it was: a new file is not. No other bit of a mode is
    /// ever part of a change.
    pub executable: Option<bool>,
}

impl Change {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl FileChange {
    /// The file's mode before and after, as git writes it, where it changes.
    pub fn modes(&self) -> Option<(&'static str, &'static str)> {
        let mode = |executable: bool| if executable { "100755" } else { "100644" };
        self.executable.filter(|_| self.after.is_some()).map(|executable| (mode(!executable), mode(executable)))
    }
}
