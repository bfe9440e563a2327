//! Reads the workspace in the background: open documents first, everything else in batches, then what
//! disappeared is forgotten and the index is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use pyteam_engine::{CancelToken, SettingsResolver};
use pyteam_index::project::{self, Requirements};
use pyteam_index::{key_of, path_of};
use rustc_hash::FxHashSet;
use tracing::{debug, error, info, trace};

use super::documents::OpenDocument;
use super::jobs::{Busy, guarded};
use super::owner::Owner;
use super::progress::Progress;
use crate::around::{self, Cut};
use crate::discover::{self, Discovered};
use crate::load::{self, Loaded, Watch, limits};

/// Files are taken in by so many at a time: the owner is not long away from its events, and links once for all.
const BATCH: usize = 32;
/// Indexing waits so long for the first document to be served.
const PATIENCE: Duration = Duration::from_millis(80);

/// What background work found.
pub(crate) enum Background {
    /// The files to read are known.
    Found {
        run: u64,
        total: usize,
        manifests: Vec<PathBuf>,
        requirements: Vec<Requirements>,
        folders: BTreeSet<PathBuf>,
        cuts: Vec<Cut>,
    },
    /// Some of them are read.
    Loaded { run: u64, files: Vec<Loaded> },
    /// All of them are.
    Finished { run: u64 },
    /// Files changed on disk, or were handed back to it by the editor.
    Reloaded { files: Vec<Loaded>, gone: Vec<PathBuf> },
    /// Manifests changed on disk.
    Requirements { manifests: Vec<PathBuf>, requirements: Vec<Requirements> },
}

/// The state of indexing.
pub(crate) struct Indexing {
    sender: Sender<Background>,
    /// The present run. News of others is stale.
    run: u64,
    token: CancelToken,
    is_running: bool,
    started: Instant,
    done: usize,
    total: usize,
    /// Whether some open document has been answered for, so that indexing need not wait any longer.
    pub(super) somebody_was_served: bool,
    /// All files that were found on disk.
    pub(super) known: FxHashSet<PathBuf>,
    seen: FxHashSet<PathBuf>,
    /// All manifests that were found.
    pub(super) manifests: Vec<PathBuf>,
    pub(super) progress: Progress,
}

impl Indexing {
    /// Nothing is indexed yet; news goes to `sender`.
    pub(crate) fn new(sender: Sender<Background>) -> Self {
        Self {
            sender,
            run: 0,
            token: CancelToken::default(),
            is_running: false,
            started: Instant::now(),
            done: 0,
            total: 0,
            somebody_was_served: false,
            known: FxHashSet::default(),
            seen: FxHashSet::default(),
            manifests: Vec::new(),
            progress: Progress::default(),
        }
    }

    /// Ends the present run where it is.
    pub(crate) fn stop(&mut self) {
        self.token.cancel();
        self.is_running = false;
    }

    /// How far the run is, in percent.
    pub(super) fn percentage(&self) -> u32 {
        (self.done * 100).checked_div(self.total).map_or(0, |percent| percent.min(100) as u32)
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        format!("{} of {} files", self.done, self.total)
    }

    /// Whether a run is under way.
    pub(super) fn is_running(&self) -> bool {
        self.is_running
    }
}

/// What a run or a reload needs, away from the owner.
struct Reader {
    settings: Arc<SettingsResolver>,
    busy: Arc<Busy>,
    token: CancelToken,
    sender: Sender<Background>,
}

impl Owner {
    /// Starts to index once some open document has been answered for, or soon.
    pub(super) fn index_soon(&mut self) {
        self.alarms.index.set(Instant::now() + PATIENCE);
    }

    /// Starts to index if its time has come.
    pub(super) fn index_if_due(&mut self, now: Instant) {
        let served = std::mem::take(&mut self.index.somebody_was_served);
        let alarm = &mut self.alarms.index;
        if alarm.rings(if served { now + PATIENCE } else { now }) {
            self.start_indexing();
        }
    }

    /// Reads the workspace from the start. What is known stays until it is known to be gone.
    pub(super) fn start_indexing(&mut self) {
        self.index.stop();
        self.end_progress();
        self.index.run += 1;
        self.index.token = CancelToken::default();
        self.index.is_running = true;
        self.index.started = Instant::now();
        (self.index.done, self.index.total) = (0, 0);
        self.index.seen.clear();
        self.is_outdated = true;
        let (run, reader) = (self.index.run, self.reader());
        let (folders, unmarked) = (self.folders.clone(), self.unmarked_folders());
        let spawned = thread::Builder::new().name("pyteam-index".into()).spawn(move || {
            guarded("indexing", || index(run, &folders, &unmarked, &reader));
        });
        if let Err(error) = spawned {
            error!("indexing could not start: {error}");
        }
    }

    fn reader(&self) -> Reader {
        Reader {
            settings: Arc::clone(&self.configuration.settings),
            busy: Arc::clone(self.jobs.busy()),
            token: self.index.token.clone(),
            sender: self.index.sender.clone(),
        }
    }

