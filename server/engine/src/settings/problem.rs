//! What does not make sense in the settings, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pyteam_syntax::{LineIndex, TextRange, TextSize};

/// A mistake in the settings. It never stops anything: what it concerns is left at its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The file; empty for settings that an editor or a command line gave.
    pub path: PathBuf,
    /// Where in the file, in bytes.
    pub range: Option<TextRange>,
    /// Line, from 1; 0 where there is no place.
    pub line: u32,
    /// Column in characters, from 1; 0 where there is no place.
    pub column: u32,
    /// What is wrong, what holds instead, and what to do.
    pub message: String,
    /// Whether only what stands at the place is left out, and the rest of the file holds.
    pub is_part: bool,
}

impl SettingsProblem {
    /// A problem without a place in a file.
    pub fn unplaced(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), range: None, line: 0, column: 0, message: message.into(), is_part: false }
    }

    /// The same problem, of which the rest of the file holds.
    #[must_use]
    pub fn of_part(self) -> Self {
        Self { is_part: true, ..self }
    }

    /// A problem at `span` (bytes) of `text`.
    pub fn at(path: &Path, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = span.start.min(text.len());
        let end = span.end.clamp(start, text.len());
        let lines = LineIndex::new(text);
        let offset = TextSize::new(start as u32);
        let line = lines.line_of(offset);
        let before = text.get(usize::from(lines.line_start(line))..start).unwrap_or_default();
        Self {
            path: path.to_owned(),
            range: Some(TextRange::new(offset, TextSize::new(end as u32))),
            line: line + 1,
            column: before.chars().count() as u32 + 1,
            message: message.into(),
            is_part: false,
        }
    }
}

impl fmt::Display for SettingsProblem {
    /// `pyteam.toml:3:1: unknown setting ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.as_os_str().is_empty() {
            write!(f, "{}:", self.path.display())?;
            if self.line > 0 {
                write!(f, "{}:{}:", self.line, self.column)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)
    }
}
