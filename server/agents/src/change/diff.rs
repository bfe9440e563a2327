//! A change as a unified diff: for a preview, for the record and for people.

use std::fmt::Write as _;

use pyteam_display::diff::{Differ, File, Line, LineKind, line_diff};
use pyteam_display::{path_line, shown};

use super::{Caution, Change, FileChange};

impl Change {
    /// A unified diff that `git apply` takes.
    pub fn to_diff(&self) -> String {
        let mut diff = String::new();
        for file in &self.files {
            let path = file.path.to_string_lossy().replace('\\', "/");
            let (before, after) = (file.before.as_deref(), file.after.as_deref());
            let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
            if let Some(header) = header(file) {
                let _ = write!(diff, "diff --git a/{path} b/{path}\n{header}");
            }
            if old == new {
                continue;
            }
            let name = |text: Option<&str>, side| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
            let text = line_diff(old, new);
            let _ = write!(diff, "{}", text.unified_diff().header(&name(before, "a"), &name(after, "b")));
        }
        diff
    }

    /// The change as a person reads it: every character visible, secrets that stand there masked.
    pub fn to_lines(&self) -> Vec<Line> {
        self.lines(["", ""])
    }

    /// The same as one text, with the names that the unified diff has.
    pub fn to_preview(&self) -> String {
        let mut text = String::new();
        for line in self.lines(["a/", "b/"]) {
            text.push_str(line.text.as_str());
            text.push('\n');
        }
        text
    }

    /// What is read before the file's own lines: what in it wants a look, and its mode.
    fn above(file: &FileChange, cautions: &[Caution]) -> Vec<Line> {
        let path = path_line(&file.path);
        let of_it = cautions.iter().filter(|caution| caution.path == file.path);
        let mut lines: Vec<Line> = of_it
            .map(|caution| Line { kind: LineKind::Mark, text: shown!("! {}: {}", path, caution.what()) })
            .collect();
        if let Some((before, after)) = file.modes() {
            let modes = if file.before.is_some() { format!("{before} -> {after}") } else { after.to_owned() };
            lines.push(Line { kind: LineKind::Mark, text: shown!("! {}: mode {}", path, modes) });
        }
        lines
    }

    fn lines(&self, sides: [&str; 2]) -> Vec<Line> {
        let mut differ = Differ::new();
        let mut lines = Vec::new();
        let cautions = self.cautions();
        for file in &self.files {
            lines.extend(Self::above(file, &cautions));
            if file.before == file.after {
                continue;
            }
            let path = file.path.to_string_lossy().replace('\\', "/");
            let name = |text: Option<&str>, side| text.map_or("/dev/null".to_owned(), |_| format!("{side}{path}"));
            let (before, after) = (file.before.as_deref(), file.after.as_deref());
            lines.extend(differ.lines(File {
                names: (&name(before, sides[0]), &name(after, sides[1])),
                before: before.unwrap_or_default(),
                after: after.unwrap_or_default(),
                secrets: &[],
            }));
        }
        lines.extend(differ.remark());
        lines
    }

    /// Each file with `+` for a new one, `-` for one that is gone and `~` for a changed one, and with its modes where
    /// these change.
    pub fn list(&self) -> Vec<String> {
        let sign = |file: &FileChange| match (&file.before, &file.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        let modes = |file: &FileChange| match (file.modes(), &file.before) {
            (Some((_, after)), None) => format!(" (mode {after})"),
            (Some((before, after)), Some(_)) => format!(" (mode {before} -> {after})"),
            (None, _) => String::new(),
        };
        self.files.iter().map(|file| format!("{} {}{}", sign(file), path_line(&file.path), modes(file))).collect()
    }
}

/// What a git header has to say beside the names: a mode that changes, an empty file that comes or goes.
fn header(file: &FileChange) -> Option<String> {
    let is_empty = |text: &Option<String>| text.as_deref().is_some_and(str::is_empty);
    match (&file.before, &file.after) {
        (None, after) if file.modes().is_some() || is_empty(after) => {
            let mode = file.modes().map_or("100644", |(_, after)| after);
            Some(format!("new file mode {mode}\n"))
        }
        (before, None) if is_empty(before) => Some("deleted file mode 100644\n".to_owned()),
        (Some(_), Some(_)) => file.modes().map(|(before, after)| format!("old mode {before}\nnew mode {after}\n")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_empty_files_are_seen() {
        let file = |path: &str, before: Option<&str>, after: Option<&str>, executable| FileChange {
            path: path.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            executable,
        };
        let change = Change {
            files: vec![
                file("a.sh", Some("a\n"), Some("a\n"), Some(true)),
                file("b.sh", None, Some("b\n"), Some(true)),
                file("c/__init__.py", None, Some(""), None),
                file("d.py", Some(""), None, None),
            ],
        };
        assert_eq!(
            change.to_diff(),
            "diff --git a/a.sh b/a.sh\nold mode 100644\nnew mode 100755\n\
             diff --git a/b.sh b/b.sh\nnew file mode 100755\n--- /dev/null\n+++ b/b.sh\n@@ -0,0 +1 @@\n+b\n\
             diff --git a/c/__init__.py b/c/__init__.py\nnew file mode 100644\n\
             diff --git a/d.py b/d.py\ndeleted file mode 100644\n"
        );
        assert_eq!(
            change.list(),
            ["~ a.sh (mode 100644 -> 100755)", "+ b.sh (mode 100755)", "+ c/__init__.py", "- d.py"]
        );
    }
}
