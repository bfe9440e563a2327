//! The command line. Exit codes: 0 for clean, 1 for findings, 2 for an error of ours or in the settings.

mod agents;
mod args;
mod ask;
mod cache;
mod check;
mod clock;
mod console;
mod diff;
mod enclosing;
mod explain;
mod gathered;
mod github;
mod init;
mod jail;
mod json;
mod markdown;
mod panics;
mod place;
mod progress;
mod project;
mod repair;
mod report;
mod rulebook;
mod rules;
mod runs;
mod sandbox;
mod sarif;
mod streams;
mod text;
mod topology;
mod trial;
mod trust;
mod unfinished;
mod version;

use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use pyteam_display::{Shown, visible_line};
use tracing_subscriber::EnvFilter;

use self::args::{Cli, Command};
use self::console::Console;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing to object to.
    Clean,
    /// Findings, or changes that `--diff` would make.
    Findings,
    /// The command line, the settings, a file or pyteam itself is at fault; it has been said.
    Failure,
}

/// A signal ended the command when everything was in order.
#[derive(Debug)]
struct Interrupted {
    signal: i32,
    /// Whether everything had been written by then.
    is_complete: bool,
    /// What was done until then.
    said: String,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "interrupted: {}", self.said)
    }
}

impl std::error::Error for Interrupted {}

impl Interrupted {
    /// What shells give for a process that a signal ended: 130 for Ctrl-C.
    fn code(&self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.signal).unwrap_or(2))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failure => 2,
        })
    }
}

/// Reads the command line, does what it says, and gives the process's exit code.
pub fn main() -> ExitCode {
    panics::make_visible();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(error),
    };
    // The console keeps stdout locked, and the protocols need it.
    match cli.command {
        Some(Command::Server(_)) => return crate::lsp::serve(),
        Some(Command::Jail(jail)) => return jail::run(jail),
        _ => {}
    }
    let mut console = Console::new(cli.color);
    let done = run(cli, &mut console).and_then(|exit| Ok(console.flush().map(|()| exit)?));
    match done {
        Ok(exit) => exit,
        // `pyteam rules | head` has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(Shown::text(format!("{error:#}")));
            error.downcast_ref::<Interrupted>().map_or(Exit::Failure.into(), Interrupted::code)
        }
    }
}

/// Says what is wrong with the command line, or what was asked about it.
fn refused(error: clap::Error) -> ExitCode {
    // What clap repeats of an argument goes to the terminal as it is. With marks in the arguments it is as wrong as before.
    let words = std::env::args_os().map(|word| visible_line(&word.to_string_lossy()));
    let error = Cli::try_parse_from(words).err().unwrap_or(error);
    // A closed pipe is no reason to panic, and `--help` is no error.
    let printed = if error.use_stderr() {
        error.print()
    } else {
        streams::check_output().and_then(|()| error.print().map_err(|failure| console::unwritable(&failure)))
    };
    match printed {
        Err(failure) if !error.use_stderr() && failure.kind() != io::ErrorKind::BrokenPipe => {
            console::error(Shown::line(failure));
            Exit::Failure.into()
        }
        _ => ExitCode::from(if error.use_stderr() { 2 } else { 0 }),
    }
}

fn run(cli: Cli, console: &mut Console) -> anyhow::Result<ExitCode> {
    let exit = match cli.command {
        // `main` has done these already.
        Some(Command::Server(_) | Command::Jail(_)) => Exit::Clean,
        None => {
            let help = Cli::command().render_help();
            let text = if console.is_styled() { help.ansi().to_string() } else { help.to_string() };
            let help = console.rendered(&text);
            console.print(help)?;
            Exit::Clean
        }
        Some(Command::Check(check)) => {
            log_to_stderr();
            check::run(&check, console)?
        }
        Some(Command::Explain(explain)) => explain::run(&explain, console)?,
        Some(Command::Rules(rules)) => rules::run(&rules, console)?,
        Some(Command::Topology(topology)) => {
            log_to_stderr();
            topology::run(&topology, console)?
        }
        Some(Command::Ask(ask)) => {
            log_to_stderr();
            ask::run(&ask, console)?
        }
        Some(Command::Agents(agents)) => agents::run(&agents, console)?,
        Some(Command::Init(init)) => init::run(&init, console)?,
        Some(Command::Trust(trust)) => trust::run(&trust, console)?,
        Some(Command::Runs(runs)) => runs::run(&runs, console)?,
        Some(Command::Cache(cache)) => cache::run(&cache, console)?,
        Some(Command::Version(version)) => version::run(&version, console)?,
    };
    Ok(exit.into())
}

/// `PYTEAM_LOG=debug pyteam check` shows what the server would log.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("PYTEAM_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber is refused, which only a test can ask for.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(console::log_stream)
        .with_ansi(false)
        .without_time()
        .try_init();
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
