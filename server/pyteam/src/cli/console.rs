//! Standard output and standard error, with colors where they are wanted. All that goes there is [`Shown`].

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use pyteam_display::{Shown, Visible};

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
    /// All that was printed, where a caller keeps it.
    record: Option<String>,
}

impl Console {
    /// Decides once for both streams whether there are colors.
    pub(super) fn new(color: Color) -> Self {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let choice = AutoStream::choice(&raw_stdout());
        Self {
            stream: Box::new(AutoStream::new(raw_stdout().lock(), choice)),
            pending: String::new(),
            styled: choice != ColorChoice::Never,
            is_stderr: false,
            record: None,
        }
    }

    /// Standard error, for what must not mix with the text on standard output.
    pub(super) fn on_stderr() -> Self {
        let stream = stderr();
        let choice = stream.current_choice();
        Self {
            stream: Box::new(stream),
            pending: String::new(),
            styled: choice != ColorChoice::Never,
            is_stderr: true,
            record: None,
        }
    }

    /// Whether output is colored.
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

    /// Prints `text`.
    pub(super) fn print(&mut self, text: impl Into<Shown>) -> io::Result<()> {
        self.write(text.into().as_str())
    }

    /// Prints `text` and a line end.
    pub(super) fn print_line(&mut self, text: impl Into<Shown>) -> io::Result<()> {
        self.print(text)?;
        self.write("\n")
    }

    /// Writes a repaired text, byte for byte: an editor or another program reads it. A terminal is shown it.
    pub(super) fn print_file(&mut self, text: &str) -> io::Result<()> {
        if is_terminal() {
            return self.print(Shown::text(text));
        }
        self.flush()?;
        // A stream that takes escapes away would take them from the text.
        let mut stdout = raw_stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// `text` in `style`, where there are colors.
    pub(super) fn paint(&self, style: Style, text: impl Into<Shown>) -> Shown {
        if self.styled { text.into().painted(style) } else { text.into() }
    }

    /// What a renderer of ours made, in its colors where there are colors.
    pub(super) fn rendered(&self, text: &str) -> Shown {
        if self.styled { Shown::colored(text) } else { Shown::text(text) }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.pending.push_str(text);
        if let Some(record) = &mut self.record {
            record.push_str(text);
        }
        if self.pending.len() >= CHUNK { self.flush() } else { Ok(()) }
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

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    raw_stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(super) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// Columns of the terminal; `otherwise` where there is none.
pub(super) fn width(otherwise: usize) -> usize {
    let width = is_terminal().then(terminal_size::terminal_size).flatten();
    width.map_or(otherwise, |(width, _)| usize::from(width.0)).clamp(40, 200)
}

/// Says on standard error what keeps us from doing what was asked.
pub(super) fn error(message: impl Into<Shown>) {
    say(AnsiColor::BrightRed.on_default().bold(), "error: ", message);
}

/// Says on standard error what the user may not expect.
pub(super) fn warning(message: impl Into<Shown>) {
    say(AnsiColor::Yellow.on_default().bold(), "warning: ", message);
}

/// Says on standard error how it went.
pub(super) fn note(message: impl Into<Shown>) {
    say(Style::new(), "", message);
}

/// Asks on standard error; the answer is written behind it.
pub(super) fn ask(question: impl Into<Shown>) -> io::Result<()> {
    let mut stream = stderr().lock();
    write!(stream, "{}", question.into())?;
    stream.flush()
}

/// A line of its own. Further lines are indented: what is quoted in a message begins none that looks like one of ours.
fn say(style: Style, word: &'static str, message: impl Into<Shown>) {
    let word = Shown::from(word).painted(style);
    // A closed standard error has no reader to be told so.
    let _ = writeln!(stderr().lock(), "{word}{}", message.into().indented("  "));
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens it; what is written is marked")]
fn raw_stdout() -> io::Stdout {
    io::stdout()
}

/// Where the log goes.
pub(super) fn log_stream() -> Visible<AutoStream<io::Stderr>> {
    Visible(stderr())
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens it; what is written is marked")]
fn stderr() -> AutoStream<io::Stderr> {
    anstream::stderr()
}
