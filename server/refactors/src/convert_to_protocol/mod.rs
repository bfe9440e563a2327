//! *Convert to Protocol*: a class that is nothing but an interface becomes a `typing.Protocol`, and its implementers no
//! longer name it, in all files.

mod edits;
mod generic;
mod implementers;
mod interface;
mod introspection;
mod plan;
mod travel;
mod uses;

pub use self::implementers::Implementer;
pub use self::interface::Interface;
pub use self::plan::{Plan, TITLE};
pub use self::uses::{ClassUses, drifted};
