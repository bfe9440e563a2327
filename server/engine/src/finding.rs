//! What a rule reports.

use std::fmt;
use std::sync::Arc;

use pyteam_index::FileId;
use pyteam_syntax::TextRange;
use serde::{Deserialize, Serialize};

use crate::fix::Applicability;

/// How much a finding matters. Ordered: a hint is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Shown in editors only, faintly.
    Hint,
    /// Worth knowing.
    Information,
    /// Will hurt one day.
    Warning,
    /// Broken or dangerous now.
    Error,
}

impl Severity {
    /// One level less; a hint stays one.
    #[must_use]
    pub fn lower(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning => Self::Information,
            Self::Information | Self::Hint => Self::Hint,
        }
    }

    /// `hint`, `information`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One objection, at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's code, such as `blocking-get-without-timeout`.
    pub code: Arc<str>,
    /// How much it matters here.
    pub severity: Severity,
    /// The file it is in.
    pub file: FileId,
    /// Where, as a range of the file's text.
    pub range: TextRange,
    /// What is wrong, in one clause: the headline. As all that a finding says, it is visible, bounded and free of
    /// secrets: [`crate::Sink`] sees to that.
    pub message: String,
    /// Why it matters here, in one sentence.
    pub note: Option<String>,
    /// What to do, in one sentence.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Parts of the file's text that are masked wherever it is shown, such as a password.
    pub secrets: Vec<TextRange>,
    /// Findings on one queue or pipe share this name.
    pub channel: Option<String>,
    /// The repair that is on offer, computed on demand by [`crate::Engine::fixes`].
    pub fix: Option<FixOffer>,
    /// Where in the typed tree the finding was made; the rule finds its way back with it.
    pub anchor: Anchor,
}

impl Finding {
    /// How much is shown of why it is a fault, the most first: what can go wrong, then what is on the other side.
    pub fn rank(&self) -> (std::cmp::Reverse<Severity>, u8) {
        let has = |wanted: &[Role]| self.related.iter().any(|one| wanted.contains(&one.role));
        let evidence = if has(&[Role::CanRaise, Role::CanEndLoop, Role::Blocks]) {
            0
        } else if has(&[Role::CanBlock, Role::Holds]) {
            1
        } else if has(&[Role::Starts, Role::Ends]) {
            2
        } else {
            3
        };
        (std::cmp::Reverse(self.severity), evidence)
    }

    /// The whole finding as lines of text: the headline, then note and help below it, each named.
    pub fn text(&self) -> String {
        let mut text = self.message.clone();
        for (name, line) in [("note", &self.note), ("help", &self.help)] {
            if let Some(line) = line {
                text.push_str(&format!("\n{name}: {line}"));
            }
        }
        text
    }
}

/// A repair that a rule can make for a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixOffer {
    /// As the editor's menu shows it: `Add timeout`.
    pub title: String,
    /// Whether it keeps the meaning in every case.
    pub applicability: Applicability,
}

/// A place in a file's typed tree: the item's index, and an expression or statement number whose meaning is
/// the rule's own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Anchor {
    /// Index of the item in the file.
    pub item: u32,
    /// An `ExprId` or `StmtId` of the item.
    pub node: u32,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What the place has to do with the finding.
    pub role: Role,
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub range: TextRange,
    /// What is there.
    pub message: String,
}

impl Related {
    /// A place that belongs to a finding in no way that has a name of its own.
    pub fn new(file: FileId, range: TextRange, message: impl Into<String>) -> Self {
        Self { role: Role::Other, file, range, message: message.into() }
    }

    /// A place with that role.
    #[must_use]
    pub fn as_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

/// What a place has to do with a finding: the evidence, as far as it is a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It starts the thread or process that ends the wait.
    Starts,
    /// It ends the wait: it sets the event, sends or receives the message.
    Ends,
    /// It can raise first, so that the wait never ends.
    CanRaise,
    /// It can end the loop that ends the wait.
    CanEndLoop,
    /// It can block, and with it the work that is waited for.
    CanBlock,
    /// It blocks: the cause of a finding at the call that leads to it.
    Blocks,
    /// A lock that is held meanwhile.
    Holds,
    /// Anything else.
    Other,
}
