//! Limits as people write them: in the settings, for all backends or for one, and on the command line.

use std::time::Duration;

use crate::launch::BackEnd;
use crate::limits::ChangeLimits;
use crate::limits::Limits;

/// Limits that are set; none where the usual ones hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsChange {
    /// For the whole request.
    pub run: Option<Duration>,
    /// Without a word from the program.
    pub silence: Option<Duration>,
    /// Bytes of an answer.
    pub answer_size: Option<u64>,
    /// Files that a change may touch.
    pub files: Option<u64>,
    /// Bytes of one file, in the copy of the workspace and in a change.
    pub file_size: Option<u64>,
    /// Bytes of the copy of the workspace.
    pub copy_size: Option<u64>,
}

/// A limit by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// In the settings.
    pub key: &'static str,
    /// On the command line.
    pub flag: &'static str,
    /// A value, as an example.
    pub example: &'static str,
}

/// For the whole request.
pub const RUN: Named = Named { key: "run", flag: "--timeout", example: "2h" };
/// Without a word from the program.
pub const SILENCE: Named = Named { key: "silence", flag: "--silence", example: "1h" };
/// Bytes of an answer.
pub const ANSWER_SIZE: Named = Named { key: "answer-size", flag: "--max-answer-size", example: "32MB" };
/// Files that a change may touch.
pub const FILES: Named = Named { key: "files", flag: "--max-files", example: "500" };
/// Bytes of one file.
pub const FILE_SIZE: Named = Named { key: "file-size", flag: "--max-file-size", example: "4MB" };
/// Bytes of the copy of the workspace.
pub const COPY_SIZE: Named = Named { key: "copy-size", flag: "--max-copy-size", example: "1GB" };

/// All of them.
pub(super) const ALL: [Named; 6] = [RUN, SILENCE, ANSWER_SIZE, FILES, FILE_SIZE, COPY_SIZE];

impl Named {
    /// How a user allows more.
    pub fn advice(self) -> String {
        let Self { key, flag, example } = self;
        let value =
            if example.chars().all(|c| c.is_ascii_digit()) { example.to_owned() } else { format!("\"{example}\"") };
        format!(
            "allow more with `{key} = {value}` under `[agents.limits]` in your pyteam.toml, or with `{flag} {example}`"
        )
    }
}

impl LimitsChange {
    /// These limits, and those of `weaker` where these set none.
    #[must_use]
    pub fn or(self, weaker: Self) -> Self {
        Self {
            run: self.run.or(weaker.run),
            silence: self.silence.or(weaker.silence),
            answer_size: self.answer_size.or(weaker.answer_size),
            files: self.files.or(weaker.files),
            file_size: self.file_size.or(weaker.file_size),
            copy_size: self.copy_size.or(weaker.copy_size),
        }
    }

    /// What holds for a backend.
    pub fn limits(self, back_end: &BackEnd) -> Limits {
        let mut limits = Limits::of(back_end);
        if let Some(run) = self.run {
            limits.turn = run;
            // A command prints nothing until it is done: its time is its silence, too.
            if matches!(back_end, BackEnd::Command(_)) {
                limits.silence = limits.silence.max(run);
            }
        }
        limits.silence = self.silence.unwrap_or(limits.silence);
        if let Some(bytes) = self.answer_size {
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            (limits.answer, limits.document) = (bytes, bytes);
            limits.line = limits.line.max(bytes);
            limits.output = limits.output.max(bytes as u64);
        }
        limits.most = self.most();
        limits.room.file = self.file_size.unwrap_or(limits.room.file);
        limits.room.total = self.copy_size.unwrap_or(limits.room.total);
        limits
    }

    /// How much may change at once.
    pub fn most(self) -> ChangeLimits {
        let mut most = ChangeLimits::default();
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        most.files = self.files.map_or(most.files, number);
        most.file = self.file_size.map_or(most.file, number);
        most.total = most.total.max(most.file);
        most
    }

