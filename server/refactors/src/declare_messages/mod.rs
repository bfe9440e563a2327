//! *Add TypedDict message*: the messages of an untyped channel are declared, put instead of bare dicts and tuples, and named
//! in the types of the queue and of the parameters that are given it.

mod annotated_params;
mod annotation;
mod build_fix;
mod call_rewrite;
mod class_text;
mod consumer_check;
mod consumers;
mod definition;
pub mod element_type;
mod field_types;
mod generics;
mod module_placement;
mod naming;
mod narrowing;
mod pipe_ends;
mod plan;
mod propagation;
mod queue_declaration;

pub use self::definition::{Field, Message};
pub use self::field_types::TypeText;
pub use self::naming::channel_id;
pub use self::plan::{Mode, Plan, made};
pub use self::queue_declaration::is_obscure;

/// As the editor's menu shows it.
pub const TITLE: &str = "Add TypedDict message";
