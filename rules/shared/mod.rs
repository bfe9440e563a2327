//! What several rules share.

pub mod asynchronous;
pub mod blocking;
pub mod cuda;
pub mod headline;
pub mod test_code;
