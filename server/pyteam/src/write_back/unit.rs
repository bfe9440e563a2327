//! Making and taking back the changes of one unit.
//!
//! The new texts are put beside the files first, complete and with all attributes. Then each is swapped with its file in
//! one step of the file system, and what came out is compared with what was read: a text that another program wrote in
//! the last moment goes back where it was. The old files wait beside the new ones until the whole unit is there; taking
//! back is swapping again.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pyteam_agents::change::executable;
use pyteam_agents::places::private;

use super::entry::{Content, Entry, State, bytes};
use super::{NotWritten, attributes};

/// So many files are synced at once.
const SYNCS: usize = 32;

/// A file that was not taken back, since another program had changed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Left {
    /// The file.
    pub(crate) path: PathBuf,
    /// Where its text from before the change lies.
    pub(crate) kept: Option<PathBuf>,
}

/// Puts the new text of `entry` beside its file.
pub(super) fn stage(entry: &mut Entry<'_>) -> io::Result<()> {
    let Some(after) = &entry.after else { return Ok(()) };
    if entry.in_place || entry.mode_alone().is_some() {
        return Ok(());
    }
    let original = entry.before.is_some().then_some(&*entry.path);
    match put_beside(&entry.temporary, after.as_bytes(), original) {
        Ok(true) => entry.executable.map_or(Ok(()), |wanted| executable::set(&entry.temporary, wanted)),
        Ok(false) => {
            entry.in_place = true;
            remove(&entry.temporary)
        }
        // A folder that takes no new files may hold one that can be written over.
        Err(error) if original.is_some() && is_refusal(&error) && !entry.temporary.exists() => {
            entry.in_place = true;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Writes a new file. Whether it could be given all that `original` has.
fn put_beside(path: &Path, text: &[u8], original: Option<&Path>) -> io::Result<bool> {
    // Until it has its owner, other users may not read it.
    let mut options = if original.is_some() { private::options() } else { OpenOptions::new() };
    let mut file = options.write(true).create_new(true).open(path)?;
    file.write_all(text)?;
    Ok(original.is_none_or(|original| attributes::carry_over(original, &file, path)))
}

/// Sees the texts that wait on the disk: after a power failure, a name must not lead to one that never got there. Many
/// at once, which a file system takes together.
pub(super) fn sync_texts<'e>(entries: impl Iterator<Item = &'e Entry<'e>>) {
    let waits = |entry: &&Entry<'_>| !entry.in_place && entry.mode_alone().is_none();
    let waiting: Vec<&Path> = entries.filter(waits).map(|entry| &*entry.temporary).collect();
    let sync = |paths: &[&Path]| {
        for path in paths {
            // What cannot be synced now is taken back from the journal then.
            let _ = File::open(path).and_then(|file| file.sync_data());
        }
    };
    std::thread::scope(|scope| {
        for paths in waiting.chunks(waiting.len().div_ceil(SYNCS).max(1)) {
            scope.spawn(move || sync(paths));
        }
    });
}

/// Makes the change of one file that was staged. The error is the file's; what was done before stays done.
pub(super) fn commit(entry: &Entry<'_>) -> Result<(), NotWritten> {
    let io = |error: io::Error| NotWritten::io(&entry.path, &error);
    if let Some(wanted) = entry.mode_alone() {
        let is_it = entry.look(&entry.path).map_err(io)?.is(entry.before.as_ref().map(|text| text.as_bytes()));
        return if is_it {
            executable::set(&entry.path, wanted).map_err(io)
        } else {
            Err(NotWritten::changed(&entry.path))
        };
    }
    let done = match (&entry.before, &entry.after) {
        (Some(before), Some(after)) if entry.in_place => {
            let done = write_over(&entry.path, before.as_bytes(), after.as_bytes()).map_err(io)?;
            if let (true, Some(wanted)) = (done, entry.executable) {
                executable::set(&entry.path, wanted).map_err(io)?;
            }
            done
        }
        (Some(before), Some(_)) => swap(entry, before.as_bytes()).map_err(io)?,
        (None, Some(_)) => {
            let folder = entry.path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder).map_err(io)?;
            move_to_free(&entry.temporary, &entry.path).map_err(io)?
        }
        (Some(before), None) => {
            move_to_free(&entry.path, &entry.temporary).map_err(io)?;
            let is_it = entry.look(&entry.temporary).map_err(io)?.is(Some(before.as_bytes()));
            if !is_it {
                move_to_free(&entry.temporary, &entry.path).map_err(io)?;
            }
            is_it
        }
        (None, None) => true,
    };
    if done { Ok(()) } else { Err(NotWritten::changed(&entry.path)) }
}

/// Removes what waited beside the file, if it is a text of ours.
pub(super) fn clean(entry: &Entry<'_>) -> io::Result<()> {
    if entry.is_ours(&entry.look(&entry.temporary)?) { remove(&entry.temporary) } else { Ok(()) }
}

/// Has the file system keep the names as they are now.
pub(super) fn sync_folders(unit: &[Entry<'_>]) {
    let folders: BTreeSet<&Path> = unit.iter().filter_map(|entry| entry.path.parent()).collect();
    for folder in folders {
        sync_folder(folder);
    }
}

/// Some file systems cannot, and keep their names anyway.
pub(super) fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

/// Whether some of the unit was made, and some not.
pub(super) fn is_half(unit: &[Entry<'_>]) -> io::Result<bool> {
    let (mut is_begun, mut is_open) = (false, false);
    for entry in unit {
        match entry.state()? {
            State::After => is_begun = true,
            State::Before => is_open = true,
            State::Torn => (is_begun, is_open) = (true, true),
            // Changed before its turn if the new text still waits, and after it if the old one does.
            State::Foreign => {
                let waiting = entry.look(&entry.temporary)?;
                is_open |= waiting.is(bytes(entry.after.as_ref()));
                is_begun |= entry.before.is_some() && waiting.is(bytes(entry.before.as_ref()));
            }
        }
    }
    Ok(is_begun && is_open)
}

/// Makes the files of `unit` what they were, but for those that another program has changed since; their old texts are
/// put into `keep`. The error is the first file's that could not be taken back.
pub(super) fn take_back(unit: &[Entry<'_>], keep: Option<&Path>) -> Result<Vec<Left>, NotWritten> {
    let (mut left, mut failed) = (Vec::new(), None);
    for entry in unit.iter().rev() {
        match take_back_one(entry) {
            Ok(true) => {}
            Ok(false) => left.push(Left { path: entry.path.clone(), kept: kept(entry, keep) }),
            Err(error) => failed = Some(NotWritten::io(&entry.path, &error)),
        }
    }
    sync_folders(unit);
    failed.map_or(Ok(left), Err)
}

/// Whether the file is what it was.
fn take_back_one(entry: &Entry<'_>) -> io::Result<bool> {
    let is_back = match entry.state()? {
        State::Before => true,
        State::Foreign => false,
        State::After | State::Torn => restore(entry)?,
    };
    if is_back {
        clean(entry)?;
    }
    Ok(is_back)
}

/// Where the old text lies of a file that is not taken back: kept by the user's state folder, or still beside the file.
fn kept(entry: &Entry<'_>, keep: Option<&Path>) -> Option<PathBuf> {
    let kept = keep_text(entry, keep);
    let waits = || entry.look(&entry.temporary).is_ok_and(|waiting| waiting.is(bytes(entry.before.as_ref())));
    if kept.is_none() && entry.before.is_some() && waits() {
        return Some(entry.temporary.clone());
    }
    if let Err(error) = clean(entry) {
        tracing::warn!("{} cannot be removed: {error}", entry.temporary.display());
    }
    kept
}

fn restore(entry: &Entry<'_>) -> io::Result<bool> {
    if let Some(wanted) = entry.mode_alone() {
        return executable::set(&entry.path, !wanted).map(|()| true);
    }
    let is_back = restore_text(entry)?;
    if let (true, Some(wanted), Some(_)) = (is_back, entry.executable, &entry.before) {
        executable::set(&entry.path, !wanted)?;
    }
    Ok(is_back)
}

fn restore_text(entry: &Entry<'_>) -> io::Result<bool> {
    let after = bytes(entry.after.as_ref()).unwrap_or_default();
    match (bytes(entry.before.as_ref()), &entry.after) {
        (Some(before), Some(_)) if entry.in_place => {
            let Content::File(now) = entry.look(&entry.path)? else { return Ok(false) };
            write_over(&entry.path, &now, before)
        }
        (Some(before), Some(_)) => match entry.look(&entry.temporary)? {
            waiting if waiting.is(Some(before)) => swap(entry, after),
            // The swap took what another program had written in the last moment.
            Content::File(_) | Content::Other if !entry.is_ours(&entry.look(&entry.temporary)?) => {
                swap(entry, after)?;
                Ok(false)
            }
            _ => {
                remove(&entry.temporary)?;
                put_beside(&entry.temporary, before, Some(&entry.path))?;
                swap(entry, after)
            }
        },
        (Some(before), None) => match entry.look(&entry.temporary)? {
            Content::Missing => {
                put_beside(&entry.temporary, before, None)?;
                move_to_free(&entry.temporary, &entry.path)
            }
            _ => move_to_free(&entry.temporary, &entry.path),
        },
        (None, _) => {
            remove(&entry.path)?;
            // Folders that were made for it: those below the one that the text had waited in.
            let is_new = |folder: &&Path| Some(*folder) != entry.temporary.parent();
            let made = entry.path.ancestors().skip(1).take_while(is_new);
            made.take_while(|folder| fs::remove_dir(folder).is_ok()).for_each(drop);
            Ok(true)
        }
    }
}

/// Puts the old text of a file where it does no harm.
fn keep_text(entry: &Entry<'_>, keep: Option<&Path>) -> Option<PathBuf> {
    let (before, keep) = (entry.before.as_ref()?, keep?);
    let name = Path::new(entry.path.file_name()?);
    fs::create_dir_all(keep).ok()?;
    (0..).map(|number| keep.join(number.to_string()).join(name)).find_map(|path| {
        match fs::create_dir(path.parent()?) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return None,
            made => made.ok()?,
        }
        fs::write(&path, before.as_bytes()).ok()?;
        Some(path)
    })
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Swaps a file with what waits beside it, if it is still `expected`; else everything stays as it is. Whether it was.
fn swap(entry: &Entry<'_>, expected: &[u8]) -> io::Result<bool> {
    if exchange(&entry.temporary, &entry.path)? {
        if entry.look(&entry.temporary)?.is(Some(expected)) {
            return Ok(true);
        }
        exchange(&entry.temporary, &entry.path)?;
        return Ok(false);
    }
    // Without such a swap, a moment stays between the look and the step.
    if !entry.look(&entry.path)?.is(Some(expected)) {
        return Ok(false);
    }
    fs::rename(&entry.temporary, &entry.path)?;
    Ok(true)
}

/// Swaps two names. `false` where the file system cannot.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Moves a file to a name that nothing has. `false` where something has it.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn move_to_free(from: &Path, to: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => move_if_free(from, to),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn move_to_free(from: &Path, to: &Path) -> io::Result<bool> {
    move_if_free(from, to)
}

fn move_if_free(from: &Path, to: &Path) -> io::Result<bool> {
    if to.symlink_metadata().is_ok() {
        return Ok(false);
    }
    fs::rename(from, to)?;
    Ok(true)
}

/// Writes `text` over a file that is still `expected`: from its start on, and shortens it last, so that what is left of
/// a write that was cut off can be told from everything else.
fn write_over(path: &Path, expected: &[u8], text: &[u8]) -> io::Result<bool> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let mut found = Vec::new();
    (&file).take(expected.len() as u64 + 1).read_to_end(&mut found)?;
    if found != expected {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text)?;
    file.set_len(text.len() as u64)?;
    file.sync_data()?;
    Ok(true)
}
