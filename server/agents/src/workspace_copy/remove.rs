//! Removes a folder with all that is in it, however deep that goes and whatever permissions it has.
//!
//! An agent can make folders inside one another by the ten thousand: a removal that calls itself for each overflows its
//! stack, one that holds each open runs out of file handles, and their paths are longer than a path may be. So folders that
//! are not empty are moved up into the one that is removed, until none has another in it. Three are open at a time.

use std::ffi::CStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, fchmod, fstat, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::path::Arg;

const ALL: Mode = Mode::RWXU;

/// Removes the folder `path`. Links in it are removed, and what they lead to stays; so does a link at `path` itself.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "cannot remove a root directory"));
    };
    let parent = openat(CWD, parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let top = match open(&parent, name) {
        Err(Errno::NOENT) => return Ok(()),
        opened => opened?,
    };
    let mut removal = Removal { top, moved: 0, done: 0, failure: None };
    loop {
        let (before, held) = (removal.done, removal.pass()?);
        if !held {
            break;
        }
        if removal.done == before {
            return Err(removal.failure.unwrap_or(Errno::NOTEMPTY).into());
        }
    }
    Ok(unlinkat(&parent, name, AtFlags::REMOVEDIR)?)
}

struct Removal {
    top: OwnedFd,
    /// Folders that were moved up: they are named by this number.
    moved: u64,
    /// What was removed or moved. Every folder is moved once at most, so that this has an end.
    done: u64,
    /// The last that could not be.
    failure: Option<Errno>,
}

impl Removal {
    /// Removes what the top holds, but for folders that were moved up meanwhile. Whether it held anything.
    fn pass(&mut self) -> Result<bool, Errno> {
        let mut held = false;
        let mut entries = Dir::read_from(&self.top)?;
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = entry.file_name();
            if is_itself(name) {
                continue;
            }
            held = true;
            if !is_folder(&self.top, name, entry.file_type()) {
                let removed = unlinkat(&self.top, name, AtFlags::empty());
                self.count(removed);
                continue;
            }
            let removed = self.remove_folder(name);
            self.count(removed);
        }
        Ok(held)
    }

    /// Removes a folder of the top's: the folders in it are moved up.
    fn remove_folder(&mut self, name: &CStr) -> Result<(), Errno> {
        match unlinkat(&self.top, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::ACCESS) => {}
            removed => return removed,
        }
        let folder = open(&self.top, name)?;
        let mut entries = Dir::read_from(&folder)?;
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = entry.file_name();
            if is_itself(name) {
                continue;
            }
            let removed = if is_folder(&folder, name, entry.file_type()) {
                unlinkat(&folder, name, AtFlags::REMOVEDIR).or_else(|_| self.move_up(&folder, name))
            } else {
                unlinkat(&folder, name, AtFlags::empty())
            };
            self.count(removed);
        }
        unlinkat(&self.top, name, AtFlags::REMOVEDIR)
    }

    fn move_up(&mut self, folder: &OwnedFd, name: &CStr) -> Result<(), Errno> {
        let mut is_opened = false;
        loop {
            let new = format!("pyteam-removes-{}", self.moved);
            match renameat(folder, name, &self.top, new.as_str()) {
                // Something of this name is there.
                Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => self.moved += 1,
                // A folder that is moved has its parent's name written into it.
                Err(Errno::ACCESS) if !is_opened => {
                    open(folder, name)?;
                    is_opened = true;
                }
                moved => {
                    self.moved += 1;
                    return moved;
                }
            }
        }
    }

    fn count(&mut self, removed: Result<(), Errno>) {
        match removed {
            Ok(()) => self.done += 1,
            // It was listed twice.
            Err(Errno::NOENT) => {}
            Err(failure) => self.failure = Some(failure),
        }
    }
}

fn is_itself(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"." | b"..")
}

fn is_folder(folder: &OwnedFd, name: &CStr, kind: FileType) -> bool {
    match kind {
        FileType::Unknown => statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|meta| FileType::from_raw_mode(meta.st_mode).is_dir()),
        kind => kind.is_dir(),
    }
}

/// Opens a folder, and no link to one, with the permissions that removing needs.
fn open(parent: &OwnedFd, name: impl Arg + Copy) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(parent, name, flags, Mode::empty()) {
        Err(Errno::ACCESS) => {
            open_up(parent, name)?;
            openat(parent, name, flags, Mode::empty())?
        }
        opened => opened?,
    };
    if !Mode::from_raw_mode(fstat(&folder)?.st_mode).contains(ALL) {
        fchmod(&folder, ALL)?;
    }
    Ok(folder)
}

/// Gives the owner of a folder, and not of what a link leads to, all permissions.
#[cfg(target_os = "linux")]
fn open_up(parent: &OwnedFd, name: impl Arg) -> Result<(), Errno> {
    use std::os::fd::AsRawFd;
    // The kernel changes no mode by a handle to a path, but by the path that leads to the handle.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(parent, name, flags, Mode::empty())?;
    rustix::fs::chmod(format!("/proc/self/fd/{}", folder.as_raw_fd()), ALL)
}

#[cfg(not(target_os = "linux"))]
fn open_up(parent: &OwnedFd, name: impl Arg) -> Result<(), Errno> {
    rustix::fs::chmodat(parent, name, ALL, AtFlags::SYMLINK_NOFOLLOW)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Makes `count` folders inside one another, without their paths.
    fn dig(top: &Path, count: usize) {
        let mut at = openat(CWD, top, OFlags::RDONLY, Mode::empty()).unwrap();
        for _ in 0..count {
            rustix::fs::mkdirat(&at, "d", ALL).unwrap();
            at = openat(&at, "d", OFlags::RDONLY, Mode::empty()).unwrap();
        }
        openat(&at, "file", OFlags::CREATE | OFlags::WRONLY, ALL).unwrap();
    }

    #[test]
    fn what_is_deep_and_what_is_closed_goes() {
        let scratch = tempfile::tempdir().unwrap();
        let top = scratch.path().join("top");
        fs::create_dir_all(top.join("closed/inner/most")).unwrap();
        fs::write(top.join("closed/inner/most/file"), "").unwrap();
        // In the way of what is moved up.
        fs::write(top.join("pyteam-removes-0"), "").unwrap();
        for (path, mode) in [("closed/inner/most", 0o000), ("closed/inner", 0o500), ("closed", 0o000)] {
            fs::set_permissions(top.join(path), Permissions::from_mode(mode)).unwrap();
        }
        dig(&top, 30_000);
        remove(&top).unwrap();
        assert!(fs::symlink_metadata(&top).is_err());
        // Nothing is there.
        remove(&top).unwrap();
    }

    #[test]
    fn links_are_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let (top, other) = (scratch.path().join("top"), scratch.path().join("other"));
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("file"), "kept").unwrap();
        for at in ["link", "a/link", "a/b/link"] {
            symlink(&other, top.join(at)).unwrap();
        }
        let link = scratch.path().join("link");
        symlink(&other, &link).unwrap();
        assert!(remove(&link).is_err());
        remove(&top).unwrap();
        assert!(fs::symlink_metadata(&top).is_err());
        assert_eq!(fs::read_to_string(other.join("file")).unwrap(), "kept");
    }

    #[test]
    fn what_cannot_go_is_said() {
        // `unlinkat` in `/proc` fails with EPERM, as root too.
        assert!(remove(Path::new("/proc/self/fdinfo")).is_err());
    }
}
