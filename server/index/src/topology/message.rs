//! What a message looks like, in a line.

use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::infer::types::{Type, Types};
use crate::infer::{Inference, Site};

/// Longest shape that is told, in bytes.
const LONGEST: usize = 160;

/// The shape of what the call `put` puts.
pub(super) fn shape(inference: &Inference<'_>, put: Site) -> Option<String> {
    let (_, args) = super::arguments(inference, put)?;
    let named = super::keyword(args, "item").or_else(|| super::keyword(args, "obj"));
    let value = named.or_else(|| args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value))?;
    let mut text = of(inference, Site { expr: value, ..put }, 0);
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.push_str(" ...");
    }
    Some(text)
}

fn of(inference: &Inference<'_>, site: Site, depth: u32) -> String {
    let Some((_, item, _)) = inference.item(site.file, site.item) else { return "?".to_owned() };
    let at = |expr: ExprId| Site { expr, ..site };
    match item.expr(site.expr) {
        Expr::Dict(entries) if depth < 2 => {
            let entries = entries.iter().map(|entry| {
                let value = of(inference, at(entry.value), depth + 1);
                match entry.key.map(|key| item.expr(key)) {
                    None => format!("**{value}"),
                    Some(Expr::Str(text)) => match text.value {
                        Some(key) => format!("\"{key}\": {value}"),
                        None => format!("str: {value}"),
                    },
                    Some(Expr::Name(name) | Expr::Attribute { attr: name, .. }) => format!("{name}: {value}"),
                    Some(_) => format!("?: {value}"),
                }
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Expr::Tuple(items) if depth < 2 => {
            let items: Vec<_> = items.iter().map(|one| of(inference, at(*one), depth + 1)).collect();
            if items.len() == 1 { format!("({},)", items[0]) } else { format!("({})", items.join(", ")) }
        }
        // Constants that stand for something are told as they are.
        Expr::Str(text) if text.value.is_some_and(|value| value.as_str().len() <= 24) => {
            format!("\"{}\"", text.value.map_or("", pyteam_syntax::Name::as_str).escape_debug())
        }
        Expr::Int(Some(number)) => {
            if depth == 0 {
                number.to_string()
            } else {
                "int".to_owned()
            }
        }
        // A dict that was built in a variable.
        Expr::Name(name) if depth == 0 => match built(inference, site, *name) {
            Some(dict) => of(inference, dict, depth),
            None => types(inference, &inference.expr(site)),
        },
        _ => types(inference, &inference.expr(site)),
    }
}

/// The display that the variable at `site` is made from, where that is the only one in the item.
fn built(inference: &Inference<'_>, site: Site, name: pyteam_syntax::Name) -> Option<Site> {
    let (_, item, facts) = inference.item(site.file, site.item)?;
    let mut bound = facts.bindings.iter().filter(|binding| binding.name == name);
    let (only, None) = (bound.next()?, bound.next()) else { return None };
    match item.stmt(only.stmt) {
        Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. }
            if matches!(item.expr(*value), Expr::Dict(_) | Expr::Tuple(_)) =>
        {
            Some(Site { expr: *value, ..site })
        }
        _ => None,
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
    match one {
        Type::None => "None".to_owned(),
        Type::Builtin(name) => (*name).to_owned(),
        Type::Instance { class, .. } => last(class.as_str()),
        Type::Object(class, _) => {
            inference.class(*class).map_or_else(|| "?".to_owned(), |class| class.name.to_string())
        }
        Type::Class(class) => {
            inference.class(*class).map_or_else(|| "?".to_owned(), |class| format!("type[{}]", class.name))
        }
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
