//! One shape for TOML and JSON, so that one reader serves both. TOML's values carry their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Option<Range<usize>>,
    pub(super) value: Value,
}

/// What stands there.
#[derive(Debug)]
pub(super) enum Value {
    Null,
    Text(String),
    Integer(i64),
    Float(f64),
    Bool,
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
    Date,
}

/// A key with its place.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Option<Range<usize>>,
}

impl Value {
    /// What it is, for a message: `a string`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "a string",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Bool => "a boolean",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Date => "a date",
        }
    }
}

impl Node {
    /// The table `keys` leads to, if all of them are there.
    pub(super) fn descend(self, keys: &[&str]) -> Option<Self> {
        let Some((first, rest)) = keys.split_first() else { return Some(self) };
        let Value::Table(entries) = self.value else { return None };
        let (_, node) = entries.into_iter().find(|(key, _)| key.text == *first)?;
        node.descend(rest)
    }

    pub(super) fn from_json(value: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        let value = match value {
            Json::Null => Value::Null,
            Json::Bool(_) => Value::Bool,
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::Array(values) => Value::List(values.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Value::Table(
                entries
                    .iter()
                    .map(|(key, value)| (Key { text: key.clone(), span: None }, Self::from_json(value)))
                    .collect(),
            ),
        };
        Self { span: None, value }
    }

    pub(super) fn from_toml(table: Spanned<DeTable<'_>>) -> Self {
        let span = Some(table.span());
        Self { span, value: from_table(table.into_inner()) }
    }
}

fn from_table(table: DeTable<'_>) -> Value {
    let entries = table.into_iter().map(|(key, value)| {
        let key = Key { span: Some(key.span()), text: key.into_inner().into_owned() };
        (key, from_value(value))
    });
    let mut entries: Vec<_> = entries.collect();
    // The parser sorts by key; problems should come in the file's order.
    entries.sort_by_key(|(key, _)| key.span.as_ref().map(|span| span.start));
    Value::Table(entries)
}

fn from_value(value: Spanned<DeValue<'_>>) -> Node {
    let span = Some(value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => from_integer(&integer),
        DeValue::Float(float) => from_float(&float),
        DeValue::Boolean(_) => Value::Bool,
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(values) => Value::List(values.into_iter().map(from_value).collect()),
        DeValue::Table(table) => from_table(table),
    };
    Node { span, value }
}

fn from_integer(integer: &DeInteger<'_>) -> Value {
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(integer) => Value::Integer(integer),
        Err(_) => Value::Float(f64::INFINITY),
    }
}

fn from_float(float: &DeFloat<'_>) -> Value {
    Value::Float(float.as_str().parse().unwrap_or(f64::NAN))
}
