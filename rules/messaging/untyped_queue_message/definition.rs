//! The message types of a channel, and how they are written.

use std::collections::BTreeSet;

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::{ScopeId, Source};
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Type;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use super::naming;
use super::shape::{Kind, Shape};

/// One message type, for one or more put sites.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    pub(super) is_tuple: bool,
    /// Indices of the shapes that it is made of.
    pub(super) shapes: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// `None` where the type is not known.
    pub(super) kind: Option<String>,
    /// Whether every producer sets it.
    pub(super) required: bool,
    /// A constant that tells this message from the others.
    pub(super) literal: Option<Name>,
}

/// Sorts the shapes of a channel into message types; nothing where one of them has keys that cannot be fields.
pub(super) fn messages(
    cx: &CheckContext<'_>,
    shapes: &[Shape],
    channel: &str,
    taken: &mut BTreeSet<String>,
) -> Option<Vec<Message>> {
    let tag = tag_key(cx, shapes);
    let mut messages: Vec<(Key, Message)> = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let fields = fields(cx, shape, tag)?;
        let is_tuple = matches!(shape.kind, Kind::Tuple(_));
        let key = match fields.iter().find_map(|field| field.literal) {
            Some(literal) => Key::Tag(literal),
            None if is_tuple => Key::Length(fields.len()),
            None => Key::Fields(fields.iter().map(|field| field.name.clone()).collect()),
        };
        if let Some((_, message)) = messages.iter_mut().find(|(known, _)| *known == key) {
            merge(message, fields);
            message.shapes.push(index);
        } else {
            messages.push((key, Message { name: String::new(), fields, is_tuple, shapes: vec![index] }));
        }
    }
    for (key, message) in &mut messages {
        let name = match key {
            Key::Tag(tag) => naming::from_tag(tag.as_str()),
            _ => None,
        };
        message.name = naming::unique(&name.unwrap_or_else(|| naming::from_channel(channel)), taken);
    }
    Some(messages.into_iter().map(|(_, message)| message).collect())
}

#[derive(PartialEq)]
enum Key {
    Tag(Name),
    Length(usize),
    Fields(BTreeSet<String>),
}

/// The key whose constant tells the dicts apart.
fn tag_key(cx: &CheckContext<'_>, shapes: &[Shape]) -> Option<Name> {
    let value_of = |shape: &Shape, key: &str| -> Option<Name> {
        let (Kind::Dict { fields, .. } | Kind::DictCall { fields, .. }) = &shape.kind else { return None };
        let (_, value) = fields.iter().find(|(name, _)| *name == *key)?;
        let (_, item, _) = cx.inference.item(shape.display.file, shape.display.item)?;
        match item.expr(*value) {
            Expr::Str(literal) if !literal.bytes => literal.value,
            _ => None,
        }
    };
    naming::TAG_KEYS
        .iter()
        .find(|key| shapes.iter().all(|shape| value_of(shape, key).is_some()))
        .map(|key| Name::new(key))
}

fn fields(cx: &CheckContext<'_>, shape: &Shape, tag: Option<Name>) -> Option<Vec<Field>> {
    let (file, item, _) = cx.inference.item(shape.display.file, shape.display.item)?;
    let kind_of = |value: ExprId| {
        let site = Site { expr: value, ..shape.display };
        type_text(cx, file, site).or_else(|| declared_text(cx, file, site))
    };
    match &shape.kind {
        Kind::Dict { open: true, .. } | Kind::DictCall { open: true, .. } => None,
        Kind::Dict { fields, .. } | Kind::DictCall { fields, .. } => {
            let mut all: Vec<Field> = Vec::new();
            for (name, value) in fields {
                if !naming::is_field(name.as_str()) || all.iter().any(|field| *name == *field.name.as_str()) {
                    return None;
                }
                let literal = match item.expr(*value) {
                    Expr::Str(literal) if Some(*name) == tag => literal.value,
                    _ => None,
                };
                all.push(Field { name: name.to_string(), kind: kind_of(*value), required: true, literal });
            }
            Some(all)
        }
        Kind::Tuple(items) => {
            let mut taken = BTreeSet::new();
            let fields = items.iter().enumerate().map(|(at, value)| {
                let name = match item.expr(*value) {
                    Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                        name.as_str().trim_start_matches('_').to_ascii_lowercase()
                    }
                    _ => String::new(),
                };
                // NamedTuple has `count` and `index` already.
                let usable = naming::is_field(&name) && !matches!(name.as_str(), "count" | "index");
                let name = if usable { name } else { format!("field{}", at + 1) };
                Field { name: naming::unique(&name, &mut taken), kind: kind_of(*value), required: true, literal: None }
            });
            Some(fields.collect())
        }
    }
}

