//! The new files of a change. They are written to disk by pyteam: an editor that is told to make a file makes an empty one,
//! and leaves the text in a buffer that need not be shown.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pyteam_agents::Change;

/// Files that were written. They are removed again unless they are [kept](Created::keep).
pub(super) struct Created(Vec<(PathBuf, String)>);

impl Created {
    /// Writes the new files of `change` to the workspace at `root`: all, or none.
    pub(super) fn of(root: &Path, change: &Change) -> Result<Self, String> {
        let mut created = Self(Vec::new());
        for file in change.files.iter().filter(|file| file.before.is_none()) {
            let Some(text) = &file.after else { continue };
            let path = root.join(&file.path);
            write_new(&path, text).map_err(|error| format!("{} cannot be written: {error}", file.path.display()))?;
            created.0.push((path, text.clone()));
        }
        Ok(created)
    }

    /// Keeps them, and gives their paths.
    pub(super) fn keep(mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.0).into_iter().map(|(path, _)| path).collect()
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        for (path, text) in &self.0 {
            // A file that another program has changed meanwhile stays.
            if fs::read_to_string(path).is_ok_and(|there| there == *text) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map(fs::create_dir_all).transpose()?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use pyteam_agents::FileChange;

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
        let wanted = change(&[("a.py", "a\n"), ("deep/er/b.py", "b\n")]);
        drop(Created::of(folder.path(), &wanted).unwrap());
        assert!(!folder.path().join("a.py").exists() && !folder.path().join("deep/er/b.py").exists());
        let kept = Created::of(folder.path(), &wanted).unwrap().keep();
        assert_eq!(kept, [folder.path().join("a.py"), folder.path().join("deep/er/b.py")]);
        assert_eq!(fs::read_to_string(&kept[1]).unwrap(), "b\n");
    }

    #[test]
    fn a_file_that_is_there_stops_all_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.py"), "mine\n").unwrap();
        let refused = Created::of(folder.path(), &change(&[("a.py", "a\n"), ("b.py", "b\n")]));
        assert!(refused.err().unwrap().starts_with("b.py cannot be written"));
        assert!(!folder.path().join("a.py").exists());
        assert_eq!(fs::read_to_string(folder.path().join("b.py")).unwrap(), "mine\n");
    }
}
