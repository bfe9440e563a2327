//! Message types and their fields.

use pyteam_syntax::Name;

use super::field_types::TypeText;

/// One message type, for one or more put sites.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its class's name; empty until names are given.
    pub name: String,
    /// Its fields, in the order of the first value that is put.
    pub fields: Vec<Field>,
    /// Whether it is a `NamedTuple`, not a `TypedDict`.
    pub is_tuple: bool,
    /// Indices of the plan's shapes that it is made of.
    pub shapes: Vec<usize>,
}

/// One field of a message type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, the key of a dict.
    pub name: String,
    /// `None` where the type is not known.
    pub kind: Option<TypeText>,
    /// Whether every producer sets it.
    pub required: bool,
    /// A constant that tells this message from the others.
    pub literal: Option<Name>,
}

impl Message {
    /// An object of a class that there is already.
    pub(super) fn of_class(name: String) -> Self {
        Self { name, fields: Vec::new(), is_tuple: false, shapes: Vec::new() }
    }

    /// The field that tells it from the others, and its value.
    pub fn tag(&self) -> Option<(&str, Name)> {
        self.fields.iter().find_map(|field| Some((field.name.as_str(), field.literal?)))
    }
    /// The field `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