fn merge(message: &mut Message, fields: Vec<Field>) {
    for known in &mut message.fields {
        if !message.is_tuple && !fields.iter().any(|field| field.name == known.name) {
            known.required = false;
        }
    }
    for (at, field) in fields.into_iter().enumerate() {
        let known = if message.is_tuple {
            message.fields.get_mut(at)
        } else {
            message.fields.iter_mut().find(|known| known.name == field.name)
        };
        match known {
            Some(known) if known.kind != field.kind => {
                known.kind = match (&known.kind, &field.kind) {
                    (Some(a), Some(b)) if !a.contains('"') && !b.contains('"') => Some(format!("{a} | {b}")),
                    _ => None,
                };
            }
            Some(_) => {}
            None => message.fields.push(Field { required: false, ..field }),
        }
    }
}

/// The annotation of a local that is put, as it stands, where it means the same at module level.
fn declared_text(cx: &CheckContext<'_>, file: &File, value: Site) -> Option<String> {
    let (_, item, facts) = cx.inference.item(value.file, value.item)?;
    let Expr::Name(name) = item.expr(value.expr) else { return None };
    let mut bindings = facts.bindings.iter().filter(|binding| binding.name == *name);
    let annotation = match bindings.next()?.source {
        Source::Annotated(annotation, _) => annotation,
        Source::Param(function, index) => match item.stmt(function) {
            Stmt::Function(function) => function.params.get(index as usize)?.annotation?,
            _ => return None,
        },
        _ => return None,
    };
    if bindings.next().is_some() {
        return None;
    }
    let (mut known, mut own_class) = (true, false);
    walk(item, Part::Expr(annotation), &mut |part| {
        if let Part::Expr(id) = part {
            match item.expr(id) {
                Expr::Name(name) => {
                    let bound = file.facts.module.get(name);
                    let is_local =
                        facts.bindings.iter().any(|binding| binding.name == *name && binding.scope != ScopeId::OUTER);
                    let types = cx.inference.expr(Site { expr: id, ..value });
                    own_class |= types.iter().any(|one| matches!(one, Type::Class(class) if class.file == file.id));
                    let is_builtin = bound.is_none() && matches!(types.as_slice(), [Type::External(_)]);
                    known &= !is_local && (is_builtin || bound.is_some_and(|bound| bound.len() == 1));
                }
                Expr::Str(_) | Expr::Error => known = false,
                _ => {}
            }
        }
        known
    });
    let text = file.text_at(value.item, item.expr_range(annotation));
    if !known || text.contains(['\n', '\r', '"', '\'', '#']) {
        return None;
    }
    // A class of the same file may stand further down.
    Some(if own_class { format!("\"{text}\"") } else { text.to_owned() })
}

/// How the type of a value is written at module level of `file`, where it is known.
fn type_text(cx: &CheckContext<'_>, file: &File, value: Site) -> Option<String> {
    let types = cx.inference.expr(value);
    if types.is_unsure() {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for one in &types {
        let part = match one {
            Type::None => "None".to_owned(),
            Type::Builtin(name @ ("int" | "str" | "bytes" | "float" | "bool")) => (*name).to_owned(),
            Type::Object(class, _) => {
                // Only a class that the file knows under its own name, quoted: it may stand further down.
                let name = cx.inference.class(*class)?.name;
                let known = file.facts.module.get(&name).filter(|bound| bound.len() == 1)?;
                let is_it = class.file == file.id && known[0].item == class.item;
                if !is_it {
                    return None;
                }
                format!("\"{name}\"")
            }
            _ => return None,
        };
        parts.push(part);
    }
    parts.sort_by_key(|part| part == "None");
    match parts.as_slice() {
        [] => None,
        [only] if only == "None" => None,
        [only] => Some(only.clone()),
        // A quoted name in a union would be `str | X` at run time.
        many if many.iter().any(|part| part.contains('"')) => {
            Some(format!("\"{}\"", many.join(" | ").replace('"', "")))
        }
        many => Some(many.join(" | ")),
    }
}
