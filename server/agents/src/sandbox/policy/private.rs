//! What is closed to all users but its owner.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where the settings of a machine's programs are, with their passwords and keys. The rest of the system is as it was
/// installed, and the same everywhere.
pub(super) const PLACES: [&str; 2] = ["/etc", "/usr/local"];

/// So deep it is looked for.
const MAX_DEPTH: usize = 6;

/// What in `folder` is closed to other users.
pub(super) fn parts(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut private = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        let needed = if meta.is_dir() { 0o005 } else { 0o004 };
        if meta.is_symlink() {
            continue;
        }
        if meta.mode() & needed != needed {
            private.push(entry.path());
        } else if meta.is_dir() && depth < MAX_DEPTH {
            private.extend(parts(&entry.path(), depth + 1));
        }
    }
    private
}
