//! What a class lacks of a protocol, where everything that could give it methods is known.

use pyteam_engine::CheckContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts;
use pyteam_index::infer::Base;
use pyteam_syntax::tree::{ArgKind, Param, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};

use super::passes::is_protocol;

/// Something that a class lacks.
pub(super) enum Lack {
    /// This method of the protocol.
    Missing(FunctionRef),
    /// Its method cannot be called as the protocol's.
    Arity {
        /// The class's method.
        own: FunctionRef,
        /// In which way, after its name.
        says: String,
    },
}

/// What a class has under a name.
enum Held {
    /// A method whose parameters can be compared.
    Method(FunctionRef),
    /// A method that something decorates, or a value.
    Other,
    /// Nothing.
    Nothing,
}

/// What every object has.
const OF_OBJECT: &[&str] = &[
    "__init__",
    "__new__",
    "__eq__",
    "__ne__",
    "__hash__",
    "__repr__",
    "__str__",
    "__format__",
    "__reduce__",
    "__reduce_ex__",
    "__sizeof__",
    "__dir__",
    "__init_subclass__",
    "__subclasshook__",
    "__setattr__",
    "__delattr__",
    "__getattribute__",
    "__class__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__getstate__",
];

/// Bases from outside that bring no methods.
const EMPTY: &[&str] = &["builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"];

/// What `class` lacks of `protocol`; nothing where that is not certain.
pub(super) fn lacks(cx: &CheckContext<'_>, class: ClassRef, protocol: ClassRef) -> Option<Vec<Lack>> {
    let (ancestors, is_complete) = cx.inference.ancestors(class);
    if !is_complete || ancestors.contains(&protocol) || !ancestors.iter().all(|one| is_open(cx, *one)) {
        return None;
    }
    let mut found = Vec::new();
    for wanted in members(cx, protocol)? {
        let name = cx.inference.function(wanted)?.name;
        let nearest = ancestors.iter().map(|one| held(cx, *one, name)).find(|one| !matches!(one, Held::Nothing));
        match nearest.unwrap_or(Held::Nothing) {
            Held::Method(own) => {
                if let Some(says) = mismatch(cx, own, wanted) {
                    found.push(Lack::Arity { own, says });
                }
            }
            Held::Other => {}
            Held::Nothing => found.push(Lack::Missing(wanted)),
        }
    }
    let missing = |lack: &Lack| match lack {
        Lack::Missing(wanted) => cx.inference.function(*wanted).map(|one| one.name),
        Lack::Arity { .. } => None,
    };
    let names: Vec<Name> = found.iter().filter_map(missing).collect();
    (names.is_empty() || !is_set_somewhere(cx, &ancestors, &names)).then_some(found)
}

/// The methods that a protocol asks for, its bases' included.
fn members(cx: &CheckContext<'_>, protocol: ClassRef) -> Option<Vec<FunctionRef>> {
    let (ancestors, is_complete) = cx.inference.ancestors(protocol);
    if !is_complete || !ancestors.iter().all(|one| is_protocol(cx.inference, *one) && is_open(cx, *one)) {
        return None;
    }
    let mut names: Vec<Name> = Vec::new();
    let mut found = Vec::new();
    for method in ancestors.into_iter().flat_map(|one| cx.inference.methods(one)) {
        let definition = cx.inference.function(method)?;
        let (_, item, _) = cx.inference.item(method.file, method.item)?;
        if names.contains(&definition.name) || OF_OBJECT.contains(&definition.name.as_str()) {
            continue;
        }
        names.push(definition.name);
        // A property may be an attribute as well.
        if definition.decorators.iter().all(|one| facts::last_name(item, *one).is_some_and(|it| it == "abstractmethod"))
        {
            found.push(method);
        }
    }
    Some(found)
}

/// Whether all that the class has stands in its body, to be read.
fn is_open(cx: &CheckContext<'_>, class: ClassRef) -> bool {
    let Some(definition) = cx.inference.class(class) else { return false };
    let Some((_, item, _)) = cx.inference.item(class.file, class.item) else { return false };
    let plain_args = definition.args.iter().all(|arg| match arg.kind {
        ArgKind::Positional => true,
        ArgKind::Keyword(name) => {
            name == "metaclass" && facts::last_name(item, arg.value).is_some_and(|it| it == "ABCMeta")
        }
        _ => false,
    });
    let plain_decorators = definition.decorators.iter().all(|one| adds_no_methods(item, *one));
    let plain_bases = cx.inference.bases(class).iter().all(|base| match base {
        Base::Class(_) => true,
        Base::External(path) => EMPTY.contains(&path.as_str()),
        Base::Unknown => false,
    });
    let plain_body = definition.body.iter().all(|stmt| match item.stmt(*stmt) {
        Stmt::Function(_) | Stmt::Member(_) | Stmt::Class(_) | Stmt::Pass => true,
        Stmt::AnnAssign { target, .. } => matches!(item.expr(*target), Expr::Name(_)),
        Stmt::Assign { targets, .. } => targets.iter().all(|one| matches!(item.expr(*one), Expr::Name(_))),
        Stmt::Expr(expr) => matches!(item.expr(*expr), Expr::Str(_) | Expr::Ellipsis),
        _ => false,
    });
    let answers_all = cx.inference.methods(class).into_iter().any(|method| {
        cx.inference
            .function(method)
            .is_none_or(|one| matches!(one.name.as_str(), "__getattr__" | "__getattribute__" | "__init_subclass__"))
    });
    plain_args && plain_decorators && plain_bases && plain_body && !answers_all
}