    /// Sets the limit `key` to what is written. An error says what it must be.
    pub(super) fn set(&mut self, key: &str, value: &Value<'_>) -> Result<(), &'static str> {
        const TIME: &str = "seconds, or a text such as \"90s\", \"30m\" or \"2h\", more than 0";
        const SIZE: &str = "bytes, or a text such as \"512KB\", \"4MB\" or \"1GB\", more than 0";
        let time = || match value {
            Value::Number(seconds) => Some(Duration::from_secs(*seconds)),
            Value::Text(text) => time(text),
        };
        let bytes = || match value {
            Value::Number(bytes) => Some(*bytes),
            Value::Text(text) => size(text),
        };
        let is_some_time = |time: &Duration| !time.is_zero();
        let is_some = |number: &u64| *number > 0;
        if key == RUN.key {
            self.run = Some(time().filter(is_some_time).ok_or(TIME)?);
        } else if key == SILENCE.key {
            self.silence = Some(time().filter(is_some_time).ok_or(TIME)?);
        } else if key == ANSWER_SIZE.key {
            self.answer_size = Some(bytes().filter(is_some).ok_or(SIZE)?);
        } else if key == FILE_SIZE.key {
            self.file_size = Some(bytes().filter(is_some).ok_or(SIZE)?);
        } else if key == COPY_SIZE.key {
            self.copy_size = Some(bytes().filter(is_some).ok_or(SIZE)?);
        } else if let Value::Number(files @ 1..) = value {
            self.files = Some(*files);
        } else {
            return Err("a number, more than 0");
        }
        Ok(())
    }
}

/// A limit's value, as it is written.
pub(super) enum Value<'v> {
    Number(u64),
    Text(&'v str),
}

/// A length of time: `90`, `90s`, `30m`, `2h`, `1d`. Not more than a hundred days, which no clock minds.
pub fn time(text: &str) -> Option<Duration> {
    let (number, unit) = number(text)?;
    let seconds = match unit.as_str() {
        "" | "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).filter(|seconds| *seconds <= 100 * 86_400).map(Duration::from_secs)
}

/// A number of bytes: `4096`, `512KB`, `4 MB`, `1GiB`; a KB has 1024.
pub fn size(text: &str) -> Option<u64> {
    let (number, unit) = number(text)?;
    let shift = match unit.to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

fn number(text: &str) -> Option<(u64, String)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_as_people_write_them() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("30m", 1800), ("30 min", 1800), ("2h", 7200)] {
            assert_eq!(time(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for (text, bytes) in
            [("4096", 4096), ("512KB", 512 << 10), ("4 MB", 4 << 20), ("1GiB", 1 << 30), ("2m", 2 << 20)]
        {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["", "h", "-1", "1.5h", "1 week", "99999999999999999999", "999999d"] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(size("1TB"), None);
    }

    #[test]
    fn a_command_that_gets_time_may_be_silent_as_long() {
        let launch = crate::launch::Launch {
            name: "x".to_owned(),
            program: "/x".into(),
            args: Vec::new(),
            environment: std::collections::BTreeMap::new(),
            home: None,
            mode: None,
            model: None,
            network: true,
            read: Vec::new(),
        };
        let (command, acp) = (BackEnd::Command(launch.clone()), BackEnd::Acp(launch));
        let minutes = |limits: Limits| (limits.silence.as_secs() / 60, limits.turn.as_secs() / 60);
        assert_eq!(minutes(LimitsChange::default().limits(&command)), (30, 60));
        assert_eq!(minutes(LimitsChange::default().limits(&acp)), (5, 30));
        let two_hours = LimitsChange { run: time("2h"), ..LimitsChange::default() };
        assert_eq!(minutes(two_hours.limits(&command)), (120, 120));
        assert_eq!(minutes(two_hours.limits(&acp)), (5, 120));
        let quiet = LimitsChange { silence: time("1m"), ..two_hours };
        assert_eq!(minutes(quiet.limits(&command)), (1, 120));
    }
}
