//! The main loop's timers: deadlines at which it wakes up without an event. A keystroke waits for none of them.

use std::time::Instant;

/// All timers.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// Diagnostics that the throttle held back within a burst of edits are published.
    pub(super) publish: Timer,
    /// All open documents are checked again, after a change in one of them or on disk.
    pub(super) recheck: Timer,
    /// Large documents with syntax errors are parsed as a whole, after a pause in typing.
    pub(super) reparse: Timer,
    /// Files that changed on disk are looked at.
    pub(super) disk: Timer,
    /// Indexing starts, at the latest.
    pub(super) index: Timer,
}

impl Timers {
    /// The next deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        [&self.publish, &self.recheck, &self.reparse, &self.disk, &self.index]
            .into_iter()
            .filter_map(|timer| timer.0)
            .min()
    }
}

/// One timer, set or not.
#[derive(Debug, Default)]
pub(crate) struct Timer(Option<Instant>);

impl Timer {
    /// Sets it to expire at `at`, or when it was set to already, whichever comes first.
    pub(super) fn set(&mut self, at: Instant) {
        self.0 = Some(self.0.map_or(at, |before| before.min(at)));
    }
    /// Whether it has expired at `now`. Then it is off.
    pub(super) fn take_expired(&mut self, now: Instant) -> bool {
        self.0.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_timer_expires_once_at_its_earliest_time() {
        let now = Instant::now();
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.disk.set(now + Duration::from_secs(2));
        timers.disk.set(now + Duration::from_secs(1));
        timers.recheck.set(now + Duration::from_secs(3));
        assert_eq!(timers.next(), Some(now + Duration::from_secs(1)));
        assert!(!timers.disk.take_expired(now));
        assert!(timers.disk.take_expired(now + Duration::from_secs(1)));
        assert!(!timers.disk.take_expired(now + Duration::from_secs(1)));
        assert_eq!(timers.next(), Some(now + Duration::from_secs(3)));
    }
}
