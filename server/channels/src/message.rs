//! What a message looks like: its fields or elements, for people (`{"id": int}`) and for a test that checks it.

use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name};

use crate::{channel, shape, tags};

/// Longest text of a message, in bytes.
const MAX_TEXT: usize = 160;

/// Keys that say what a message is.
const TAGS: &[&str] = &["type", "msg_type", "kind", "cmd", "command", "event", "action"];

/// Values of a tag that say that there are no more messages.
const LAST_WORDS: &[&str] = &["shutdown", "stop", "end", "quit", "exit", "terminate", "close", "done"];

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `None`
    None,
    /// A dict, or an object of a `TypedDict`.
    Dict {
        /// Its keys, each with its value.
        fields: Vec<(Key, Value)>,
        /// The `TypedDict`, where it is made by its name.
        class: Option<Name>,
    },
    /// A tuple.
    Tuple(Vec<Value>),
    /// Anything else.
    One(Value),
}

/// A key of a dict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A string, with whether every such message has the key.
    Known(Name, bool),
    /// As a message shows it: a constant's name, or `str` or `?`.
    Shown(String),
    /// `**more`, or keys that are added where it is not followed.
    Spread,
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This string.
    Str(Name),
    /// This number.
    Int(i64),
    /// A value of this type as an annotation would name it: `int`, `Frame | None`.
    Of(String),
    /// A message inside a message.
    Nested(Box<Message>),
    /// Anything.
    Any,
}

impl Message {
    /// What the call `put` puts; `None` where nothing is put.
    pub fn of_put(inference: &Inference<'_>, put: Site) -> Option<Self> {
        let (_, item, _) = inference.item(put.file, put.item)?;
        let value = channel::message(item, put.expr)?;
        Some(Self::of(inference, Site { expr: value, ..put }, 0))
    }

    /// Whether each of the messages has a text in the same place: under one key of dicts, or at one place of tuples of one
    /// length. It says what kind of message that is.
    pub fn have_tag(messages: &[Self]) -> bool {
        let tuples: Option<Vec<&Vec<Value>>> = messages
            .iter()
            .map(|one| match one {
                Self::Tuple(values) => Some(values),
                _ => None,
            })
            .collect();
        if let Some(tuples) = tuples {
            let len = tuples.first().map_or(0, |one| one.len());
            let is_text = |at: usize| tuples.iter().all(|one| matches!(one.get(at), Some(Value::Str(_))));
            return tuples.iter().all(|one| one.len() == len) && (0..len).any(is_text);
        }
        let texts = |message: &Self| match message {
            Self::Dict { fields, .. } => fields
                .iter()
                .filter_map(|(key, value)| match (key, value) {
                    (Key::Known(name, true), Value::Str(_)) => Some(*name),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let Some(first) = messages.first() else { return false };
        texts(first).into_iter().any(|key| messages.iter().all(|one| texts(one).contains(&key)))
    }

    fn of(inference: &Inference<'_>, site: Site, depth: u32) -> Self {
        let Some((_, item, _)) = inference.item(site.file, site.item) else { return Self::One(Value::Any) };
        let at = |expr: ExprId| Site { expr, ..site };
        let value = |expr: ExprId| Value::of(inference, at(expr), depth + 1);
        match item.expr(site.expr) {
            Expr::None => Self::None,
            Expr::Tuple(items) if !items.iter().any(|one| matches!(item.expr(*one), Expr::Starred(_))) => {
                Self::Tuple(items.iter().map(|one| value(*one)).collect())
            }
            Expr::Dict(entries) => {
                let field = |entry: &pyteam_syntax::tree::DictEntry| (Key::of(item, entry.key), value(entry.value));
                Self::Dict { fields: entries.iter().map(field).collect(), class: None }
            }
            Expr::Call { func, args } => match inference.expr(at(*func)).as_slice() {
                [Type::Class(class)] if tags::is_typed_dict(inference, *class) => {
                    let field = |arg: &pyteam_syntax::tree::Arg| match arg.kind {
                        ArgKind::Keyword(name) => (Key::Known(name, true), value(arg.value)),
                        _ => (Key::Spread, Value::Any),
                    };
                    let class = inference.class(*class).map(|class| class.name);
                    Self::Dict { fields: args.iter().map(field).collect(), class }
                }
                _ => Self::One(Value::of(inference, site, depth)),
            },
            // A message that was built in a variable.
            Expr::Name(_) if depth == 0 => match shape::of(inference, site) {
                Some(built) => match &built.kind {
                    shape::ShapeKind::Tuple(items) => Self::Tuple(items.iter().map(|one| value(*one)).collect()),
                    shape::ShapeKind::Dict { keys, open } => {
                        let field = |key: &shape::Key| {
                            let value = if key.varies { Value::Any } else { value(key.value) };
                            (Key::Known(key.name, key.always), value)
                        };
                        let spread = open.then_some((Key::Spread, Value::Any));
                        Self::Dict { fields: keys.iter().map(field).chain(spread).collect(), class: None }
                    }
                },
                None => Self::One(Value::of(inference, site, depth)),
            },
            _ => Self::One(Value::of(inference, site, depth)),
        }
    }

    /// Whether it says that there are no more messages.
    pub fn is_end(&self) -> bool {
        match self {
            Self::None => true,
            Self::Tuple(_) | Self::One(_) => false,
            Self::Dict { fields, .. } => fields.iter().any(|(key, value)| match (key, value) {
                (Key::Known(key, _), Value::Str(text)) => {
                    TAGS.contains(&key.as_str()) && LAST_WORDS.contains(&text.as_str().to_ascii_lowercase().as_str())
                }
                _ => false,
            }),
        }
    }

    /// Whether a test can say what it is: its keys are all known, or it is a tuple or `None`.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::None | Self::Tuple(_) => true,
            Self::One(_) => false,
            Self::Dict { fields, .. } => fields.iter().all(|(key, _)| matches!(key, Key::Known(_, true))),
        }
    }

    /// The message in a line, for people: `{"id": int, "text": str}`, `(str, ?)`, `None`, `FrameMessage`.
    pub fn text(&self) -> String {
        let mut text = self.write(0);
        if text.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            text.truncate(end);
            text.push_str(" ...");
        }
        text
    }

