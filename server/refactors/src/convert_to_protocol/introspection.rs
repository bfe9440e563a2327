//! Whether the program looks at classes while it runs, in a way that sees a base go or become a Protocol.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Inference, Site};
use pyteam_index::{File, known};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent};

use pyteam_index::imports::imports;
use pyteam_index::programs::Programs;
use pyteam_index::survey::{self, Question};

/// Packages that wire, build or check objects by what annotations and bases say.
const BY_TYPE: &[&str] = &[
    "apischema",
    "beartype",
    "cattr",
    "cattrs",
    "dacite",
    "dependency_injector",
    "dishka",
    "haps",
    "inject",
    "injector",
    "kink",
    "lagom",
    "mashumaro",
    "multimethod",
    "multipledispatch",
    "ovld",
    "pinject",
    "plum",
    "punq",
    "pydoc",
    "rodi",
    "svcs",
    "typedload",
    "typeguard",
    "wired",
    "zope",
];
/// Packages that do so in the files that use them for classes.
const FIELDS: &[&str] = &["attr", "attrs", "marshmallow", "msgspec", "pydantic", "sqlmodel", "traitlets"];
/// What a class tells of itself: words that mean nothing else, wherever in the text they stand.
const MEMBERS: &[&str] = &[
    "__abstractmethods__",
    "__annotations__",
    "__base__",
    "__bases__",
    "__dataclass_fields__",
    "__init_subclass__",
    "__instancecheck__",
    "__isabstractmethod__",
    "__mro__",
    "__mro_entries__",
    "__orig_bases__",
    "__parameters__",
    "__subclasscheck__",
    "__subclasses__",
    "__subclasshook__",
    "_abc_impl",
    "_is_protocol",
    "get_type_hints",
];
/// Functions that ask a class, an annotation or a signature, by module.
const ASKS: &[(&str, &[&str])] = &[
    ("dataclasses", &["fields"]),
    (
        "inspect",
        &[
            "classify_class_attrs",
            "get_annotations",
            "getattr_static",
            "getclasstree",
            "getdoc",
            "getfullargspec",
            "getmembers",
            "getmembers_static",
            "getmro",
            "isabstract",
            "signature",
        ],
    ),
    ("abc", &["get_cache_token", "update_abstractmethods"]),
    ("annotationlib", &["get_annotations"]),
    ("types", &["get_original_bases", "resolve_bases"]),
    ("typing", &["get_args", "get_origin", "get_protocol_members", "get_type_hints", "is_protocol"]),
];

/// What else is worth a closer look.
const WORDS: &[&str] = &["ABCMeta", "__dict__", "dir", "help", "mro", "vars"];

/// Asks for such a look.
struct Introspection;

impl Question for Introspection {
    fn by_itself(file: &File) -> Option<bool> {
        let text = file.source().as_str();
        let mut asks = ASKS.iter().flat_map(|(_, names)| *names).chain(WORDS);
        if imports(file, BY_TYPE) || MEMBERS.iter().any(|word| text.contains(word)) {
            return Some(true);
        }
        if !asks.any(|word| text.contains(word)) {
            return Some(false);
        }
        imports_question(file).then_some(true)
    }

    fn by_types(inference: &Inference<'_>, file: &File) -> bool {
        survey::any_expr(file, |item, site| asks(inference, item, site))
    }
}

/// Whether any file of the program looks at classes so, or one that knows one of these builds on what does, or asks
/// one of `children` itself.
pub(super) fn sees(cx: &ItemContext<'_>, class: ClassRef, children: &[ClassRef]) -> bool {
    if survey::any::<Introspection>(cx) {
        return true;
    }
    let named = |classes: &[ClassRef]| -> Vec<Name> {
        classes.iter().filter_map(|class| cx.inference.class(*class)).map(|class| class.name).collect()
    };
    let (own, derived) = (named(&[class]), named(children));
    let knows = |file: &File, names: &[Name]| names.iter().any(|name| file.source().as_str().contains(name.as_str()));
    let programs = Programs::of(cx);
    cx.whole_workspace().files().filter(|file| programs.may_meet(cx.file.id, file.id)).any(|file| {
        (imports(file, FIELDS) && (knows(file, &own) || knows(file, &derived)))
            || (knows(file, &derived)
                && survey::any_expr(file, |item, site| asks_class(cx.inference, item, site, children)))
    })
}

