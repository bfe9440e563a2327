//! Making the changes of one unit.
//!
//! The new texts are put beside the files first, complete and with all attributes. Then each is swapped with its file in
//! one step of the file system, and what came out is compared with what was read: what another program did to it in the
//! last moment goes back where it was. The old files wait beside the new ones until the whole unit is there; taking back
//! is swapping again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use pyteam_agents::change::executable;

use super::entry::{Entry, bytes};
use super::folder::{Content, Folder, Identity};
use super::{NotWritten, attributes};

/// So many files are synced at once.
const SYNCS: usize = 32;

/// Puts the new text of `entry` beside its file.
pub(super) fn stage(entry: &mut Entry<'_>) -> io::Result<()> {
    let Some(after) = &entry.after else { return Ok(()) };
    if entry.in_place || entry.mode_alone().is_some() {
        return Ok(());
    }
    let folder = entry.waits_in()?;
    let original = entry.before.is_some().then(|| folder.open_file(entry.name(), false)).transpose()?;
    match put_beside(entry, &folder, after.as_bytes(), original.as_ref()) {
        Ok((file, true)) => entry.executable.map_or(Ok(()), |wanted| executable::set_open(&file, wanted)),
        Ok((_, false)) => {
            entry.in_place = true;
            folder.remove(entry.waiting_name())
        }
        // A folder that takes no new files may hold one that can be written over.
        Err(error) if original.is_some() && is_refusal(&error) && entry.look_beside()? == Content::Missing => {
            entry.in_place = true;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Writes a new file beside that of `entry`; whether it could be given all that `original` has.
pub(super) fn put_beside(
    entry: &Entry<'_>,
    folder: &Folder,
    text: &[u8],
    original: Option<&File>,
) -> io::Result<(File, bool)> {
    // Until it has its owner, other users may not read it.
    let mut file = folder.create(entry.waiting_name(), original.is_some())?;
    file.write_all(text)?;
    let is_same = original.is_none_or(|original| attributes::carry_over(original, &file));
    Ok((file, is_same))
}

/// Sees the texts that wait on the disk: after a power failure, a name must not lead to one that never got there. Many
/// at once, which a file system takes together. Gives the units of which one is not there, each with its first such file.
pub(super) fn sync_texts(units: &[Vec<Entry<'_>>]) -> Vec<(usize, NotWritten)> {
    let waits = |entry: &Entry<'_>| entry.after.is_some() && !entry.in_place && entry.mode_alone().is_none();
    let numbered = units.iter().enumerate().flat_map(|(at, unit)| unit.iter().map(move |entry| (at, entry)));
    let waiting: Vec<(usize, &Entry<'_>)> = numbered.filter(|(_, entry)| waits(entry)).collect();
    let sync_one = |entry: &Entry<'_>| sync(&entry.waits_in()?.open_file(entry.waiting_name(), false)?);
    let sync_some = |some: &[(usize, &Entry<'_>)]| -> Vec<(usize, NotWritten)> {
        let failed =
            some.iter().filter_map(|(at, entry)| Some((*at, NotWritten::io(&entry.path, &sync_one(entry).err()?))));
        failed.collect()
    };
    let mut failed: Vec<(usize, NotWritten)> = std::thread::scope(|scope| {
        let chunks = waiting.chunks(waiting.len().div_ceil(SYNCS).max(1));
        let running: Vec<_> = chunks.map(|some| scope.spawn(move || sync_some(some))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    failed.dedup_by_key(|(at, _)| *at);
    failed
}

/// Sees a file's text on the disk. Some file systems cannot say, and that is no failure.
pub(super) fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Makes the change of one file that was staged. Whether it was still what was read: else it is as it was, and so it may
/// be after an error or not.
pub(super) fn commit(entry: &Entry<'_>) -> io::Result<bool> {
    let waits_in = entry.waits_in()?;
    if !waits_in.is_at(entry.waiting_folder())? {
        return Ok(false);
    }
    let (before, after) = (bytes(entry.before.as_ref()), bytes(entry.after.as_ref()));
    if let Some(wanted) = entry.mode_alone() {
        return set_mode(entry, &waits_in, wanted);
    }
    match (before, after) {
        (Some(before), Some(after)) if entry.in_place => {
            let file = waits_in.open_file(entry.name(), true)?;
            let is_done = write_over(&file, before, after)?;
            if let (true, Some(wanted)) = (is_done, entry.executable) {
                executable::set_open(&file, wanted)?;
            }
            Ok(is_done)
        }
        (Some(before), Some(_)) => swap(entry, &waits_in, before, entry.original.as_ref()),
        (None, Some(_)) => {
            let folder = waits_in.make_all(entry.made_folders())?;
            waits_in.move_to_free(entry.waiting_name(), &folder, entry.name())
        }
        (Some(before), None) => move_away(entry, &waits_in, before),
        (None, None) => Ok(true),
    }
}

fn set_mode(entry: &Entry<'_>, folder: &Folder, wanted: bool) -> io::Result<bool> {
    let now = entry.look()?;
    let is_it = now.is(bytes(entry.before.as_ref())) && entry.original.as_ref().is_none_or(|was| now.is_same(was));
    if is_it {
        executable::set_open(&folder.open_file(entry.name(), false)?, wanted)?;
    }
    Ok(is_it)
}

/// Removes what waits beside the file, if it is a text of ours.
pub(super) fn clean(entry: &Entry<'_>) -> io::Result<()> {
    if entry.is_ours(&entry.look_beside()?) { entry.waits_in()?.remove(entry.waiting_name()) } else { Ok(()) }
}

/// The same where the file was not made: also removes the folders that were made for it.
pub(super) fn clean_all(entry: &Entry<'_>) -> io::Result<()> {
    clean(entry)?;
    let Ok(waits_in) = entry.waits_in() else { return Ok(()) };
    let mut names = entry.made_folders();
    while let Some(last) = names.next_back() {
        let Ok(Some(folder)) = waits_in.walk(names.clone()) else { continue };
        match folder.remove_folder(last) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => break,
            _ => {}
        }
    }
    Ok(())
}

/// Has the file system keep the names as they are now.
pub(super) fn sync_folders(unit: &[Entry<'_>]) {
    let mut synced: Vec<Arc<Folder>> = Vec::new();
    for folder in unit.iter().flat_map(|entry| [entry.waits_in().ok(), entry.folder().ok().flatten()]).flatten() {
        if !synced.iter().any(|known| Arc::ptr_eq(known, &folder)) {
            folder.sync();
            synced.push(folder);
        }
    }
}

/// Swaps a file with what waits beside it, if it still holds `expected` and is `original`; else everything stays as it
/// is. Whether it was.
pub(super) fn swap(
    entry: &Entry<'_>,
    folder: &Folder,
    expected: &[u8],
    original: Option<&Identity>,
) -> io::Result<bool> {
    let is_it = |found: &Content| found.is(Some(expected)) && original.is_none_or(|original| found.is_same(original));
    if folder.exchange(entry.waiting_name(), entry.name())? {
        if is_it(&entry.look_beside()?) {
            return Ok(true);
        }
        folder.exchange(entry.waiting_name(), entry.name())?;
        return Ok(false);
    }
    // Without such a swap, a moment stays between the look and the step.
    if !is_it(&entry.look()?) {
        return Ok(false);
    }
    folder.replace(entry.waiting_name(), entry.name())?;
    Ok(true)
}

/// Moves the file to the name beside it, if it still holds `expected`; else it stays where it is. Whether it did.
pub(super) fn move_away(entry: &Entry<'_>, waits_in: &Folder, expected: &[u8]) -> io::Result<bool> {
    let Some(folder) = entry.folder()? else { return Ok(false) };
    if !folder.move_to_free(entry.name(), waits_in, entry.waiting_name())? {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    let is_it = entry.look_beside()?.is(Some(expected));
    if !is_it {
        waits_in.move_to_free(entry.waiting_name(), &folder, entry.name())?;
    }
    Ok(is_it)
}

/// Writes `text` over a file that is still `expected`: from its start on, and shortens it last, so that what is left of
/// a write that was cut off can be told from everything else.
pub(super) fn write_over(mut file: &File, expected: &[u8], text: &[u8]) -> io::Result<bool> {
    let mut found = Vec::new();
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    file.take(expected.len() as u64 + 1).read_to_end(&mut found)?;
    if found != expected {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text)?;
    file.set_len(text.len() as u64)?;
    sync(file)?;
    Ok(true)
}
