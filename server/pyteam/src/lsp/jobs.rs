//! Work that answers somebody, off the owner's thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use pyteam_engine::CancelToken;
use rayon::{ThreadPool, ThreadPoolBuildError};
use tower_lsp::jsonrpc::{Error, Result};
use tracing::error;

use super::event::Ask;
use crate::load;

/// Few processors must not mean that four slow requests leave no thread for the fifth.
const THREADS: usize = 4;

/// The pool that answers requests. Indexing has one of its own, so that it never starves a hover.
pub(crate) struct Jobs {
    pool: ThreadPool,
    busy: Arc<Busy>,
}

impl Jobs {
    /// Starts the threads.
    pub(crate) fn start() -> std::result::Result<Self, ThreadPoolBuildError> {
        let threads = thread::available_parallelism().map_or(THREADS, |cores| cores.get().clamp(THREADS, 8));
        Ok(Self { pool: load::pool(threads, "pyteam-request")?, busy: Arc::default() })
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

/// How many answers are being worked on.
#[derive(Debug, Default)]
pub(crate) struct Busy(AtomicUsize);

impl Busy {
    /// Counts one more until the guard is dropped.
    pub(crate) fn enter(busy: &Arc<Self>) -> BusyGuard {
        busy.0.fetch_add(1, Ordering::Relaxed);
        BusyGuard(Arc::clone(busy))
    }

    /// Lets answers go first: called by background work between two files. Bounded, so that a stream of requests
    /// slows indexing down and does not stop it.
    pub(crate) fn make_way(&self) {
        const STEP: Duration = Duration::from_micros(250);
        for _ in 0..80 {
            if self.0.load(Ordering::Relaxed) == 0 {
                return;
            }
            thread::park_timeout(STEP);
        }
    }
}

/// See [`Busy::enter`].
#[derive(Debug)]
pub(crate) struct BusyGuard(Arc<Busy>);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_for_the_one_who_asked_alone() {
        let jobs = Jobs::start().expect("threads");
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
