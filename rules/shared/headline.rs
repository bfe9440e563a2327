//! Headlines that are filled with code.

/// Most characters of a headline.
const MAX: usize = 100;

/// The headline that says more, where it is short enough, else the other.
pub fn fitting(long: String, short: impl FnOnce() -> String) -> String {
    if long.chars().count() <= MAX { long } else { short() }
}
