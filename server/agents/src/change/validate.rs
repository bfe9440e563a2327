//! What a change must be before the user is asked about it, and once more before it is made.

use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};

use pyteam_display::diff::line_diff;
use pyteam_display::{masks_in, path_line, secrets_in};
use similar::DiffTag;

use super::{Change, FileChange};
use crate::admission::is_admitted;
use crate::limits::ChangeLimits;
use crate::settings::limits;

/// Why a change is not made. Displayed, it continues "The change was refused:".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// These were changed since the agent saw them.
    Stale(Vec<PathBuf>),
    /// There are files of these names that the agent never saw.
    Unseen(Vec<PathBuf>),
    /// This is outside the workspace, or kept from agents.
    Outside(PathBuf),
    /// This would write what stands for a secret over the secret: a placeholder, or a mask.
    Placeholder(PathBuf),
    /// This is more than can be looked at.
    TooMuch(String),
    /// A part of it cannot be taken over: each file with the reason.
    Unusable(Vec<String>),
}

impl fmt::Display for Objection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale(paths) => write!(out, "{} changed while the agent worked; ask again", listed(paths)),
            Self::Unseen(paths) => write!(
                out,
                "it creates {}, which exists but was not in the agent's copy (left out, or new); ask again and mention \
                 it",
                listed(paths)
            ),
            Self::Outside(path) => {
                write!(out, "{} is outside the workspace, or not available to agents", path_line(path))
            }
            Self::Placeholder(path) => write!(
                out,
                "it would overwrite a secret in {} with its placeholder; ask again, or edit that line \
                 yourself",
                path_line(path)
            ),
            Self::TooMuch(what) => write!(out, "{what}"),
            Self::Unusable(files) => {
                let more = files.len().saturating_sub(5);
                let more = if more > 0 { format!("; and {more} more") } else { String::new() };
                let files = files.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
                write!(out, "{files}{more}. A change is applied as a whole or not at all")
            }
        }
    }
}

impl std::error::Error for Objection {}

