//! How the type of a value is written in the module that defines the messages.

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::{ItemFacts, ScopeId, Source};
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Type;
use pyteam_syntax::tree::{ArgKind, ParamKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use super::generics::lacks_arguments;

/// A type as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeText {
    /// Without quotes.
    pub text: String,
    /// Whether it must be quoted: something in it is not there yet when the class is made.
    pub quoted: bool,
}

impl TypeText {
    /// Whether it has alternatives, `None` above all: a reader would have to tell them apart.
    pub(super) fn is_union(&self) -> bool {
        self.text.contains('|') || self.text.contains("Optional") || self.text.contains("Union")
    }

    /// Whether a type checker lets it go where `declared` is said. What it cannot tell from the text is a no: the field
    /// is then `Any`, which goes everywhere.
    pub(super) fn fits(&self, declared: &str) -> bool {
        self.text == declared
            || matches!(declared, "Any" | "typing.Any" | "object")
            || matches!((self.text.as_str(), declared), ("int" | "bool", "float") | ("bool", "int"))
            || declared.split('|').any(|part| part.trim() == self.text)
    }

    /// Either of the two.
    pub(super) fn or(&self, other: &Self) -> Option<Self> {
        let parts: Vec<&str> = self.text.split(" | ").collect();
        let text = if parts.contains(&other.text.as_str()) {
            self.text.clone()
        } else if parts.len() < 3 {
            format!("{} | {}", self.text, other.text)
        } else {
            return None;
        };
        Some(Self { text, quoted: self.quoted || other.quoted })
    }
}

/// The type of a value, where it is known and can be written in `home` above its item number `above`.
pub(super) fn of(cx: &ItemContext<'_>, home: &File, above: u32, value: Site) -> Option<TypeText> {
    inferred(cx, home, value).or_else(|| declared(cx, home, above, value))
}

