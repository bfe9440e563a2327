//! A backend: how an agent is reached.

pub(crate) mod acp;
pub(crate) mod command;
mod lines;
pub(crate) mod program;
pub(crate) mod task;
