//! Signals that would end the process: while files are written they are noted and not followed, so that a unit is
//! finished or taken back. At any other time they do what they always do.

#[cfg(unix)]
pub(super) use self::unix::Held;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock, Mutex, PoisonError};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    struct Signals {
        /// Nothing is being written.
        idle: Arc<AtomicBool>,
        /// How many write at the moment.
        writers: Mutex<usize>,
        /// The last one that came while something was; 0 for none.
        caught: Arc<AtomicUsize>,
    }

    static SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
        let signals =
            Signals { idle: Arc::new(AtomicBool::new(true)), writers: Mutex::default(), caught: Arc::default() };
        // What is ignored from the start, as `nohup` has it, stays so.
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)) {
            let number = usize::try_from(signal).unwrap_or_default();
            let registered = flag::register_conditional_default(signal, Arc::clone(&signals.idle))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&signals.caught), number));
            if let Err(error) = registered {
                tracing::warn!("signal {signal} will end pyteam also while it writes: {error}");
            }
        }
        signals
    });

    impl Signals {
        fn change(&self, by: isize) {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            *writers = writers.saturating_add_signed(by);
            self.idle.store(*writers == 0, Ordering::SeqCst);
        }
    }

    /// Whether the process was started with `signal` ignored. Known on Linux.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
        mask >> (signal - 1) & 1 == 1
    }

    /// As long as this lives, signals are noted only.
    pub(in super::super) struct Held(());

    impl Held {
        pub(in super::super) fn begin() -> Self {
            SIGNALS.change(1);
            Self(())
        }

        /// The signal that came meanwhile.
        #[allow(clippy::unused_self, reason = "only what is held can have been caught")]
        pub(in super::super) fn caught(&self) -> Option<i32> {
            match SIGNALS.caught.load(Ordering::SeqCst) {
                0 => None,
                signal => i32::try_from(signal).ok(),
            }
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            SIGNALS.change(-1);
        }
    }
}

/// Does what `signal` does where nothing is written.
pub(crate) fn follow(signal: i32) {
    #[cfg(unix)]
    if let Err(error) = signal_hook::low_level::emulate_default_handler(signal) {
        tracing::warn!("signal {signal} did not end pyteam: {error}");
    }
    #[cfg(not(unix))]
    let _ = signal;
}

#[cfg(not(unix))]
pub(super) struct Held(());

#[cfg(not(unix))]
impl Held {
    /// Elsewhere an interrupt ends the process, and the journal has what it leaves.
    pub(super) fn begin() -> Self {
        Self(())
    }

    pub(super) fn caught(&self) -> Option<i32> {
        None
    }
}
