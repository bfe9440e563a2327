//! What is said of settings that do not make sense: in files and in editors alike.

use serde_json::Value;

use super::node::Node;
use super::rule_names::closest;

/// `` `select`: expected a list of strings, found a number ``
pub(super) fn mistyped(name: &str, wanted: &str, found: &str) -> String {
    format!("`{name}`: expected {wanted}, found {found}")
}

/// The same, of what an editor sent.
pub fn mistyped_json(name: &str, wanted: &str, found: &Value) -> String {
    mistyped(name, wanted, Node::from_json(found).value.kind())
}

/// `` unknown level `eror`; did you mean `error`? `` Without a near one, all that are `known` are named.
pub fn unknown(what: &str, written: &str, known: &[&str]) -> String {
    unknown_spelled(what, written, written, known)
}

/// The same, where `written` is `spelled` otherwise among those that are `known`: an editor's `maxDepth` is `max-depth`.
pub(super) fn unknown_spelled(what: &str, written: &str, spelled: &str, known: &[&str]) -> String {
    match closest(spelled, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{written}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{written}`; expected one of {}", list(known)),
    }
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
