//! Architecture: how classes and interfaces are cut.

pub mod base_class_should_be_protocol;
pub mod deep_inheritance;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(base_class_should_be_protocol::BaseClassShouldBeProtocol),
        Box::new(deep_inheritance::DeepInheritance),
    ]
}
