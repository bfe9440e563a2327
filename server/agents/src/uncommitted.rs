//! What the working tree holds that the last commit does not: what a piece of work came to, for those whom it is handed
//! on to.
//!
//! git itself is not asked, since a repository's own settings make it run programs: filters, hooks, a file system
//! monitor. [`gix`] is told that it must not trust them, and then leaves them be.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice;
use gix::discover::upwards::{Options as Upwards, TrustPolicy};
use gix::sec::Trust;

use crate::workspace_copy::LEFT_BEHIND;

/// So many files are named at most.
const MAX_FILES: usize = 2000;
/// Texts beyond this many bytes are not taken from the last commit.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Where a project's own packages are installed. Others say so themselves, by a `.gitignore` in it.
const ENVIRONMENT: &str = ".venv";

/// A file that is not as it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncommitted {
    /// Relative to the workspace.
    pub path: PathBuf,
    /// What was committed.
    pub committed: Committed,
}

/// What the last commit says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// There is no such file.
    Absent,
    /// This text.
    Text(Arc<str>),
    /// Something that is no text, or too much of it.
    Other,
}

/// The files of the workspace at `root` that are not as they were committed, by path. None where no repository is.
pub fn uncommitted(root: &Path) -> Option<Vec<Uncommitted>> {
    let look = Upwards { trust: TrustPolicy::Assume(Trust::Reduced), ..Upwards::default() };
    let options = gix::open::Options::isolated().with(Trust::Reduced);
    let trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
    let repository = gix::ThreadSafeRepository::discover_opts(root, look, trust).ok()?.to_thread_local();
    let top = repository.workdir()?.canonicalize().ok()?;
    let below = root.canonicalize().ok()?.strip_prefix(&top).ok()?.to_owned();
    let changed = changed_paths(&repository)?;
    let head = repository.head_tree().ok();
    let mut files = Vec::new();
    for path in changed {
        let Ok(relative) = Path::new(&path).strip_prefix(&below) else { continue };
        let is_installed = |part: &OsStr| part == ENVIRONMENT || LEFT_BEHIND.iter().any(|name| part == *name);
        if relative.iter().any(is_installed) || relative.as_os_str().is_empty() {
            continue;
        }
        let committed = head.as_ref().map_or(Committed::Absent, |head| committed(head, &path));
        files.push(Uncommitted { path: relative.to_owned(), committed });
        if files.len() == MAX_FILES {
            break;
        }
    }
    Some(files)
}

/// All paths that differ between the last commit, the index and the working tree, from the repository's top.
fn changed_paths(repository: &gix::Repository) -> Option<BTreeSet<String>> {
    let status = repository
        .status(gix::progress::Discard)
        .ok()?
        .untracked_files(gix::status::UntrackedFiles::Files)
        .index_worktree_submodules(None)
        .index_worktree_rewrites(None)
        .tree_index_track_renames(gix::status::tree_index::TrackRenames::Disabled);
    let mut paths = BTreeSet::new();
    for item in status.into_iter(None).ok()? {
        let item = item.ok()?;
        if says_something(&item)
            && let Ok(path) = item.location().to_str()
        {
            paths.insert(path.to_owned());
        }
    }
    Some(paths)
}

/// Whether an item is of a change, and not of what the index merely has to note.
fn says_something(item: &gix::status::Item) -> bool {
    match item {
        gix::status::Item::IndexWorktree(item) => item.summary().is_some(),
        gix::status::Item::TreeIndex(_) => true,
    }
}

fn committed(head: &gix::Tree<'_>, path: &str) -> Committed {
    let Ok(Some(entry)) = head.lookup_entry_by_path(path) else { return Committed::Absent };
    if !entry.mode().is_blob() {
        return Committed::Other;
    }
    let Ok(object) = entry.object() else { return Committed::Other };
    match std::str::from_utf8(&object.data) {
        Ok(text) if text.len() <= MAX_TEXT_BYTES => Committed::Text(text.into()),
        _ => Committed::Other,
    }
}

#[cfg(test)]
mod tests;
