//! What end-to-end tests are made of: a real server as a child process, spoken to over its standard streams.

pub mod cli;
pub mod client;
pub mod desk;
pub mod edits;
pub mod module_graph;
pub mod program;
pub mod project;
pub mod prose;
pub mod scene;
pub mod typing;
pub mod wire;

pub use client::{Client, Manners};
pub use project::Project;
pub use scene::Scene;