/// `hasattr(Child, "register")`, `type(Child)`, `Child.register(Other)`: what the metaclass gives.
fn asks_class(inference: &Inference<'_>, item: &Item, site: Site, children: &[ClassRef]) -> bool {
    let is_child = |expr| {
        let types = inference.expr(Site { expr, ..site });
        types.iter().any(|one| matches!(one, Type::Class(class) if children.contains(class)))
    };
    match item.expr(site.expr) {
        Expr::Call { func, args } => {
            matches!(item.expr(*func), Expr::Name(name) if ASK_CLASSES.contains(&name.as_str()))
                && args.first().is_some_and(|arg| is_child(arg.value))
        }
        Expr::Attribute { value, attr } => *attr == "register" && is_child(*value),
        _ => false,
    }
}

/// Functions of the language to which a class shows more than its name.
const ASK_CLASSES: &[&str] = &["getattr", "hasattr", "isinstance", "issubclass", "type"];

/// `class Base(metaclass=ABCMeta)`
fn is_metaclass(item: &Item, expr: ExprId) -> bool {
    match item.expr_parent(expr) {
        Parent::Stmt(stmt) => pyteam_index::facts::class(item, stmt).is_some(),
        _ => false,
    }
}

/// `from inspect import signature`
fn imports_question(file: &File) -> bool {
    let is_asked = |module: &str, name: &str| {
        let module = module.replace("typing_extensions", "typing");
        ASKS.iter().any(|(one, names)| *one == module && (name == "*" || names.contains(&name)))
    };
    let stars = file.facts.stars.iter().filter_map(|(_, module)| module.as_ref());
    stars.into_iter().any(|module| module != "typing" && is_asked(module.as_str(), "*"))
        || file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
            Source::ImportFrom { level: 0, module: Some(module), name } => is_asked(module.as_str(), name.as_str()),
            _ => false,
        })
}

fn asks(inference: &Inference<'_>, item: &Item, site: Site) -> bool {
    match item.expr(site.expr) {
        Expr::Attribute { value, attr } => match attr.as_str() {
            "mro" => true,
            "ABCMeta" => !is_metaclass(item, site.expr),
            "__dict__" => !is_object(inference, Site { expr: *value, ..site }),
            name if ASKS.iter().any(|(_, names)| names.contains(&name)) => is_question(inference, site),
            _ => false,
        },
        Expr::Name(name) if *name == "ABCMeta" => !is_metaclass(item, site.expr),
        // `vars(Base)`, or handed on; of an object `vars` shows what it holds itself, `dir` what its class has, too.
        Expr::Name(name) if matches!(name.as_str(), "vars" | "dir" | "help") && is_builtin(inference, site) => {
            asked(item, site.expr).is_none_or(|args| match args.as_slice() {
                [] => false,
                [only] => *name != "vars" || !is_object(inference, Site { expr: *only, ..site }),
                _ => true,
            })
        }
        // `getattr(inspect, "getmembers")`, `attrgetter("mro")`
        Expr::Str(text) => {
            text.value.is_some_and(|text| {
                text == "mro"
                    || ASKS.iter().any(|(module, names)| *module == "inspect" && names.contains(&text.as_str()))
            }) && matches!(item.expr_parent(site.expr), Parent::Expr(around) if matches!(item.expr(around), Expr::Call { .. }))
        }
        _ => false,
    }
}

fn is_question(inference: &Inference<'_>, site: Site) -> bool {
    let types = inference.expr(site);
    types.iter().any(|one| {
        let Type::External(path) = one else { return false };
        known::canonical(*path)
            .as_str()
            .rsplit_once('.')
            .is_some_and(|(module, name)| ASKS.iter().any(|(one, names)| *one == module && names.contains(&name)))
    })
}

fn is_builtin(inference: &Inference<'_>, site: Site) -> bool {
    inference.expr(site).iter().any(|one| matches!(one, Type::External(path) if path.as_str().starts_with("builtins.")))
}

/// The arguments, where the name is called.
fn asked(item: &Item, func: ExprId) -> Option<Vec<ExprId>> {
    let Parent::Expr(call) = item.expr_parent(func) else { return None };
    match item.expr(call) {
        Expr::Call { func: called, args } if *called == func => Some(args.iter().map(|arg| arg.value).collect()),
        _ => None,
    }
}

/// Whether the value is certainly an object and no class.
fn is_object(inference: &Inference<'_>, site: Site) -> bool {
    let types = inference.expr(site);
    !types.as_slice().is_empty()
        && types.iter().all(|one| matches!(one, Type::Object(..) | Type::Instance { .. } | Type::Builtin(_)))
}