fn listed(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().take(5).map(|path| path_line(path)).collect();
    let more = paths.len().saturating_sub(5);
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

impl Change {
    /// Whether it may be made to the workspace at `root`: inside it and through no link, not too much, and without new
    /// placeholders of secrets, which `has_placeholder` finds in a line.
    pub fn validate(
        &self,
        root: &Path,
        most: ChangeLimits,
        has_placeholder: &dyn Fn(&str) -> bool,
    ) -> Result<(), Objection> {
        if self.files.len() > most.files {
            let (count, advice) = (self.files.len(), limits::FILES.advice());
            return Err(Objection::TooMuch(format!(
                "{count} files, more than the limit of {}; split the request, or {advice}",
                most.files
            )));
        }
        self.stays_in(root)?;
        let mut total = 0;
        for file in &self.files {
            let Some(after) = &file.after else { continue };
            total += after.len();
            if after.len() > most.file || total > most.total {
                let (size, advice) = (total >> 10, limits::FILE_SIZE.advice());
                return Err(Objection::TooMuch(format!(
                    "{size} KB of text is over the limit; split the request, or {advice}"
                )));
            }
            if writes_placeholder(file, after, has_placeholder) || writes_mask(file, after) {
                return Err(Objection::Placeholder(file.path.clone()));
            }
        }
        Ok(())
    }

    /// Whether it is inside the workspace at `root`, and through no link. That may end at any time, so it is asked once more
    /// right before a change is made.
    pub fn stays_in(&self, root: &Path) -> Result<(), Objection> {
        match self.files.iter().find(|file| !is_in(root, &file.path)) {
            Some(file) => Err(Objection::Outside(file.path.clone())),
            None => Ok(()),
        }
    }

    /// The files that are not what the agent was shown. `current` gives a file's text as it is now.
    pub fn stale(&self, current: &dyn Fn(&Path) -> Option<String>) -> Vec<PathBuf> {
        let is_stale = |file: &&FileChange| current(&file.path) != file.before;
        self.files.iter().filter(is_stale).map(|file| file.path.clone()).collect()
    }
}

/// A placeholder on a line that the file had before is no masked secret: the line was written so.
fn writes_placeholder(file: &FileChange, after: &str, has_placeholder: &dyn Fn(&str) -> bool) -> bool {
    let before = file.before.as_deref().unwrap_or_default();
    has_placeholder(after)
        && after.lines().filter(|line| has_placeholder(line)).any(|line| !before.lines().any(|old| old == line))
}

/// Whether lines with a secret are replaced by lines without it in which a mask stands: an agent that has seen only the
/// mask writes it back. Elsewhere three stars are three stars.
fn writes_mask(file: &FileChange, after: &str) -> bool {
    let before = file.before.as_deref().unwrap_or_default();
    if masks_in(after) == 0 {
        return false;
    }
    let secrets = secrets_in(before);
    let diff = line_diff(before, after);
    let (old, new): (Vec<&str>, Vec<&str>) = (diff.iter_old_slices().collect(), diff.iter_new_slices().collect());
    let start = |line: usize| old[..line].iter().map(|line| line.len()).sum::<usize>();
    diff.ops().iter().filter(|op| op.tag() == DiffTag::Replace).any(|op| {
        let (from, to) = (start(op.old_range().start), start(op.old_range().end));
        let added = new[op.new_range()].concat();
        let is_gone = |place: &&std::ops::Range<usize>| {
            from <= place.start && place.end <= to && !added.contains(&before[(*place).clone()])
        };
        masks_in(&added) > masks_in(&before[from..to]) && secrets.iter().any(|place| is_gone(&place))
    })
}

/// Whether `path` is below `root` and every folder on the way is a folder.
fn is_in(root: &Path, path: &Path) -> bool {
    if !path.components().all(|part| matches!(part, Component::Normal(_))) || !is_admitted(path) {
        return false;
    }
    let mut at = root.to_owned();
    for part in path.components() {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(meta) if meta.is_symlink() => return false,
            Ok(_) => {}
            // What is not there yet leads nowhere else.
            Err(_) => return true,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::Objection;
    use crate::change::{Change, FileChange};
    use crate::limits::ChangeLimits;
    use std::path::Path;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Change {
            files: vec![FileChange { path: path.into(), before: text(before), after: text(after), executable: None }],
        }
    }

    fn objection(change: &Change, root: &Path) -> Option<Objection> {
        change.validate(root, ChangeLimits::default(), &|text| text.contains("<redacted:")).err()
    }

    #[test]
    fn a_change_stays_inside_and_small_and_keeps_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert_eq!(objection(&change("new/a.py", None, Some("x\n")), root), None);
        for path in ["../a.py", "/etc/passwd", ".git/config", "a/../../b.py", ".vscode/tasks.json", ".env"] {
            let change = change(path, None, Some("x\n"));
            assert_eq!(objection(&change, root), Some(Objection::Outside(path.into())));
        }
        let written = change("a.py", Some("KEY = 'abc'\n"), Some("KEY = '<redacted:1>'\n"));
        assert_eq!(objection(&written, root), Some(Objection::Placeholder("a.py".into())));
        let secret = "PASSWORD = 'oldsecret1x'\nx = 1\n";
        for mask in ["***", "***2"] {
            let written = change("a.py", Some(secret), Some(&format!("PASSWORD = '{mask}'\nx = 2\n")));
            assert_eq!(objection(&written, root), Some(Objection::Placeholder("a.py".into())));
        }
        for after in ["PASSWORD = 'newsecret1x'  # ****\nx = 1\n", "PASSWORD = 'oldsecret1x'\nx = '***'\n"] {
            assert_eq!(objection(&change("a.py", Some(secret), Some(after)), root), None, "{after}");
        }
        let kept = change("a.py", Some("# <redacted:1>\nx\n"), Some("# <redacted:1>\ny\n"));
        assert_eq!(objection(&kept, root), None);
        let large = change("a.py", None, Some(&"x".repeat(2 << 20)));
        assert!(matches!(objection(&large, root), Some(Objection::TooMuch(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_workspace_is_no_way_out() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", folder.path().join("out")).unwrap();
        let change = change("out/a.py", None, Some("x\n"));
        assert_eq!(objection(&change, folder.path()), Some(Objection::Outside("out/a.py".into())));
    }

    #[cfg(unix)]
    #[test]
    fn names_of_files_are_shown_on_one_line_and_to_the_letter() {
        use std::os::unix::ffi::OsStrExt;
        let raw = Path::new(std::ffi::OsStr::from_bytes(b"\xff.py")).to_owned();
        let paths = vec!["a\nerror: b.py".into(), raw];
        for objection in [Objection::Stale(paths.clone()), Objection::Unseen(paths.clone())] {
            assert!(objection.to_string().contains("a\\u{a}error: b.py, \\xff.py"), "{objection}");
        }
        for path in paths {
            for objection in [Objection::Outside(path.clone()), Objection::Placeholder(path)] {
                let said = objection.to_string();
                assert!(!said.contains(['\n', '\u{fffd}']), "{said:?}");
            }
        }
    }

    #[test]
    fn what_the_agent_did_not_see_is_stale() {
        let seen = change("a.py", Some("a\n"), Some("b\n"));
        assert!(seen.stale(&|_| Some("a\n".to_owned())).is_empty());
        assert_eq!(seen.stale(&|_| Some("c\n".to_owned())).len(), 1);
        assert_eq!(seen.stale(&|_| None).len(), 1);
        let new = change("a.py", None, Some("b\n"));
        assert!(new.stale(&|_| None).is_empty());
        assert_eq!(new.stale(&|_| Some(String::new())).len(), 1);
    }
}
