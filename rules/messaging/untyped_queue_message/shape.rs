//! What a message looks like: its keys or elements.

use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Name};

/// An untyped message.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// The dict display, `dict()` call or tuple display.
    pub(super) display: Site,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A dict. `open` when it has keys that are not constant strings, or a spread.
    Dict { fields: Vec<(Name, ExprId)>, open: bool },
    /// `dict(key=value)`
    DictCall { fields: Vec<(Name, ExprId)>, open: bool },
    /// A tuple of two elements or more.
    Tuple(Vec<ExprId>),
}

impl Shape {
    /// For the message: `an untyped dict ("type", "number")`.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Dict { fields, open } | Kind::DictCall { fields, open } => {
                let mut keys: Vec<String> = fields.iter().take(4).map(|(key, _)| format!("`{key}`")).collect();
                if *open || fields.len() > 4 {
                    keys.push("...".to_owned());
                }
                format!("an untyped dict ({})", keys.join(", "))
            }
            Kind::Tuple(items) => format!("an untyped tuple of {}", items.len()),
        }
    }
}

/// The shape of a message, where it is an untyped one for certain.
pub(super) fn of(inference: &Inference<'_>, message: Site) -> Option<Shape> {
    display(inference, message).or_else(|| local(inference, message))
}

fn display(inference: &Inference<'_>, site: Site) -> Option<Shape> {
    let (_, item, _) = inference.item(site.file, site.item)?;
    let kind = match item.expr(site.expr) {
        Expr::Dict(entries) => {
            let (mut fields, mut open, mut named) = (Vec::new(), false, false);
            for entry in entries {
                match entry.key.map(|key| item.expr(key)) {
                    Some(Expr::Str(literal)) if !literal.bytes => {
                        named = true;
                        match literal.value {
                            Some(value) => fields.push((value, entry.value)),
                            None => open = true,
                        }
                    }
                    // A constant by its name: `STATUS_KEY`.
                    Some(Expr::Name(name) | Expr::Attribute { attr: name, .. }) if is_constant(*name) => {
                        named = true;
                        open = true;
                    }
                    None => open = true,
                    // A mapping by computed keys is data, not a message.
                    Some(_) => return None,
                }
            }
            if !named {
                return None;
            }
            Kind::Dict { fields, open }
        }
        Expr::Call { func, args, .. } => {
            let callee = inference.expr(Site { expr: *func, ..site });
            if callee.as_slice() != [Type::External(Name::new("builtins.dict"))] {
                return None;
            }
            let (mut fields, mut open) = (Vec::new(), false);
            for arg in args {
                match arg.kind {
                    ArgKind::Keyword(name) => fields.push((name, arg.value)),
                    ArgKind::DoubleStar => open = true,
                    _ => return None,
                }
            }
            if fields.is_empty() {
                return None;
            }
            Kind::DictCall { fields, open }
        }
        Expr::Tuple(items)
            if items.len() >= 2 && !items.iter().any(|one| matches!(item.expr(*one), Expr::Starred(_))) =>
        {
            Kind::Tuple(items.to_vec())
        }
        _ => return None,
    };
    Some(Shape { display: site, kind })
}

fn is_constant(name: Name) -> bool {
    name.as_str().len() > 1 && name.as_str().chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A message built in a local: every binding of the name in the function is a display.
fn local(inference: &Inference<'_>, site: Site) -> Option<Shape> {
    let (_, item, facts) = inference.item(site.file, site.item)?;
    let Expr::Name(name) = item.expr(site.expr) else { return None };
    let bindings: Vec<_> = facts.bindings.iter().filter(|binding| binding.name == *name).collect();
    let function = pyteam_index::infer::enclosing_function(item, item.enclosing_stmt(site.expr))?;
    let mut found = None;
    for binding in bindings {
        if !item.stmt_ancestors(binding.stmt).any(|stmt| stmt == function) {
            return None;
        }
        let (Source::Value(value) | Source::Annotated(_, Some(value))) = binding.source else { return None };
        if !binding.path.is_empty()
            || matches!(binding.source, Source::Annotated(..))
                && !is_plain_dict_annotation(inference, site, binding.source)
        {
            return None;
        }
        let shape = display(inference, Site { expr: value, ..site })?;
        found.get_or_insert(shape);
    }
    found
}

/// `message: dict[str, Any] = {...}` declares nothing about its keys.
fn is_plain_dict_annotation(inference: &Inference<'_>, site: Site, source: Source) -> bool {
    let Source::Annotated(annotation, _) = source else { return false };
    let declared = inference.annotation(Site { expr: annotation, ..site });
    matches!(declared.as_slice(), [Type::Mapping(_)])
}
