//! How long the parts of a command take.

use std::time::Instant;

/// Says in the log what took how long.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }
    pub(super) fn lap(&mut self, what: &str) {
        tracing::debug!(milliseconds = self.0.elapsed().as_millis(), "{what}");
        self.0 = Instant::now();
    }
}
