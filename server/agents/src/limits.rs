//! How long an agent may take, and how much it may say.

use std::time::Duration;

use crate::launch::BackEnd;

/// How long an agent may take, and how much it may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the start of its program to its first answer.
    pub start: Duration,
    /// To open a session, or to change its mode or model: each.
    pub session: Duration,
    /// For the whole request.
    pub turn: Duration,
    /// Without a word in the middle of it.
    pub silence: Duration,
    /// To end its turn after being asked to; it is ended then.
    pub farewell: Duration,
    /// For a command to end by itself after its output has; a few write their last file then.
    pub settle: Duration,
    /// For its processes to be gone.
    pub end: Duration,
    /// Bytes of one line.
    pub line: usize,
    /// Bytes in all.
    pub output: u64,
    /// Messages in all.
    pub messages: u64,
    /// Permissions that it may ask for.
    pub permissions: usize,
    /// Bytes of a command's answer.
    pub answer: usize,
    /// Bytes of an answer by messages that are kept.
    pub document: usize,
    /// Files and bytes that it is given.
    pub room: CopyLimits,
    /// Files and bytes that it may change.
    pub most: ChangeLimits,
    /// Bytes that it may have in its folders.
    pub disk: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start: Duration::from_mins(1),
            session: Duration::from_mins(1),
            turn: Duration::from_mins(30),
            silence: Duration::from_mins(5),
            farewell: Duration::from_secs(3),
            settle: Duration::from_secs(10),
            end: Duration::from_secs(15),
            line: 8 << 20,
            output: 256 << 20,
            messages: 500_000,
            permissions: 1000,
            answer: 8 << 20,
            document: 1 << 20,
            room: CopyLimits::default(),
            disk: 2 << 30,
            most: ChangeLimits::default(),
        }
    }
}

impl Limits {
    /// The usual limits of a backend. A command, such as a command-line agent that prints its answer, says nothing until
    /// it is done.
    pub fn of(back_end: &BackEnd) -> Self {
        match back_end {
            BackEnd::Command(_) => {
                Self { silence: Duration::from_mins(30), turn: Duration::from_hours(1), ..Self::default() }
            }
            BackEnd::Acp(_) | BackEnd::BuiltIn => Self::default(),
        }
    }
}

/// How much a copy may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Files.
    pub files: usize,
}

impl Default for CopyLimits {
    fn default() -> Self {
        Self { file: 1 << 20, total: 200 << 20, files: 50_000 }
    }
}

/// How much may change at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeLimits {
    /// Files.
    pub files: usize,
    /// Bytes of one file.
    pub file: usize,
    /// Bytes of all new texts.
    pub total: usize,
}

impl Default for ChangeLimits {
    fn default() -> Self {
        Self { files: 100, file: 1 << 20, total: 4 << 20 }
    }
}
