//! A change as a unified diff: for a preview, for the record and for people.

use std::fmt::Write as _;
use std::time::Duration;

use pyteam_display::diff::{Differ, File, Line};
use similar::TextDiff;

use super::Change;

/// After this the smallest difference is no longer looked for; what is said is right all the same.
const PATIENCE: Duration = Duration::from_secs(1);

impl Change {
    /// A unified diff that `git apply` takes.
    pub fn to_diff(&self) -> String {
        let mut diff = String::new();
        for file in &self.files {
            let path = file.path.to_string_lossy().replace('\\', "/");
            let (before, after) = (file.before.as_deref(), file.after.as_deref());
            let name = |text: Option<&str>, side| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
            let text = TextDiff::configure()
                .timeout(PATIENCE)
                .diff_lines(before.unwrap_or_default(), after.unwrap_or_default());
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

    fn lines(&self, sides: [&str; 2]) -> Vec<Line> {
        let mut differ = Differ::new();
        let mut lines = Vec::new();
        for file in &self.files {
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

    /// Each file with `+` for a new one, `-` for one that is gone and `~` for a changed one.
    pub fn list(&self) -> Vec<String> {
        let sign = |file: &super::FileChange| match (&file.before, &file.after) {
            (None, _) => '+',
            (_, None) => '-',
            _ => '~',
        };
        self.files.iter().map(|file| format!("{} {}", sign(file), file.path.display())).collect()
    }
}
