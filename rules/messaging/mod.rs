//! Messaging: what processes say to one another.

pub mod untyped_queue_message;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![Box::new(untyped_queue_message::UntypedQueueMessage)]
}
