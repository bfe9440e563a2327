//! The one model of channels: queues and pipes with what puts and what takes, what their messages look like, and the
//! processes and threads on both sides.
//!
//! Everything here is asked of a [`Snapshot`](pyteam_index::Snapshot) or of an
//! [`ItemContext`](pyteam_index::context::ItemContext). Rules, hover, navigation, `pyteam topology`, answers and drawings
//! read it; what a class or method is, it reads from [`pyteam_index::known`].

pub mod call_graph;
pub mod callees;
mod calls;
pub mod channel;
pub mod closed;
pub mod constant;
pub mod drain;
pub mod evidence;
pub mod launch;
pub mod lost_result;
pub mod message;
pub mod objects;
pub mod order;
mod parameters;
pub mod peer_messages;
pub mod process;
pub mod reads;
pub mod shape;
pub mod size;
pub mod start_method;
pub mod tags;
pub mod topology;
pub mod uses;
pub mod weight;
pub mod worker;