    /// What consumers count on, whatever the values are: the keys of a dict, how long a tuple is. Messages with one outline
    /// are taken apart in one way.
    pub fn outline(&self) -> Vec<String> {
        match self {
            Self::Dict { fields, .. } => {
                let mut keys: Vec<String> = fields
                    .iter()
                    .map(|(key, _)| match key {
                        Key::Known(name, _) => name.to_string(),
                        Key::Shown(text) => text.clone(),
                        Key::Spread => "**".to_owned(),
                    })
                    .collect();
                keys.sort();
                keys
            }
            Self::Tuple(values) => vec![values.len().to_string()],
            Self::None | Self::One(_) => Vec::new(),
        }
    }

    fn write(&self, depth: u32) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::One(value) => value.write(depth),
            Self::Dict { class: Some(class), .. } => class.to_string(),
            Self::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|one| one.write(depth + 1)).collect();
                if items.len() == 1 { format!("({},)", items[0]) } else { format!("({})", items.join(", ")) }
            }
            Self::Dict { fields, .. } => {
                let fields = fields.iter().map(|(key, value)| {
                    let value = value.write(depth + 1);
                    match key {
                        Key::Known(name, true) => format!("\"{name}\": {value}"),
                        Key::Known(name, false) => format!("\"{name}\"?: {value}"),
                        Key::Shown(name) => format!("{name}: {value}"),
                        Key::Spread => match value.as_str() {
                            "?" => "...".to_owned(),
                            _ => format!("**{value}"),
                        },
                    }
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Key {
    fn of(item: &Item, key: Option<ExprId>) -> Self {
        match key.map(|key| item.expr(key)) {
            None => Self::Spread,
            Some(Expr::Str(text)) if !text.bytes => match text.value {
                Some(value) => Self::Known(value, true),
                None => Self::Shown("str".to_owned()),
            },
            Some(Expr::Name(name) | Expr::Attribute { attr: name, .. }) => Self::Shown(name.to_string()),
            Some(_) => Self::Shown("?".to_owned()),
        }
    }
}

impl Value {
    fn of(inference: &Inference<'_>, site: Site, depth: u32) -> Self {
        let Some((_, item, _)) = inference.item(site.file, site.item) else { return Self::Any };
        match item.expr(site.expr) {
            Expr::Dict(_) | Expr::Tuple(_) if depth < 2 => Self::Nested(Box::new(Message::of(inference, site, depth))),
            Expr::Str(text) if !text.bytes => text.value.map_or_else(|| Self::Of("str".to_owned()), Self::Str),
            Expr::FString(_) => Self::Of("str".to_owned()),
            Expr::Bool(_) => Self::Of("bool".to_owned()),
            Expr::Int(Some(number)) => Self::Int(*number),
            _ => match types(inference, &inference.expr(site)).as_str() {
                "?" => Self::Any,
                text => Self::Of(text.to_owned()),
            },
        }
    }

    fn write(&self, depth: u32) -> String {
        match self {
            // Short constants stand for something; others are prose.
            Self::Str(text) if text.as_str().len() <= 24 => format!("\"{}\"", text.as_str().escape_debug()),
            Self::Str(_) => "str".to_owned(),
            Self::Int(number) if depth == 0 => number.to_string(),
            Self::Int(_) => "int".to_owned(),
            Self::Of(text) => text.clone(),
            Self::Nested(message) => message.write(depth),
            Self::Any => "?".to_owned(),
        }
    }
}

fn types(inference: &Inference<'_>, types: &Types) -> String {
    let mut all: Vec<String> = types.iter().map(|one| one_type(inference, one)).collect();
    all.sort();
    all.dedup();
    if all.is_empty() { "?".to_owned() } else { all.join(" | ") }
}

fn one_type(inference: &Inference<'_>, one: &Type) -> String {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let named = |class: ClassRef| inference.class(class).map_or_else(|| "?".to_owned(), |class| class.name.to_string());
    match one {
        Type::None => "None".to_owned(),
        Type::Builtin(name) => (*name).to_owned(),
        Type::Instance { class, .. } => last(class.as_str()),
        Type::Object(class, _) => named(*class),
        Type::Class(class) => match inference.class(*class) {
            Some(class) => format!("type[{}]", class.name),
            None => "?".to_owned(),
        },
        Type::Function(..) | Type::Method { .. } => "function".to_owned(),
        Type::Sequence(element) => format!("[{}]", types(inference, element)),
        Type::Mapping(value) => format!("{{?: {}}}", types(inference, value)),
        Type::Tuple(items) => {
            let items: Vec<_> = items.iter().map(|item| types(inference, item)).collect();
            format!("({})", items.join(", "))
        }
        _ => "?".to_owned(),
    }
}
