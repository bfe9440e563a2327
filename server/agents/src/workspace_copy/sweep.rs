//! The folder that a copy stands in: made private, and removed also where an agent does not want it to be.

use std::path::{Path, PathBuf};
use std::{fs, io, mem};

/// How the folders are called: the process's number follows.
const PREFIX: &str = "pyteam-run-";

/// A folder that is removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it. An error says where something stays.
    pub(super) fn close(mut self) -> io::Result<()> {
        remove(&mem::take(&mut self.0))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Empty where it was closed.
        if !self.0.as_os_str().is_empty() {
            let _ = remove(&self.0).inspect_err(|error| tracing::warn!("{error}"));
        }
    }
}

/// A new folder below `scratch` that other users cannot look into.
pub(super) fn private_folder(scratch: &Path) -> io::Result<Folder> {
    fs::create_dir_all(scratch)?;
    let mut folder = tempfile::Builder::new();
    let prefix = format!("{PREFIX}{}-", std::process::id());
    folder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        folder.permissions(fs::Permissions::from_mode(0o700));
    }
    Ok(Folder(folder.tempdir_in(scratch)?.keep()))
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
            let _ = remove(&entry.path()).inspect_err(|error| tracing::warn!("{error}"));
        }
    }
}

/// Elsewhere the system empties its temporary folder itself.
#[cfg(not(unix))]
pub(super) fn remove_abandoned(_scratch: &Path) {}

/// Removes a folder with all that is in it.
fn remove(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    let removed = super::remove::remove(path);
    // Without a stack for each level, by the standard library.
    #[cfg(not(unix))]
    let removed = match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    removed.map_err(|error| io::Error::new(error.kind(), format!("cannot remove {}: {error}", path.display())))
}
