//! An agent's change, shown and made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pyteam_agents::Change;

use super::super::console::Console;
use super::super::diff;
use super::super::write_back::{self, Rewrite};

/// Prints what would change.
pub(super) fn print_diff(change: &Change, console: &mut Console) -> io::Result<()> {
    diff::print(change.to_lines(), console)
}

/// Makes the change: all of it, or nothing. Files that were changed meanwhile are somebody's work, and none is touched.
pub(super) fn apply(root: &Path, change: &Change) -> Result<(), String> {
    let stale = change.stale(&|path| fs::read_to_string(root.join(path)).ok());
    if let Some(path) = stale.first() {
        return Err(format!("{} was changed meanwhile; nothing was applied. Ask again", path.display()));
    }
    let paths: Vec<PathBuf> = change.files.iter().map(|file| root.join(&file.path)).collect();
    let mut made = Vec::new();
    let take_back = |made: &[&PathBuf]| made.iter().for_each(|path| drop(fs::remove_file(path)));
    for (file, path) in change.files.iter().zip(&paths) {
        let (None, Some(after)) = (&file.before, &file.after) else { continue };
        if let Err(error) = create(path, after) {
            take_back(&made);
            return Err(format!("{} cannot be written: {error}; nothing was applied", path.display()));
        }
        made.push(path);
    }
    let rewrites: Vec<Rewrite<'_>> = change
        .files
        .iter()
        .zip(&paths)
        .filter_map(|(file, path)| {
            Some(Rewrite { path, before: file.before.as_deref()?, after: file.after.as_deref()? })
        })
        .collect();
    if let Err(error) = write_back::write(&rewrites) {
        take_back(&made);
        return Err(format!("{}: {}; nothing was applied", error.path.display(), error.reason));
    }
    // What is to be gone goes last: it cannot be taken back.
    for (file, path) in change.files.iter().zip(&paths) {
        if file.after.is_none() && file.before.is_some() {
            fs::remove_file(path).map_err(|error| format!("{} cannot be removed: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes a file that must not be there yet.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use pyteam_agents::FileChange;

    use super::*;

    fn change(files: &[(&str, Option<&str>, Option<&str>)]) -> Change {
        let file = |(path, before, after): &(&str, Option<&str>, Option<&str>)| FileChange {
            path: PathBuf::from(path),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        Change { files: files.iter().map(file).collect() }
    }

    #[test]
    fn files_come_change_and_go_together() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a.py"), "a\n").unwrap();
        fs::write(root.join("b.py"), "b\n").unwrap();
        let wanted =
            change(&[("a.py", Some("a\n"), Some("A\n")), ("b.py", Some("b\n"), None), ("new/c.py", None, Some("c\n"))]);
        apply(root, &wanted).unwrap();
        assert_eq!(fs::read_to_string(root.join("a.py")).unwrap(), "A\n");
        assert!(!root.join("b.py").exists());
        assert_eq!(fs::read_to_string(root.join("new/c.py")).unwrap(), "c\n");
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_stops_all() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a.py"), "mine\n").unwrap();
        let wanted = change(&[("a.py", Some("a\n"), Some("A\n")), ("c.py", None, Some("c\n"))]);
        assert!(apply(root, &wanted).unwrap_err().contains("a.py"));
        assert_eq!(fs::read_to_string(root.join("a.py")).unwrap(), "mine\n");
        assert!(!root.join("c.py").exists());
    }
}
