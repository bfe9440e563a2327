//! What is said of a bug of ours. Its message may quote text of others.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;

use pyteam_display::{Shown, sanitize, shown};

use super::console;

/// Has panics told on one visible line, with a backtrace where the environment asks for one.
pub(super) fn make_visible() {
    panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let message = sanitize(info.payload_as_str().unwrap_or("no message"), 2000);
        console::note(shown!("thread `{}` panicked{}: {}", thread.name().unwrap_or("unnamed"), place, message));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            console::note(Shown::text(backtrace.to_string()));
        }
    }));
}
