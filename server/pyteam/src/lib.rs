//! pyteam as a library of its binary: the command line, the language server, and what both use to find and load files.

pub mod agent_request;
pub mod around;
pub mod cache;
pub mod cli;
pub mod discover;
pub mod load;
pub mod lsp;
pub mod pages;
mod topology;
mod write_back;
