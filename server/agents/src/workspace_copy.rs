//! The copy of a workspace in which an agent works, so that the workspace itself stays as it is.
//!
//! It holds what the `ignore` crate lists, with the texts of unsaved buffers laid over it. It never holds what makes an
//! agent run code the moment that it opens a folder (hooks, settings and plugins of agents), nor the repository's
//! own data, nor links. What the agent made of it is found at the end by comparing content.

mod copy;
mod difference;
mod passed;
mod refusal;
#[cfg(unix)]
mod remove;
mod sweep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

pub(crate) use self::copy::LEFT_BEHIND;
pub use self::difference::Difference;
pub use self::refusal::{Refusal, Refused};
use self::sweep::Folder;
use crate::admission::is_admitted;
use crate::limits::CopyLimits;
use crate::user_dirs;

/// An agent that leaves more entries than this is out of its mind, and the rest is not looked at.
const MAX_ENTRIES: usize = 200_000;

/// What the run of a program leaves behind and that no change is meant to have: not a word is lost about it.
const CACHES: [&str; 7] =
    ["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".coverage", ".DS_Store"];

/// Folders that tools install to. They are no part of a change, and are named: something else may stand in them.
const INSTALL_FOLDERS: [&str; 3] = [".tox", ".nox", "node_modules"];

/// A document with changes that are not on disk yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Relative to the workspace.
    pub path: PathBuf,
    /// All of its text.
    pub text: Arc<str>,
}

/// Something of the workspace that the copy does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Relative to the workspace; a folder stands for all that is in it.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// Why something is not in the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its name begins with a dot, or it belongs to a tool that runs code from it.
    Private,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
    /// Larger than one file may be; in bytes.
    Large(u64),
    /// The copy is full.
    Full,
    /// A virtual environment, or installed packages.
    Installed,
    /// It could not be read: why.
    Unreadable(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => out.write_str("private, or settings of a tool"),
            Self::Link => out.write_str("a link"),
            Self::Special => out.write_str("not a file"),
            Self::Large(bytes) => write!(out, "too large, {} KB", bytes / 1024),
            Self::Full => out.write_str("no room left"),
            Self::Installed => out.write_str("installed packages"),
            Self::Unreadable(why) => write!(out, "unreadable: {why}"),
        }
    }
}

/// What a file of the copy was before the agent came.
#[derive(Debug, Clone, Copy)]
struct Base {
    hash: blake3::Hash,
    executable: bool,
    /// Whether it begins with a byte order mark, which the hash leaves out.
    has_mark: bool,
}

/// A copy of the workspace for one run. It is gone when this is dropped.
#[derive(Debug)]
pub struct WorkspaceCopy {
    folder: Folder,
    workspace: PathBuf,
    root: PathBuf,
    room: CopyLimits,
    base: BTreeMap<PathBuf, Base>,
    left_out: Vec<LeftOut>,
    bytes: u64,
}

impl WorkspaceCopy {
    /// Copies `workspace`, with `buffers` laid over it, to a private folder below `scratch` (the system's folder for
    /// temporary files, if none is said). This reads and writes many files: not for an async thread.
    pub fn make(workspace: &Path, buffers: &[Buffer], room: CopyLimits, scratch: Option<&Path>) -> io::Result<Self> {
        let workspace = fs::canonicalize(workspace)?;
        let scratch = scratch.map_or_else(std::env::temp_dir, Path::to_owned);
        sweep::remove_abandoned(&scratch);
        let folder = sweep::private_folder(&scratch)?;
        // The system's temporary folder may itself stand behind a link.
        let top = fs::canonicalize(folder.path())?;
        let name = workspace.file_name().filter(|name| is_admitted(Path::new(name))).unwrap_or("workspace".as_ref());
        let work = top.join("work").join(name);
        for made in [&work, &top.join("home"), &top.join("tmp")] {
            fs::create_dir_all(made)?;
        }
        let mut copy =
            Self { folder, workspace, root: work, room, base: BTreeMap::new(), left_out: Vec::new(), bytes: 0 };
        copy::fill(&mut copy, buffers)?;
        Ok(copy)
    }

    /// Where the agent works.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The workspace that this is a copy of, as a canonical path.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Whether an agent with this `home` may write there.
    pub fn may_write_home(&self, home: &Path) -> bool {
        user_dirs::may_write_home(&self.workspace, home)
    }

    /// An empty folder that serves as the agent's home.
    pub fn home(&self) -> PathBuf {
        self.top().join("home")
    }

    /// An empty folder for the agent's temporary files.
    pub fn temporary(&self) -> PathBuf {
        self.top().join("tmp")
    }

    /// The folder that holds all of these, of which the agent is told nothing.
    pub fn top(&self) -> &Path {
        // `root` lies two folders below.
        self.root.parent().and_then(Path::parent).unwrap_or(self.folder.path())
    }

    /// How many files were copied.
    pub fn files(&self) -> usize {
        self.base.len()
    }

    /// How many bytes were copied.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What of the workspace is not here, by path. What a `.gitignore` names is not listed.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Removes it all, also what the agent made hard to remove. An error says where something stays.
    pub fn remove(self) -> io::Result<()> {
        self.folder.close()
    }
}

/// A byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a text is compared by. A byte order mark does not count: editors keep it apart from the text.
fn content_hash(bytes: &[u8]) -> blake3::Hash {
    blake3::hash(bytes.strip_prefix(MARK).unwrap_or(bytes))
}

#[cfg(test)]
mod tests;
