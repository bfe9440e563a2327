//! Whether a file may be executed: the one bit of a mode that a change carries.

use std::fs::Metadata;
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
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    let wanted = if executable { mode | (mode & 0o444) >> 2 } else { mode & !0o111 };
    if wanted == mode { Ok(()) } else { fs::set_permissions(path, fs::Permissions::from_mode(wanted)) }
}

/// Elsewhere there is nothing to do.
#[cfg(not(unix))]
pub fn set(_path: &Path, _executable: bool) -> io::Result<()> {
    Ok(())
}
