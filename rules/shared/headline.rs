//! Headlines that are filled with code.

/// Most characters of a headline that could be shorter: with the rule's code before it, it fits on a line of 100 or so.
const MAX: usize = 70;

/// The headline that says more, where it is short enough, else the other.
pub fn fitting(long: String, short: impl FnOnce() -> String) -> String {
    if long.chars().count() <= MAX { long } else { short() }
}
