//! What the index can say: it fills the briefs that agents get, and answers for each specialist without a model.

pub mod question;

pub use question::{Question, Subject};
