//! Whether programs listen in what a program is shown.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;

use super::Policy;
use super::installation::is_of_the_system;

/// So many entries are looked at. Where there are more, there may be a socket.
const MAX_ENTRIES: usize = 200_000;

/// Whether there is a socket in what `policy` shows besides the system, or too much to tell.
pub(super) fn may_be_in(policy: &Policy) -> bool {
    let mut folders: Vec<PathBuf> = policy.read.iter().filter(|shown| !is_of_the_system(shown)).cloned().collect();
    let mut left = MAX_ENTRIES;
    while let Some(folder) = folders.pop() {
        if policy.hidden.contains(&folder) {
            continue;
        }
        // A file has no entries.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_socket() || left == 0 {
                return true;
            }
            left -= 1;
            if kind.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    false
}
