//! Reads the workspace in the background: open documents first, everything else in batches, then what disappeared is
//! forgotten and the index is complete.

mod progress;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crossbeam_channel::Sender;
use pyteam_engine::{CancelToken, SettingsResolver};
use pyteam_index::path_of;
use pyteam_index::project::Requirements;
use rustc_hash::FxHashSet;
use tower_lsp::ls_types::{MessageType, ProgressToken};
use tracing::{error, info};

pub(crate) use self::scan::IndexNews;

use self::progress::ProgressBar;
use self::scan::Scanner;
use super::client::ClientMessage;
use super::foreground::Foreground;
use super::jobs::guarded;
use crate::around::Cut;
use crate::load::Loaded;

/// The state of indexing.
pub(crate) struct Indexer {
    sender: Sender<IndexNews>,
    foreground: Arc<Foreground>,
    /// The present run. News of others is stale.
    run: u64,
    cancel: CancelToken,
    is_running: bool,
    started: Instant,
    done: usize,
    total: usize,
    /// All files that were found on disk.
    known: FxHashSet<PathBuf>,
    /// Those that the present run found.
    seen: FxHashSet<PathBuf>,
    manifests: Vec<PathBuf>,
    /// Folders that were reported to hold too much.
    reported: Vec<Cut>,
    progress: ProgressBar,
    /// The user asked for the present run, and is told of its end.
    is_announced: bool,
}

/// What news means for the state.
pub(crate) enum IndexUpdate {
    /// A run knows the files to read.
    Started {
        /// What the manifests require.
        requirements: Vec<Requirements>,
        /// The folders that Python files are in.
        folders: BTreeSet<PathBuf>,
        /// Folders with too much in them, each reported once.
        cuts: Vec<Cut>,
    },
    /// Files are read.
    Files(Vec<Loaded>),
    /// All files are in; these are gone.
    Complete(Vec<PathBuf>),
    /// Files that changed.
    Reloaded {
        /// Those that are there.
        files: Vec<Loaded>,
        /// Those that are gone.
        gone: Vec<PathBuf>,
    },
    /// What manifests require that changed.
    Requirements(Vec<Requirements>),
}

impl Indexer {
    /// Nothing is indexed yet; news goes to `sender`. Between two files, background work yields to `foreground`.
    pub(crate) fn new(sender: Sender<IndexNews>, foreground: Arc<Foreground>) -> Self {
        Self {
            sender,
            foreground,
            run: 0,
            cancel: CancelToken::default(),
            is_running: false,
            started: Instant::now(),
            done: 0,
            total: 0,
            known: FxHashSet::default(),
            seen: FxHashSet::default(),
            manifests: Vec::new(),
            reported: Vec::new(),
            progress: ProgressBar::default(),
            is_announced: false,
        }
    }

    /// Ends the present run where it is. What is known stays.
    pub(super) fn stop(&mut self) -> Option<ClientMessage> {
        self.cancel.cancel();
        self.is_running = false;
        self.progress.end()
    }

    /// Reads the workspace from the start, off this thread. What is known stays until it is known to be gone. Of folders that
    /// are `unmarked`, what belongs to their open files.
    pub(super) fn start(
        &mut self,
        folders: Vec<PathBuf>,
        unmarked: BTreeMap<PathBuf, Vec<PathBuf>>,
        settings: &Arc<SettingsResolver>,
    ) -> Option<ClientMessage> {
        let ended = self.stop();
        self.run += 1;
        self.cancel = CancelToken::default();
        self.is_running = true;
        self.started = Instant::now();
        (self.done, self.total) = (0, 0);
        self.seen.clear();
        let (run, scanner) = (self.run, self.scanner(settings, self.cancel.clone()));
        let spawned = thread::Builder::new().name("pyteam-index".into()).spawn(move || {
            guarded("indexing", || scan::scan(run, &folders, &unmarked, &scanner));
        });
        if let Err(error) = spawned {
            error!("indexing could not start: {error}");
        }
        ended
    }

    fn scanner(&self, settings: &Arc<SettingsResolver>, cancel: CancelToken) -> Scanner {
        let (settings, foreground) = (Arc::clone(settings), Arc::clone(&self.foreground));
        Scanner { settings, foreground, cancel, sender: self.sender.clone() }
    }

