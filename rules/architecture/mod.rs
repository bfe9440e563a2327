//! Architecture: how classes and interfaces are cut.

pub mod base_class_should_be_protocol;
pub mod deep_inheritance;
pub mod protocol_not_satisfied;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(base_class_should_be_protocol::BaseClassShouldBeProtocol),
        Box::new(deep_inheritance::DeepInheritance),
        Box::new(protocol_not_satisfied::ProtocolNotSatisfied),
    ]
}
