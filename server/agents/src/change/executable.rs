//! Whether a file may be executed: the one bit of a mode that a change carries.

#[cfg(unix)]
use std::fs;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Whether its owner may execute it.
#[cfg(unix)]
pub fn is(meta: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

/// Elsewhere there is no such bit.
#[cfg(not(unix))]
pub fn is(_meta: &Metadata) -> bool {
    false
}

/// Makes a file executable for all who may read it, or for no user; other bits stay.
#[cfg(unix)]
pub fn set(path: &Path, executable: bool) -> io::Result<()> {
    match other(&fs::metadata(path)?, executable) {
        Some(wanted) => fs::set_permissions(path, wanted),
        None => Ok(()),
    }
}

/// The same for a file that is open.
#[cfg(unix)]
pub fn set_open(file: &File, executable: bool) -> io::Result<()> {
    match other(&file.metadata()?, executable) {
        Some(wanted) => file.set_permissions(wanted),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn other(meta: &Metadata, executable: bool) -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    let mode = meta.permissions().mode();
    let wanted = if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 };
    (wanted != mode).then(|| fs::Permissions::from_mode(wanted))
}

/// Elsewhere there is nothing to do.
#[cfg(not(unix))]
pub fn set(_path: &Path, _executable: bool) -> io::Result<()> {
    Ok(())
}

/// Elsewhere there is nothing to do.
#[cfg(not(unix))]
pub fn set_open(_file: &File, _executable: bool) -> io::Result<()> {
    Ok(())
}
