//! What a message looks like, as a test can check it.

use pyteam_index::facts;
use pyteam_index::infer::{Base, Site, Type};
use pyteam_index::link::ClassRef;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::calls::{arguments, keyword};
use crate::view::View;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// A dict with exactly these fields, each with what is known of its value.
    Fields(Vec<(String, Value)>),
    /// `None`
    None,
    /// A tuple of this length.
    Tuple(usize),
}

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// This, as written in Python.
    Literal(String),
    /// Something of this built-in class.
    Of(&'static str),
    /// Anything.
    Any,
}

impl Shape {
    /// What the call `put` puts, where its shape is certain.
    pub(crate) fn of_put(view: &View<'_>, put: Site) -> Option<Self> {
        let args = arguments(view, put);
        let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value);
        let value = keyword(args, "item").or_else(|| keyword(args, "obj")).or(first)?;
        Self::of(view, Site { expr: value, ..put }, 0)
    }

    fn of(view: &View<'_>, site: Site, depth: u32) -> Option<Self> {
        let (_, item, item_facts) = view.inference.item(site.file, site.item)?;
        let at = |expr: ExprId| Site { expr, ..site };
        match item.expr(site.expr) {
            Expr::None => Some(Self::None),
            Expr::Tuple(parts) if !parts.iter().any(|part| matches!(item.expr(*part), Expr::Starred(_))) => {
                Some(Self::Tuple(parts.len()))
            }
            Expr::Dict(entries) => {
                let fields = entries.iter().map(|entry| match item.expr(entry.key?) {
                    Expr::Str(text) if !text.bytes => Some((text.value?.to_string(), Value::of(view, at(entry.value)))),
                    _ => None,
                });
                fields.collect::<Option<Vec<_>>>().map(Self::Fields)
            }
            // A TypedDict that is made by name.
            Expr::Call { func, args } => {
                let callee = view.inference.expr(at(*func));
                let mut classes = callee.iter().filter_map(|one| match one {
                    Type::Class(class) => Some(*class),
                    _ => None,
                });
                let (class, None) = (classes.next()?, classes.next()) else { return None };
                if callee.as_slice().len() != 1 || !is_typed_dict(view, class) {
                    return None;
                }
                let fields = args.iter().map(|arg| match arg.kind {
                    ArgKind::Keyword(name) => Some((name.to_string(), Value::of(view, at(arg.value)))),
                    _ => None,
                });
                fields.collect::<Option<Vec<_>>>().map(Self::Fields)
            }
            // A dict that was built in a variable, and not touched after.
            Expr::Name(name) if depth == 0 => {
                let mut bound = item_facts.bindings.iter().filter(|binding| binding.name == *name);
                let (only, None) = (bound.next()?, bound.next()) else { return None };
                let is_changed = item_facts
                    .additions
                    .iter()
                    .any(|one| matches!(item.expr(one.base), Expr::Name(base) if base == name));
                match item.stmt(only.stmt) {
                    Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } if !is_changed => {
                        Self::of(view, at(*value), depth + 1)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether it says that there are no more messages.
    pub(crate) fn is_end(&self) -> bool {
        match self {
            Self::None => true,
            Self::Tuple(_) => false,
            Self::Fields(fields) => fields.iter().any(|(key, value)| {
                let is_tag = matches!(&**key, "type" | "msg_type" | "kind" | "cmd" | "command" | "event" | "action");
                let is_word = |text: &str| {
                    matches!(
                        text.trim_matches(['"', '\'']).to_ascii_lowercase().as_str(),
                        "shutdown" | "stop" | "end" | "quit" | "exit" | "terminate" | "close" | "done"
                    )
                };
                is_tag && matches!(value, Value::Literal(text) if is_word(text))
            }),
        }
    }

    /// The message itself in Python, where all of it is known.
    pub(crate) fn sample(&self) -> Option<String> {
        match self {
            Self::None => Some("None".to_owned()),
            Self::Tuple(_) => None,
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(key, value)| match value {
                    Value::Literal(text) => Some(format!("{}: {text}", quoted(key))),
                    Value::Of("str") => Some(format!("{}: \"test\"", quoted(key))),
                    _ => None,
                });
                Some(format!("{{{}}}", fields.collect::<Option<Vec<_>>>()?.join(", ")))
            }
        }
    }

    /// What the test compares with: values stand for themselves, classes for what is of them.
    pub(crate) fn pattern(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Tuple(length) => {
                let parts = vec!["object"; *length];
                if *length == 1 { "(object,)".to_owned() } else { format!("({})", parts.join(", ")) }
            }
            Self::Fields(fields) => {
                let fields = fields.iter().map(|(key, value)| {
                    let value = match value {
                        Value::Literal(text) => text.as_str(),
                        Value::Of(class) => class,
                        Value::Any => "object",
                    };
                    format!("{}: {value}", quoted(key))
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Value {
    fn of(view: &View<'_>, site: Site) -> Self {
        let Some((_, item, _)) = view.inference.item(site.file, site.item) else { return Self::Any };
        match item.expr(site.expr) {
            // What is written out may be a word that everybody compares with, or prose.
            Expr::Str(text) if !text.bytes => match text.value {
                Some(value) if value.as_str().len() <= 40 && !value.as_str().contains('\n') => {
                    Self::Literal(quoted(value.as_str()))
                }
                _ => Self::Of("str"),
            },
            Expr::FString(_) => Self::Of("str"),
            Expr::Bool(_) => Self::Of("bool"),
            Expr::Int(_) => Self::Of("int"),
            _ => {
                let types = view.inference.expr(site);
                match types.as_slice() {
                    [Type::Builtin(class @ ("int" | "str" | "bytes" | "float" | "bool"))] => Self::Of(class),
                    _ => Self::Any,
                }
            }
        }
    }
}

/// A text as a Python string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}

fn is_typed_dict(view: &View<'_>, class: ClassRef) -> bool {
    let (ancestors, _) = view.inference.ancestors(class);
    let mut bases = ancestors.into_iter().flat_map(|one| view.inference.bases(one));
    bases.any(|base| matches!(base, Base::External(path) if matches!(path.as_str(), "typing.TypedDict" | "typing_extensions.TypedDict")))
        && view.inference.item(class.file, class.item).is_some_and(|(_, item, _)| facts::class(item, class.stmt).is_some())
}
