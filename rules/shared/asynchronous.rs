//! What keeps an event loop from turning: the calls of `async def`s, what they wait for or compute, and the repair.

mod between;
pub mod code;
mod driver;
mod files;
mod grad;
mod model;
mod other_loop;
mod passed;
mod reached;
mod repair;
pub mod report;
mod twin;
mod wait;
pub mod work;
