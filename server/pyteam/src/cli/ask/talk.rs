//! The conversation with the user while an agent works.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use indicatif::ProgressBar;
use pyteam_agents::change::Caution;
use pyteam_agents::run::{Cancel, Event, Outcome};
use pyteam_agents::run_log::RunLog;
use pyteam_agents::{Agent, Change};
use pyteam_display::{Shown, shown};

use super::super::console;
use super::OnDisk;
use crate::agent_request::{self, Prepared};

/// Asks, with a line that says what goes on. Ctrl-C cancels, and waits until nothing of the agent runs any more.
pub(super) fn talk(agent: &Agent, prepared: Prepared, root: &Path, record: &RunLog) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a run")?;
    let cancel = Cancel::new();
    let bar = ProgressBar::new_spinner();
    if matches!(prepared, Prepared::There(_)) {
        bar.enable_steady_tick(Duration::from_millis(100));
        bar.set_message(shown!("{} begins", agent.name).into_string());
    }
    let tell = |event: Event| {
        if let Event::Progress(what) = event {
            bar.set_message(shown!("{} {}", agent.name, what).into_string());
        }
    };
    let outcome = runtime.block_on(async {
        let workspace = Arc::new(OnDisk(root.to_owned()));
        let work = agent_request::conduct(&agent.name, prepared, workspace, record, &tell, &cancel);
        tokio::pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return outcome,
                pressed = tokio::signal::ctrl_c(), if !cancel.is_canceled() => {
                    if pressed.is_ok() {
                        cancel.cancel();
                        bar.set_message(shown!("stopping {}", agent.name).into_string());
                    }
                }
            }
        }
    });
    bar.finish_and_clear();
    Ok(outcome)
}

/// A line of standard input. Ctrl-C, which the run before has taken for itself, is no consent.
fn read_line() -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot ask")?;
    let line = runtime.block_on(async {
        let read = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().read_line(&mut line).map(|_| line)
        });
        tokio::select! {
            line = read => Some(line.map_err(io::Error::other).and_then(|line| line)),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    // The thread that reads would be waited for else.
    runtime.shutdown_background();
    line.unwrap_or_else(|| Ok(String::new())).context("cannot read standard input")
}

/// Whether the user wants the change, of which `cautions` are named right before.
pub(super) fn confirm_change(change: &Change, cautions: &[Caution], agent: &str) -> anyhow::Result<bool> {
    for caution in cautions {
        console::warning(shown!("the change {}", caution.to_string()));
    }
    let files = change.files.len();
    let what = if files == 1 { "this change".to_owned() } else { format!("changes to {files} files") };
    confirm(&shown!("Apply {} of {}'s?", what, agent))
}

/// Whether the user says yes to a question. What was typed before it was asked is no answer to it.
pub(in crate::cli) fn confirm(question: &Shown) -> anyhow::Result<bool> {
    drop_typed_ahead();
    console::ask(shown!("{} [y/N] ", question))?;
    let line = read_line()?;
    console::note("");
    Ok(matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Has the terminal forget the keys that wait to be read.
fn drop_typed_ahead() {
    #[cfg(unix)]
    {
        use rustix::termios::{QueueSelector, tcflush};
        // Where standard input is no terminal, there is nothing to drop.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}
