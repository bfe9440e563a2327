//! Why something that an agent made is not taken over.

use std::fmt;
use std::path::PathBuf;

/// Something that an agent made, and that cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Relative to the workspace.
    pub path: PathBuf,
    /// Why.
    pub reason: Refusal,
}

/// Why something that an agent made cannot be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
    /// Larger than a file may be.
    Large,
    /// Not text in UTF-8.
    Binary,
    /// Of the repository's own data, or settings of a tool, from which code is run.
    Private,
    /// What agents' programs keep for themselves where they work.
    Own,
    /// Named by a file such as `.gitignore`.
    Ignored,
    /// What a tool installs.
    Installed,
    /// Nothing changes but a byte order mark, and the open document is kept without.
    Mark,
    /// It could not be read.
    Unreadable,
}

impl Refusal {
    /// Whether it is beside the change: it is named, and the change is none the worse without it.
    pub fn is_beside(self) -> bool {
        matches!(self, Self::Own | Self::Ignored | Self::Installed)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Link => "is a link",
            Self::Special => "is not a file",
            Self::Large => "is too large",
            Self::Binary => "is not text",
            Self::Private => "belongs to git or to a tool's settings",
            Self::Own => "belongs to the agent's own program",
            Self::Ignored => "is ignored by a `.gitignore` or similar",
            Self::Installed => "is in a directory of installed packages",
            Self::Mark => "only gains or loses a byte order mark, which its open document does not have",
            Self::Unreadable => "cannot be read",
        })
    }
}
