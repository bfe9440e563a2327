//! Messages as Python that a generated test compares with.

use pyteam_channels::message::{Key, Message, Value};
use pyteam_index::infer::Site;

use crate::view::View;

/// What the call `put` puts, where a test can say what it is.
pub(crate) fn exact(view: &View<'_>, put: Site) -> Option<Message> {
    Message::of_put(&view.inference, put).filter(Message::is_exact)
}

/// What a test compares a message with: values stand for themselves, classes for what is of them.
pub(crate) fn pattern(message: &Message) -> String {
    match message {
        Message::None => "None".to_owned(),
        Message::Tuple(items) => {
            let parts = vec!["object"; items.len()];
            if items.len() == 1 { "(object,)".to_owned() } else { format!("({})", parts.join(", ")) }
        }
        Message::One(_) => "object".to_owned(),
        Message::Dict { fields, .. } => {
            let fields = fields.iter().filter_map(|(key, value)| {
                let Key::Known(key, _) = key else { return None };
                Some(format!("{}: {}", quoted(key.as_str()), value_pattern(value)))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

fn value_pattern(value: &Value) -> String {
    match value {
        // What is written out may be a word that others compare with, or prose.
        Value::Str(text) if text.as_str().len() <= 40 && !text.as_str().contains('\n') => quoted(text.as_str()),
        Value::Str(_) => "str".to_owned(),
        Value::Int(_) => "int".to_owned(),
        Value::Of(class) if matches!(&**class, "int" | "str" | "bytes" | "float" | "bool") => class.clone(),
        Value::Of(_) | Value::Nested(_) | Value::Any => "object".to_owned(),
    }
}

/// The message itself in Python, where all of it is known.
pub(crate) fn sample(message: &Message) -> Option<String> {
    match message {
        Message::None => Some("None".to_owned()),
        Message::Tuple(_) | Message::One(_) => None,
        Message::Dict { fields, .. } => {
            let fields = fields.iter().map(|(key, value)| {
                let Key::Known(key, true) = key else { return None };
                match value_pattern(value).as_str() {
                    "str" => Some(format!("{}: \"test\"", quoted(key.as_str()))),
                    text if text.starts_with('"') => Some(format!("{}: {text}", quoted(key.as_str()))),
                    _ => None,
                }
            });
            Some(format!("{{{}}}", fields.collect::<Option<Vec<_>>>()?.join(", ")))
        }
    }
}

/// A text as a Python string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}
