//! Throttles the publication of a document's diagnostics: at once after a keystroke, and seldom within a burst of edits.

use std::time::{Duration, Instant};

/// Edits that follow one another faster than this are a machine's, or two keys of one stroke. A key that is held
/// down repeats every 33 ms.
const BURST_GAP: Duration = Duration::from_millis(25);
/// So much silence ends a burst.
const BURST_END: Duration = Duration::from_millis(6);
/// A burst that does not end is published nevertheless, so long after the time before.
const MAX_WAIT: Duration = Duration::from_millis(60);
/// Both double with each publication inside one burst, so often.
const MAX_DOUBLINGS: u32 = 3;

/// The throttle of one document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublishThrottle {
    edited: Option<Instant>,
    published: Instant,
    is_burst: bool,
    /// Publications within the burst.
    count: u32,
}

impl PublishThrottle {
    /// Nothing was edited yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { edited: None, published: now, is_burst: false, count: 0 }
    }

    /// An edit came.
    pub(super) fn edited(&mut self, now: Instant) {
        self.is_burst = self.edited.is_some_and(|before| now < before + BURST_GAP);
        if !self.is_burst {
            self.count = 0;
        }
        self.edited = Some(now);
    }

    /// Until when to wait with a publication; None for not at all.
    pub(super) fn wait(&self, now: Instant) -> Option<Instant> {
        let edited = self.edited.filter(|_| self.is_burst)?;
        let more = 1 << self.count;
        let until = (edited + BURST_END * more).min(self.published + MAX_WAIT * more);
        (until > now).then_some(until)
    }

    /// Something was published.
    pub(super) fn published(&mut self, now: Instant) {
        self.published = now;
        if self.is_burst {
            self.count = (self.count + 1).min(MAX_DOUBLINGS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Edits `gap` apart, each looked at after `check`; how many are published by the time of `tail` after the last.
    fn published(edits: u32, gap: Duration, check: Duration, tail: Duration) -> u32 {
        let start = Instant::now();
        let mut throttle = PublishThrottle::new(start);
        let mut count = 0;
        for number in 0..edits {
            let now = start + gap * number;
            throttle.edited(now);
            // The next edit cancels the check.
            let until = if number + 1 == edits { tail } else { gap };
            let mut at = now + check;
            if let Some(wake) = throttle.wait(at) {
                at = wake;
            }
            if at < now + until {
                assert_eq!(throttle.wait(at), None);
                throttle.published(at);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn every_stroke_of_a_key_is_published_at_once() {
        for gap in [33, 60, 200].map(Duration::from_millis) {
            assert_eq!(published(100, gap, Duration::from_millis(1), Duration::from_millis(1) * 2), 100);
        }
    }

    #[test]
    fn a_burst_is_published_a_few_times() {
        let tail = Duration::from_millis(100);
        for gap in [30, 200, 700, 3000].map(Duration::from_micros) {
            let count = published(200, gap, Duration::from_micros(20), tail);
            assert!((1..=5).contains(&count), "{count} publications, {gap:?} apart");
        }
    }
}
