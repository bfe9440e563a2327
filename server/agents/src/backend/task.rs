//! What a backend is given, and what it comes back with.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::agent::Rights;
use crate::cancel::Cancel;
use crate::event::{Event, Recorded};
use crate::launch::{Launch, ToolServer};
use crate::limits::Limits;
use crate::permissions::Permissions;
use crate::settings::limits::Named;
use crate::workspace_copy::WorkspaceCopy;
use pyteam_display::{masked, sanitize};

/// So many events of a run are told; a flood of them is not written down line by line.
const MAX_EVENTS: usize = 2000;
/// Between two lines of progress.
const PACE: Duration = Duration::from_millis(100);

/// One request, for a backend.
pub(crate) struct Task<'a> {
    pub(crate) launch: &'a Launch,
    pub(crate) brief: &'a str,
    pub(crate) rights: Rights,
    pub(crate) model_hint: Option<&'a str>,
    pub(crate) resume: Option<&'a str>,
    pub(crate) servers: &'a [ToolServer],
    pub(crate) copy: &'a WorkspaceCopy,
    pub(crate) permissions: &'a Permissions,
    pub(crate) limits: &'a Limits,
    pub(crate) listener: &'a Listener<'a>,
    pub(crate) cancel: &'a Cancel,
}

/// What an agent said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) document: String,
    pub(crate) session: Option<String>,
    pub(crate) remarks: Vec<String>,
    /// It stopped before it was done.
    pub(crate) is_unfinished: bool,
}

/// Why an agent said nothing, or not all.
#[derive(Debug)]
pub(crate) enum BackendError {
    /// A sentence or two: what is wrong, and what to do.
    Failed(String),
    /// Its output ended while it was doing something: starting, opening a session, ...
    Died(&'static str),
    /// The user wished so.
    Canceled,
}

/// Passes on what happens, but no flood.
pub(crate) struct Listener<'a> {
    tell: &'a (dyn Fn(Event) + Send + Sync),
    state: Mutex<(Option<Instant>, usize)>,
}

impl<'a> Listener<'a> {
    pub(crate) fn new(tell: &'a (dyn Fn(Event) + Send + Sync)) -> Self {
        Self { tell, state: Mutex::new((None, 0)) }
    }

    /// A line of progress, unless the last one was a moment ago. `text` is asked for where it is told.
    pub(crate) fn progress(&self, text: impl FnOnce() -> String) {
        let now = Instant::now();
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.0.is_some_and(|last| now < last + PACE) {
                return;
            }
            state.0 = Some(now);
        }
        (self.tell)(Event::Progress(words(&text(), 120)));
    }

    /// A line of progress that stands for a while: told whatever was told a moment ago.
    pub(crate) fn stage(&self, text: &str) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(Instant::now());
        (self.tell)(Event::Progress(sanitize(text, 120)));
    }

    pub(crate) fn record(&self, happened: Recorded) {
        let count = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.1 += 1;
            state.1
        };
        match count.cmp(&MAX_EVENTS) {
            std::cmp::Ordering::Less => (self.tell)(Event::Recorded(happened)),
            std::cmp::Ordering::Equal => {
                (self.tell)(Event::Recorded(Recorded::note("too many events; the rest is not recorded")));
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    /// What must be told whatever happened before.
    pub(crate) fn insist(&self, happened: Recorded) {
        (self.tell)(Event::Recorded(happened));
    }
}

/// What a program said, as a person reads it: on one line, without secrets, and no longer than `most`.
pub(crate) fn words(text: &str, most: usize) -> String {
    sanitize(&masked(text), most)
}

/// What is said of a program that takes longer than `limit` allows.
pub(crate) fn too_slow(name: &str, what: &str, limit: Named) -> String {
    format!("{name} {what}, and was stopped. Run it in a terminal to see why, or {}", limit.advice())
}

/// A number of bytes as people say it.
pub(crate) fn amount(bytes: usize) -> String {
    match bytes {
        bytes if bytes < 1 << 10 => format!("{bytes} bytes"),
        bytes if bytes < 1 << 20 => format!("{} KB", bytes >> 10),
        bytes => format!("{} MB", bytes >> 20),
    }
}

/// A time as people say it.
pub(crate) fn spoken(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
