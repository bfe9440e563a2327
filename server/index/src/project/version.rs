//! Versions and ranges of versions, as far as rules ask about them.
//!
//! Follows PEP 440's order with two simplifications: local parts (`+cu118`) do not count, and a pre-release that is
//! also a development release counts as the pre-release.

use std::fmt;

/// A version, ordered as PEP 440 orders it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    epoch: u32,
    release: [u32; 4],
    phase: Phase,
}

/// What kind of release a version is, in the order in which they come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    Dev(u32),
    Alpha(u32),
    Beta(u32),
    Candidate(u32),
    Final,
    Post(u32),
}

impl Version {
    /// The final release `major.minor.patch`.
    pub fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { epoch: 0, release: [major, minor, patch, 0], phase: Phase::Final }
    }

    /// Reads `1!2.3.4rc1.post2+local`, leniently. Gives the number of release segments that were written too.
    pub(super) fn parse(text: &str) -> Option<(Self, usize)> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let (epoch, text) = match text.split_once('!') {
            Some((epoch, rest)) => (epoch.parse().ok()?, rest),
            None => (0, text),
        };
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let mut release = [0; 4];
        let mut written = 0;
        for segment in numbers.trim_end_matches('.').split('.') {
            let number = segment.parse().ok()?;
            if let Some(slot) = release.get_mut(written) {
                *slot = number;
            }
            written += 1;
        }
        let phase = Phase::parse(&suffix.to_ascii_lowercase())?;
        Some((Self { epoch, release, phase }, written))
    }

    /// The first version of all whose release starts like this one's first `segments` numbers.
    pub(super) fn floor(self, segments: usize) -> Self {
        let mut release = [0; 4];
        for (slot, number) in release.iter_mut().zip(self.release).take(segments) {
            *slot = number;
        }
        Self { epoch: self.epoch, release, phase: Phase::Dev(0) }
    }

    /// The first version of all that comes after every version which shares the first `segments` numbers.
    pub(super) fn ceiling(self, segments: usize) -> Self {
        let mut next = self.floor(segments);
        if let Some(last) = segments.checked_sub(1).and_then(|last| next.release.get_mut(last)) {
            *last = last.saturating_add(1);
        }
        next
    }

    /// How many leading numbers of the release are zero, among the first `segments`.
    pub(super) fn leading_zeros(self, segments: usize) -> usize {
        self.release.iter().take(segments).take_while(|number| **number == 0).count()
    }
}

impl Phase {
    fn parse(suffix: &str) -> Option<Self> {
        let suffix = suffix.trim_start_matches(['.', '-', '_']);
        let end = suffix.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(suffix.len());
        let (word, rest) = suffix.split_at(end);
        let rest = rest.trim_start_matches(['.', '-', '_']);
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().unwrap_or(0);
        Some(match word {
            // `1.0-1` is an implicit post-release.
            "" if suffix.is_empty() => Self::Final,
            "" | "post" | "rev" | "r" => Self::Post(number),
            "dev" => Self::Dev(number),
            "a" | "alpha" => Self::Alpha(number),
            "b" | "beta" => Self::Beta(number),
            "rc" | "c" | "pre" | "preview" => Self::Candidate(number),
            _ => return None,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch > 0 {
            write!(f, "{}!", self.epoch)?;
        }
        let [major, minor, patch, fourth] = self.release;
        write!(f, "{major}.{minor}")?;
        if patch > 0 || fourth > 0 {
            write!(f, ".{patch}")?;
        }
        if fourth > 0 {
            write!(f, ".{fourth}")?;
        }
        match self.phase {
            Phase::Final | Phase::Dev(0) => Ok(()),
            Phase::Dev(n) => write!(f, ".dev{n}"),
            Phase::Alpha(n) => write!(f, "a{n}"),
            Phase::Beta(n) => write!(f, "b{n}"),
            Phase::Candidate(n) => write!(f, "rc{n}"),
            Phase::Post(n) => write!(f, ".post{n}"),
        }
    }
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where it is.
    pub version: Version,
    /// Whether that version itself belongs to the range.
    pub inclusive: bool,
}

/// All versions between two ends; a missing end is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct VersionRange {
    /// The lower end.
    pub lower: Option<Edge>,
    /// The upper end.
    pub upper: Option<Edge>,
}

impl VersionRange {
    /// Every version.
    pub const ANY: Self = Self { lower: None, upper: None };

