//! Unified diffs: read from a text, and made to files.
//!
//! A diff stands in whatever an agent writes around it: a file's part is known by its three first lines (`---`, `+++`,
//! `@@`), and ends where its hunks say so.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::shadow::is_admitted;

/// What a diff does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilePatch {
    before: Option<PathBuf>,
    after: Option<PathBuf>,
    hunks: Vec<Hunk>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Hunk {
    /// Where it starts in the old file, from 1.
    start: usize,
    /// What must stand there.
    old: Vec<String>,
    /// What stands there then.
    new: Vec<String>,
    old_ends_open: bool,
    new_ends_open: bool,
}

/// All diffs in `text`.
pub(crate) fn read(text: &str) -> Vec<FilePatch> {
    let lines: Vec<&str> = text.lines().collect();
    let mut patches = Vec::new();
    let mut at = 0;
    while at + 2 < lines.len() {
        let names = (lines[at].strip_prefix("--- "), lines[at + 1].strip_prefix("+++ "));
        let (Some(before), Some(after), true) = (names.0, names.1, lines[at + 2].starts_with("@@ ")) else {
            at += 1;
            continue;
        };
        let mut patch = FilePatch { before: name(before, "a/"), after: name(after, "b/"), hunks: Vec::new() };
        at += 2;
        while let Some((hunk, next)) = hunk(&lines, at) {
            patch.hunks.push(hunk);
            at = next;
        }
        patches.push(patch);
    }
    patches
}

/// `a/src/x.py<tab>2026-01-01` is `src/x.py`; `/dev/null` is none.
fn name(text: &str, prefix: &str) -> Option<PathBuf> {
    let name = text.split('\t').next().unwrap_or_default().trim_end();
    (name != "/dev/null").then(|| PathBuf::from(name.strip_prefix(prefix).unwrap_or(name)))
}

/// The hunk whose header is the line `at`, and the line after it.
fn hunk(lines: &[&str], at: usize) -> Option<(Hunk, usize)> {
    let (old, new) = lines.get(at)?.strip_prefix("@@ -")?.split(" @@").next()?.split_once(" +")?;
    let range = |text: &str| -> Option<(usize, usize)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let ((start, mut old_left), (_, mut new_left)) = (range(old)?, range(new)?);
    let mut hunk = Hunk { start, ..Hunk::default() };
    let mut at = at + 1;
    let mut last = ' ';
    loop {
        let line = lines.get(at).copied();
        if let Some(line) = line.filter(|line| line.starts_with("\\ ")) {
            let _ = line;
            hunk.old_ends_open |= last != '+';
            hunk.new_ends_open |= last != '-';
            at += 1;
            continue;
        }
        if old_left == 0 && new_left == 0 {
            return Some((hunk, at));
        }
        let line = line?;
        // Some programs drop the space of an empty context line.
        let mark = line.chars().next().unwrap_or(' ');
        let text = line.get(1..).unwrap_or_default().to_owned();
        match mark {
            '-' => old_left = old_left.checked_sub(1)?,
            '+' => new_left = new_left.checked_sub(1)?,
            ' ' => (old_left, new_left) = (old_left.checked_sub(1)?, new_left.checked_sub(1)?),
            _ => return None,
        }
        if mark != '+' {
            hunk.old.push(text.clone());
        }
        if mark != '-' {
            hunk.new.push(text);
        }
        last = mark;
        at += 1;
    }
}

/// Makes `patches` to the files below `root`, all or none, and gives how many files there are. An error continues the
/// sentence "a diff that".
pub(crate) fn apply(patches: &[FilePatch], root: &Path, most: u64) -> Result<usize, String> {
    let mut results: Vec<(PathBuf, Option<String>)> = Vec::new();
    for patch in patches {
        let path = patch.after.as_ref().or(patch.before.as_ref()).ok_or("names no file")?;
        for named in patch.before.iter().chain(&patch.after) {
            check(root, named)?;
        }
        let earlier = results.iter().rev().find(|(made, _)| Some(made) == patch.before.as_ref());
        let before = match (&patch.before, earlier) {
            (None, _) => None,
            (Some(_), Some((_, text))) => text.clone(),
            (Some(before), None) => {
                let full = root.join(before);
                let is_small = fs::symlink_metadata(&full).is_ok_and(|meta| meta.is_file() && meta.len() <= most);
                let text = is_small.then(|| fs::read_to_string(&full).ok()).flatten();
                Some(text.ok_or_else(|| format!("changes {}, which is no text file here", before.display()))?)
            }
        };
        if patch.before.is_none() && fs::symlink_metadata(root.join(path)).is_ok() {
            return Err(format!("makes {}, which is there already", path.display()));
        }
        let text = changed(before.as_deref().unwrap_or_default(), &patch.hunks)
            .map_err(|line| format!("does not fit {} at line {line}", path.display()))?;
        if let (Some(before), Some(after)) = (&patch.before, &patch.after)
            && before != after
        {
            results.push((before.clone(), None));
        }
        results.push((path.clone(), patch.after.is_some().then_some(text)));
    }
    for (path, text) in &results {
        let full = root.join(path);
        let done = match text {
            Some(text) => full.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&full, text)),
            None => fs::remove_file(&full),
        };
        done.map_err(|error| format!("cannot be made to {}: {error}", path.display()))?;
    }
    Ok(results.len())
}

