//! The seconds that fixes write into the code.

use std::fmt;

/// A number of seconds, spelled the way the user spelled it: `10` stays `10`, `1.0` stays `1.0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds {
    value: f64,
    whole: bool,
}

impl Seconds {
    /// Whole seconds, spelled without a point.
    pub const fn whole(value: u32) -> Self {
        Self { value: value as f64, whole: true }
    }
    /// Seconds, spelled with a point.
    pub const fn fractional(value: f64) -> Self {
        Self { value, whole: false }
    }
    /// The number.
    pub fn value(self) -> f64 {
        self.value
    }
}

impl fmt::Display for Seconds {
    /// As a Python literal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.whole { write!(f, "{:.0}", self.value) } else { write!(f, "{:?}", self.value) }
    }
}

/// The seconds that fixes write, by kind of call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeouts {
    /// Taking from a queue in a loop that an event ends.
    pub get: Seconds,
    /// Waiting once for an answer, by a call that the settings name.
    pub reply: Seconds,
    /// Putting into a queue. No fix writes it at present; settings that name it stay valid.
    pub put: Seconds,
    /// Waiting for an event, a condition or a lock. No fix writes it at present, as above.
    pub wait: Seconds,
    /// Waiting for a process that was told to die.
    pub join: Seconds,
    /// Asking over the network.
    pub network: Seconds,
    /// Running a program that is known to end at once.
    pub subprocess: Seconds,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            get: Seconds::fractional(1.0),
            reply: Seconds::fractional(30.0),
            put: Seconds::fractional(1.0),
            wait: Seconds::fractional(5.0),
            join: Seconds::fractional(5.0),
            network: Seconds::whole(10),
            subprocess: Seconds::whole(60),
        }
    }
}

impl Timeouts {
    /// The keys of the settings' `timeouts` table.
    pub const KEYS: [&'static str; 7] = ["get", "reply", "put", "wait", "join", "network", "subprocess"];

    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Seconds> {
        match key {
            "get" => Some(&mut self.get),
            "reply" => Some(&mut self.reply),
            "put" => Some(&mut self.put),
            "wait" => Some(&mut self.wait),
            "join" => Some(&mut self.join),
            "network" => Some(&mut self.network),
            "subprocess" => Some(&mut self.subprocess),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_keep_their_spelling() {
        assert_eq!(Seconds::whole(10).to_string(), "10");
        assert_eq!(Seconds::fractional(1.0).to_string(), "1.0");
        assert_eq!(Seconds::fractional(0.25).to_string(), "0.25");
    }

    #[test]
    fn every_key_has_its_place() {
        let mut timeouts = Timeouts::default();
        assert!(Timeouts::KEYS.iter().all(|key| timeouts.slot(key).is_some()));
    }
}
