//! The codes that no rule reports but the runner itself. They have pages like all others.

use std::sync::LazyLock;

use crate::page::Page;

/// The code of the one finding in a file that is not analyzed.
pub const NOT_ANALYZED: &str = "file-not-analyzed";
/// The code of the finding where a file stops to parse. Only the command line reports it: in an editor, Python's own
/// tools say it already.
pub const SYNTAX_ERROR: &str = "syntax-error";

/// Former names of codes, each with the code that it means now. Settings and suppression comments understand them.
const RENAMED: [(&str, &str); 1] = [("file-not-analysed", NOT_ANALYZED)];

/// What `code` is called now; itself, where it was never called anything else.
pub(crate) fn current(code: &str) -> &str {
    RENAMED.iter().find(|(former, _)| *former == code).map_or(code, |(_, now)| now)
}

static PAGES: LazyLock<[Page; 3]> = LazyLock::new(|| {
    [
        Page::shipped("pyteam/file_not_analyzed.md", include_str!("builtin/file_not_analyzed.md")),
        Page::shipped("pyteam/unused_suppression.md", include_str!("builtin/unused_suppression.md")),
        Page::shipped("pyteam/syntax_error.md", include_str!("builtin/syntax_error.md")),
    ]
});

/// The pages of the runner's own codes.
pub fn pages() -> &'static [Page] {
    &*PAGES
}

/// The page of [`NOT_ANALYZED`].
pub fn not_analyzed() -> &'static Page {
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
        assert_eq!(&*not_analyzed().code, NOT_ANALYZED);
        assert_eq!(&*unused_suppression().code, crate::suppression::UNUSED);
        assert_eq!(&*syntax_error().code, SYNTAX_ERROR);
    }

    #[test]
    fn a_former_name_means_a_code_that_there_is() {
        assert_eq!(current("deep-inheritance"), "deep-inheritance");
        for (former, now) in RENAMED {
            assert_eq!(current(former), now);
            assert!(pages().iter().any(|page| *page.code == *now) && pages().iter().all(|page| *page.code != *former));
        }
    }
}
