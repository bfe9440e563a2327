//! Standard output and standard error, with colours where they are wanted.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use super::args::Color;
use super::streams;
use crate::load::reason;

/// Text is collected up to this many bytes before it is written.
const CHUNK: usize = 64 << 10;

/// Standard output. What is printed is written in large pieces; call [`Console::flush`] at the end.
pub(super) struct Console {
    stream: Box<dyn Write>,
    pending: String,
    styled: bool,
    is_stderr: bool,
    /// All that was printed, where somebody wants to keep it.
    record: Option<String>,
}

impl Console {
    /// Decides once for both streams whether there are colours.
    pub(super) fn new(color: Color) -> Self {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let choice = AutoStream::choice(&io::stdout());
        Self {
            stream: Box::new(AutoStream::new(io::stdout().lock(), choice)),
            pending: String::new(),
            styled: choice != ColorChoice::Never,
            is_stderr: false,
            record: None,
        }
    }

    /// Standard error, for what must not mix with the text on standard output.
    pub(super) fn on_stderr() -> Self {
        let choice = AutoStream::choice(&io::stderr());
        Self {
            stream: Box::new(AutoStream::new(io::stderr(), choice)),
            pending: String::new(),
            styled: choice != ColorChoice::Never,
            is_stderr: true,
            record: None,
        }
    }

    /// Whether output is coloured.
    pub(super) fn is_styled(&self) -> bool {
        self.styled
    }

    /// Notes from here on what is printed.
    pub(super) fn start_record(&mut self) {
        self.record = Some(String::new());
    }

    /// What was printed since [`Console::start_record`].
    pub(super) fn take_record(&mut self) -> Option<String> {
        self.record.take()
    }

    /// Prints `text` as it is.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        self.pending.push_str(text);
        if let Some(record) = &mut self.record {
            record.push_str(text);
        }
        if self.pending.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Prints `text` and a line end.
    pub(super) fn print_line(&mut self, text: &str) -> io::Result<()> {
        self.print(text)?;
        self.print("\n")
    }

    /// `text` in `style`, where there are colours.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.styled { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Writes what was printed.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() && !self.is_stderr {
            streams::check_output()?;
        }
        self.stream.write_all(pending.as_bytes()).and_then(|()| self.stream.flush()).map_err(|error| unwritable(&error))
    }
}

/// Says of an error which stream it is about.
pub(super) fn unwritable(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write to standard output: {}", reason(error)))
}

/// Columns of the terminal; `otherwise` where there is none.
pub(super) fn width(otherwise: usize) -> usize {
    let width = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    width.map_or(otherwise, |(width, _)| usize::from(width.0)).clamp(40, 200)
}

/// Says on standard error what keeps us from doing what was asked.
pub(super) fn error(message: &str) {
    say(AnsiColor::BrightRed.on_default().bold(), "error", message);
}

/// Says on standard error what the user may not expect.
pub(super) fn warning(message: &str) {
    say(AnsiColor::Yellow.on_default().bold(), "warning", message);
}

/// Says on standard error how it went.
pub(super) fn note(message: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(anstream::stderr().lock(), "{message}");
}

fn say(style: Style, word: &str, message: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{style}{word}{style:#}: {message}");
}