fn inferred(cx: &ItemContext<'_>, home: &File, value: Site) -> Option<TypeText> {
    if is_quotient(cx, value) {
        return Some(TypeText { text: "float".to_owned(), quoted: false });
    }
    let types = cx.inference.expr(value);
    if types.has_unknown() {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    let (mut quoted, mut plain) = (false, false);
    for one in &types {
        let part = match one {
            Type::None => "None".to_owned(),
            Type::Builtin(name @ ("int" | "str" | "bytes" | "float" | "bool")) => {
                plain = true;
                (*name).to_owned()
            }
            Type::Object(class, _) => {
                // Only a class that the file knows under its own name; it may stand further down.
                let name = cx.inference.class(*class)?.name;
                let [known] = home.facts.module.get(&name)?.as_slice() else { return None };
                if class.file != home.id || known.item != class.item {
                    return None;
                }
                quoted = true;
                name.to_string()
            }
            _ => return None,
        };
        parts.push(part);
    }
    parts.sort_by_key(|part| part == "None");
    if parts.iter().all(|part| part == "None") || (plain && !is_plain(cx, value, 4)) {
        return None;
    }
    Some(TypeText { text: parts.join(" | "), quoted })
}

/// `a / b` of two plain numbers.
fn is_quotient(cx: &ItemContext<'_>, value: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(value.file, value.item) else { return false };
    let Expr::Binary { left, op, right } = item.expr(value.expr) else { return false };
    *op == "/"
        && [*left, *right].into_iter().all(|expr| {
            let site = Site { expr, ..value };
            matches!(cx.inference.expr(site).as_slice(), [Type::Builtin("int" | "float")]) && is_plain(cx, site, 4)
        })
}

/// Whether what inference says of a number or string is what a type checker says, too: arithmetic changes types in
/// more ways (`int / int` is a float, `a or b` either) than it follows.
fn is_plain(cx: &ItemContext<'_>, value: Site, depth: u32) -> bool {
    let Some((file, item, facts)) = cx.inference.item(value.file, value.item) else { return false };
    if depth == 0 {
        return false;
    }
    let inner = |expr: ExprId| is_plain(cx, Site { expr, ..value }, depth - 1);
    match item.expr(value.expr) {
        Expr::Str(_) | Expr::FString(_) | Expr::Int(_) | Expr::Float | Expr::Bool(_) | Expr::None => true,
        Expr::Compare(_) | Expr::Not(_) => true,
        Expr::Conditional { body, orelse, .. } => inner(*body) && inner(*orelse),
        Expr::Binary { left, op, right } => {
            let (a, b) =
                (cx.inference.expr(Site { expr: *left, ..value }), cx.inference.expr(Site { expr: *right, ..value }));
            matches!(op.as_str(), "+" | "-" | "*")
                && a == b
                && matches!(a.as_slice(), [Type::Builtin("int" | "float" | "str" | "bytes")])
                && inner(*left)
                && inner(*right)
        }
        Expr::Call { func, args, .. } => {
            let callee = cx.inference.callee(value);
            if let [Type::Function(function, _)] = callee.as_slice() {
                // What it is declared to return, a type checker believes.
                let definition = cx.inference.function(*function);
                return definition.is_some_and(|one| one.returns.is_some() && one.decorators.is_empty());
            }
            let Some(path) = callee.single_external() else { return false };
            let simple = args.iter().all(|arg| arg.kind == ArgKind::Positional);
            matches!(item.expr(*func), Expr::Name(_) | Expr::Attribute { .. })
                && simple
                && match path.as_str() {
                    "builtins.len" | "builtins.int" | "builtins.float" | "builtins.bool" | "builtins.id"
                    | "builtins.str" | "builtins.repr" | "builtins.ord" | "builtins.hash" => args.len() == 1,
                    "builtins.isinstance" => true,
                    "time.time" | "time.monotonic" | "time.perf_counter" | "time.time_ns" | "os.getpid" => {
                        args.is_empty()
                    }
                    _ => false,
                }
        }
        Expr::Name(name) => {
            let local: Vec<_> = facts.bindings.iter().filter(|binding| binding.name == *name).collect();
            if local.is_empty() {
                let Some(bound) = file.facts.module.get(name) else { return false };
                return bound.iter().all(|at| {
                    let binding = &file.facts.items[at.item as usize].bindings[at.binding as usize];
                    let site = Site { file: file.id, item: at.item, expr: value.expr };
                    binding.path.is_empty() && is_plain_source(cx, site, binding.source, depth)
                });
            }
            local.iter().all(|binding| binding.path.is_empty() && is_plain_source(cx, value, binding.source, depth))
        }
        Expr::Attribute { attr, .. } => file.facts.writes.get(attr).is_some_and(|writes| {
            writes.iter().all(|(at, write)| {
                let write = &file.facts.items[*at as usize].writes[*write as usize];
                write.path.is_empty() && is_plain_source(cx, Site { item: *at, ..value }, write.source, depth)
            })
        }),
        _ => false,
    }
}

fn is_plain_source(cx: &ItemContext<'_>, site: Site, source: Source, depth: u32) -> bool {
    match source {
        Source::Value(expr) => is_plain(cx, Site { expr, ..site }, depth - 1),
        Source::Annotated(annotation, _) => !cx.inference.annotation(Site { expr: annotation, ..site }).has_unknown(),
        Source::Param(function, index) => cx.inference.item(site.file, site.item).is_some_and(|(_, item, _)| {
            matches!(item.stmt(function), Stmt::Function(function)
                if function.params.get(index as usize).is_some_and(|param| param.annotation.is_some()))
        }),
        Source::Element(iter) => {
            // `for n in range(..)`
            matches!(cx.inference.expr(Site { expr: iter, ..site }).as_slice(), [Type::Builtin("range")])
        }
        _ => false,
    }
}

/// The annotation of a local or parameter that is put, as it stands, where it means the same at module level.
fn declared(cx: &ItemContext<'_>, home: &File, above: u32, value: Site) -> Option<TypeText> {
    let (file, item, facts) = cx.inference.item(value.file, value.item)?;
    if file.id != home.id {
        return None;
    }
    let Expr::Name(name) = item.expr(value.expr) else { return None };
    let mut bindings = facts.bindings.iter().filter(|binding| binding.name == *name);
    let annotation = match bindings.next()?.source {
        Source::Annotated(annotation, _) => annotation,
        Source::Param(function, index) => match item.stmt(function) {
            Stmt::Function(function) => {
                function
                    .params
                    .get(index as usize)
                    .filter(|param| !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar))?
                    .annotation?
            }
            _ => return None,
        },
        _ => return None,
    };
    if bindings.next().is_some() {
        return None;
    }
    let mut quoted = false;
    let mut known = true;
    walk(item, Part::Expr(annotation), &mut |part| {
        if let Part::Expr(id) = part {
            known &= match item.expr(id) {
                Expr::Name(name) => match standing(home, facts, *name, above) {
                    Some(later) => {
                        quoted |= later;
                        !lacks_arguments(item, id, *name)
                    }
                    None => false,
                },
                Expr::Attribute { attr, .. } => !lacks_arguments(item, id, *attr),
                Expr::Subscript { .. } | Expr::Tuple(_) | Expr::None | Expr::Ellipsis | Expr::List(_) => true,
                Expr::Binary { op, .. } => *op == "|",
                _ => false,
            };
        }
        known
    });
    let text = file.text_at(value.item, item.expr_range(annotation));
    let plain = known && !text.contains(['\n', '\r', '"', '\'', '#']);
    plain.then(|| TypeText { text: text.to_owned(), quoted })
}

/// Whether a name in an annotation can be used at module level above the item `above`: `Some(true)` where it has a
/// meaning for a type checker only, or one that comes later; nothing where it means something else there.
fn standing(home: &File, facts: &ItemFacts, name: Name, above: u32) -> Option<bool> {
    if facts.bindings.iter().any(|binding| binding.name == name && binding.scope != ScopeId::OUTER) {
        return None;
    }
    let Some(bound) = home.facts.module.get(&name) else {
        let builtin = matches!(
            name.as_str(),
            "int"
                | "str"
                | "bytes"
                | "float"
                | "bool"
                | "list"
                | "dict"
                | "tuple"
                | "set"
                | "frozenset"
                | "object"
                | "complex"
                | "bytearray"
                | "Exception"
                | "BaseException"
                | "type"
        );
        return (builtin && home.facts.stars.is_empty()).then_some(false);
    };
    let [only] = bound.as_slice() else { return None };
    let item = home.item(only.item);
    let binding = &home.facts.items[only.item as usize].bindings[only.binding as usize];
    match binding.source {
        Source::Value(value) if matches!(item.expr(value), Expr::Call { .. }) => None,
        Source::ImportFrom { name, .. } if name == "Self" || name == "TypeVar" => None,
        Source::Value(_) | Source::Import { .. } | Source::ImportFrom { .. } | Source::Class(_) => {
            Some(binding.stmt != item.root() || only.item >= above)
        }
        _ => None,
    }
}
