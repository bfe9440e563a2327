//! The YAML between the two `---` lines at a page's head.

use serde::Deserialize;

use super::error::PageError;
use super::{Applies, Topic, yaml};
use crate::finding::Severity;
use crate::fix::Applicability;

/// What the front matter says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontMatter {
    pub(super) severity: Severity,
    #[serde(default)]
    pub(super) fix: FixKind,
    #[serde(default)]
    pub(super) since: String,
    #[serde(default)]
    pub(super) agent: Option<String>,
    #[serde(default)]
    pub(super) topics: Vec<Topic>,
    #[serde(default)]
    pub(super) applies: Applies,
    #[serde(default)]
    pub(super) default: Runs,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) help: Option<String>,
}

/// Whether a rule runs where nothing is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Runs {
    /// It does.
    #[default]
    On,
    /// Only where the settings name its code.
    Off,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FixKind {
    Safe,
    Unsafe,
    #[default]
    None,
}

impl FixKind {
    pub(super) fn applicability(self) -> Option<Applicability> {
        match self {
            Self::Safe => Some(Applicability::Safe),
            Self::Unsafe => Some(Applicability::Unsafe),
            Self::None => None,
        }
    }
}

impl Default for FrontMatter {
    fn default() -> Self {
        Self {
            severity: Severity::Warning,
            fix: FixKind::None,
            since: String::new(),
            agent: None,
            topics: Vec::new(),
            applies: Applies::Python,
            default: Runs::On,
            message: None,
            note: None,
            help: None,
        }
    }
}

/// Reads the front matter; the second value is where the page's body starts.
pub(super) fn read(text: &str, errors: &mut Vec<PageError>) -> (FrontMatter, usize) {
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = text[mark..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        let message = "a rule's page starts with front matter: a line `---`, then at least `severity: warning`, then a line `---`";
        errors.push(PageError::at(text, mark..mark + first.len(), message));
        return (FrontMatter::default(), mark);
    }
    let start = mark + first.len();
    let mut end = start;
    for line in lines {
        if line.trim_end() == "---" {
            let body_at = end + line.len();
            let front = yaml::read(text, start..end).unwrap_or_else(|error| {
                errors.push(error);
                FrontMatter::default()
            });
            return (front, body_at);
        }
        end += line.len();
    }
    errors.push(PageError::at(text, mark..start, "the front matter has no end; close it with a line `---`"));
    (FrontMatter::default(), text.len())
}
