//! Folders by their handles.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, mkdirat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

/// A folder that is open.
#[derive(Debug)]
pub(in super::super) struct Folder(OwnedFd);

/// To go through a folder, the right to list it is not needed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const THROUGH: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const THROUGH: OFlags = OFlags::RDONLY;

fn folder_flags() -> OFlags {
    THROUGH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

impl Folder {
    /// Opens the folder at `path` through folders only: a link on the way is an error.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        let start = if path.is_absolute() { "/" } else { "." };
        let mut folder = Self(openat(CWD, start, folder_flags(), Mode::empty())?);
        for part in path.components() {
            match part {
                Component::Normal(name) => folder = folder.below(name)?,
                Component::RootDir | Component::CurDir => {}
                _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
            }
        }
        Ok(folder)
    }

    /// The folder `name` in it.
    pub(in super::super) fn below(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, folder_flags(), Mode::empty())?))
    }

    /// Whether this is still the folder at `path`.
    pub(in super::super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match Self::open(path) {
            Ok(there) => {
                let (own, there) = (fstat(&self.0)?, fstat(&there.0)?);
                Ok((own.st_dev, own.st_ino) == (there.st_dev, there.st_ino))
            }
            Err(error) if super::is_missing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a folder in it.
    pub(in super::super) fn make(&self, name: &OsStr) -> io::Result<()> {
        Ok(mkdirat(&self.0, name, Mode::from_raw_mode(0o777))?)
    }

    /// Removes a folder in it that is empty.
    pub(in super::super) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// Opens a file in it. A link is an error, and a pipe is not waited for.
    pub(in super::super) fn open_file(&self, name: &OsStr, to_write: bool) -> io::Result<File> {
        let flags = if to_write { OFlags::RDWR } else { OFlags::RDONLY };
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Whether something that is no regular file stands there.
    pub(super) fn stands_something_else(&self, name: &OsStr) -> io::Result<bool> {
        let found = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(found.st_mode) != FileType::RegularFile)
    }

    /// Makes a file; `is_private` for the user of this process alone.
    pub(in super::super) fn create(&self, name: &OsStr, is_private: bool) -> io::Result<File> {
        let mode = Mode::from_raw_mode(if is_private { 0o600 } else { 0o666 });
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.0, name, flags, mode)?))
    }

    /// Removes a file, if it is there.
    pub(in super::super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Has the file system keep its names. Some cannot, and keep them anyway.
    pub(in super::super) fn sync(&self) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let _ = openat(&self.0, ".", flags, Mode::empty()).and_then(rustix::fs::fsync);
    }

    /// Puts `one` in the place of `other`.
    pub(in super::super) fn replace(&self, one: &OsStr, other: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, one, &self.0, other)?)
    }

    /// Swaps two names. `false` where the file system cannot.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    pub(in super::super) fn exchange(&self, one: &OsStr, other: &OsStr) -> io::Result<bool> {
        use rustix::fs::{RenameFlags, renameat_with};
        match renameat_with(&self.0, one, &self.0, other, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    pub(in super::super) fn exchange(&self, _one: &OsStr, _other: &OsStr) -> io::Result<bool> {
        Ok(false)
    }

    /// Moves a file to a name in `folder` that nothing has. `false` where something has it.
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    pub(in super::super) fn move_to_free(&self, from: &OsStr, folder: &Self, to: &OsStr) -> io::Result<bool> {
        use rustix::fs::{RenameFlags, renameat_with};
        match renameat_with(&self.0, from, &folder.0, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.move_if_free(from, folder, to),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    pub(in super::super) fn move_to_free(&self, from: &OsStr, folder: &Self, to: &OsStr) -> io::Result<bool> {
        self.move_if_free(from, folder, to)
    }

    /// The same where a moment stays between the look and the step.
    fn move_if_free(&self, from: &OsStr, folder: &Self, to: &OsStr) -> io::Result<bool> {
        match statat(&folder.0, to, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(false),
            Err(Errno::NOENT) => Ok(renameat(&self.0, from, &folder.0, to).map(|()| true)?),
            Err(error) => Err(error.into()),
        }
    }
}
