//! Walks folders and reads files for the index, off the main loop's thread.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_engine::{CancelToken, SettingsResolver};
use pyteam_index::project::{self, Requirements};
use tracing::{debug, error};

use crate::around::{self, Cut};
use crate::discover::{self, Discovered};
use crate::load::{self, Loaded, Watch, limits};
use crate::lsp::foreground::Foreground;

/// The main loop takes in so many files at a time: it is not long away from its events, and links once for all.
const BATCH: usize = 32;

/// What background work found.
pub(crate) enum IndexNews {
    /// The files to read are known.
    Found { run: u64, total: usize, found: Found },
    /// Some of them are read.
    Loaded { run: u64, files: Vec<Loaded> },
    /// All of them are.
    Finished { run: u64 },
    /// Files changed on disk, or were handed back to it by the editor.
    Reloaded { files: Vec<Loaded>, gone: Vec<PathBuf> },
    /// Manifests changed on disk.
    Manifests { manifests: Vec<PathBuf>, requirements: Vec<Requirements> },
}

/// What a walk found besides Python files.
pub(crate) struct Found {
    /// Manifests.
    pub(super) manifests: Vec<PathBuf>,
    /// What they require.
    pub(super) requirements: Vec<Requirements>,
    /// The folders that Python files are in, and those between them and the workspace's folders.
    pub(super) folders: BTreeSet<PathBuf>,
    /// Folders of which only a part was looked through.
    pub(super) cuts: Vec<Cut>,
}

/// What a run or a reload needs.
pub(super) struct Scanner {
    pub(super) settings: Arc<SettingsResolver>,
    pub(super) foreground: Arc<Foreground>,
    pub(super) cancel: CancelToken,
    pub(super) sender: Sender<IndexNews>,
}

/// Reads the workspace, on a thread of its own. Of folders that are `unmarked`, what belongs to their open files.
pub(super) fn scan(run: u64, folders: &[PathBuf], unmarked: &BTreeMap<PathBuf, Vec<PathBuf>>, scanner: &Scanner) {
    scanner.foreground.yield_to_foreground();
    let (found, cuts) = scanner.discover_all(folders, unmarked);
    for (path, reason) in &found.problems {
        debug!("{} is left out: {reason}", path.display());
    }
    let Discovered { files, manifests, .. } = found;
    let requirements = project::read(&manifests);
    let found = Found { manifests, requirements, folders: source_folders(&files, folders), cuts };
    if scanner.sender.send(IndexNews::Found { run, total: files.len(), found }).is_err() {
        return;
    }
    let pool = match load::pool(0, "pyteam-load") {
        Ok(pool) => pool,
        Err(error) => {
            error!("indexing could not start: {error}");
            return;
        }
    };
    let watch = Watch {
        limits: &|path| limits(&scanner.settings, path),
        done: &|| {},
        canceled: &|| {
            scanner.foreground.yield_to_foreground();
            scanner.cancel.is_canceled()
        },
    };
    for batch in files.chunks(BATCH) {
        let Some(files) = load::load(&pool, batch, watch) else { return };
        if scanner.sender.send(IndexNews::Loaded { run, files }).is_err() {
            return;
        }
    }
    let _ = scanner.sender.send(IndexNews::Finished { run });
}

impl Scanner {
    /// Reads Python files anew. `new` ones are taken in only if a walk of `folders` would find them.
    pub(super) fn reload(&self, known: Vec<PathBuf>, new: Vec<PathBuf>, folders: &[PathBuf]) {
        let new = new.into_iter().filter(|path| self.would_be_found(path, folders));
        let (present, gone) = known.into_iter().chain(new).partition::<Vec<_>, _>(|path| path.is_file());
        let _ = self.sender.send(IndexNews::Reloaded { files: self.load(&present), gone });
    }

    /// Reads a new folder, with everything below it.
    pub(super) fn read_folder(&self, folder: PathBuf) {
        let found = self.discover(&[folder]);
        let _ = self.sender.send(IndexNews::Reloaded { files: self.load(&found.files), gone: Vec::new() });
    }

    /// Reads manifests anew.
    pub(super) fn read_manifests(&self, mut manifests: BTreeSet<PathBuf>) {
        manifests.retain(|path| path.is_file());
        let manifests: Vec<_> = manifests.into_iter().collect();
        let requirements = project::read(&manifests);
        let _ = self.sender.send(IndexNews::Manifests { manifests, requirements });
    }

    fn load(&self, paths: &[PathBuf]) -> Vec<Loaded> {
        paths.iter().map(|path| load::load_file(path, &limits(&self.settings, path))).collect()
    }

    fn discover(&self, roots: &[PathBuf]) -> Discovered {
        discover::discover(roots, &|path| self.settings.for_path(path).is_excluded(path))
    }

    /// Walks the workspace's folders. Of those that are `unmarked`, what belongs to their open files.
    fn discover_all(&self, folders: &[PathBuf], unmarked: &BTreeMap<PathBuf, Vec<PathBuf>>) -> (Discovered, Vec<Cut>) {
        let whole: Vec<PathBuf> = folders.iter().filter(|folder| !unmarked.contains_key(*folder)).cloned().collect();
        let mut found = self.discover(&whole);
        let mut cuts = Vec::new();
        for (folder, files) in unmarked {
            let around = around::look_around(folder, files, &|path| self.settings.for_path(path).is_excluded(path));
            found.files.extend(around.found.files);
            found.manifests.extend(around.found.manifests);
            found.problems.extend(around.found.problems);
            cuts.extend(around.cut);
        }
        found.sort();
        (found, cuts)
    }

    /// Whether a walk of the workspace would find the file at `path`.
    fn would_be_found(&self, path: &Path, folders: &[PathBuf]) -> bool {
        let Some(root) = folders.iter().find(|root| path.starts_with(root)) else { return false };
        let Some(parent) = path.parent() else { return false };
        let mut between = parent.ancestors().take_while(|folder| *folder != root.as_path());
        let excluded = |path: &Path| self.settings.for_path(path).is_excluded(path);
        if !between.all(|folder| discover::is_source_folder(folder) && !excluded(folder)) {
            return false;
        }
        // The walk of one folder knows of .gitignore files, also of those above.
        let found = discover::discover(&[parent.to_owned()], &|other| other != path || excluded(path));
        found.files.iter().any(|found| found == path)
    }
}

/// The folders that `files` are in, and those between them and the workspace's folders.
fn source_folders(files: &[PathBuf], roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut folders: BTreeSet<PathBuf> = roots.iter().cloned().collect();
    for file in files {
        let Some(root) = roots.iter().find(|root| file.starts_with(root)) else { continue };
        for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
            if !folders.insert(folder.to_owned()) {
                break;
            }
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_between_files_and_roots_are_watched_too() {
        let paths = |all: &[&str]| all.iter().map(PathBuf::from).collect::<Vec<_>>();
        let folders = source_folders(&paths(&["/w/a/b/c.py", "/w/a/d.py", "/elsewhere/e.py"]), &paths(&["/w"]));
        assert_eq!(folders.into_iter().collect::<Vec<_>>(), paths(&["/w", "/w/a", "/w/a/b"]));
    }
}
