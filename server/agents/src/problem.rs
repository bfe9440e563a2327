//! What does not make sense in a file of the team's: an agent's, or the settings'.

use std::fmt;
use std::path::{Path, PathBuf};

use pyteam_display::{MAX_MESSAGE, sanitize, visible_line};
use serde::Serialize;

/// A mistake in a file, with its place. It never stops anything but what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; 0 where it is about the whole file.
    pub line: u32,
    /// Whether what it is about cannot be used. Else it is odd, and used nevertheless.
    pub fatal: bool,
    /// What is wrong and what holds instead.
    pub message: String,
}

impl Problem {
    /// Something odd.
    pub fn remark(path: &Path, line: u32, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, fatal: false, message: sanitize(&message.into(), MAX_MESSAGE) }
    }

    /// Something that cannot be used.
    pub fn fatal(path: &Path, line: u32, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, fatal: true, message: sanitize(&message.into(), MAX_MESSAGE) }
    }
}

impl fmt::Display for Problem {
    /// `pyteam.toml:3: there is no ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", visible_line(&self.path.to_string_lossy()))?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        write!(f, " {}", self.message)
    }
}

/// The line of a byte, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    1 + u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX - 1)
}
