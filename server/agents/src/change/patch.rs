//! Diffs as agents write them: found in an answer, and made to the files of a copy, whole or not at all.
//!
//! Models count lines badly, leave numbers out, lose the blank before a context line and talk around what they wrote.
//! Crates that read diffs (`diffy`, `flickzeug`) want a number in each hunk's header, know nothing of fences, and take
//! the nearest place where a hunk fits. So this is read by hand, with three rules: no line that adds or removes is ever
//! left out; a hunk is made where its header says or at the only place where it fits, and is an error where it fits
//! at several; white space counts at the start of a line and not at its end.

mod around;
mod blocks;
mod fit;
mod hunk;
mod make;
mod names;
mod read;
mod whole;

pub(crate) use self::make::make;
pub(crate) use self::read::read;

use self::hunk::Hunk;

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Words alone.
    Nothing,
    /// Diffs, and the files in fences beside them that are named.
    Diffs(Vec<FilePatch>, Vec<Whole>),
    /// No diff, but files in fences that are named.
    Files(Vec<Whole>),
}

/// What a diff does to one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FilePatch {
    /// The file's name before and after, as they are written; none for `/dev/null`.
    before: Option<String>,
    after: Option<String>,
    /// What the header says apart from names.
    header: Header,
    hunks: Vec<Hunk>,
}

/// What a git header says apart from names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Header {
    is_new: bool,
    is_deleted: bool,
    is_renamed: bool,
    is_copied: bool,
    /// The file's mode after the change.
    mode: Option<String>,
    is_binary: bool,
}

/// A file in a fence that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    path: String,
    text: String,
    /// Whether the fence ends: an answer may be cut off in it.
    is_closed: bool,
}

#[cfg(test)]
mod tests;
