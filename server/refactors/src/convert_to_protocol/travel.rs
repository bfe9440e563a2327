//! Whether a mention of a class is there for the reader and the type checker alone.

use pyteam_index::definitions::ClassRef;
use pyteam_index::facts;
use pyteam_index::infer::{Base, Inference, Site};
use pyteam_syntax::tree::{ArgKind, Function};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

/// Decorators that read the annotations of what they decorate.
const READERS: &[&str] = &[
    "autowired",
    "beartype",
    "dataclass_transform",
    "dispatch",
    "inject",
    "multimethod",
    "provide",
    "provider",
    "register",
    "typechecked",
    "validate_arguments",
    "validate_call",
];

/// Whether the class that stands at `site` is meant as a type: in an annotation, a list of bases, a `cast`. As a value
/// it goes wherever values go, to an `isinstance` that knows it by another name among them.
pub(super) fn is_only_a_type(inference: &Inference<'_>, site: Site) -> bool {
    let Some((_, item, _)) = inference.item(site.file, site.item) else { return false };
    let mut at = site.expr;
    loop {
        match item.expr_parent(at) {
            Parent::Expr(parent) => match item.expr(parent) {
                // `list[Base]`, `Base | None`, `Callable[[Base], None]`
                Expr::Subscript { .. } | Expr::Binary { .. } | Expr::Tuple(_) | Expr::List(_) => at = parent,
                Expr::Call { .. } => return takes_a_type(item, parent, at),
                _ => return false,
            },
            Parent::Stmt(stmt) => return annotates(inference, site, item, stmt, at),
            Parent::Root => return false,
        }
    }
}

/// Whether a string names the class, by itself or behind its module, for a look-up: `getattr(drivers, "Base")`. What a
/// module exports is only a list.
pub(super) fn is_looked_up(item: &Item, string: ExprId, text: &str, name: Name) -> bool {
    let is_name = text.rsplit(['.', ':']).next() == Some(name.as_str());
    let is_path = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':'));
    let exports = || match item.stmt(item.enclosing_stmt(string)) {
        Stmt::Assign { targets: all, .. } => {
            all.iter().any(|one| facts::last_name(item, *one).is_some_and(|name| name == "__all__"))
        }
        _ => false,
    };
    is_name && is_path && !exports()
}

/// `cast(Base, x)`, `TypeVar("T", bound=Base)`
fn takes_a_type(item: &Item, call: ExprId, argument: ExprId) -> bool {
    let Expr::Call { func, args } = item.expr(call) else { return false };
    let Some(at) = args.iter().position(|arg| arg.value == argument) else { return false };
    match facts::last_name(item, *func).as_ref().map(|name| name.as_str()) {
        Some("cast") => at == 0,
        Some("TypeVar") => at > 0 && matches!(args[at].kind, ArgKind::Positional | ArgKind::Keyword(_)),
        _ => false,
    }
}

fn annotates(inference: &Inference<'_>, site: Site, item: &Item, stmt: StmtId, expr: ExprId) -> bool {
    match item.stmt(stmt) {
        Stmt::Function(function) => {
            let is_annotation =
                function.returns == Some(expr) || function.params.iter().any(|param| param.annotation == Some(expr));
            is_annotation && !is_read(item, function)
        }
        Stmt::AnnAssign { annotation, .. } => *annotation == expr && !is_field(inference, site, item, stmt),
        Stmt::Class(class) => class.args.iter().any(|arg| arg.value == expr && arg.kind == ArgKind::Positional),
        Stmt::TypeAlias { .. } => true,
        _ => false,
    }
}

fn is_read(item: &Item, function: &Function) -> bool {
    function.decorators.iter().any(|one| {
        let callee = match item.expr(*one) {
            Expr::Call { func, .. } => *func,
            _ => *one,
        };
        facts::last_name(item, callee).is_some_and(|name| READERS.contains(&name.as_str()))
    })
}

/// Whether the annotation declares a field of a class whose base looks at it at run time: pydantic asks `isinstance`.
fn is_field(inference: &Inference<'_>, site: Site, item: &Item, stmt: StmtId) -> bool {
    let Some(around) = item.stmt_ancestors(stmt).next() else { return false };
    let Stmt::Class(class) = item.stmt(around) else { return false };
    let class_ref = ClassRef { file: site.file, item: site.item, stmt: around };
    let harmless = |path: &str| {
        let root = path.split('.').next().unwrap_or_default();
        matches!(root, "abc" | "builtins" | "enum" | "typing" | "typing_extensions")
    };
    let (ancestors, is_known) = inference.ancestors(class_ref);
    let mut bases = ancestors.into_iter().flat_map(|one| inference.bases(one));
    !is_known
        || bases.any(|base| match base {
            Base::External(path) => !harmless(path.as_str()),
            Base::Class(_) => false,
            Base::Unknown => true,
        })
        || class.decorators.iter().any(|one| {
            let text = match item.expr(*one) {
                Expr::Call { func, .. } => *func,
                _ => *one,
            };
            // `attrs` and `dataclasses` only keep what they are told.
            matches!(item.expr(text), Expr::Attribute { value, .. }
                if facts::last_name(item, *value).is_some_and(|name| name == "pydantic"))
        })
}
