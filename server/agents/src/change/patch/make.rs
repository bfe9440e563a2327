//! Makes diffs to the files of a copy, all or none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pyteam_display::path_line;

use crate::user_dirs::regular;

use super::{FilePatch, Found, Whole, fit, names, whole};
use crate::admission::is_admitted;
use crate::change::executable;

/// What was made of the files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// How many files were written or removed.
    pub(crate) files: usize,
    /// What the user should know, a clause each.
    pub(crate) remarks: Vec<String>,
}

/// Makes what was found to the files below `root`, all or none; no file that is read is larger than `most`. An error
/// continues the sentence "a diff that".
pub(crate) fn make(found: &Found, root: &Path, most: u64) -> Result<Made, String> {
    let mut folder = Folder { root, most, results: BTreeMap::new() };
    match found {
        Found::Nothing => {}
        Found::Diffs(patches, files) => {
            patches.iter().try_for_each(|patch| folder.patch(patch))?;
            let doubts = folder.take(files)?;
            let made = folder.write()?;
            return Ok(Made { remarks: doubts.iter().map(Doubt::remark).collect(), ..made });
        }
        Found::Files(files) => return folder.files(files),
    }
    folder.write()
}

/// What a file is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    text: String,
    /// Whether it is to be executable, where that is to be another than it was.
    executable: Option<bool>,
}

/// A file in a fence of which it cannot be told whether that is all of it.
struct Doubt {
    path: PathBuf,
    is_cut_off: bool,
}

impl Doubt {
    fn remark(&self) -> String {
        let why = if self.is_cut_off { "in an unclosed fence" } else { "in a fence" };
        format!(
            "it shows {} {why}; it may not be the whole file, so it was not applied. Ask for a \
             unified diff",
            path_line(&self.path)
        )
    }
}

/// The files of the copy, with what earlier diffs of the same answer made of them.
struct Folder<'a> {
    root: &'a Path,
    most: u64,
    results: BTreeMap<PathBuf, Option<Standing>>,
}

