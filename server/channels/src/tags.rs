//! Message types: `TypedDict` classes, and the `Literal` fields that tell them apart.

use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Base, Inference, Site};
use pyteam_syntax::{Expr, Name, Stmt};

/// A `TypedDict` with its fields.
#[derive(Debug)]
pub struct Record {
    /// The class.
    pub class: ClassRef,
    /// All fields, inherited ones too, with the constants of those that are `Literal`s.
    pub fields: Vec<(Name, Option<Vec<Name>>)>,
}

impl Record {
    /// The constants that the field `name` may have, where it is a `Literal`.
    pub fn literals(&self, name: Name) -> Option<&[Name]> {
        self.fields.iter().find(|(field, _)| *field == name)?.1.as_deref()
    }
}

/// The `TypedDict` classes of a union, `None` beside them left out; nothing where anything else is in it, or where one of them
/// cannot be read in full.
pub fn records(inference: &Inference<'_>, types: &Types) -> Option<Vec<Record>> {
    if types.has_unknown() {
        return None;
    }
    types
        .non_none()
        .map(|one| match one {
            Type::Object(class, _) => record(inference, *class),
            _ => None,
        })
        .collect()
}

/// Whether `class` is a `TypedDict`.
pub fn is_typed_dict(inference: &Inference<'_>, class: ClassRef) -> bool {
    derives_from(inference, class, "typing.TypedDict")
}

/// Whether `class` is a `NamedTuple`.
pub fn is_named_tuple(inference: &Inference<'_>, class: ClassRef) -> bool {
    derives_from(inference, class, "typing.NamedTuple")
}

fn derives_from(inference: &Inference<'_>, class: ClassRef, outside: &str) -> bool {
    let (ancestors, _) = inference.ancestors(class);
    let mut bases = ancestors.into_iter().flat_map(|one| inference.bases(one));
    bases.any(|base| matches!(base, Base::External(path) if path == *outside))
}

fn record(inference: &Inference<'_>, class: ClassRef) -> Option<Record> {
    let (ancestors, complete) = inference.ancestors(class);
    if !complete || !is_typed_dict(inference, class) {
        return None;
    }
    let mut fields: Vec<(Name, Option<Vec<Name>>)> = Vec::new();
    for one in ancestors {
        let (_, item, _) = inference.item(one.file, one.item)?;
        for stmt in &inference.class(one)?.body {
            let Stmt::AnnAssign { target, annotation, .. } = item.stmt(*stmt) else { continue };
            let Expr::Name(name) = item.expr(*target) else { continue };
            if !fields.iter().any(|(known, _)| known == name) {
                fields.push((*name, literals(inference, Site { file: one.file, item: one.item, expr: *annotation })));
            }
        }
    }
    Some(Record { class, fields })
}

/// The strings of a `Literal["a", "b"]`.
fn literals(inference: &Inference<'_>, annotation: Site) -> Option<Vec<Name>> {
    let (_, item, _) = inference.item(annotation.file, annotation.item)?;
    let Expr::Subscript { value, index } = item.expr(annotation.expr) else { return None };
    let named = inference.expr(Site { expr: *value, ..annotation });
    let path = named.single_external()?;
    match path.as_str() {
        "typing.Literal" => {}
        "typing.Required" | "typing.ReadOnly" => return literals(inference, Site { expr: *index, ..annotation }),
        _ => return None,
    }
    let one = |expr| match item.expr(expr) {
        Expr::Str(literal) if !literal.bytes => literal.value,
        _ => None,
    };
    match item.expr(*index) {
        Expr::Tuple(items) => items.iter().map(|item| one(*item)).collect(),
        _ => Some(vec![one(*index)?]),
    }
}

/// The field that is a `Literal` in all of them.
pub fn tag(records: &[Record]) -> Option<Name> {
    let (first, others) = records.split_first()?;
    first
        .fields
        .iter()
        .filter(|(_, literals)| literals.is_some())
        .map(|(name, _)| *name)
        .find(|name| others.iter().all(|other| other.literals(*name).is_some()))
}
