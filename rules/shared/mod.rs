//! What several rules share.

pub mod asynchronous;
pub mod blocking;
pub mod blocks;
pub mod channel;
pub mod cuda;
pub mod fork;
pub mod imports;
pub mod message_flow;
pub mod message_links;
pub mod message_tags;
pub mod message_uses;
pub mod place;
pub mod process;
pub mod programs;
pub mod survey;
pub mod test_code;
pub mod worker;
