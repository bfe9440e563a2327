//! A progress bar for long work on a terminal.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console;

/// What is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Counts finished files from any thread.
pub(super) struct Progress {
    started: Instant,
    bar: ProgressBar,
    /// Set when the bar is on the screen.
    shown: OnceLock<()>,
    wanted: bool,
}

impl Progress {
    /// A bar over `total` files; never shown when `quiet` or when standard error is no terminal.
    pub(super) fn new(total: usize, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30.cyan} {pos}/{len} files") {
            bar.set_style(style);
        }
        bar.set_message("Reading");
        Self { started: Instant::now(), bar, shown: OnceLock::new(), wanted: !quiet && console::is_watched() }
    }

    /// One more file is done.
    pub(super) fn tick(&self) {
        if !self.wanted {
            return;
        }
        self.bar.inc(1);
        if self.started.elapsed() >= PATIENCE {
            self.shown.get_or_init(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    /// Takes the bar off the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
