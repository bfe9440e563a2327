//! What may be called on import without an effect on processes: little, and only where it is certainly that.

use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts;
use pyteam_index::infer::{Base, Type, Types, enclosing_function};
use pyteam_index::known;
use pyteam_syntax::tree::{ArgKind, Class};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, WordList};

/// Functions and classes of the standard library that only make, read or register something of their own.
static FUNCTIONS: WordList = WordList::new(include_str!("harmless.txt"));
/// Methods of such objects: class and names.
const METHODS: &[(&str, &[&str])] = &[
    ("argparse.ArgumentParser", &["add_argument", "add_argument_group", "set_defaults"]),
    ("logging.Logger", &["addHandler", "setLevel"]),
    ("pathlib.Path", &["absolute", "exists", "expanduser", "joinpath", "resolve", "with_name", "with_suffix"]),
];

/// What runs when the item is imported and may have an effect on processes: calls, decorators, and classes whose bases
/// do something when a class derives from them.
pub(super) fn effects(there: &CheckContext<'_>) -> Vec<ExprId> {
    let item = there.item;
    let callee = |expr| there.inference.expr(there.site(expr));
    let calls = &there.facts().calls;
    let runs = |call: &ExprId| {
        process::function_of(item, *call).is_none()
            && !item.expr_ancestors(*call).any(|around| matches!(item.expr(around), Expr::Lambda(_)))
    };
    let mut found: Vec<ExprId> = calls
        .iter()
        .copied()
        .filter(runs)
        .filter(|call| !matches!(item.expr(*call), Expr::Call { func, .. } if is_harmless(there, *func)))
        .collect();
    for stmt in item.stmt_ids().filter(|stmt| enclosing_function(item, *stmt).is_none()) {
        let decorators = match item.stmt(stmt) {
            Stmt::Function(function) => &function.decorators,
            Stmt::Class(class) => {
                found.extend(class.args.first().filter(|_| acts_on_derived(there, class, stmt)).map(|arg| arg.value));
                &class.decorators
            }
            _ => continue,
        };
        // One that is called stands among the calls: of those that may be called, it is what they give that decorates.
        let plain = decorators.iter().copied().filter(|one| !matches!(item.expr(*one), Expr::Call { .. }));
        found.extend(plain.filter(|one| !is_accessor(there, *one) && !is_known(&callee(*one))));
    }
    found
}

/// Methods and functions that Python calls implicitly: when a class is derived, subscripted or created, or a name is
/// looked up in the module.
const HOOKS: &[&str] = &["__class_getitem__", "__getattr__", "__init_subclass__", "__set_name__"];

/// Whether the item defines such a hook.
pub(super) fn has_hook(there: &CheckContext<'_>) -> bool {
    let item = there.item;
    item.stmt_ids().any(|stmt| {
        facts::function(item, stmt).is_some_and(|one| HOOKS.contains(&one.name.as_str()))
            && enclosing_function(item, stmt).is_none()
    })
}

fn is_harmless(there: &CheckContext<'_>, func: ExprId) -> bool {
    let types = |expr| there.inference.expr(there.site(expr));
    // A method of a value of the language itself: `", ".join(names)`, `names.append(name)`.
    if let Expr::Attribute { value, .. } = there.item.expr(func) {
        let is_value =
            |one: &Type| matches!(one, Type::Builtin(_) | Type::Sequence(_) | Type::Mapping(_) | Type::Tuple(_));
        let receiver = types(*value);
        if !receiver.as_slice().is_empty() && receiver.iter().all(is_value) {
            return true;
        }
    }
    is_known(&types(func))
}

fn is_known(types: &Types) -> bool {
    let of_table = |one: &Type| match one {
        Type::External(path) => FUNCTIONS.contains(known::canonical(*path).as_str()),
        Type::Method { class, name, .. } => {
            METHODS.iter().any(|(known, names)| class == known && names.contains(&name.as_str()))
        }
        _ => false,
    };
    !types.as_slice().is_empty() && types.iter().all(of_table)
}

/// `@size.setter`, of a property of the same class.
fn is_accessor(there: &CheckContext<'_>, decorator: ExprId) -> bool {
    let Expr::Attribute { value, attr } = there.item.expr(decorator) else { return false };
    let is_in_class = there.file.parsed.items[there.item_index as usize].parent.is_some();
    is_in_class
        && matches!(attr.as_str(), "setter" | "getter" | "deleter")
        && matches!((there.item.expr(*value), facts::function(there.item, there.item.root())),
            (Expr::Name(name), Some(function)) if *name == function.name)
}

/// Whether a base or metaclass of the class may do something when it is made.
fn acts_on_derived(there: &CheckContext<'_>, class: &Class, stmt: StmtId) -> bool {
    let inference = there.inference;
    let own = ClassRef { file: there.file.id, item: there.item_index, stmt };
    let (ancestors, is_complete) = inference.ancestors(own);
    let has_keywords = |class: &Class| {
        class.args.iter().any(|arg| match arg.kind {
            ArgKind::Positional => false,
            ArgKind::Keyword(_) => !matches!(there.text(arg.value), "ABCMeta" | "abc.ABCMeta"),
            ArgKind::Star | ArgKind::DoubleStar => true,
        })
    };
    !is_complete && inference.bases(own).contains(&Base::Unknown)
        || has_keywords(class)
        || ancestors.into_iter().filter(|one| *one != own).any(|one| {
            inference.class(one).is_none_or(|class| class.args.iter().any(|arg| arg.kind != ArgKind::Positional))
                || inference
                    .methods(one)
                    .into_iter()
                    .any(|method| inference.function(method).is_none_or(|one| HOOKS.contains(&one.name.as_str())))
        })
}