fn adds_no_methods(item: &Item, decorator: ExprId) -> bool {
    let named = match item.expr(decorator) {
        Expr::Call { func, .. } => *func,
        _ => decorator,
    };
    facts::last_name(item, named)
        .is_some_and(|name| matches!(name.as_str(), "dataclass" | "final" | "runtime_checkable"))
}

/// What the class itself has under the name.
fn held(cx: &CheckContext<'_>, class: ClassRef, name: Name) -> Held {
    let Some(definition) = cx.inference.class(class) else { return Held::Other };
    let Some((_, item, _)) = cx.inference.item(class.file, class.item) else { return Held::Other };
    let is_name = |expr: ExprId| matches!(item.expr(expr), Expr::Name(one) if *one == name);
    let is_value = definition.body.iter().any(|stmt| match item.stmt(*stmt) {
        Stmt::AnnAssign { target, .. } => is_name(*target),
        Stmt::Assign { targets, .. } => targets.iter().any(|one| is_name(*one)),
        Stmt::Class(inner) => inner.name == name,
        _ => false,
    });
    let named = |method: &FunctionRef| cx.inference.function(*method).is_some_and(|one| one.name == name);
    let methods: Vec<FunctionRef> = cx.inference.methods(class).into_iter().filter(named).collect();
    match methods.as_slice() {
        [] if !is_value => Held::Nothing,
        [only] if !is_value && is_comparable(cx, *only) => Held::Method(*only),
        _ => Held::Other,
    }
}

/// Whether nothing changes how the method is called.
fn is_comparable(cx: &CheckContext<'_>, method: FunctionRef) -> bool {
    let Some((_, item, _)) = cx.inference.item(method.file, method.item) else { return false };
    cx.inference.function(method).is_some_and(|one| {
        one.decorators.iter().all(|one| {
            facts::last_name(item, *one)
                .is_some_and(|it| matches!(it.as_str(), "abstractmethod" | "override" | "final"))
        })
    })
}

/// Whether any file sets one of the names on some object or class, or sets whatever there is.
fn is_set_somewhere(cx: &CheckContext<'_>, classes: &[ClassRef], names: &[Name]) -> bool {
    let sets_all = classes.iter().any(|class| {
        let name = cx.inference.class(*class).map_or("", |one| one.name.as_str());
        cx.whole_workspace().files().any(|file| {
            let text = file.source().as_str();
            text.contains(&format!("setattr({name}"))
                || (file.id == class.file && (text.contains("setattr(self") || text.contains("setattr(cls")))
        })
    });
    sets_all
        || cx.whole_workspace().files().any(|file| {
            names.iter().any(|name| file.facts.writes.contains_key(name) || file.facts.outside_writes.contains(name))
        })
}

/// In which way a method cannot be called as the protocol's; nothing where it can, or may be.
fn mismatch(cx: &CheckContext<'_>, own: FunctionRef, wanted: FunctionRef) -> Option<String> {
    let (mine, theirs) = (&cx.inference.function(own)?.params, &cx.inference.function(wanted)?.params);
    let has = |params: &[Param], kind: ParamKind| params.iter().any(|one| one.kind == kind);
    // `*args, **kwargs` in a protocol stand for whatever there is.
    if has(theirs, ParamKind::Star) || has(theirs, ParamKind::DoubleStar) {
        return None;
    }
    let by_position = |params: &[Param]| -> Vec<Param> {
        let is_one = |one: &&Param| matches!(one.kind, ParamKind::Normal | ParamKind::PositionalOnly);
        params.iter().filter(is_one).cloned().collect()
    };
    let (own_list, list) = (by_position(mine), by_position(theirs));
    // `self` counts on both sides; a method without is something else.
    if list.is_empty() || (own_list.is_empty() && !has(mine, ParamKind::Star)) {
        return None;
    }
    let takes = own_list.len();
    let passed = list.len();
    if takes < passed && !has(mine, ParamKind::Star) {
        return Some(format!("accepts {}, the protocol passes {}", count(takes - 1), passed - 1));
    }
    let needs = own_list.iter().skip(passed).find(|one| {
        one.default.is_none()
            && !theirs.iter().any(|other| other.kind == ParamKind::KeywordOnly && other.name == one.name)
    });
    let needs = needs.or_else(|| {
        mine.iter().find(|one| {
            one.kind == ParamKind::KeywordOnly
                && one.default.is_none()
                && !theirs.iter().any(|other| other.name == one.name && other.kind != ParamKind::PositionalOnly)
        })
    });
    if let Some(param) = needs {
        return Some(format!("requires `{}`, which the protocol does not pass", param.name));
    }
    let refused = theirs.iter().find(|one| {
        one.kind == ParamKind::KeywordOnly
            && !has(mine, ParamKind::DoubleStar)
            && !mine
                .iter()
                .any(|other| other.name == one.name && matches!(other.kind, ParamKind::KeywordOnly | ParamKind::Normal))
    });
    refused.map(|param| format!("does not accept `{}`", param.name))
}

fn count(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}
