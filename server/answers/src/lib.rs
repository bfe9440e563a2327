//! What the index can say: it fills the briefs that agents get, and answers for each specialist without a model.
//!
//! [`brief`] and [`answer`] are pure: the same workspace and the same question give the same bytes. Neither runs a
//! program, and neither writes a file.

mod brief;
mod calls;
mod cases;
mod code;
mod configured;
mod document;
mod findings;
mod hand_off;
mod messages;
mod packages;
mod pipeline;
pub mod question;
mod repair;
mod shape;
mod specialists;
mod surroundings;
mod symbol;
mod tests_of;
mod users;
mod view;

pub use brief::brief;
pub use question::{Before, HandOff, ModifiedFile, Question, Step, Subject};
pub use specialists::answer;
