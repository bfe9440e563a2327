//! What the owner wakes up for by itself. A keystroke waits for none of these.

use std::time::Instant;

/// All alarms.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    /// A publication was held back within a burst of edits.
    pub(super) publish: Alarm,
    /// Other open documents have to follow a change.
    pub(super) others: Alarm,
    /// Typing paused in a large text that does not parse.
    pub(super) settle: Alarm,
    /// Files changed on disk.
    pub(super) disk: Alarm,
    /// Indexing starts at the latest.
    pub(super) index: Alarm,
}

impl Alarms {
    /// The next one.
    pub(super) fn next(&self) -> Option<Instant> {
        [&self.publish, &self.others, &self.settle, &self.disk, &self.index]
            .into_iter()
            .filter_map(|alarm| alarm.0)
            .min()
    }
}

/// One alarm, set or not.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Instant>);

impl Alarm {
    /// Sets it, to ring at `at` or when it was set to already, whichever comes first.
    pub(super) fn set(&mut self, at: Instant) {
        self.0 = Some(self.0.map_or(at, |before| before.min(at)));
    }
    /// Whether it rings at `now`. Then it is off.
    pub(super) fn rings(&mut self, now: Instant) -> bool {
        self.0.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_alarm_rings_once_at_its_earliest_time() {
        let now = Instant::now();
        let mut alarms = Alarms::default();
        assert_eq!(alarms.next(), None);
        alarms.disk.set(now + Duration::from_secs(2));
        alarms.disk.set(now + Duration::from_secs(1));
        alarms.others.set(now + Duration::from_secs(3));
        assert_eq!(alarms.next(), Some(now + Duration::from_secs(1)));
        assert!(!alarms.disk.rings(now));
        assert!(alarms.disk.rings(now + Duration::from_secs(1)));
        assert!(!alarms.disk.rings(now + Duration::from_secs(1)));
        assert_eq!(alarms.next(), Some(now + Duration::from_secs(3)));
    }
}
