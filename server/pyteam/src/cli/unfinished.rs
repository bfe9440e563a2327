//! What an earlier run of pyteam left half written, because it was killed: taken back before anything is read.

use std::path::PathBuf;

use pyteam_agents::UserDirs;
use pyteam_display::Shown;

use super::Interrupted;
use super::console;
use super::place::Paths;
use super::report::plural;
use crate::discover;
use crate::write_back::{self, Left};

/// So many files are named of a change that was undone.
const MAX_NAMED: usize = 3;

/// Takes back what is half written in `workspaces` and the projects around them, and says so. Whether something still is.
pub(super) fn recover(workspaces: &[PathBuf], paths: &Paths) -> anyhow::Result<bool> {
    let around = workspaces.iter().filter_map(|path| discover::project_root(path));
    let places: Vec<PathBuf> = workspaces.iter().cloned().chain(around).collect();
    let recovered = write_back::recover(UserDirs::of_user().state.as_deref(), &places);
    for files in &recovered.undone {
        console::warning(Shown::text(undone(files, paths)));
    }
    say_left(&recovered.left, paths);
    for failure in &recovered.failed {
        let path = paths.shown(&failure.path);
        console::error(Shown::text(format!("{path}: cannot undo an interrupted change: {}", failure.reason)));
    }
    match recovered.interrupted {
        Some(signal) => {
            let said = "undid an interrupted change".to_owned();
            Err(Interrupted { signal, is_complete: true, said }.into())
        }
        None => Ok(!recovered.failed.is_empty()),
    }
}

fn undone(files: &[PathBuf], paths: &Paths) -> String {
    let named: Vec<String> = files.iter().take(MAX_NAMED).map(|file| paths.shown(file)).collect();
    let more = files.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "an earlier run was killed while it changed {}: undone in {}{more}",
        plural(files.len(), "file", "files"),
        named.join(", ")
    )
}

/// Says which files could not be taken back, and where their texts lie.
pub(super) fn say_left(left: &[Left], paths: &Paths) {
    for Left { path, was_there, kept } in left {
        let place = match kept {
            _ if !was_there => String::new(),
            Some(kept) => format!("; its earlier text is in {}", paths.shown(kept)),
            None => "; its earlier text could not be saved".to_owned(),
        };
        let path = paths.shown(path);
        console::warning(Shown::text(format!("{path} was changed by another program and is kept as it is{place}")));
    }
}
