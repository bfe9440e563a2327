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
    /// What does not hold because of it.
    pub lost: Lost,
}

/// What is left out because of a mistake, by those that go on in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// All that the file says.
    File,
    /// What stands at the place.
    Place,
    /// The whole list `select`: without one of its words it would mean less than was written.
    Selection,
}

impl Lost {
    /// What a reader that goes on says of it, in a sentence; nothing where the message itself says it.
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Self::File => None,
            Self::Place => Some("This is ignored until it is fixed; the rest stays in effect."),
            Self::Selection => Some(
                "All of this `select` is ignored until it is fixed, so the rules run that run without it; the rest stays \
                 in effect.",
            ),
        }
    }
}

/// `message` with `sentence` behind it, in one line: some editors show no other.
pub fn followed(message: &str, sentence: &str) -> String {
    let stop = if message.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{message}{stop} {sentence}")
}

impl SettingsProblem {
    /// A problem without a place in a file.
    pub fn unplaced(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), range: None, line: 0, column: 0, message: message.into(), lost: Lost::File }
    }

    /// The same problem, which costs only what stands at its place.
    #[must_use]
    pub fn of_part(self) -> Self {
        self.losing(Lost::Place)
    }

    /// The same problem, which costs this.
    #[must_use]
    pub(super) fn losing(self, lost: Lost) -> Self {
        Self { lost, ..self }
    }

    /// Whether the rest of the file holds.
    pub fn is_part(&self) -> bool {
        self.lost != Lost::File
    }

    /// The same problem, as those tell it that go on: with what is left out.
    #[must_use]
    pub fn with_consequence(mut self) -> Self {
        if let Some(sentence) = self.lost.sentence() {
            self.message = followed(&self.message, sentence);
        }
        self
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
            lost: Lost::File,
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
