//! The message types of a channel: which there are, and their fields.

use std::collections::BTreeSet;

use pyteam_channels::shape::{Shape, ShapeKind};
use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_syntax::{Expr, ExprId, Item, Name};

use super::consumers::Readers;
use super::field_types::{self, TypeText};
use super::message::{Field, Message};
use super::naming::{self, Taken};

/// Where the messages are defined.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) file: &'a File,
    /// The item that they stand above.
    pub(super) above: u32,
}

/// Sorts the shapes of a channel into message types, without names for them yet; nothing where one of them has keys
/// that cannot be fields.
pub(super) fn messages(cx: &ItemContext<'_>, shapes: &[Shape]) -> Option<Vec<Message>> {
    let tag = tag_key(cx, shapes);
    let mut messages: Vec<Message> = Vec::new();
    let mut tags: rustc_hash::FxHashMap<Name, usize> = rustc_hash::FxHashMap::default();
    for (index, shape) in shapes.iter().enumerate() {
        let fields = fields(cx, shape, tag)?;
        let is_tuple = matches!(shape.kind, ShapeKind::Tuple(_));
        let literal = fields.iter().find_map(|field| field.literal);
        let known = match literal {
            Some(literal) => tags.get(&literal).copied(),
            None => messages.iter().position(|message| message.is_same_untagged_shape(is_tuple, &fields)),
        };
        if let Some(known) = known {
            messages[known].merge(fields);
            messages[known].shapes.push(index);
        } else {
            if let Some(literal) = literal {
                tags.insert(literal, messages.len());
            }
            messages.push(Message { name: String::new(), fields, is_tuple, shapes: vec![index] });
        }
    }
    Some(messages)
}

impl Message {
    /// Whether untagged fields belong to this message: dicts that have a key in common, tuples of one length.
    fn is_same_untagged_shape(&self, is_tuple: bool, fields: &[Field]) -> bool {
        self.is_tuple == is_tuple
            && if is_tuple {
                self.fields.len() == fields.len()
            } else {
                self.fields.iter().any(|known| fields.iter().any(|field| field.name == known.name))
            }
    }

    fn merge(&mut self, fields: Vec<Field>) {
        if self.is_tuple {
            return;
        }
        for known in &mut self.fields {
            known.required &= fields.iter().any(|field| field.name == known.name && field.required);
        }
        for field in fields {
            if self.field(&field.name).is_none() {
                self.fields.push(Field { required: false, ..field });
            }
        }
    }
}

/// The key whose constant tells the dicts apart.
fn tag_key(cx: &ItemContext<'_>, shapes: &[Shape]) -> Option<Name> {
    let mut key_sets: Vec<Vec<&str>> = shapes.iter().filter_map(sorted_keys).collect();
    key_sets.sort_unstable();
    key_sets.dedup();
    let tells_apart = |key: &&&str| key_sets.len() > 1 || !naming::DATA_KEYS.contains(*key);
    naming::TAG_KEYS.iter().filter(tells_apart).map(|key| Name::new(key)).find(|key| {
        let mut dicts = shapes.iter().filter(|shape| matches!(shape.kind, ShapeKind::Dict { .. })).peekable();
        dicts.peek().is_some() && dicts.all(|shape| constant_at(cx, shape, *key).is_some())
    })
}

fn sorted_keys(shape: &Shape) -> Option<Vec<&str>> {
    let ShapeKind::Dict { keys, .. } = &shape.kind else { return None };
    let mut names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    names.sort_unstable();
    Some(names)
}

fn constant_at(cx: &ItemContext<'_>, shape: &Shape, key: Name) -> Option<Name> {
    let ShapeKind::Dict { keys, .. } = &shape.kind else { return None };
    let key = keys.iter().find(|known| known.name == key && known.always)?;
    let (_, item, _) = cx.inference.item(shape.put.file, shape.put.item)?;
    match item.expr(key.value) {
        Expr::Str(literal) if !literal.bytes => {
            literal.value.filter(|value| !value.as_str().contains(['"', '\'', '\\']))
        }
        _ => None,
    }
}

fn fields(cx: &ItemContext<'_>, shape: &Shape, tag: Option<Name>) -> Option<Vec<Field>> {
    let field = |name: String, required| Field { name, kind: None, required, literal: None };
    match &shape.kind {
        ShapeKind::Dict { keys, .. } => {
            let mut all: Vec<Field> = Vec::new();
            for key in keys {
                let name = key.name.as_str();
                let printable = name.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\'' | '\\'));
                if !printable || all.iter().any(|field| field.name == name) {
                    return None;
                }
                let literal = if Some(key.name) == tag { constant_at(cx, shape, key.name) } else { None };
                all.push(Field { literal, ..field(name.to_owned(), key.always) });
            }
            (!all.is_empty()).then_some(all)
        }
        ShapeKind::Tuple(items) => Some(items.iter().map(|_| field(String::new(), true)).collect()),
    }
}

