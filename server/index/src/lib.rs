//! What pyteam knows of a workspace: facts per file, linked across files, frozen as snapshots.
//!
//! Three pure steps, each testable by itself: [`facts`] of one text, the names that cross files (in [`name_index`],
//! with [`infer`] on top), and, in the engine, the check of one file against a snapshot.

pub mod context;
pub mod definitions;
pub mod facts;
mod file_id;
pub mod file_role;
pub mod imports;
pub mod infer;
pub mod known;
pub mod memo;
pub mod name_index;
pub mod path_key;
pub mod programs;
pub mod project;
pub mod snapshot;
pub mod survey;
pub mod workspace;

pub use facts::FileFacts;
pub use file_id::FileId;
pub use file_role::FileRole;
pub use path_key::{key_of, path_of, relative_to};
pub use snapshot::{File, Snapshot};
pub use workspace::Workspace;
