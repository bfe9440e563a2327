//! What is about to be written, kept in the user's state folder until it is: from it, a later run takes back what one
//! that was killed left half done.
//!
//! A journal is there as a whole or not at all, and on the disk before the first file changes. There is one lock for all:
//! a journal is only read under it, and only written under it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use pyteam_agents::user_dirs::private;

use super::entry::Entry;
use super::unit::sync;

/// The first line; the number is the format's.
const MAGIC: &str = "pyteam journal 2";
/// Says that all texts wait beside their files, and that from here on files change.
const BEGUN: &str = "begun";
/// How a journal's name ends.
const ENDING: &str = "journal";
/// How often is looked whether another run has written.
const STEP: Duration = Duration::from_millis(10);

/// The folder of journals.
#[derive(Debug)]
pub(super) struct Journals {
    folder: PathBuf,
}

/// Holds the right to write, and to read journals.
#[derive(Debug)]
pub(super) struct Lock(#[allow(dead_code, reason = "the lock lives as long as the file is open")] File);

/// The journal of a run that writes.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

/// The journal of a run that was killed.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// By unit: its files, and whether it may be half made.
    pub(super) units: Vec<(Vec<Entry<'static>>, bool)>,
}

impl Journals {
    /// Those in the user's folder for what is remembered.
    pub(super) fn of(state: &Path) -> Self {
        Self { folder: state.join("journals") }
    }

    /// Where the texts go of files that cannot be taken back.
    pub(super) fn keep(&self) -> PathBuf {
        self.folder.join("kept")
    }

    /// Whether a run that writes, or was killed, has left something here.
    pub(super) fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    /// Waits until no other run writes, for so long at most.
    pub(super) fn lock(&self, patience: Duration) -> io::Result<Lock> {
        private::make_folder(&self.folder)?;
        let path = self.folder.join("lock");
        let file = private::options().write(true).create(true).truncate(false).open(path)?;
        let end = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(STEP),
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(io::ErrorKind::WouldBlock, "another run of pyteam is writing files"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Writes the journal of `units`. When it comes back, it is on the disk.
    pub(super) fn create(&self, name: &str, units: &[Vec<Entry<'_>>], _lock: &Lock) -> io::Result<Journal> {
        let path = self.folder.join(format!("{name}.{ENDING}"));
        let unfinished = path.with_extension("tmp");
        let written = write(&unfinished, units, "").and_then(|file| {
            fs::rename(&unfinished, &path)?;
            sync_folder(&self.folder);
            Ok(file)
        });
        match written {
            Ok(file) => Ok(Journal { file, path }),
            Err(error) => {
                let _ = fs::remove_file(&unfinished);
                Err(error)
            }
        }
    }

    /// What runs have left that were killed, and removes journals that were never finished. One that cannot be read is
    /// set aside, and told of by its error.
    pub(super) fn left(&self, _lock: &Lock) -> Vec<Result<Found, (PathBuf, io::Error)>> {
        let mut all = Vec::new();
        for path in self.names() {
            if path.extension().is_some_and(|ending| ending != ENDING) {
                // It was cut off while it was written: nothing had been changed yet.
                let _ = fs::remove_file(&path);
                continue;
            }
            match read(&path) {
                Ok(units) => all.push(Ok(Found { path, units })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    if error.kind() == io::ErrorKind::InvalidData {
                        let _ = fs::rename(&path, path.with_extension("damaged"));
                    }
                    all.push(Err((path, error)));
                }
            }
        }
        all
    }

    fn names(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let is_journal = |path: &PathBuf| path.extension().is_some_and(|ending| ending == ENDING || ending == "tmp");
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_journal).collect();
        names.sort();
        names
    }
}

impl Journal {
    /// Notes that a unit was made as a whole.
    pub(super) fn done(&mut self, unit: usize) {
        // Without the note, the files themselves say so.
        let _ = writeln!(self.file, "{unit}");
    }

    /// Notes that from here on files change: before, none is half made, whatever it holds. `units` are written anew, where
    /// something turned out otherwise than the journal says.
    pub(super) fn begin(&mut self, units: Option<&Vec<Vec<Entry<'_>>>>) -> io::Result<()> {
        let Some(units) = units else {
            writeln!(self.file, "{BEGUN}")?;
            return sync(&self.file);
        };
        let unfinished = self.path.with_extension("tmp");
        let file = write(&unfinished, units, BEGUN)?;
        fs::rename(&unfinished, &self.path)?;
        self.path.parent().iter().for_each(|folder| sync_folder(folder));
        self.file = file;
        Ok(())
    }

    /// Removes the journal: everything is in order.
    pub(super) fn remove(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("{} cannot be removed: {error}", self.path.display());
        }
    }
}

fn write(path: &Path, units: &[Vec<Entry<'_>>], note: &str) -> io::Result<File> {
    let body = serde_json::to_vec(units)?;
    let mut file = private::options().write(true).create(true).truncate(true).open(path)?;
    write!(file, "{MAGIC}\n{}\n", blake3::hash(&body).to_hex())?;
    file.write_all(&body)?;
    write!(file, "\n{note}\n")?;
    file.sync_all()?;
    Ok(file)
}

/// Some file systems cannot, and keep their names anyway.
fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

fn read(path: &Path) -> io::Result<Vec<(Vec<Entry<'static>>, bool)>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no regular file"));
    }
    if !is_own(path)? {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is another user's"));
    }
    let text = fs::read(path)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut next = || lines.next().ok_or_else(damaged);
    let (magic, hash, body) = (next()?, next()?, next()?);
    if magic != MAGIC.as_bytes() || hash != blake3::hash(body).to_hex().as_bytes() {
        return Err(damaged());
    }
    let units: Vec<Vec<Entry<'static>>> = serde_json::from_slice(body).map_err(|_| damaged())?;
    let notes: Vec<&str> = lines.filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let is_begun = notes.contains(&BEGUN);
    let is_done = |unit: usize| notes.iter().any(|note| note.parse() == Ok(unit));
    Ok(units.into_iter().enumerate().map(|(at, unit)| (unit, is_begun && !is_done(at))).collect())
}

/// Whether only the user of this process could have written it: it says what files are to become.
#[cfg(unix)]
fn is_own(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::symlink_metadata(path)?;
    Ok(meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it is asked for")]
fn is_own(_path: &Path) -> io::Result<bool> {
    Ok(true)
}
