//! What the index can say: it fills the briefs that agents get, and answers for each specialist without a model.
//!
//! [`brief`] and [`answer`] are pure: the same workspace and the same question give the same bytes. Neither runs a
//! program, and neither writes a file.

mod brief;
mod calls;
mod code;
mod configured;
mod document;
mod edge_cases;
mod findings;
mod handoff;
mod packages;
mod pattern;
mod pipeline;
mod project_files;
pub mod question;
mod references;
mod repair;
mod specialists;
mod symbol;
mod test_lookup;
mod view;

pub use brief::brief;
pub use question::{Before, Handoff, ModifiedFile, Question, Step, Subject};
pub use specialists::answer;
