//! Names for a class and a function of the workspace, by where each is defined.

use pyteam_syntax::StmtId;

use crate::file_id::FileId;

/// A class: its file, its item and its statement there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassRef {
    /// The file.
    pub file: FileId,
    /// Index of the item.
    pub item: u32,
    /// The `class` statement.
    pub stmt: StmtId,
}

/// A function: its file, its item and its statement there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionRef {
    /// The file.
    pub file: FileId,
    /// Index of the item.
    pub item: u32,
    /// The `def` statement.
    pub stmt: StmtId,
}
