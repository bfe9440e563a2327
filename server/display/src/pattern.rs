//! Regular expressions that are part of the program.

use regex::Regex;

/// The expression of a constant text.
///
/// # Panics
/// Where the text is no expression. No input decides that: the texts are compiled in, and the tests use each.
#[expect(clippy::expect_used, reason = "the text is compiled in, and tests use each")]
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}
