//! What several rules share.

pub mod asynchronous;
pub mod blocking;
pub mod cuda;
pub mod imports;
pub mod programs;
pub mod survey;
pub mod test_code;
