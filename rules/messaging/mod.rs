//! Messaging: what processes say to one another.

pub mod bare_queue_annotation;
pub mod message_key_mismatch;
pub mod message_match_not_exhaustive;
pub mod message_missing_literal_tag;
pub mod message_tag_never_handled;
pub mod no_poison_pill;
pub mod unpicklable_message;
pub mod untyped_queue_message;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(bare_queue_annotation::BareQueueAnnotation),
        Box::new(message_key_mismatch::MessageKeyMismatch),
        Box::new(message_match_not_exhaustive::MessageMatchNotExhaustive),
        Box::new(message_missing_literal_tag::MessageMissingLiteralTag),
        Box::new(message_tag_never_handled::MessageTagNeverHandled),
        Box::new(no_poison_pill::NoPoisonPill),
        Box::new(unpicklable_message::UnpicklableMessage),
        Box::new(untyped_queue_message::UntypedQueueMessage),
    ]
}
