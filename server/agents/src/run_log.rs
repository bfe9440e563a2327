//! What is remembered of runs: one file a run, one line of JSON for each thing that happened, only ever appended to.
//!
//! It is the user's own: in the state folder, with a mode that lets no other user read it. Of the brief it has only the
//! hash; the proposed change is kept beside it, so that it can be looked at later.

mod summary;
mod time;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub use self::summary::{Step, Summary, runs, show};
pub use self::time::utc;
use crate::event::Recorded;
use crate::user_dirs::{UserDirs, private};

/// So many runs are kept.
const MAX_RUNS: usize = 500;

/// One line of a run log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since 1970, in UTC.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub happened: Recorded,
}

/// The run log of one run. What cannot be written is logged, and holds up no run.
#[derive(Debug)]
pub struct RunLog {
    id: String,
    folder: PathBuf,
    file: Mutex<File>,
    diffs: AtomicUsize,
}

/// Where records stand: in the user's folder for what is remembered.
pub fn folder() -> Option<PathBuf> {
    Some(UserDirs::of_user().state?.join("runs"))
}

impl RunLog {
    /// Opens a new record in `folder`, with `goal` as what is wanted, free of secrets.
    pub fn create(folder: &Path, workflow: Option<&str>, workspace: &Path, goal: &str) -> io::Result<Self> {
        private::make_folder(folder)?;
        prune(folder);
        let (id, file) = loop {
            let id = new_id();
            match open(&folder.join(format!("{id}.jsonl")), true) {
                Ok(file) => break (id, file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        let run_log = Self { id, folder: folder.to_owned(), file: Mutex::new(file), diffs: AtomicUsize::new(0) };
        run_log.add(&Recorded::Opened {
            id: run_log.id.clone(),
            workflow: workflow.map(str::to_owned),
            workspace: workspace.display().to_string(),
            goal: pyteam_display::sanitize(goal, 300),
            process: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        });
        Ok(run_log)
    }

    /// Goes on with the run log `id`, that of a workflow which is resumed.
    pub fn resume(folder: &Path, id: &str) -> io::Result<Self> {
        if !is_id(id) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "unknown run ID"));
        }
        let file = open(&folder.join(format!("{id}.jsonl")), false)?;
        let kept = fs::read_dir(folder)?.flatten();
        let is_diff = |name: &str| {
            let number = name.strip_prefix(id).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".diff"));
            number.is_some_and(|number| number.parse::<usize>().is_ok())
        };
        let diffs = kept.filter(|entry| entry.file_name().to_str().is_some_and(is_diff)).count();
        Ok(Self { id: id.to_owned(), folder: folder.to_owned(), file: Mutex::new(file), diffs: diffs.into() })
    }

    /// The run's name: when it began, and four letters. Names sort by time.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Appends a line.
    pub fn add(&self, happened: &Recorded) {
        let line = Line { at: now(), happened: happened.clone() };
        let Ok(mut text) = serde_json::to_vec(&line) else { return };
        text.push(b'\n');
        // One write, so that lines of two processes do not mix.
        let written = self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text);
        if let Err(error) = written {
            tracing::warn!("cannot write the record of run {}: {error}", self.id);
        }
    }

    /// Keeps an answer's document beside the run log, and says where.
    pub fn keep_document(&self, document: &str) -> io::Result<PathBuf> {
        let path = self.folder.join(format!("{}.md", self.id));
        open(&path, true)?.write_all(document.as_bytes())?;
        Ok(path)
    }

    /// Keeps a proposed change beside the run log; [`RunLog::last_diff`] says where.
    pub fn keep_diff(&self, diff: &str) {
        let number = self.diffs.fetch_add(1, Ordering::Relaxed) + 1;
        let kept = open(&self.diff_path(number), true).and_then(|mut file| file.write_all(diff.as_bytes()));
        if let Err(error) = kept {
            tracing::warn!("cannot save the diff of run {}: {error}", self.id);
        }
    }

    /// The file that holds the last proposed change as a unified diff, where there is one.
    pub fn last_diff(&self) -> Option<PathBuf> {
        let number = self.diffs.load(Ordering::Relaxed);
        (number > 0).then(|| self.diff_path(number))
    }

    /// Keeps the last proposed change as a person is shown it, where that is not what the diff itself says: with marks
    /// for what is not seen. The file to be shown, where there is one.
    pub fn preview(&self, shown: &str) -> Option<PathBuf> {
        let diff = self.last_diff()?;
        if fs::read_to_string(&diff).is_ok_and(|kept| kept == shown) {
            return Some(diff);
        }
        let path = diff.with_extension("preview.diff");
        match fs::remove_file(&path)
            .or_else(ignore_missing)
            .and_then(|()| open(&path, true)?.write_all(shown.as_bytes()))
        {
            Ok(()) => Some(path),
            Err(error) => {
                tracing::warn!("cannot save the preview of run {}: {error}", self.id);
                None
            }
        }
    }

    fn diff_path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{}.{number}.diff", self.id))
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn new_id() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {} {}", since.as_nanos(), std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let tail = blake3::hash(seed.as_bytes()).to_hex();
    // Names sort by time, also those of one second.
    format!("{}{:03}-{}", time::compact(since.as_secs()), since.subsec_millis(), &tail[..4])
}

/// Whether `text` may be a run's name, and no path.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn open(path: &Path, is_new: bool) -> io::Result<File> {
    private::options().append(true).create_new(is_new).open(path)
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Removes the oldest records, and what is kept beside them.
fn prune(folder: &Path) {
    let names = summary::names(folder);
    let Some(oldest_kept) = names.get(MAX_RUNS - 1) else { return };
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.split('.').next()) else { continue };
        if is_id(id) && id < oldest_kept.as_str() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
