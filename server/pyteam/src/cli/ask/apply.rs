//! An agent's change, shown and made.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use pyteam_agents::{Change, FileChange};
use pyteam_index::key_of;

use super::super::console::Console;
use super::super::place::Paths;
use super::super::{Interrupted, diff, unfinished};
use crate::write_back::{self, Step};

/// Why a change was not made, or what ended pyteam then.
pub(super) enum Stopped {
    /// Nothing was changed; this is for the user.
    Refused(String),
    /// A signal.
    Interrupted(Interrupted),
}

/// Prints what would change.
pub(super) fn print_diff(change: &Change, console: &mut Console) -> io::Result<()> {
    diff::print(change.to_lines(), console)
}

fn step<'c>(root: &'c Path, file: &'c FileChange) -> Step<'c> {
    Step {
        path: Cow::Owned(root.join(&file.path)),
        before: file.before.as_deref(),
        after: file.after.as_deref(),
        executable: file.executable,
        root: Some(root),
    }
}

/// Makes the change: all of it, or nothing. Where files were changed meanwhile, no file is touched.
pub(super) fn apply(root: &Path, change: &Change, state: Option<&Path>) -> Result<(), Stopped> {
    // What was looked at before the question may lead elsewhere by now.
    change.stays_in(root).map_err(|objection| Stopped::Refused(format!("nothing was applied: {objection}")))?;
    let unit: Vec<Step<'_>> = change.files.iter().map(|file| step(root, file)).collect();
    let written = write_back::write(&[unit], state);
    unfinished::say_left(&written.left, &Paths::new(root.to_owned()));
    if let Some((_, failure)) = written.refused.first() {
        let path = key_of(&failure.path);
        let state = if failure.is_partial { "" } else { "; nothing applied, ask again" };
        return Err(Stopped::Refused(format!("{path}: {}{state}", failure.reason)));
    }
    match written.interrupted {
        None => Ok(()),
        Some((signal, from)) => {
            let is_complete = from > 0;
            let said = if is_complete { "the change was applied as a whole" } else { "nothing was applied" };
            Err(Stopped::Interrupted(Interrupted { signal, is_complete, said: said.to_owned() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn apply(root: &Path, change: &Change) -> Result<(), String> {
        let state = tempfile::tempdir().unwrap();
        super::apply(root, change, Some(state.path())).map_err(|stopped| match stopped {
            Stopped::Refused(message) => message,
            Stopped::Interrupted(interrupted) => interrupted.to_string(),
        })
    }

    fn change(files: &[(&str, Option<&str>, Option<&str>)]) -> Change {
        let file = |(path, before, after): &(&str, Option<&str>, Option<&str>)| FileChange {
            path: PathBuf::from(path),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            executable: None,
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
