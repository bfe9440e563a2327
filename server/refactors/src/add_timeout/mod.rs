//! *Add timeout*: a wait is given a bound, and what the program does at its end.
//!
//! A bound is right where the program has something else to do when the time is over and nothing can come any more
//! ([`on_timeout`]), or where the wait is short in every healthy program ([`dying_process`], [`short_request`],
//! [`quick_program`]). Elsewhere a healthy program would break, or hang as before with no finding left: there is no plan.

mod blocking;
mod dying_process;
mod edits;
mod name_check;
mod on_timeout;
mod plan;
mod quick_program;
mod short_request;

pub use self::blocking::Blocking;
pub use self::plan::{AtEnd, Plan, TITLE};