/// A diff's path is relative, admitted, and leads through folders alone.
fn check(root: &Path, path: &Path) -> Result<(), String> {
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain || !is_admitted(path) || !crate::broker::is_inside(root, path) {
        return Err(format!("names {}, which is outside the workspace or kept from agents", path.display()));
    }
    Ok(())
}

/// `text` with `hunks` made to it; else the line of the one that does not fit.
fn changed(text: &str, hunks: &[Hunk]) -> Result<String, usize> {
    let crlf = text.contains("\r\n");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut ends_open = !text.is_empty() && !text.ends_with('\n');
    let mut shift = 0isize;
    let mut least = 0;
    for hunk in hunks {
        // A hunk without old lines stands after the line that it names.
        let named = if hunk.old.is_empty() { hunk.start } else { hunk.start.saturating_sub(1) };
        let wanted = usize::try_from(named.cast_signed() + shift).unwrap_or(0).min(lines.len());
        let fits = |at: usize| {
            at >= least
                && lines.get(at..at + hunk.old.len()).is_some_and(|there| {
                    there.iter().zip(&hunk.old).all(|(a, b)| a.trim_end_matches('\r') == b.trim_end_matches('\r'))
                })
        };
        // The nearest place that fits: models count lines badly.
        let found = (0..=lines.len())
            .flat_map(|away| [wanted.checked_sub(away), Some(wanted + away)])
            .flatten()
            .find(|&at| fits(at))
            .ok_or(hunk.start)?;
        let touches_end = found + hunk.old.len() == lines.len();
        lines.splice(found..found + hunk.old.len(), hunk.new.iter().map(|line| line.trim_end_matches('\r').to_owned()));
        if touches_end && (hunk.new_ends_open || hunk.old_ends_open) {
            ends_open = hunk.new_ends_open;
        }
        shift +=
            found.cast_signed() - wanted.cast_signed() + hunk.new.len().cast_signed() - hunk.old.len().cast_signed();
        least = found + hunk.new.len();
    }
    let end = if crlf { "\r\n" } else { "\n" };
    let mut result = lines.join(end);
    if !lines.is_empty() && !ends_open {
        result.push_str(end);
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{apply, read};
    use std::fs;

    fn patched(before: &str, diff: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::write(root.join("a.py"), before).unwrap();
        apply(&read(diff), &root, 1 << 20)?;
        Ok(fs::read_to_string(root.join("a.py")).unwrap_or_default())
    }

    #[test]
    fn a_diff_is_found_in_what_stands_around_it() {
        let diff =
            "Here it is:\n\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n```\nDone.\n--- \n";
        assert_eq!(patched("a\nb\nc\n", diff).unwrap(), "a\nB\nc\n");
        // Two lines further down than it says, and with other line ends.
        assert_eq!(patched("x\r\ny\r\na\r\nb\r\nc\r\n", diff).unwrap(), "x\r\ny\r\na\r\nB\r\nc\r\n");
        assert_eq!(patched("nothing like it\n", diff).unwrap_err(), "does not fit a.py at line 1");
    }

    #[test]
    fn files_come_and_go_all_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::write(root.join("old.py"), "x\n").unwrap();
        let new = "--- /dev/null\n+++ b/sub/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n";
        let gone = "--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let bad = "--- a/none.py\n+++ b/none.py\n@@ -1 +1 @@\n-x\n+y\n";
        assert!(apply(&read(&format!("{new}{gone}{bad}")), &root, 1 << 20).is_err());
        assert!(root.join("old.py").exists() && !root.join("sub").exists());
        assert_eq!(apply(&read(&format!("{new}{gone}")), &root, 1 << 20), Ok(2));
        assert_eq!(fs::read_to_string(root.join("sub/new.py")).unwrap(), "a\nb");
        assert!(!root.join("old.py").exists());
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/tmp", root.join("out")).unwrap();
        for path in ["../x.py", "/tmp/pyteam-x.py", "b/../../x.py", "b/.git/config", "out/pyteam-x.py"] {
            #[cfg(not(unix))]
            if path.starts_with("out") {
                continue;
            }
            let diff = format!("--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+a\n");
            assert!(apply(&read(&diff), &root, 1 << 20).unwrap_err().contains("outside"), "{path}");
        }
    }

    #[test]
    fn what_is_no_diff_is_none() {
        for text in ["", "--- a\n+++ b\n", "--- a\n+++ b\n@@ x @@\n", "---\ntitle: x\n---\n"] {
            assert!(read(text).iter().all(|patch| patch.hunks.is_empty()), "{text}");
        }
        assert_eq!(patched("a\n", "--- a/a.py\n+++ b/a.py\n@@ -1,99 +1,99 @@\n a\n").unwrap(), "a\n");
    }
}
