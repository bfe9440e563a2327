//! Folders by their paths, on systems where names cannot be told relative to a handle.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A folder that was there, and was no link.
#[derive(Debug)]
pub(in super::super) struct Folder(PathBuf);

impl Folder {
    /// The folder at `path`: a link on the way is an error.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        for folder in path.ancestors().filter(|folder| folder.file_name().is_some()) {
            if !fs::symlink_metadata(folder)?.is_dir() {
                return Err(io::Error::from(io::ErrorKind::NotADirectory));
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// The folder `name` in it.
    pub(in super::super) fn below(&self, name: &OsStr) -> io::Result<Self> {
        Self::open(&self.0.join(name))
    }

    /// Whether this is still the folder at `path`.
    pub(in super::super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(Self::open(path).is_ok_and(|there| there.0 == self.0))
    }

    /// Makes a folder in it.
    pub(in super::super) fn make(&self, name: &OsStr) -> io::Result<()> {
        fs::create_dir(self.0.join(name))
    }

    /// Removes a folder in it that is empty.
    pub(in super::super) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_dir(self.0.join(name))
    }

    /// Opens a file in it. A link is an error.
    pub(in super::super) fn open_file(&self, name: &OsStr, to_write: bool) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        OpenOptions::new().read(true).write(to_write).open(path)
    }

    /// Whether something that is no regular file stands there.
    pub(super) fn stands_something_else(&self, name: &OsStr) -> io::Result<bool> {
        Ok(!fs::symlink_metadata(self.0.join(name))?.is_file())
    }

    /// Makes a file.
    pub(in super::super) fn create(&self, name: &OsStr, _is_private: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Removes a file, if it is there.
    pub(in super::super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Names are kept by themselves.
    #[allow(clippy::unused_self, reason = "by a handle there is something to do")]
    pub(in super::super) fn sync(&self) {}

    /// Puts `one` in the place of `other`.
    pub(in super::super) fn replace(&self, one: &OsStr, other: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(one), self.0.join(other))
    }

    /// Two names cannot be swapped in one step.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "by a handle it can")]
    pub(in super::super) fn exchange(&self, _one: &OsStr, _other: &OsStr) -> io::Result<bool> {
        Ok(false)
    }

    /// Moves a file to a name in `folder` that nothing has. `false` where something has it.
    pub(in super::super) fn move_to_free(&self, from: &OsStr, folder: &Self, to: &OsStr) -> io::Result<bool> {
        let to = folder.0.join(to);
        if to.symlink_metadata().is_ok() {
            return Ok(false);
        }
        fs::rename(self.0.join(from), to).map(|()| true)
    }
}
