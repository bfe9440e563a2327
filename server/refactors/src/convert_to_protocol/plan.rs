//! What converting a class comes to, and whether that keeps the program's meaning.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};

use super::implementers::{self, Implementer};
use super::interface::Interface;
use super::introspection;
use super::uses::ClassUses;

/// As the editor's menu shows it.
pub const TITLE: &str = "Convert to Protocol";

/// The conversion of one class.
pub struct Plan<'a> {
    /// The class that becomes a Protocol.
    pub class: ClassRef,
    /// Its methods and what they are.
    pub interface: &'a Interface,
    /// The classes that derive from it.
    pub implementers: Vec<Implementer>,
    /// The methods whose inherited default some implementers rely on: they return something in the Protocol, too.
    pub defaults: Vec<FunctionRef>,
}

impl<'a> Plan<'a> {
    /// The conversion, where it keeps the program's meaning and mypy content.
    pub fn of(
        cx: &ItemContext<'_>,
        class: ClassRef,
        interface: &'a Interface,
        children: &[ClassRef],
        uses: &ClassUses,
    ) -> Option<Self> {
        // Attributes must be there, constructors are not part of a Protocol, and what looks for the base among the
        // bases of an object must find it: these want a person. A class that travels as a value may meet an `isinstance`
        // that nothing here can see, which fails for a Protocol, or no longer finds its implementers; and one that can be
        // seen would ask for methods, which others have, too.
        let is_asked_for = uses.dispatches || uses.travels || !uses.type_tests.is_empty();
        if interface.has_attributes || interface.abstract_init || is_asked_for {
            return None;
        }
        let (implementers, defaults) = implementers::of(cx, class, interface, children)?;
        // The dearest question comes last.
        let is_seen = introspection::sees(cx, class, children);
        (!is_seen).then_some(Self { class, interface, implementers, defaults })
    }
}
