//! *Declare the message type*: the messages of an untyped channel are declared, put instead of bare dicts and tuples, and named
//! in the types of the queue and of the parameters that are given it.

mod annotated_params;
mod annotation;
mod build_fix;
mod call_rewrite;
mod carried;
mod class_text;
mod consumer_check;
mod consumers;
mod definition;
pub mod element_type;
mod field_types;
mod generics;
mod message;
mod module_placement;
mod naming;
mod narrowing;
mod pipe_ends;
mod plan;
mod propagation;
mod queue_declaration;

pub use self::field_types::TypeText;
pub use self::message::{Field, Message};
pub use self::naming::channel_id;
pub use self::plan::{Mode, Plan, TITLE, made};
pub use self::queue_declaration::is_obscure;