    /// Takes in what background work found. `None` where it is of a run that was stopped.
    pub(super) fn take(&mut self, news: IndexNews) -> Option<IndexUpdate> {
        match news {
            IndexNews::Found { run, total, found } if run == self.run => {
                self.total = total;
                self.manifests = found.manifests;
                let mut cuts = found.cuts;
                cuts.retain(|cut| !self.reported.contains(cut));
                self.reported.extend(cuts.iter().cloned());
                Some(IndexUpdate::Started { requirements: found.requirements, folders: found.folders, cuts })
            }
            IndexNews::Loaded { run, files } if run == self.run => {
                self.done += files.len();
                self.seen.extend(paths(&files));
                Some(IndexUpdate::Files(files))
            }
            IndexNews::Finished { run } if run == self.run => Some(IndexUpdate::Complete(self.finish())),
            IndexNews::Reloaded { files, gone } => {
                // The end of a run keeps what it has seen.
                let into = if self.is_running { &mut self.seen } else { &mut self.known };
                into.extend(paths(&files));
                for path in &gone {
                    self.known.remove(path);
                    self.seen.remove(path);
                }
                Some(IndexUpdate::Reloaded { files, gone })
            }
            IndexNews::Manifests { manifests, requirements } => {
                self.manifests = manifests;
                Some(IndexUpdate::Requirements(requirements))
            }
            IndexNews::Found { .. } | IndexNews::Loaded { .. } | IndexNews::Finished { .. } => None,
        }
    }

    /// Ends a run whose files are all in. Those that it did not see any more.
    fn finish(&mut self) -> Vec<PathBuf> {
        self.is_running = false;
        let seen = std::mem::take(&mut self.seen);
        let before = std::mem::replace(&mut self.known, seen);
        info!("indexed {} files in {:?}", self.total, self.started.elapsed());
        before.into_iter().filter(|path| !self.known.contains(path)).collect()
    }

    /// Whether the file at `path` was found on disk.
    pub(super) fn knows(&self, path: &Path) -> bool {
        self.known.contains(path) || self.seen.contains(path)
    }

    /// The files that were found below `folder`.
    pub(super) fn files_below(&self, folder: &Path) -> impl Iterator<Item = PathBuf> {
        self.known.iter().filter(move |file| file.starts_with(folder)).cloned()
    }

    /// A job that reads Python files anew. New ones are taken in only if a walk of `folders` would find them.
    pub(super) fn reload(
        &self,
        paths: Vec<PathBuf>,
        folders: Vec<PathBuf>,
        settings: &Arc<SettingsResolver>,
    ) -> impl FnOnce() + Send + use<> {
        let (known, new) = paths.into_iter().partition(|path| self.knows(path));
        let scanner = self.scanner(settings, CancelToken::default());
        move || scanner.reload(known, new, &folders)
    }

    /// A job that reads a new folder, with everything below it.
    pub(super) fn read_folder(
        &self,
        folder: PathBuf,
        settings: &Arc<SettingsResolver>,
    ) -> impl FnOnce() + Send + use<> {
        let scanner = self.scanner(settings, CancelToken::default());
        move || scanner.read_folder(folder)
    }

    /// A job that reads all manifests anew, with those that were `touched`.
    pub(super) fn read_manifests(
        &self,
        touched: &[PathBuf],
        settings: &Arc<SettingsResolver>,
    ) -> impl FnOnce() + Send + use<> {
        let manifests = self.manifests.iter().chain(touched).cloned().collect();
        let scanner = self.scanner(settings, CancelToken::default());
        move || scanner.read_manifests(manifests)
    }

    /// Asks the client for a progress bar.
    pub(super) fn begin_progress(&mut self) -> ClientMessage {
        self.progress.begin()
    }

    /// The client made a progress bar.
    pub(super) fn progress_created(&mut self, token: ProgressToken) -> Vec<ClientMessage> {
        self.progress.created(token, self.is_running, self.done, self.total)
    }

    /// Moves the progress bar.
    pub(super) fn report_progress(&mut self) -> Option<ClientMessage> {
        self.progress.report(self.done, self.total)
    }

    /// The end of the present run is said, because the user asked for it.
    pub(super) fn announce(&mut self) {
        self.is_announced = true;
    }

    /// Takes the progress bar away, and says how many files were read where that is [announced](Self::announce).
    pub(super) fn end_progress(&mut self) -> impl Iterator<Item = ClientMessage> + use<> {
        let files = if self.total == 1 { "file" } else { "files" };
        let text = format!("pyteam: Index rebuilt: {} {files}", self.total);
        let said = std::mem::take(&mut self.is_announced).then(|| ClientMessage::ShowMessage(MessageType::INFO, text));
        self.progress.end().into_iter().chain(said)
    }

    /// Whether `token` is that of the progress bar.
    pub(super) fn owns_progress(&self, token: &ProgressToken) -> bool {
        self.progress.is(token)
    }
}

fn paths(files: &[Loaded]) -> impl Iterator<Item = PathBuf> {
    files.iter().map(|(path, ..)| path_of(path).into_owned())
}
