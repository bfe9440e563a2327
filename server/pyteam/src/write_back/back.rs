//! Taking back what was made of a unit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pyteam_agents::change::executable;

use super::NotWritten;
use super::entry::{Entry, bytes};
use super::folder::Content;
use super::state::State;
use super::unit::{clean, clean_all, move_away, put_beside, swap, sync_folders, write_over};

/// A file that was not taken back, since another program had changed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// The file.
    pub(crate) path: PathBuf,
    /// Whether there was such a file before the change.
    pub(crate) was_there: bool,
    /// Where its text from before the change lies.
    pub(crate) kept: Option<PathBuf>,
}

/// Whether some of the unit was made, and some not.
pub(super) fn is_half(unit: &[Entry<'_>]) -> io::Result<bool> {
    let (mut is_begun, mut is_open) = (false, false);
    for entry in unit {
        match entry.state()? {
            State::Made | State::Took => is_begun = true,
            State::Untouched => is_open = true,
            State::Torn => (is_begun, is_open) = (true, true),
            // It was made if the old text waits beside it.
            State::Changed => {
                is_begun |= entry.before.is_some() && entry.look_beside()?.is(bytes(entry.before.as_ref()));
            }
        }
    }
    Ok(is_begun && is_open)
}

/// Makes the files of `unit` what they were, but for those that another program has changed since; their old texts are
/// put into `keep`. Gives these, and the first file that could not be taken back.
pub(super) fn take_back(unit: &[Entry<'_>], keep: Option<&Path>) -> (Vec<Left>, Option<NotWritten>) {
    let (mut left, mut failed) = (Vec::new(), None);
    for entry in unit.iter().rev() {
        match take_back_one(entry) {
            Ok(true) => {}
            Ok(false) => {
                left.push(Left { path: entry.path.clone(), was_there: entry.before.is_some(), kept: kept(entry, keep) })
            }
            Err(error) => failed = Some(NotWritten::io(&entry.path, &error)),
        }
    }
    sync_folders(unit);
    (left, failed)
}

/// Whether the file is what it was, or what another program made of that.
fn take_back_one(entry: &Entry<'_>) -> io::Result<bool> {
    let is_back = match entry.state()? {
        State::Untouched => true,
        State::Changed => false,
        State::Made | State::Torn => restore(entry)?,
        State::Took => give_back(entry)?,
    };
    if is_back {
        clean_all(entry)?;
    }
    Ok(is_back)
}

/// Where the old text lies of a file that is not taken back: kept by the user's state folder, or still beside the file.
fn kept(entry: &Entry<'_>, keep: Option<&Path>) -> Option<PathBuf> {
    let kept = keep_text(entry, keep);
    let waits = || entry.look_beside().is_ok_and(|waiting| waiting.is(bytes(entry.before.as_ref())));
    if kept.is_none() && entry.before.is_some() && waits() {
        return Some(entry.temporary.clone());
    }
    if let Err(error) = clean(entry) {
        tracing::warn!("{} cannot be removed: {error}", entry.temporary.display());
    }
    kept
}

fn restore(entry: &Entry<'_>) -> io::Result<bool> {
    let folder = entry.waits_in()?;
    if let Some(wanted) = entry.mode_alone() {
        return executable::set_open(&folder.open_file(entry.name(), false)?, !wanted).map(|()| true);
    }
    let is_back = restore_text(entry)?;
    if let (true, true, Some(wanted), Some(_)) = (is_back, entry.in_place, entry.executable, &entry.before) {
        executable::set_open(&folder.open_file(entry.name(), false)?, !wanted)?;
    }
    Ok(is_back)
}

fn restore_text(entry: &Entry<'_>) -> io::Result<bool> {
    let folder = entry.waits_in()?;
    let after = bytes(entry.after.as_ref());
    match (bytes(entry.before.as_ref()), after) {
        (Some(before), Some(_)) if entry.in_place => {
            let Content::File(now, _) = entry.look()? else { return Ok(false) };
            write_over(&folder.open_file(entry.name(), true)?, &now, before)
        }
        (Some(before), Some(after)) => {
            if !entry.look_beside()?.is(Some(before)) {
                let made = folder.open_file(entry.name(), false)?;
                let (file, _) = put_beside(entry, &folder, before, Some(&made))?;
                entry.executable.map_or(Ok(()), |wanted| executable::set_open(&file, !wanted))?;
            }
            swap(entry, &folder, after, None)
        }
        (Some(_), None) => give_back(entry),
        (None, after) => move_away(entry, &folder, after.unwrap_or_default()),
    }
}

/// Puts what waits beside the file in its place again.
fn give_back(entry: &Entry<'_>) -> io::Result<bool> {
    let waits_in = entry.waits_in()?;
    match (&entry.after, entry.folder()?) {
        (Some(after), _) => swap(entry, &waits_in, after.as_bytes(), None),
        (None, Some(folder)) => waits_in.move_to_free(entry.waiting_name(), &folder, entry.name()),
        (None, None) => Ok(false),
    }
}

/// Puts the old text of a file where it does no harm.
fn keep_text(entry: &Entry<'_>, keep: Option<&Path>) -> Option<PathBuf> {
    let (before, keep) = (entry.before.as_ref()?, keep?);
    let name = Path::new(entry.path.file_name()?);
    fs::create_dir_all(keep).ok()?;
    (0..).map(|number| keep.join(number.to_string()).join(name)).find_map(|path| {
        match fs::create_dir(path.parent()?) {
            // An earlier attempt may have kept it already.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return fs::read(&path).is_ok_and(|found| found == before.as_bytes()).then_some(path);
            }
            made => made.ok()?,
        }
        fs::write(&path, before.as_bytes()).ok()?;
        Some(path)
    })
}
