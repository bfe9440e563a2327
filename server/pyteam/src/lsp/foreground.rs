//! Whether the user waits for something. Background work looks at it between two files, and yields.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// For so long after a message of the client, background work keeps off the processors.
const ATTENTION_MICROS: u64 = 8_000;
/// How often background work looks again, and how often at most before it goes on nevertheless.
const STEP: Duration = Duration::from_micros(500);
const MAX_STEPS: u32 = 40;

/// How many answers are being worked on, and when the client said something last.
#[derive(Debug)]
pub(crate) struct Foreground {
    /// How many answers are being worked on.
    answers: AtomicUsize,
    start: Instant,
    /// When the last message of the client came, in microseconds after the start.
    heard: AtomicU64,
}

impl Default for Foreground {
    fn default() -> Self {
        Self { answers: AtomicUsize::new(0), start: Instant::now(), heard: AtomicU64::new(0) }
    }
}

impl Foreground {
    /// Counts one more until the guard is dropped.
    pub(crate) fn enter(foreground: &Arc<Self>) -> ForegroundGuard {
        foreground.answers.fetch_add(1, Ordering::Relaxed);
        ForegroundGuard(Arc::clone(foreground))
    }

    /// Notes that the client said something: before it is an answer's turn, the message has to be read, parsed and
    /// handed on, and all of that wants a processor.
    pub(crate) fn heard_from_client(&self) {
        self.heard.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn is_active(&self) -> bool {
        self.answers.load(Ordering::Relaxed) > 0
            || self.now().saturating_sub(self.heard.load(Ordering::Relaxed)) < ATTENTION_MICROS
    }

    /// Lets answers go first: called by background work between two files. Bounded, so that a stream of requests
    /// slows indexing down and does not stop it.
    pub(crate) fn yield_to_foreground(&self) {
        for _ in 0..MAX_STEPS {
            if !self.is_active() {
                return;
            }
            thread::sleep(STEP);
        }
    }
}

/// See [`Foreground::enter`].
#[derive(Debug)]
pub(crate) struct ForegroundGuard(Arc<Foreground>);

impl Drop for ForegroundGuard {
    fn drop(&mut self) {
        self.0.answers.fetch_sub(1, Ordering::Relaxed);
    }
}
