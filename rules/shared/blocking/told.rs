//! What a finding about a wait tells beside its headline, and what it weighs.

use pyteam_display::MAX_LINE;
use pyteam_engine::{Related, Severity};

/// What is told.
pub(super) struct Story {
    /// The finding's note.
    pub(super) note: Option<String>,
    /// Places that belong to it.
    pub(super) related: Vec<Related>,
    /// What is known makes the wait matter at most, or at least, that much.
    pub(super) weight: Weight,
}

/// How what is known changes the severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It does not.
    AsJudged,
    /// What can hold it up is shown.
    Shown,
    /// The way to a wait without an end is shown.
    Proved,
    /// The wait ends whatever happens, short of another hang.
    Ends,
    /// It takes as long as the work that it is there for.
    IsTheWork,
}

/// Whether a note is short enough.
pub(super) fn fits(line: &str) -> bool {
    line.chars().count() <= MAX_LINE
}

impl Weight {
    /// The severity, where `judged` is what the code around the wait says.
    pub(super) fn applied(self, judged: Severity) -> Severity {
        match self {
            Self::AsJudged => judged,
            Self::Shown => judged.max(Severity::Warning),
            Self::Proved if judged >= Severity::Warning => Severity::Error,
            Self::Proved => judged,
            Self::Ends | Self::IsTheWork => Severity::Hint,
        }
    }
}
