//! Whether a class is nothing but an interface.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::Base;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

/// A class without state whose methods are all left to others.
pub struct Interface {
    /// Its methods.
    pub methods: Vec<FunctionRef>,
    /// It prescribes a constructor, which no Protocol would check.
    pub abstract_init: bool,
    /// The methods that do nothing instead of refusing: inherited defaults.
    pub no_ops: Vec<FunctionRef>,
    /// It declares attributes that implementers must have.
    pub has_attributes: bool,
    /// It is generic.
    pub is_generic: bool,
    /// It has the metaclass that a Protocol has, too.
    pub is_abc: bool,
}

/// What a method's body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Refuses: `raise NotImplementedError`, `...`, or abstract.
    Stub,
    /// Does nothing.
    NoOp,
    /// Does something.
    Concrete,
}

impl Interface {
    /// The class, where it is nothing but an interface.
    pub fn of(cx: &ItemContext<'_>, class: ClassRef) -> Option<Self> {
        let definition = cx.inference.class(class)?;
        let (_, item, _) = cx.inference.item(class.file, class.item)?;
        if !definition.decorators.is_empty() {
            return None;
        }
        let (is_generic, is_abc) = bases(cx, class)?;
        let mut interface = Self {
            methods: cx.inference.methods(class),
            abstract_init: false,
            no_ops: Vec::new(),
            has_attributes: false,
            is_generic,
            is_abc,
        };
        for stmt in &definition.body {
            match item.stmt(*stmt) {
                Stmt::Member(_) | Stmt::Function(_) | Stmt::Pass => {}
                Stmt::Expr(expr) if matches!(item.expr(*expr), Expr::Str(_) | Expr::Ellipsis) => {}
                Stmt::AnnAssign { value: None, .. } => interface.has_attributes = true,
                // A value is state or a default, anything else is behavior.
                _ => return None,
            }
        }
        let mut stubs = 0;
        for method in &interface.methods.clone() {
            let (_, item, facts) = cx.inference.item(method.file, method.item)?;
            let function = cx.inference.function(*method)?;
            let is_abstract = function.decorators.iter().any(|decorator| is_abstract_decorator(item, *decorator));
            let odd = function.decorators.iter().any(|decorator| !is_plain_decorator(item, *decorator));
            if odd || facts.writes.iter().any(|write| item.stmt_ancestors(write.stmt).any(|one| one == method.stmt)) {
                return None;
            }
            match body(item, &function.body, is_abstract) {
                Body::Stub => stubs += 1,
                Body::NoOp => interface.no_ops.push(*method),
                Body::Concrete => return None,
            }
            interface.abstract_init |= function.name == "__init__" || function.name == "__new__";
        }
        // A class of hooks that all do nothing is a base to pick from, not an interface.
        let no_ops = interface.methods.len() - stubs;
        (stubs > 0 && stubs > no_ops).then_some(interface)
    }
}

/// Whether the bases leave the class free to be a Protocol; if so, whether it is generic, and whether it is an ABC.
fn bases(cx: &ItemContext<'_>, class: ClassRef) -> Option<(bool, bool)> {
    let definition = cx.inference.class(class)?;
    let (_, item, _) = cx.inference.item(class.file, class.item)?;
    let mut has_metaclass = false;
    for arg in &definition.args {
        let metaclass = matches!(arg.kind, ArgKind::Keyword(name) if name == "metaclass");
        let is_abc =
            matches!(item.expr(arg.value), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == "ABCMeta");
        match arg.kind {
            ArgKind::Positional => {}
            ArgKind::Keyword(_) if metaclass && is_abc => has_metaclass = true,
            _ => return None,
        }
    }
    let mut is_generic = false;
    for base in cx.inference.bases(class) {
        match base {
            Base::External(path) if path == "abc.ABC" => has_metaclass = true,
            Base::External(path) if path == "builtins.object" => {}
            Base::External(path) if path == "typing.Generic" => is_generic = true,
            _ => return None,
        }
    }
    Some((is_generic, has_metaclass))
}

fn body(item: &Item, stmts: &[StmtId], is_abstract: bool) -> Body {
    let mut rest: Vec<StmtId> = stmts.to_vec();
    if let Some(first) = rest.first()
        && matches!(item.stmt(*first), Stmt::Expr(expr) if matches!(item.expr(*expr), Expr::Str(_)))
    {
        rest.remove(0);
    }
    match rest.as_slice() {
        [] if is_abstract => Body::Stub,
        [] => Body::NoOp,
        [only] => match item.stmt(*only) {
            Stmt::Raise { exc: Some(exc), .. } if raises_not_implemented(item, *exc) => Body::Stub,
            Stmt::Expr(expr) if matches!(item.expr(*expr), Expr::Ellipsis) => Body::Stub,
            Stmt::Pass if is_abstract => Body::Stub,
            Stmt::Pass => Body::NoOp,
            _ => Body::Concrete,
        },
        _ => Body::Concrete,
    }
}

pub(super) fn raises_not_implemented(item: &Item, exc: ExprId) -> bool {
    match item.expr(exc) {
        Expr::Name(name) => *name == "NotImplementedError",
        Expr::Call { func, .. } => raises_not_implemented(item, *func),
        _ => false,
    }
}

pub(super) fn is_abstract_decorator(item: &Item, decorator: ExprId) -> bool {
    matches!(decorator_name(item, decorator), Some(name)
        if matches!(name.as_str(), "abstractmethod" | "abstractproperty" | "abstractclassmethod" | "abstractstaticmethod"))
}

/// Decorators that a Protocol's methods may have, or that go away.
fn is_plain_decorator(item: &Item, decorator: ExprId) -> bool {
    matches!(decorator_name(item, decorator), Some(name)
        if matches!(name.as_str(), "abstractmethod" | "property" | "classmethod" | "staticmethod"))
}

pub(super) fn decorator_name(item: &Item, decorator: ExprId) -> Option<Name> {
    match item.expr(decorator) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(*name),
        _ => None,
    }
}