impl Folder<'_> {
    fn patch(&mut self, patch: &FilePatch) -> Result<(), String> {
        let (before, after) = self.resolve(patch)?;
        let target = after.as_ref().or(before.as_ref()).ok_or("names no file")?.clone();
        let header = &patch.header;
        let is_move = before.is_some() && after.is_some() && before != after;
        if (before.is_none() || is_move) && self.exists(&target) {
            // A program that has written the file itself may say so by a diff.
            if before.is_none() && self.text(&target).is_ok_and(|text| fit::is_made(&text, &patch.hunks)) {
                return Ok(());
            }
            return Err(format!("creates {}, which already exists", path_line(&target)));
        }
        let old = match &before {
            Some(before) => self.text(before)?,
            None => String::new(),
        };
        let executable = header.mode.as_ref().map(|mode| mode.ends_with("755"));
        let was = before.as_ref().is_some_and(|before| self.is_executable(before));
        let text = match fit::changed(&old, &patch.hunks) {
            Ok(text) => text,
            Err(fit::Misfit::Nowhere(_)) if fit::is_made(&old, &patch.hunks) => old.clone(),
            Err(misfit) => return Err(format!("{misfit}, in {}", path_line(&target))),
        };
        if after.is_none() {
            // With hunks, they say all that is to be gone.
            if !patch.hunks.is_empty() && !text.is_empty() {
                return Err(format!("removes {} but keeps some of its lines", path_line(&target)));
            }
            self.results.insert(target, None);
            return Ok(());
        }
        if is_move
            && !header.is_copied
            && let Some(before) = before
        {
            self.results.insert(before, None);
        }
        let executable = executable.or(was.then_some(true));
        self.results.insert(target, Some(Standing { text, executable }));
        Ok(())
    }

    /// The files that are meant by a patch's names: those that are there, before those that are not.
    fn resolve(&self, patch: &FilePatch) -> Result<(Option<PathBuf>, Option<PathBuf>), String> {
        let root = self.root.to_string_lossy();
        let (before, after) = names::meanings(patch.before.as_deref(), patch.after.as_deref(), &root);
        let there =
            |names: &[String]| names.iter().map(PathBuf::from).find(|path| self.is_allowed(path) && self.exists(path));
        let first = |names: &[String]| names.first().map(PathBuf::from);
        let old = there(&before);
        let adds_only =
            patch.hunks.iter().all(|hunk| !hunk.lines.iter().any(|line| line.is_old() && !line.raw.trim().is_empty()));
        let is_new = patch.header.is_new || before.is_empty();
        let (before, after) = if after.is_empty() || patch.header.is_deleted {
            (old.or(first(&before)), None)
        } else if is_new {
            (None, there(&after).or(first(&after)))
        } else if let Some(old) = old {
            let is_same = first(&after) == Some(old.clone()) || after.contains(&old.to_string_lossy().into_owned());
            let new = if is_same { Some(old.clone()) } else { first(&after) };
            // `x.py.orig` beside `x.py` is no new name.
            match (&new, there(&after)) {
                (Some(new), Some(there)) if *new != old && !patch.header.is_renamed && !patch.header.is_copied => {
                    (Some(there.clone()), Some(there))
                }
                _ => (Some(old), new),
            }
        } else if let Some(new) = there(&after) {
            (Some(new.clone()), Some(new))
        } else if adds_only && !patch.hunks.is_empty() {
            // Many forget `/dev/null` for a file that is new.
            (None, first(&after))
        } else {
            (first(&before), first(&after))
        };
        for path in before.iter().chain(&after) {
            self.check(path)?;
        }
        Ok((before, after))
    }

    /// A path is relative, admitted, and leads through folders alone.
    fn is_allowed(&self, path: &Path) -> bool {
        let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        is_plain && is_admitted(path) && crate::admission::is_inside(self.root, path)
    }

    fn check(&self, path: &Path) -> Result<(), String> {
        if self.is_allowed(path) {
            return Ok(());
        }
        Err(format!("names {}, which is outside the workspace or not available to agents", path_line(path)))
    }

    fn exists(&self, path: &Path) -> bool {
        match self.results.get(path) {
            Some(result) => result.is_some(),
            None => fs::symlink_metadata(self.root.join(path)).is_ok(),
        }
    }

    fn text(&self, path: &Path) -> Result<String, String> {
        match self.results.get(path) {
            Some(Some(standing)) => return Ok(standing.text.clone()),
            Some(None) => return Err(format!("changes {}, which it has removed", path_line(path))),
            None => {}
        }
        let full = self.root.join(path);
        let meta =
            fs::symlink_metadata(&full).map_err(|_| format!("changes {}, which does not exist", path_line(path)))?;
        if !meta.is_file() {
            return Err(format!("changes {}, which is not a file", path_line(path)));
        }
        if meta.len() > self.most {
            return Err(format!("changes {}, which is too large", path_line(path)));
        }
        regular::read_text(&full, regular::MAX_BYTES)
            .map_err(|_| format!("changes {}, which is not text", path_line(path)))
    }

    fn is_executable(&self, path: &Path) -> bool {
        match self.results.get(path) {
            Some(Some(Standing { executable: Some(executable), .. })) => *executable,
            _ => fs::symlink_metadata(self.root.join(path)).is_ok_and(|meta| executable::is(&meta)),
        }
    }

    /// Files that are given whole: all of them, or none and a word about it.
    fn files(mut self, files: &[Whole]) -> Result<Made, String> {
        match self.take(files)?.first() {
            Some(doubt) => Ok(Made { files: 0, remarks: vec![doubt.remark()] }),
            None => self.write(),
        }
    }

    /// Takes files that are given whole, and gives those of which that cannot be told. One that a diff of the same answer
    /// changes is shown by its fence, and not changed twice.
    fn take(&mut self, files: &[Whole]) -> Result<Vec<Doubt>, String> {
        let mut doubts = Vec::new();
        for Whole { path, text, is_closed } in files {
            let path = PathBuf::from(path.trim_start_matches("./"));
            if !self.is_allowed(&path) {
                doubts.push(Doubt { path, is_cut_off: false });
                continue;
            }
            let is_changed = self.results.contains_key(&path);
            let old = if self.exists(&path) { Some(self.text(&path)?) } else { None };
            match whole::meant(old.as_deref(), text) {
                whole::Meant::Quoted => {}
                whole::Meant::Whole(text) if *is_closed && !is_changed => {
                    self.results.insert(path, Some(Standing { text, executable: None }));
                }
                whole::Meant::Whole(_) | whole::Meant::Unknown => {
                    let was = regular::read_text(&self.root.join(&path), regular::MAX_BYTES).unwrap_or_default();
                    if !is_changed || whole::meant(Some(&was), text) != whole::Meant::Quoted {
                        doubts.push(Doubt { path, is_cut_off: !is_closed });
                    }
                }
            }
        }
        Ok(doubts)
    }

    fn write(self) -> Result<Made, String> {
        for (path, standing) in &self.results {
            let full = self.root.join(path);
            let done = match standing {
                Some(Standing { text, executable }) => full
                    .parent()
                    .map_or(Ok(()), fs::create_dir_all)
                    .and_then(|()| fs::write(&full, text))
                    .and_then(|()| executable.map_or(Ok(()), |executable| executable::set(&full, executable))),
                None if fs::symlink_metadata(&full).is_err() => Ok(()),
                None => fs::remove_file(&full),
            };
            done.map_err(|error| format!("cannot be applied to {}: {error}", path_line(path)))?;
        }
        Ok(Made { files: self.results.len(), remarks: Vec::new() })
    }
}
