//! Work that answers somebody, off the owner's thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyteam_engine::CancelToken;
use rayon::{ThreadPool, ThreadPoolBuildError};
use tower_lsp::jsonrpc::{Error, Result};
use tracing::error;

use super::event::Ask;
use crate::load;

/// Few processors must not mean that four slow requests leave no thread for the fifth.
const THREADS: usize = 4;

/// For so long after a message of the client, background work keeps off the processors.
const ATTENTION_MICROS: u64 = 8_000;
/// How often it looks, and how often at most before it goes on nevertheless.
const STEP: Duration = Duration::from_micros(500);
const MAX_STEPS: u32 = 40;

/// The pool that answers requests. Indexing has one of its own, so that it never starves a hover.
pub(crate) struct Jobs {
    pool: ThreadPool,
    busy: Arc<Busy>,
}

impl Jobs {
    /// Starts the threads.
    pub(crate) fn start(busy: Arc<Busy>) -> std::result::Result<Self, ThreadPoolBuildError> {
        let threads = thread::available_parallelism().map_or(THREADS, |cores| cores.get().clamp(THREADS, 8));
        Ok(Self { pool: load::pool(threads, "pyteam-request")?, busy })
    }

    /// Whether somebody waits for an answer; background work makes way then.
    pub(crate) fn busy(&self) -> &Arc<Busy> {
        &self.busy
    }

    /// Answers `ask` on the pool, unless it is cancelled before its turn. A panic becomes an internal error.
    pub(crate) fn answer<P, R>(&self, ask: Ask<P, R>, work: impl FnOnce(P, &CancelToken) -> Result<R> + Send + 'static)
    where
        P: Send + 'static,
        R: Send + 'static,
    {
        let (params, token, reply) = ask.split();
        self.run(move || {
            if token.is_cancelled() {
                return;
            }
            let answer = guarded("a request", || work(params, &token));
            let _ = reply.send(answer.unwrap_or_else(|| Err(Error::internal_error())));
        });
    }

    /// Runs `work` on the pool.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) {
        let busy = Busy::enter(&self.busy);
        self.pool.spawn_fifo(move || {
            guarded("a job", work);
            drop(busy);
        });
    }
}

/// Runs `work`; a panic is a line in the log, and None.
pub(crate) fn guarded<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(panic) => {
            error!("a bug in pyteam ended {what}: {}", words(&*panic));
            None
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// Whether the user waits for something: what background work looks at between two files.
#[derive(Debug)]
pub(crate) struct Busy {
    /// How many answers are being worked on.
    answers: AtomicUsize,
    start: Instant,
    /// When the last message of the client came, in microseconds after the start.
    heard: AtomicU64,
}

impl Default for Busy {
    fn default() -> Self {
        Self { answers: AtomicUsize::new(0), start: Instant::now(), heard: AtomicU64::new(0) }
    }
}

impl Busy {
    /// Counts one more until the guard is dropped.
    pub(crate) fn enter(busy: &Arc<Self>) -> BusyGuard {
        busy.answers.fetch_add(1, Ordering::Relaxed);
        BusyGuard(Arc::clone(busy))
    }

    /// Notes that the client said something: before it is an answer's turn, the message has to be read, parsed and
    /// handed on, and all of that wants a processor.
    pub(crate) fn heard_from_client(&self) {
        self.heard.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn is_busy(&self) -> bool {
        self.answers.load(Ordering::Relaxed) > 0
            || self.now().saturating_sub(self.heard.load(Ordering::Relaxed)) < ATTENTION_MICROS
    }

    /// Lets answers go first: called by background work between two files. Bounded, so that a stream of requests
    /// slows indexing down and does not stop it.
    pub(crate) fn make_way(&self) {
        for _ in 0..MAX_STEPS {
            if !self.is_busy() {
                return;
            }
            thread::sleep(STEP);
        }
    }
}

/// See [`Busy::enter`].
#[derive(Debug)]
pub(crate) struct BusyGuard(Arc<Busy>);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_for_the_one_who_asked_alone() {
        let jobs = Jobs::start(Arc::default()).expect("threads");
        let (ask, answer) = Ask::<(), ()>::new(());
        jobs.answer(ask, |(), _| panic!("on purpose"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(runtime.block_on(answer.wait()), Err(Error::internal_error()));
        let (ask, answer) = Ask::<u8, u8>::new(7);
        jobs.answer(ask, |params, _| Ok(params));
        assert_eq!(runtime.block_on(answer.wait()), Ok(7));
    }

    #[test]
    fn dropping_the_answer_cancels_the_job() {
        let (ask, answer) = Ask::<(), ()>::new(());
        let ((), token, _reply) = ask.split();
        assert!(!token.is_cancelled());
        drop(answer);
        assert!(token.is_cancelled());
    }
}
