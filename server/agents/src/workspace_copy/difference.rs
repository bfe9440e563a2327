//! What an agent made of a copy.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::refusal::{Refusal, Refused};
use super::{CACHES, INSTALL_FOLDERS, MARK, MAX_ENTRIES, WorkspaceCopy, content_hash};
use crate::admission::is_admitted;
use crate::change::{Change, FileChange, executable};
use crate::limits::ChangeLimits;
use crate::user_dirs::regular::{self, Links};

/// Folders in which agents' programs keep their own things, also where they work: no part of what they were asked for.
const OWN: [&str; 15] = [
    ".cache",
    ".claude",
    ".codex",
    ".config",
    ".continue",
    ".crush",
    ".fast-agent",
    ".gemini",
    ".goose",
    ".kiro",
    ".local",
    ".npm",
    ".opencode",
    ".qwen",
    ".venv",
];

/// What an agent made of a copy.
#[derive(Debug, Default)]
pub struct Difference {
    /// The files that it changed, made and removed, by path.
    pub change: Change,
    /// What it made that cannot be taken over.
    pub refused: Vec<Refused>,
    /// Files that it changed, and that were changed in the workspace meanwhile.
    pub stale: Vec<PathBuf>,
    /// Files that it made, and that are in the workspace without being in its copy.
    pub unseen: Vec<PathBuf>,
    /// It changed more than can be looked at: not all of it is listed.
    pub is_too_much: bool,
    bytes: usize,
    most: ChangeLimits,
}

impl Difference {
    /// Whether the agent changed nothing at all.
    pub fn is_empty(&self) -> bool {
        self.change.is_empty()
            && !self.is_too_much
            && self.refused.iter().all(|refused| refused.reason.is_beside())
            && self.stale.is_empty()
            && self.unseen.is_empty()
    }
}

/// What stands at a path now.
enum Standing {
    Nothing,
    /// A file, and whether it is executable.
    File(Vec<u8>, bool),
    Refused(Refusal),
}

/// What stands on the way to a file.
#[derive(Clone, Copy)]
enum Way {
    /// Folders.
    Open,
    /// A folder is no longer there.
    Gone,
    /// A link, or a file.
    Blocked,
}

impl WorkspaceCopy {
    /// Compares all content with what it was. `current` gives a file's text in the workspace as it is now, unsaved
    /// buffers included; of more than `most`, not all is listed. To be called when nothing of the agent runs any more,
    /// and not on an async thread.
    pub fn difference(&self, most: ChangeLimits, current: &dyn Fn(&Path) -> Option<String>) -> Difference {
        let mut difference = Difference { most, ..Difference::default() };
        let mut folders = HashMap::new();
        for (path, base) in &self.base {
            if difference.is_too_much {
                return difference;
            }
            let (after, executable) = match self.standing(path, &mut folders) {
                Standing::File(bytes, now) => {
                    let executable = (now != base.executable).then_some(now);
                    let is_same = content_hash(&bytes) == base.hash && bytes.starts_with(MARK) == base.has_mark;
                    if is_same && executable.is_none() {
                        continue;
                    }
                    match String::from_utf8(bytes) {
                        Ok(text) if !text.contains('\0') => (Some(text), executable),
                        _ => {
                            difference.refuse(path, Refusal::Binary);
                            continue;
                        }
                    }
                }
                Standing::Nothing => (None, None),
                Standing::Refused(reason) => {
                    difference.refuse(path, reason);
                    continue;
                }
            };
            match current(path) {
                Some(before) if content_hash(before.as_bytes()) == base.hash => {
                    // An editor keeps the mark apart from the text.
                    let is_apart = base.has_mark && !before.starts_with('\u{feff}');
                    let after = after.map(|after| match after.strip_prefix('\u{feff}') {
                        Some(text) if is_apart => text.to_owned(),
                        _ => after,
                    });
                    if is_apart && executable.is_none() && after.as_ref() == Some(&before) {
                        difference.refuse(path, Refusal::Mark);
                        continue;
                    }
                    difference.add(FileChange { path: path.clone(), before: Some(before), after, executable });
                }
                // A binary file has no text to compare; without one it can only be removed.
                None if regular::read(&self.workspace.join(path), regular::MAX_BYTES)
                    .is_ok_and(|bytes| content_hash(&bytes) == base.hash) =>
                {
                    difference.refuse(path, Refusal::Binary);
                }
                _ => difference.stale.push(path.clone()),
            }
        }
        self.add_new_files(current, &mut difference);
        difference.change.files.sort_by(|a, b| a.path.cmp(&b.path));
        difference
    }

