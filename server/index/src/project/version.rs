//! Ranges of versions, as far as rules ask about them. What a version is and how versions are ordered is `pep440_rs`'s;
//! local parts (`+cu118`) do not count.

use std::fmt;

use pep440_rs::Version;

/// Reads `v1!2.3.4rc1.post2+local`, without its local part.
pub(super) fn read(text: &str) -> Option<Version> {
    Some(text.trim().parse::<Version>().ok()?.without_local())
}

/// The first version of all whose release starts like this one's first `segments` numbers.
fn floor(version: &Version, segments: usize) -> Version {
    let release = version.release().iter().take(segments).copied();
    Version::new(release).with_epoch(version.epoch()).with_dev(Some(0))
}

/// The first version of all that comes after every version which shares the first `segments` numbers.
fn ceiling(version: &Version, segments: usize) -> Version {
    let mut release: Vec<u64> = version.release().iter().take(segments).copied().collect();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    Version::new(release).with_epoch(version.epoch()).with_dev(Some(0))
}

/// A version for a message: two numbers at least, and no zeros behind them. A range's end before all pre-releases of a
/// version is shown as that version.
fn shown(version: &Version) -> Version {
    let mut release = version.release().to_vec();
    while release.len() > 2 && release.last() == Some(&0) {
        release.pop();
    }
    release.resize(release.len().max(2), 0);
    let dev = version.dev().filter(|number| *number > 0);
    version.clone().with_release(release).with_dev(dev)
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where it is.
    pub version: Version,
    /// Whether that version itself belongs to the range.
    pub inclusive: bool,
}

/// All versions between two ends; a missing end is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
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
        Self { lower: edge.clone(), upper: edge }
    }
    pub(super) fn from(version: Version, inclusive: bool) -> Self {
        Self { lower: Some(Edge { version, inclusive }), upper: None }
    }
    pub(super) fn until(version: Version, inclusive: bool) -> Self {
        Self { lower: None, upper: Some(Edge { version, inclusive }) }
    }
    /// From this version on, as long as the first `segments` numbers of the release stay.
    pub(super) fn compatible(version: Version, segments: usize) -> Self {
        let upper = Some(Edge { version: ceiling(&version, segments), inclusive: false });
        Self { upper, ..Self::from(version, true) }
    }
    /// All versions that share the release's numbers, pre-releases included.
    pub(super) fn starting_with(version: &Version) -> Self {
        let segments = version.release().len();
        Self {
            lower: Some(Edge { version: floor(version, segments), inclusive: true }),
            ..Self::compatible(version.clone(), segments)
        }
    }

    /// What both ranges hold. `None` when they hold nothing in common.
    pub(super) fn intersect(self, other: Self) -> Option<Self> {
        let lower = match (self.lower, other.lower) {
            (Some(a), Some(b)) if (&a.version, !a.inclusive) < (&b.version, !b.inclusive) => Some(b),
            (Some(a), _) => Some(a),
            (None, b) => b,
        };
        let upper = match (self.upper, other.upper) {
            (Some(a), Some(b)) if (&a.version, a.inclusive) > (&b.version, b.inclusive) => Some(b),
            (Some(a), _) => Some(a),
            (None, b) => b,
        };
        if let (Some(low), Some(high)) = (&lower, &upper)
            && (low.version > high.version || low.version == high.version && !(low.inclusive && high.inclusive))
        {
            return None;
        }
        Some(Self { lower, upper })
    }

    /// Whether every version of the range is `version` or later.
    pub fn is_at_least(&self, version: &Version) -> bool {
        self.lower.as_ref().is_some_and(|edge| edge.version >= *version)
    }
    /// Whether every version of the range is earlier than `version`.
    pub fn is_below(&self, version: &Version) -> bool {
        let is_below = |edge: &Edge| edge.version < *version || edge.version == *version && !edge.inclusive;
        self.upper.as_ref().is_some_and(is_below)
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.lower, &self.upper) {
            (None, None) => f.write_str("any version"),
            (Some(low), Some(high)) if low == high => write!(f, "=={}", shown(&low.version)),
            (low, high) => {
                if let Some(low) = low {
                    write!(f, "{}{}", if low.inclusive { ">=" } else { ">" }, shown(&low.version))?;
                }
                if low.is_some() && high.is_some() {
                    f.write_str(",")?;
                }
                if let Some(high) = high {
                    write!(f, "{}{}", if high.inclusive { "<=" } else { "<" }, shown(&high.version))?;
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
        read(text).unwrap()
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
        for text in ["", "latest", "master", "2.x", "1..2", "99999999999999999999", "{version}"] {
            assert_eq!(read(text), None, "{text}");
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