/// Gives messages and the elements of tuples their names.
pub(super) fn name(
    cx: &ItemContext<'_>,
    messages: &mut [Message],
    shapes: &[Shape],
    readers: &Readers,
    stem: &str,
    taken: &mut Taken<'_>,
) {
    for message in messages.iter_mut().filter(|message| message.is_tuple) {
        let names = element_names(cx, message, shapes, readers);
        let mut used = Taken::in_files(Vec::new());
        for (field, name) in message.fields.iter_mut().zip(names) {
            field.name = used.unique(&name);
        }
    }
    let only = messages.len() == 1;
    for at in 0..messages.len() {
        let message = &messages[at];
        let name = match message.tag() {
            Some((_, tag)) => naming::from_tag(tag.as_str()),
            None if only => None,
            None if message.is_tuple && first_word(cx, message, shapes).is_some() => {
                first_word(cx, message, shapes).and_then(|word| naming::from_tag(word.as_str()))
            }
            None => message
                .fields
                .iter()
                .find(|field| {
                    messages
                        .iter()
                        .enumerate()
                        .all(|(other, message)| other == at || message.field(&field.name).is_none())
                })
                .and_then(|field| naming::from_stem_and_key(stem, &field.name)),
        };
        let name = name.unwrap_or_else(|| naming::from_stem(stem));
        messages[at].name = taken.unique(&name);
    }
}

/// The word that all tuples of a message begin with.
fn first_word(cx: &ItemContext<'_>, message: &Message, shapes: &[Shape]) -> Option<Name> {
    let words = message.shapes.iter().map(|at| match &shapes[*at].kind {
        ShapeKind::Tuple(items) => {
            let (_, item, _) = cx.inference.item(shapes[*at].put.file, shapes[*at].put.item)?;
            match item.expr(*items.first()?) {
                Expr::Str(literal) if !literal.bytes => literal.value,
                _ => None,
            }
        }
        ShapeKind::Dict { .. } => None,
    });
    let words: Option<BTreeSet<Name>> = words.collect();
    words.filter(|words| words.len() == 1)?.first().copied()
}

/// What the elements of a tuple are called: by those who unpack it, or by what is put.
fn element_names(cx: &ItemContext<'_>, message: &Message, shapes: &[Shape], readers: &Readers) -> Vec<String> {
    let tuples: Vec<(&Shape, &Vec<ExprId>)> = message
        .shapes
        .iter()
        .filter_map(|at| match &shapes[*at].kind {
            ShapeKind::Tuple(items) => Some((&shapes[*at], items)),
            ShapeKind::Dict { .. } => None,
        })
        .collect();
    let unpacked = readers.unpacked.iter().find(|names| names.len() == message.fields.len());
    let name_at = |at: usize| -> String {
        let by_reader = unpacked.map(|names| names[at].as_str().to_owned());
        let by_values = || {
            tuples.iter().find_map(|(shape, items)| {
                let (_, item, _) = cx.inference.item(shape.put.file, shape.put.item)?;
                name_of_value(item, *items.get(at)?)
            })
        };
        let usable = |name: &String| {
            naming::is_field(name)
                && !matches!(name.as_str(), "count" | "index" | "int" | "str" | "bytes" | "float" | "bool" | "object")
        };
        let clean = |name: String| name.trim_start_matches('_').to_ascii_lowercase();
        by_reader.map(clean).filter(usable).or_else(|| by_values().map(clean).filter(usable)).unwrap_or_else(|| {
            let words = tuples.iter().all(|(shape, items)| {
                cx.inference.item(shape.put.file, shape.put.item).is_some_and(|(_, item, _)| {
                    items.get(at).is_some_and(|value| matches!(item.expr(*value), Expr::Str(literal) if !literal.bytes))
                })
            });
            if words && at == 0 { "kind".to_owned() } else { "value".to_owned() }
        })
    };
    (0..message.fields.len()).map(name_at).collect()
}

fn name_of_value(item: &Item, value: ExprId) -> Option<String> {
    match item.expr(value) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(name.to_string()),
        Expr::Subscript { index, .. } => match item.expr(*index) {
            Expr::Str(literal) => Some(literal.value?.to_string()),
            _ => None,
        },
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                let name = name.as_str().trim_start_matches("get_").trim_start_matches("make_");
                Some(name.to_owned()).filter(|name| name.len() > 3)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Says what is known of the fields' types. What readers look at is only said where it asks nothing new of them.
pub(super) fn types(
    cx: &ItemContext<'_>,
    messages: &mut [Message],
    shapes: &[Shape],
    readers: &Readers,
    home: Home<'_>,
) {
    for message in messages {
        for at in 0..message.fields.len() {
            let kinds = message.shapes.iter().filter_map(|index| {
                let shape = &shapes[*index];
                let value = match &shape.kind {
                    ShapeKind::Tuple(items) => *items.get(at)?,
                    ShapeKind::Dict { keys, .. } => {
                        let key = keys.iter().find(|key| key.name == *message.fields[at].name)?;
                        if key.varies {
                            return Some(None);
                        }
                        key.value
                    }
                };
                Some(field_types::of(cx, home.file, home.above, Site { expr: value, ..shape.put }))
            });
            let kind = union(kinds);
            let field = &mut message.fields[at];
            let is_read = readers.keys.contains(&field.name) || (message.is_tuple && !readers.unpacked.is_empty());
            let fits = |kind: &TypeText| readers.declared.iter().all(|(key, to)| *key != field.name || kind.fits(to));
            field.kind = kind.filter(|kind| !(is_read && kind.is_union()) && fits(kind));
        }
    }
}

fn union(kinds: impl Iterator<Item = Option<TypeText>>) -> Option<TypeText> {
    let mut all: Option<TypeText> = None;
    for kind in kinds {
        let kind = kind?;
        all = Some(match all {
            Some(all) => all.or(&kind)?,
            None => kind,
        });
    }
    all
}