    /// Takes in what background work found.
    pub(super) fn take_background(&mut self, news: Background) {
        self.is_outdated = true;
        match news {
            Background::Found { run, total, manifests, requirements, folders, cuts } if run == self.index.run => {
                self.index.total = total;
                self.index.manifests = manifests;
                self.workspace.set_requirements(requirements);
                self.watch_folders(folders);
                self.tell_cuts(cuts);
                self.begin_progress();
            }
            Background::Loaded { run, files } if run == self.index.run => {
                self.index.done += files.len();
                for (path, ..) in &files {
                    self.index.seen.insert(path_of(path).into_owned());
                }
                self.take_files(files);
                self.report_progress();
            }
            Background::Finished { run } if run == self.index.run => self.finish_indexing(),
            Background::Reloaded { files, gone } => {
                let Indexing { known, seen, is_running, .. } = &mut self.index;
                // The end of a run keeps what it has seen.
                let into = if *is_running { seen } else { known };
                into.extend(files.iter().map(|(path, ..)| path_of(path).into_owned()));
                self.take_files(files);
                for path in gone {
                    self.forget(&path);
                }
                self.alarms.others.set(Instant::now());
            }
            Background::Requirements { manifests, requirements } => {
                self.index.manifests = manifests;
                self.workspace.set_requirements(requirements);
                self.recheck_all();
            }
            Background::Found { .. } | Background::Loaded { .. } | Background::Finished { .. } => {}
        }
    }

    /// The editor's text of an open document goes before the disk's.
    fn take_files(&mut self, mut files: Vec<Loaded>) {
        files.retain(|(path, ..)| !self.documents.get(path.as_str()).is_some_and(OpenDocument::is_python));
        let (count, start) = (files.len(), Instant::now());
        self.workspace.set_files(files);
        trace!(count, took = ?start.elapsed(), "linked files");
    }

    fn finish_indexing(&mut self) {
        self.index.is_running = false;
        let seen = std::mem::take(&mut self.index.seen);
        let before = std::mem::replace(&mut self.index.known, seen);
        for path in before {
            if !self.index.known.contains(&path) {
                self.forget(&path);
            }
        }
        self.workspace.set_complete(true);
        info!("indexed {} files in {:?}", self.index.total, self.index.started.elapsed());
        self.end_progress();
        // What "nobody does X" is known only now.
        self.recheck_all();
    }

    fn forget(&mut self, path: &Path) {
        self.index.known.remove(path);
        self.index.seen.remove(path);
        let key = key_of(path);
        if !self.documents.contains_key(&*key) {
            self.workspace.remove_file(&key);
        }
    }

    /// A document was closed: what is on disk holds from now on, if it belongs to the workspace at all.
    pub(super) fn restore_from_disk(&mut self, key: &str) {
        let path = path_of(key).into_owned();
        let belongs = self.index.known.contains(&path) || self.index.seen.contains(&path);
        if belongs {
            self.reload(vec![path]);
        } else {
            self.workspace.remove_file(key);
            self.alarms.others.set(Instant::now() + super::owner::OTHERS_AFTER);
        }
    }

    /// Reads Python files anew, off the owner's thread. New ones are taken in only if a walk would find them.
    pub(super) fn reload(&mut self, paths: Vec<PathBuf>) {
        let known = |path: &PathBuf| self.index.known.contains(path) || self.index.seen.contains(path);
        let (known, new): (Vec<_>, Vec<_>) = paths.into_iter().partition(known);
        let (folders, reader) = (self.folders.clone(), Reader { token: CancelToken::default(), ..self.reader() });
        self.jobs.run(move || {
            let new = new.into_iter().filter(|path| reader.would_be_found(path, &folders));
            let (present, gone) = known.into_iter().chain(new).partition::<Vec<_>, _>(|path| path.is_file());
            let files = present.iter().map(|path| load::load_file(path, &limits(&reader.settings, path)));
            let _ = reader.sender.send(Background::Reloaded { files: files.collect(), gone });
        });
    }

    /// Takes a new folder in, with everything below it.
    pub(super) fn take_folder(&mut self, folder: PathBuf) {
        let reader = Reader { token: CancelToken::default(), ..self.reader() };
        self.jobs.run(move || {
            let found = reader.discover(&[folder]);
            let files = found.files.iter().map(|path| load::load_file(path, &limits(&reader.settings, path)));
            let _ = reader.sender.send(Background::Reloaded { files: files.collect(), gone: Vec::new() });
        });
    }

    /// Reads manifests anew, off the owner's thread.
    pub(super) fn reload_manifests(&mut self, touched: &[PathBuf]) {
        let mut manifests: BTreeSet<PathBuf> = self.index.manifests.iter().chain(touched).cloned().collect();
        let sender = self.index.sender.clone();
        self.jobs.run(move || {
            manifests.retain(|path| path.is_file());
            let manifests: Vec<_> = manifests.into_iter().collect();
            let requirements = project::read(&manifests);
            let _ = sender.send(Background::Requirements { manifests, requirements });
        });
    }
}

/// One run, on a thread of its own.
fn index(run: u64, folders: &[PathBuf], unmarked: &BTreeMap<PathBuf, Vec<PathBuf>>, reader: &Reader) {
    reader.busy.make_way();
    let (found, cuts) = reader.discover_all(folders, unmarked);
    for (path, reason) in &found.problems {
        debug!("{} is left out: {reason}", path.display());
    }
    let Discovered { files, manifests, .. } = found;
    let requirements = project::read(&manifests);
    let source_folders = source_folders(&files, folders);
    let news = Background::Found { run, total: files.len(), manifests, requirements, folders: source_folders, cuts };
    if reader.sender.send(news).is_err() {
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
        limits: &|path| limits(&reader.settings, path),
        done: &|| {},
        cancelled: &|| {
            reader.busy.make_way();
            reader.token.is_cancelled()
        },
    };
    for batch in files.chunks(BATCH) {
        let Some(files) = load::load(&pool, batch, watch) else { return };
        if reader.sender.send(Background::Loaded { run, files }).is_err() {
            return;
        }
    }
    let _ = reader.sender.send(Background::Finished { run });
}

impl Reader {
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
