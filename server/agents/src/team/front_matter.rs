//! The YAML between the two `---` lines at the head of an agent's file, every value with its line.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Spanned, options};

/// A file, taken apart.
pub(super) struct Parts {
    /// What its front matter says, in its order.
    pub(super) entries: Vec<(String, Node)>,
    /// What stands below it.
    pub(super) body: String,
}

/// Why there is no front matter to be read.
pub(super) struct Unreadable {
    pub(super) line: u32,
    pub(super) message: String,
    /// What stands below, where that is known.
    pub(super) body: String,
}

/// A value with its line in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) value: Value,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// What it is, for a message: `a list`.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "empty",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// A scalar as it is written.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// The value under a key, if this is a table.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Table(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    fn shift(&mut self, lines: u32) {
        self.line = if self.line == 0 { 0 } else { self.line + lines };
        match &mut self.value {
            Value::List(nodes) => nodes.iter_mut().for_each(|node| node.shift(lines)),
            Value::Table(entries) => entries.iter_mut().for_each(|(_, node)| node.shift(lines)),
            _ => {}
        }
    }
}

/// Takes a file apart.
pub(super) fn read(text: &str) -> Result<Parts, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let unreadable = |line, message: &str| Unreadable { line, message: message.to_owned(), body: String::new() };
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        let message = "no front matter: the first line must be `---`, with `name:` and `description:` below";
        return Err(unreadable(1, message));
    }
    let start = first.len();
    let mut end = start;
    for line in lines {
        if line.trim_end() == "---" {
            let body = text[end + line.len()..].trim().to_owned();
            return parse(&text[start..end], body);
        }
        end += line.len();
    }
    Err(unreadable(1, "front matter not closed: add a line `---`"))
}

fn parse(yaml: &str, body: String) -> Result<Parts, Unreadable> {
    // An agent's file is a handful of lines; more is an attempt to keep the reader busy.
    let mut options = options! { with_snippet: false };
    if let Some(budget) = &mut options.budget {
        budget.max_nodes = 5_000;
        budget.max_events = 20_000;
        budget.max_aliases = 100;
    }
    let read: Result<Spanned<Value>, _> = serde_saphyr::from_str_with_options(yaml, options);
    let read = match read {
        Ok(read) => read.value,
        Err(error) => {
            let line = error.location().map_or(1, |location| u32::try_from(location.line()).unwrap_or(1) + 1);
            let error = error.to_string();
            let message = if error.contains("budget breached") {
                // What the parser says of it is for programmers.
                "front matter too large or too deeply nested for an agent file".to_owned()
            } else {
                format!("invalid YAML in the front matter: {}", words(&error))
            };
            return Err(Unreadable { line, message, body });
        }
    };
    match read {
        Value::Table(mut entries) => {
            // Its first line is the file's second one.
            entries.iter_mut().for_each(|(_, node)| node.shift(1));
            Ok(Parts { entries, body })
        }
        Value::Null => Ok(Parts { entries: Vec::new(), body }),
        other => {
            let kind = Node { line: 0, value: other }.kind();
            let message = format!("front matter: expected `key: value` lines, found {kind}");
            Err(Unreadable { line: 2, message, body })
        }
    }
}

/// The parser's words, on one line, without its own line numbers and its advice to programmers.
fn words(error: &str) -> String {
    let words = error.split(" at line ").next().unwrap_or(error);
    let words = words.split(", set DuplicateKeyPolicy").next().unwrap_or(words);
    let words = words
        .strip_prefix("error: ")
        .unwrap_or(words)
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(words, |(_, rest)| rest);
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(200).collect()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

fn node(spanned: Spanned<Value>) -> Node {
    Node { line: u32::try_from(spanned.referenced.line()).unwrap_or(0), value: spanned.value }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(value) = seq.next_element::<Spanned<Value>>()? {
            nodes.push(node(value));
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((key, node(map.next_value::<Spanned<Value>>()?)));
        }
        Ok(Value::Table(entries))
    }
}
