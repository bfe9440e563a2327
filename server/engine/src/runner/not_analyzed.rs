//! The one finding of a file that is not analyzed.

use pyteam_index::File;
use pyteam_syntax::source::NotText;
use pyteam_syntax::{TextRange, TextSize, Unanalyzed};

use crate::builtin;
use crate::finding::{Anchor, Finding, Severity};

/// Says why `file` is not analyzed.
pub(super) fn finding(file: &File, why: &Unanalyzed, severity: Severity) -> Finding {
    let (message, help) = words(file, why);
    Finding {
        code: builtin::NOT_ANALYZED.into(),
        severity,
        file: file.id,
        range: place(file, why),
        message: pyteam_display::message(&format!("file not analyzed: {message}")),
        note: None,
        help: Some(help.to_owned()),
        related: Vec::new(),
        secrets: Vec::new(),
        channel: None,
        fix: None,
        anchor: Anchor::default(),
    }
}

fn words(file: &File, why: &Unanalyzed) -> (String, &'static str) {
    match why {
        Unanalyzed::TooLarge { bytes, limit } => (
            format!("it is {}, the limit is {}", size(*bytes), size(*limit)),
            "raise `max-file-size`, or add the file to `exclude`",
        ),
        Unanalyzed::TooSlow(limit) => {
            (format!("parsing took longer than {} s", limit.as_secs_f64()), "add the file to `exclude`")
        }
        Unanalyzed::NotText(NotText::Nul(at)) => (format!("NUL byte at {}", offset(file, *at)), "remove the NUL byte"),
        Unanalyzed::NotText(NotText::NotUtf8(at)) => {
            (format!("invalid UTF-8 at {}", offset(file, *at)), "save the file as UTF-8")
        }
        Unanalyzed::Unreadable(error) => {
            (format!("it cannot be read ({error})"), "make the file readable, or add it to `exclude`")
        }
    }
}

/// `2.3 MB`, exact below a thousand.
fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let float = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", float / 1e3),
        _ => format!("{:.1} MB", float / 1e6),
    }
}

/// The line, where the text is known up to there, else the byte.
fn offset(file: &File, at: usize) -> String {
    match known_place(file, at) {
        Some(place) => format!("line {}", file.source().lines().line_of(place) + 1),
        None => format!("byte {at}"),
    }
}

fn known_place(file: &File, at: usize) -> Option<TextSize> {
    let place = TextSize::new(at as u32);
    (!file.source().is_empty() && place <= file.source().len()).then_some(place)
}

/// The line where the trouble is, or the first one.
fn place(file: &File, why: &Unanalyzed) -> TextRange {
    let at = match why {
        Unanalyzed::NotText(NotText::Nul(at) | NotText::NotUtf8(at)) => known_place(file, *at),
        _ => None,
    };
    let source = file.source();
    source.lines().line_range(source.as_str(), source.lines().line_of(at.unwrap_or_default()))
}
