//! What a run comes to.

use crate::answer::Answer;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The agent answered. Its change was checked, and nothing is changed yet.
    Answered {
        /// What it said, and what it would change.
        answer: Answer,
        /// Its session, where it can go on with it another time.
        session: Option<String>,
        /// What the user should know, a clause each.
        remarks: Vec<String>,
    },
    /// The agent answered, and its change cannot be used.
    Refused {
        /// What is wrong, and what to do.
        message: String,
        /// What it said.
        document: String,
    },
    /// An agent that may not edit did. Its change was dropped.
    Violation {
        /// What it did.
        message: String,
        /// What it said.
        document: String,
    },
    /// There is no answer.
    Failed {
        /// What is wrong, and what to do.
        message: String,
    },
    /// The user wished so.
    Canceled,
}

impl Outcome {
    /// One word for it, as it stands in the run log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::Refused { .. } => "refused",
            Self::Violation { .. } => "violation",
            Self::Failed { .. } => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// What the user is told where there is nothing to apply.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. } | Self::Violation { message, .. } | Self::Failed { message } => Some(message),
            Self::Answered { .. } | Self::Canceled => None,
        }
    }
}
