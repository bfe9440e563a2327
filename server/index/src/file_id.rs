//! Which file of the workspace.

/// A file of the workspace. The number stays with the path for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);
