//! The new files of a change. They are written to disk by pyteam: an editor that is asked to make a file makes an empty one,
//! and leaves the text in a buffer that need not be shown.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use pyteam_agents::{Change, FileChange};
use pyteam_index::key_of;

use crate::write_back::{self, Step};

/// Files that were written. They are removed again unless they are [kept](Created::keep).
pub(super) struct Created {
    root: PathBuf,
    files: Vec<(PathBuf, String)>,
    state: Option<PathBuf>,
}

impl Created {
    /// Writes the new files of `change` to the workspace at `root`: all, or none. `state` is the user's folder for what is
    /// remembered. An error is for the user.
    pub(super) fn of(root: &Path, change: &Change, state: Option<&Path>) -> Result<Self, String> {
        let new = |file: &&FileChange| file.before.is_none();
        let step = |file: &FileChange| Some((root.join(&file.path), file.after.clone()?, file.executable));
        let files: Vec<_> = change.files.iter().filter(new).filter_map(step).collect();
        let unit = files.iter().map(|(path, text, executable)| Step {
            path: Cow::Borrowed(&**path),
            before: None,
            after: Some(text),
            executable: *executable,
            root: Some(root),
        });
        written(unit.collect(), state)?;
        let files = files.into_iter().map(|(path, text, _)| (path, text)).collect();
        Ok(Self { root: root.to_owned(), files, state: state.map(Path::to_owned) })
    }

    /// Keeps them, and gives their paths.
    pub(super) fn keep(mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.files).into_iter().map(|(path, _)| path).collect()
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        for (path, text) in &self.files {
            // A file that another program has changed meanwhile stays.
            let removal = Step {
                path: Cow::Borrowed(path),
                before: Some(text),
                after: None,
                executable: None,
                root: Some(&self.root),
            };
            if let Err(error) = written(vec![removal], self.state.as_deref()) {
                tracing::warn!("{error}");
            }
        }
    }
}

fn written(unit: Vec<Step<'_>>, state: Option<&Path>) -> Result<(), String> {
    if unit.is_empty() {
        return Ok(());
    }
    let written = write_back::write(&[unit], state);
    if let Some((signal, _)) = written.interrupted {
        // It was to end the server, and does so now that the files are whole.
        write_back::follow(signal);
    }
    match written.refused.first() {
        Some((_, failure)) => Err(format!("cannot write {}: {}", key_of(&failure.path), failure.reason)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn change(files: &[(&str, &str)]) -> Change {
        let file = |(path, text): &(&str, &str)| FileChange {
            path: PathBuf::from(path),
            before: None,
            after: Some((*text).to_owned()),
            executable: None,
        };
        Change { files: files.iter().map(file).collect() }
    }

    #[test]
    fn new_files_stay_when_they_are_kept_and_are_gone_else() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let wanted = change(&[("a.py", "a\n"), ("deep/er/b.py", "b\n")]);
        drop(Created::of(folder.path(), &wanted, Some(&state)).unwrap());
        assert!(!folder.path().join("a.py").exists() && !folder.path().join("deep/er/b.py").exists());
        let kept = Created::of(folder.path(), &wanted, Some(&state)).unwrap().keep();
        assert_eq!(kept, [folder.path().join("a.py"), folder.path().join("deep/er/b.py")]);
        assert_eq!(fs::read_to_string(&kept[1]).unwrap(), "b\n");
    }

    #[test]
    fn a_file_that_is_there_stops_all_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::write(folder.path().join("b.py"), "mine\n").unwrap();
        let wanted = change(&[("a.py", "a\n"), ("b.py", "b\n")]);
        let refused = Created::of(folder.path(), &wanted, Some(&state)).err().unwrap();
        assert!(refused.ends_with("b.py: it already exists"), "{refused}");
        assert!(!folder.path().join("a.py").exists());
        assert_eq!(fs::read_to_string(folder.path().join("b.py")).unwrap(), "mine\n");
    }
}
