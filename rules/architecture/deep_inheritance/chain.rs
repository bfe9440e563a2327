//! The longest line of ancestors that a class has in the project.

use pyteam_index::definitions::ClassRef;
use pyteam_index::facts;
use pyteam_index::infer::{Base, Inference};
use pyteam_syntax::tree::Class;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};
use rustc_hash::FxHashMap;

/// Longer lines are cut: no class is this deep but by mistake.
const MAX_CHAIN: usize = 32;

/// Bases from outside below which deep trees are the custom: what they derive is no behavior to look up.
const RECORDS: &[&str] = &[
    "pydantic",
    "pydantic_settings",
    "pydantic_core",
    "sqlmodel",
    "msgspec",
    "marshmallow",
    "enum",
    "ctypes",
    "typing.TypedDict",
    "typing.NamedTuple",
];

/// The class and its ancestors in the project along the longest line, the class itself first. Nothing where depth
/// says nothing of it: for exceptions, records, test cases, and where it derives from nothing in the project.
pub(super) fn longest(inference: &Inference<'_>, class: ClassRef) -> Option<Vec<ClassRef>> {
    let mut lines = Lines { inference, known: FxHashMap::default(), is_special: false };
    let chain = lines.of(class, MAX_CHAIN);
    if lines.is_special || chain.len() < 2 || is_record(inference, class) {
        return None;
    }
    Some(chain)
}

struct Lines<'i, 'a> {
    inference: &'i Inference<'a>,
    known: FxHashMap<ClassRef, Vec<ClassRef>>,
    /// Whether an ancestor is one below which depth is the custom.
    is_special: bool,
}

impl Lines<'_, '_> {
    fn of(&mut self, class: ClassRef, most: usize) -> Vec<ClassRef> {
        if let Some(known) = self.known.get(&class) {
            return known.clone();
        }
        // A class that is its own ancestor has no longer line by that.
        self.known.insert(class, Vec::new());
        let mut best: Vec<ClassRef> = Vec::new();
        for base in self.inference.bases(class) {
            match base {
                Base::Class(base) if most > 0 && base != class => {
                    let line = self.of(base, most - 1);
                    if line.len() > best.len() {
                        best = line;
                    }
                }
                Base::External(path) => self.is_special |= is_special(path),
                _ => {}
            }
        }
        // A mixin at the root adds methods to many trees, and is the bottom of none. A record has nothing to look up,
        // and a Protocol is what to do instead.
        if best.is_empty() && (self.is_mixin(class) || self.is_protocol(class) || is_record(self.inference, class)) {
            self.known.insert(class, best.clone());
            return best;
        }
        let mut line = vec![class];
        line.extend(best);
        self.known.insert(class, line.clone());
        line
    }

    fn is_mixin(&self, class: ClassRef) -> bool {
        self.inference.class(class).is_some_and(|definition| {
            let name = definition.name.as_str();
            name.contains("Mixin") || name.contains("MixIn") || name.ends_with("mixin")
        })
    }

    fn is_protocol(&self, class: ClassRef) -> bool {
        self.inference
            .bases(class)
            .iter()
            .any(|base| matches!(base, Base::External(path) if *path == "typing.Protocol"))
    }
}

/// Exceptions, records and test cases.
fn is_special(path: Name) -> bool {
    let path = path.as_str();
    let last = path.rsplit('.').next().unwrap_or_default();
    ["Error", "Exception", "Warning", "Interrupt", "Exit", "TestCase"].iter().any(|tail| last.ends_with(tail))
        || matches!(last, "StopIteration" | "StopAsyncIteration" | "ExceptionGroup")
        || RECORDS
            .iter()
            .any(|record| path.strip_prefix(record).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Whether the class only holds data: a dataclass, or a child of one or of a library's configuration, that adds no
/// behavior.
fn is_record(inference: &Inference<'_>, class: ClassRef) -> bool {
    let (ancestors, _) = inference.ancestors(class);
    let holds_data = ancestors.iter().any(|one| {
        let item = inference.item(one.file, one.item);
        item.is_some_and(|(_, item, _)| {
            facts::class(item, one.stmt).is_some_and(|definition| has_dataclass_decorator(item, definition))
        }) || inference
            .bases(*one)
            .iter()
            .any(|base| matches!(base, Base::External(path) if path.as_str().ends_with("Config")))
    });
    holds_data && !has_behavior(inference, class)
}

fn has_dataclass_decorator(item: &Item, class: &Class) -> bool {
    class.decorators.iter().any(|decorator| {
        matches!(decorator_name(item, *decorator), Some("dataclass" | "define" | "frozen" | "attrs" | "attr" | "s"))
    })
}

fn decorator_name(item: &Item, decorator: ExprId) -> Option<&'static str> {
    match item.expr(decorator) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(name.as_str()),
        Expr::Call { func, .. } => decorator_name(item, *func),
        _ => None,
    }
}

/// Whether the class has a method that does more than make, check, show or convert the data.
fn has_behavior(inference: &Inference<'_>, class: ClassRef) -> bool {
    inference.methods(class).into_iter().any(|method| {
        let Some((_, item, _)) = inference.item(method.file, method.item) else { return false };
        let Stmt::Function(function) = item.stmt(method.stmt) else { return false };
        let name = function.name.as_str();
        let is_dunder = name.starts_with("__") && name.ends_with("__") && name != "__call__";
        let is_property = function.decorators.iter().any(|one| {
            matches!(decorator_name(item, *one), Some("property" | "cached_property" | "setter" | "staticmethod"))
        });
        let converts =
            ["from_", "to_", "as_", "is_", "has_", "get_", "parse", "validate", "_validate", "copy", "replace"]
                .iter()
                .any(|head| name.starts_with(head));
        !is_dunder && !is_property && !converts
    })
}
