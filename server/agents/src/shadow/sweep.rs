//! The folder that a shadow stands in: made private, and removed also where somebody does not want it to be.

use std::path::Path;
use std::{fs, io};

use tempfile::TempDir;

/// How the folders are called: the process's number follows.
const PREFIX: &str = "pyteam-run-";

/// A new folder below `scratch` that nobody else can look into.
pub(super) fn private_folder(scratch: &Path) -> io::Result<TempDir> {
    fs::create_dir_all(scratch)?;
    let mut folder = tempfile::Builder::new();
    let prefix = format!("{PREFIX}{}-", std::process::id());
    folder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        folder.permissions(fs::Permissions::from_mode(0o700));
    }
    folder.tempdir_in(scratch)
}

/// Removes what a server that was killed could not remove.
#[cfg(unix)]
pub(super) fn remove_abandoned(scratch: &Path) {
    use rustix::process::{Pid, getuid, test_kill_process};
    use std::os::unix::fs::MetadataExt;

    let Ok(entries) = fs::read_dir(scratch) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let Some(owner) = owner.split('-').next().and_then(|number| number.parse().ok()).and_then(Pid::from_raw) else {
            continue;
        };
        // Not a link, and ours: others may put anything into a shared folder.
        let is_ours = entry.metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == getuid().as_raw());
        if is_ours && test_kill_process(owner) == Err(rustix::io::Errno::SRCH) {
            let _ = remove_stubborn(&entry.path());
        }
    }
}

/// Elsewhere the system empties its temporary folder itself.
#[cfg(not(unix))]
pub(super) fn remove_abandoned(_scratch: &Path) {}

/// Removes a folder, and gives its folders the permissions that removing needs.
pub(super) fn remove_stubborn(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    open_up(path);
    fs::remove_dir_all(path)
}

#[cfg(unix)]
fn open_up(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // `symlink_metadata`: what a link points to is none of ours.
        if !fs::symlink_metadata(&folder).is_ok_and(|meta| meta.is_dir()) {
            continue;
        }
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        if let Ok(entries) = fs::read_dir(&folder) {
            folders.extend(
                entries
                    .flatten()
                    .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                    .map(|entry| entry.path()),
            );
        }
    }
}

#[cfg(not(unix))]
fn open_up(_folder: &Path) {}
