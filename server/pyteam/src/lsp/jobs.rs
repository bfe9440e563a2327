//! The pool that requests and checks run on, off the main loop's thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuildError};
use tracing::error;

use super::foreground::Foreground;
use crate::load;

/// Few processors must not mean that four slow requests leave no thread for the fifth.
const MIN_THREADS: usize = 4;
const MAX_THREADS: usize = 8;

/// The pool. Indexing has one of its own, so that it never starves a hover.
pub(crate) struct Jobs {
    pool: ThreadPool,
    foreground: Arc<Foreground>,
}

impl Jobs {
    /// Starts the threads. What runs on them counts as work that the user waits for.
    pub(crate) fn start(foreground: Arc<Foreground>) -> Result<Self, ThreadPoolBuildError> {
        let cores = thread::available_parallelism();
        let threads = cores.map_or(MIN_THREADS, |cores| cores.get().clamp(MIN_THREADS, MAX_THREADS));
        Ok(Self { pool: load::pool(threads, "pyteam-request")?, foreground })
    }

    /// Runs `work` on the pool, in the order of the calls as far as there are threads.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) {
        let guard = Foreground::enter(&self.foreground);
        self.pool.spawn_fifo(move || {
            guarded("a job", work);
            drop(guard);
        });
    }
}

/// Runs `work`. A panic is a line in the log, and `None`.
pub(crate) fn guarded<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(panic) => {
            error!("a bug in pyteam ended {what}: {}", panic_message(&*panic));
            None
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