    fn add_new_files(&self, current: &dyn Fn(&Path) -> Option<String>, difference: &mut Difference) {
        let mut folders = HashMap::new();
        let mut walk = WalkBuilder::new(&self.root);
        // What the project ignores in the workspace, it ignores here; ignore files above the copy do not count.
        walk.hidden(false).require_git(false).follow_links(false).parents(false);
        walk.filter_entry(|entry| !CACHES.iter().chain(&INSTALL_FOLDERS).any(|trace| entry.file_name() == *trace));
        let mut private = BTreeSet::new();
        let mut seen = HashSet::new();
        for (number, entry) in walk.build().flatten().enumerate() {
            let Ok(path) = entry.path().strip_prefix(&self.root) else { continue };
            if number == MAX_ENTRIES || difference.is_too_much {
                difference.is_too_much = true;
                break;
            }
            seen.insert(path.to_owned());
            if path.as_os_str().is_empty() || self.base.contains_key(path) {
                continue;
            }
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if !is_admitted(path) {
                // One line for `.git`, not one for each file in it.
                private.insert(first_private(path));
                continue;
            }
            if is_folder {
                continue;
            }
            match self.standing(path, &mut folders) {
                Standing::Nothing => {}
                Standing::Refused(reason) => difference.refuse(path, reason),
                Standing::File(..)
                    if current(path).is_some() || self.workspace.join(path).symlink_metadata().is_ok() =>
                {
                    difference.unseen.push(path.to_owned());
                }
                Standing::File(bytes, executable) => match String::from_utf8(bytes) {
                    Ok(text) if !text.contains('\0') => {
                        let executable = executable.then_some(true);
                        difference.add(FileChange {
                            path: path.to_owned(),
                            before: None,
                            after: Some(text),
                            executable,
                        });
                    }
                    _ => difference.refuse(path, Refusal::Binary),
                },
            }
        }
        for path in private {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let is_own = OWN.contains(&name) || name.starts_with(".aider");
            difference.refuse(&path, if is_own { Refusal::Own } else { Refusal::Private });
        }
        if !difference.is_too_much {
            self.name_ignored(&seen, difference);
        }
    }

    /// What stands at `path` now, without following a link anywhere on the way.
    fn standing(&self, path: &Path, folders: &mut HashMap<PathBuf, Way>) -> Standing {
        match path.parent().map(|folder| self.way_to(folder, folders)) {
            None | Some(Way::Open) => {}
            Some(Way::Gone) => return Standing::Nothing,
            Some(Way::Blocked) => return Standing::Refused(Refusal::Link),
        }
        let meta = match fs::symlink_metadata(self.root.join(path)) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Standing::Nothing,
            Err(_) => return Standing::Refused(Refusal::Unreadable),
        };
        if meta.is_symlink() {
            return Standing::Refused(Refusal::Link);
        }
        if !meta.is_file() {
            return Standing::Refused(Refusal::Special);
        }
        if meta.len() > self.room.file {
            return Standing::Refused(Refusal::Large);
        }
        let mut bytes = Vec::with_capacity(meta.len() as usize);
        let read = regular::open(&self.root.join(path), Links::Refused)
            .and_then(|file| file.take(self.room.file + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) if bytes.len() as u64 > self.room.file => Standing::Refused(Refusal::Large),
            Ok(_) => Standing::File(bytes, executable::is(&meta)),
            Err(_) => Standing::Refused(Refusal::Unreadable),
        }
    }

    /// Whether `folder` and all above it, up to the root, are folders and no links.
    fn way_to(&self, folder: &Path, known: &mut HashMap<PathBuf, Way>) -> Way {
        if let Some(&way) = known.get(folder) {
            return way;
        }
        let above = match folder.parent() {
            Some(above) => self.way_to(above, known),
            None => Way::Open,
        };
        let way = match above {
            Way::Open => match fs::symlink_metadata(self.root.join(folder)) {
                Ok(meta) if meta.is_dir() => Way::Open,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Way::Gone,
                _ => Way::Blocked,
            },
            closed => closed,
        };
        known.insert(folder.to_owned(), way);
        way
    }
}

impl Difference {
    fn add(&mut self, file: FileChange) {
        self.bytes += file.before.as_ref().map_or(0, String::len) + file.after.as_ref().map_or(0, String::len);
        self.change.files.push(file);
        // Some more than may be, so that it can be said how much it is.
        let ChangeLimits { files, total, .. } = self.most;
        self.is_too_much = self.bytes > total.saturating_mul(2) || self.change.files.len() > files.saturating_mul(4);
    }

    pub(super) fn refuse(&mut self, path: &Path, reason: Refusal) {
        self.refused.push(Refused { path: path.to_owned(), reason });
    }
}

/// The shortest part of `path` that is not admitted.
fn first_private(path: &Path) -> PathBuf {
    let mut shortest = PathBuf::new();
    for part in path.components() {
        shortest.push(part);
        if !is_admitted(&shortest) {
            break;
        }
    }
    shortest
}