    pub(super) fn exactly(version: Version) -> Self {
        let edge = Some(Edge { version, inclusive: true });
        Self { lower: edge, upper: edge }
    }
    pub(super) fn from(version: Version, inclusive: bool) -> Self {
        Self { lower: Some(Edge { version, inclusive }), upper: None }
    }
    pub(super) fn until(version: Version, inclusive: bool) -> Self {
        Self { lower: None, upper: Some(Edge { version, inclusive }) }
    }
    pub(super) fn between(from: Version, before: Version) -> Self {
        Self {
            lower: Some(Edge { version: from, inclusive: true }),
            upper: Some(Edge { version: before, inclusive: false }),
        }
    }

    /// What both ranges hold. `None` when they hold nothing in common.
    pub(super) fn intersect(self, other: Self) -> Option<Self> {
        let lower = match (self.lower, other.lower) {
            (Some(a), Some(b)) if (a.version, !a.inclusive) < (b.version, !b.inclusive) => Some(b),
            (Some(a), _) => Some(a),
            (None, b) => b,
        };
        let upper = match (self.upper, other.upper) {
            (Some(a), Some(b)) if (a.version, a.inclusive) > (b.version, b.inclusive) => Some(b),
            (Some(a), _) => Some(a),
            (None, b) => b,
        };
        if let (Some(low), Some(high)) = (lower, upper)
            && (low.version > high.version || low.version == high.version && !(low.inclusive && high.inclusive))
        {
            return None;
        }
        Some(Self { lower, upper })
    }

    /// Whether every version of the range is `version` or later.
    pub fn is_at_least(&self, version: Version) -> bool {
        self.lower.is_some_and(|edge| edge.version >= version)
    }
    /// Whether every version of the range is earlier than `version`.
    pub fn is_below(&self, version: Version) -> bool {
        self.upper.is_some_and(|edge| edge.version < version || edge.version == version && !edge.inclusive)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.lower, self.upper) {
            (None, None) => f.write_str("any version"),
            (Some(low), Some(high)) if low == high => write!(f, "=={}", low.version),
            (low, high) => {
                if let Some(low) = low {
                    write!(f, "{}{}", if low.inclusive { ">=" } else { ">" }, low.version)?;
                }
                if low.is_some() && high.is_some() {
                    f.write_str(",")?;
                }
                if let Some(high) = high {
                    write!(f, "{}{}", if high.inclusive { "<=" } else { "<" }, high.version)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap().0
    }

    #[test]
    fn versions_are_ordered_as_pep_440_orders_them() {
        let ordered =
            ["1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.1", "2", "10.0", "1!0.1"];
        for pair in ordered.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert_eq!(version("2.1.0+cu118"), version("v2.1"));
        assert_eq!(version("1.0-1"), version("1.0.post1"));
        assert_eq!(version("1.0.0-rc.1"), version("1.0rc1"));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "latest", "master", "2.x", "1..2", "99999999999999", "{version}"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ranges_that_exclude_each_other_have_no_intersection() {
        let low = VersionRange::until(version("1.0"), false);
        assert_eq!(low.intersect(VersionRange::from(version("1.0"), true)), None);
        let both = VersionRange::from(version("1.0"), true).intersect(VersionRange::until(version("2.0"), false));
        assert_eq!(both.map(|range| range.to_string()).as_deref(), Some(">=1.0,<2.0"));
    }
}
