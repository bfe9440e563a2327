//! What is shown to a person: on a terminal, in a pipe, in a document, in an editor's message.
//!
//! Files, names, agents, settings and git bring text that is not ours. A terminal obeys its control characters, marks of
//! direction show a command as another one, and some characters are not seen at all. So all that is printed is a
//! [`Shown`]: every way to make one puts a mark in the place of such a character, and nothing is left out without a word.
//! Secrets are masked here, too, and the length of what a message repeats is bounded here.

mod bounded;
pub mod diff;
mod escape;
mod json;
mod pattern;
pub mod phrases;
pub mod redaction;
mod shown;
mod writer;

use std::path::Path;

pub use bounded::{
    MAX_CODE, MAX_HEADLINE, MAX_HEADLINE_CODE, MAX_LINE, MAX_MESSAGE, MAX_TITLE, clipped, code, code_within, headline,
    message, sanitize,
};
pub use escape::{is_unseen, mark};
pub use redaction::{MASK, Redactor, contains_placeholder, masked, masks_in, secrets_in};
pub use shown::{Piece, Show, Shown, show};
pub use writer::Visible;

/// A document for a person, Markdown most often: every character visible, secrets masked.
pub fn document(text: &str) -> String {
    escape::text(&masked(text)).into_owned()
}

/// Text on one line with a mark for every character that would not be seen or would be obeyed, line ends included.
pub fn visible_line(text: &str) -> String {
    escape::line(text).into_owned()
}

/// A path on one line: marked like other text, and bytes that are no text as `\xff`.
pub fn path_line(path: &Path) -> String {
    escape::path(path.as_os_str())
}

/// Text over lines with a mark for every character that would not be seen or would be obeyed.
pub fn visible(text: &str) -> String {
    escape::text(text).into_owned()
}
