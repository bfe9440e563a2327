//! What runs before and after a statement: blocks, loops, guards, and messages that end a loop.

pub mod before;
pub mod blocks;
pub mod control_flow;
pub mod obstacle;
pub mod preceding_checks;
pub mod sentinel;
