//! The codes that no rule reports but the runner itself. They have pages like all others.

use std::sync::LazyLock;

use crate::page::Page;

/// The code of the one finding in a file that is not analysed.
pub const NOT_ANALYSED: &str = "file-not-analysed";
/// The code of the finding where a file stops to parse. Only the command line reports it: in an editor, Python's own
/// tools say it already.
pub const SYNTAX_ERROR: &str = "syntax-error";

static PAGES: LazyLock<[Page; 3]> = LazyLock::new(|| {
    [
        Page::shipped("pyteam/file_not_analysed.md", include_str!("builtin/file_not_analysed.md")),
        Page::shipped("pyteam/unused_suppression.md", include_str!("builtin/unused_suppression.md")),
        Page::shipped("pyteam/syntax_error.md", include_str!("builtin/syntax_error.md")),
    ]
});

/// The pages of the runner's own codes.
pub fn pages() -> &'static [Page] {
    &*PAGES
}

/// The page of [`NOT_ANALYSED`].
pub fn not_analysed() -> &'static Page {
    &PAGES[0]
}

/// The page of [`crate::suppression::UNUSED`].
pub fn unused_suppression() -> &'static Page {
    &PAGES[1]
}

/// The page of [`SYNTAX_ERROR`].
pub fn syntax_error() -> &'static Page {
    &PAGES[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_carry_the_codes() {
        assert_eq!(&*not_analysed().code, NOT_ANALYSED);
        assert_eq!(&*unused_suppression().code, crate::suppression::UNUSED);
        assert_eq!(&*syntax_error().code, SYNTAX_ERROR);
    }
}
