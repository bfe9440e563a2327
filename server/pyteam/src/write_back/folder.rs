//! Folders that are held open while files in them are written. A name below one leads into it and nowhere else, also if
//! another program has moved the folder meanwhile, or put a link in its place.

#[cfg(not(unix))]
#[path = "folder/by_path.rs"]
mod by;
#[cfg(unix)]
#[path = "folder/by_handle.rs"]
mod by;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::change::executable;

pub(super) use self::by::Folder;

/// So many are held at once: a process may have a few hundred files open.
const HELD: usize = 200;

/// What stands under a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Missing,
    /// A regular file with these bytes.
    File(Vec<u8>, Identity),
    /// Something else, or more than any of our texts.
    Other,
}

/// What tells a file from another one, or from itself with another mode or another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Its file system and its number there, where there are such.
    pub(super) file: Option<(u64, u64)>,
    /// Its mode, how many names it has, its user and its group.
    kept: Option<[u64; 4]>,
    /// Whether it may be executed.
    pub(super) is_executable: bool,
}

impl Content {
    /// Whether it is a file with these bytes, or none where there are none.
    pub(super) fn is(&self, bytes: Option<&[u8]>) -> bool {
        match (self, bytes) {
            (Self::Missing, None) => true,
            (Self::File(found, _), Some(bytes)) => found == bytes,
            _ => false,
        }
    }

    /// Whether it is the file that was `identity` when it was looked at.
    pub(super) fn is_same(&self, identity: &Identity) -> bool {
        matches!(self, Self::File(_, found) if found == identity)
    }
}

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            file: Some((meta.dev(), meta.ino())),
            kept: Some([meta.mode().into(), meta.nlink(), meta.uid().into(), meta.gid().into()]),
            is_executable: executable::is(meta),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn of(meta: &Metadata) -> Self {
        Self { file: None, kept: None, is_executable: executable::is(meta) }
    }
}

impl Folder {
    /// What stands under `name`; no more than `most` bytes of it are read.
    pub(super) fn look(&self, name: &OsStr, most: usize) -> io::Result<Content> {
        let file = match self.open_file(name, false) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return Ok(Content::Missing),
            // A link, a socket: opened, they would be something else or wait.
            Err(_) if self.stands_something_else(name)? => return Ok(Content::Other),
            Err(error) => return Err(error),
        };
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Ok(Content::Other);
        }
        let mut bytes = Vec::new();
        file.take(most as u64 + 1).read_to_end(&mut bytes)?;
        Ok(if bytes.len() > most { Content::Other } else { Content::File(bytes, Identity::of(&meta)) })
    }

    /// The folder that `names` lead to from here; none where one of them is missing.
    pub(super) fn walk<'n>(self: &Arc<Self>, names: impl Iterator<Item = &'n OsStr>) -> io::Result<Option<Arc<Self>>> {
        let mut folder = Arc::clone(self);
        for name in names {
            match folder.below(name) {
                Ok(below) => folder = Arc::new(below),
                Err(error) if is_missing(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(Some(folder))
    }

    /// The same, where those that are missing are made.
    pub(super) fn make_all<'n>(self: &Arc<Self>, names: impl Iterator<Item = &'n OsStr>) -> io::Result<Arc<Self>> {
        let mut folder = Arc::clone(self);
        for name in names {
            match folder.make(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => folder = Arc::new(folder.below(name)?),
            }
        }
        Ok(folder)
    }
}

/// Whether nothing stands there. What leads through a link or a file is nothing.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The folders that are held.
#[derive(Debug, Default)]
pub(super) struct Folders(HashMap<PathBuf, Arc<Folder>>);

impl Folders {
    /// The folder at `path`, or the nearest one above it that is there, with its path.
    pub(super) fn nearest(&mut self, path: &Path) -> io::Result<(PathBuf, Arc<Folder>)> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for path in path.ancestors() {
            if let Some(folder) = self.0.get(path) {
                return Ok((path.to_owned(), Arc::clone(folder)));
            }
            match Folder::open(path) {
                Ok(folder) => {
                    let folder = Arc::new(folder);
                    if self.0.len() < HELD {
                        self.0.insert(path.to_owned(), Arc::clone(&folder));
                    }
                    return Ok((path.to_owned(), folder));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Whether the folder at `path` is one of them.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}
