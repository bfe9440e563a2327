//! How the arguments of one call become the parameters of one function, directly or by way of what calls for it:
//! `f(q)`, `Process(target=f, args=(q,))`, `pool.submit(f, q)`, `partial(f, q)`.

use pyteam_syntax::tree::{Arg, ArgKind, Param, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Name};
use smallvec::SmallVec;

use super::expr::element;
use super::name::Bound;
use super::types::{Type, Types};
use super::varargs::Spread;
use super::{Inference, Site};
use crate::definitions::FunctionRef;
use crate::facts::{ItemFacts, Source, callables, is_to_be_called, last_name};
use crate::known::{self, Passing};

/// How one call gives arguments to one function: as its callee, or by way of another function that calls it.
#[derive(Clone, Copy, Debug)]
pub struct CallBinding {
    /// The call.
    pub call: Site,
    /// Which argument the function is, where another one calls it.
    passed: Option<usize>,
    /// How many parameters its receiver takes.
    bound: usize,
}

/// How a call's arguments become a function's.
enum ArgumentForm<'i> {
    /// As they stand, from the `from`-th positional one on; the receiver takes the first `bound` parameters.
    Plain { args: &'i [Arg], from: usize, bound: usize },
    /// As the elements of a tuple (and the values of a dict) among the arguments.
    Packed { tuple: Option<ExprId>, dict: Option<ExprId>, bound: usize },
    /// As the elements of what is iterated: one argument for each iterable.
    Mapped { iterables: &'i [Arg], bound: usize },
    /// As the elements of the tuples that are iterated.
    Starred { iterable: ExprId, bound: usize },
    /// By the interpreter: the number of a signal, and a frame.
    Signal { bound: usize },
}

/// Which argument of a call is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestedArgument {
    /// Its place among the positional ones, the receiver counted.
    pub(super) place: Option<usize>,
    /// The name under which it may be given.
    pub(super) name: Option<Name>,
}

impl RequestedArgument {
    /// The argument for the `index`-th of a function's parameters.
    pub(super) fn by(param: &Param, index: usize) -> Self {
        // A call passes positional arguments by their place among the parameters that have one.
        let place = matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly).then_some(index);
        Self { place, name: (param.kind != ParamKind::PositionalOnly).then_some(param.name) }
    }

    fn is_named_by(self, arg: &Arg) -> bool {
        matches!(arg.kind, ArgKind::Keyword(name) if Some(name) == self.name)
    }
}

impl Inference<'_> {
    /// How `call` gives arguments to `function`; `None` where it neither calls it nor has it called, as far as is known.
    pub fn call_binding(&self, call: Site, function: FunctionRef) -> Option<CallBinding> {
        let (_, item, facts) = self.item(call.file, call.item)?;
        let Expr::Call { func, args } = item.expr(call.expr) else { return None };
        let leads_to = |expr: ExprId| self.leads_to(Site { expr, ..call }, function);
        if let Some(bound) = leads_to(*func) {
            return Some(CallBinding { call, passed: None, bound });
        }
        let callee = last_name(item, *func);
        args.iter().enumerate().filter(|(_, arg)| is_to_be_called(callee, arg.kind)).find_map(|(at, arg)| {
            let bound = callables(item, facts, arg.value).into_iter().find_map(leads_to)?;
            Some(CallBinding { call, passed: Some(at), bound })
        })
    }

    /// The expression in the call that the function's parameter `index` gets; `None` where it is not written there.
    pub fn bound_expr(&self, binding: CallBinding, function: FunctionRef, index: usize) -> Option<Site> {
        let requested = RequestedArgument::by(self.function(function)?.params.get(index)?, index);
        let (_, item, _) = self.item(binding.call.file, binding.call.item)?;
        let nth = |bound: usize| requested.place?.checked_sub(bound);
        let expr = match form_of(item, binding)? {
            ArgumentForm::Plain { args, from, bound } => {
                let named = args.iter().find(|arg| requested.is_named_by(arg));
                let up_to = || args.get(from..)?.get(..=nth(bound)?);
                let placed = || up_to().filter(|all| all.iter().all(|arg| arg.kind == ArgKind::Positional))?.last();
                named.or_else(placed)?.value
            }
            ArgumentForm::Packed { tuple, dict, bound } => {
                let placed = || match item.expr(tuple?) {
                    Expr::Tuple(items) | Expr::List(items) => {
                        let up_to = items.get(..=nth(bound)?)?;
                        let is_plain = up_to.iter().all(|one| !matches!(item.expr(*one), Expr::Starred(_)));
                        up_to.last().copied().filter(|_| is_plain)
                    }
                    _ => None,
                };
                let named = || match item.expr(dict?) {
                    Expr::Dict(entries) => {
                        entries.iter().find(|entry| names(item, entry.key, requested.name)).map(|one| one.value)
                    }
                    _ => None,
                };
                placed().or_else(named)?
            }
            _ => return None,
        };
        Some(Site { expr, ..binding.call })
    }

    /// The default of a parameter, or nothing that is known.
    pub(super) fn default_of(&self, function: FunctionRef, param: &Param) -> Types {
        match param.default {
            Some(default) => self.expr(Site { file: function.file, item: function.item, expr: default }),
            None => Types::unknown(),
        }
    }

    /// The call, where it calls the function or has it called.
    pub(super) fn binding_named(&self, call: Site, name: Name, function: FunctionRef) -> Option<CallBinding> {
        let (_, item, facts) = self.item(call.file, call.item)?;
        let Expr::Call { func, args } = item.expr(call.expr) else { return None };
        let site = |expr: ExprId| Site { expr, ..call };
        let callee = last_name(item, *func);
        if callee == Some(name)
            && let Some(bound) = self.leads_to(site(*func), function)
        {
            return Some(CallBinding { call, passed: None, bound });
        }
        args.iter().enumerate().find_map(|(at, arg)| {
            let named = passed_as(item, facts, callee, arg, name);
            if named.is_empty() {
                return None;
            }
            // That it may be the function here, and how it is bound where it is named.
            self.leads_to(site(arg.value), function)?;
            let bound = named.into_iter().find_map(|one| self.leads_to(site(one), function))?;
            Some(CallBinding { call, passed: Some(at), bound })
        })
    }

    /// What the call gives.
    pub(super) fn given(
        &self,
        binding: CallBinding,
        requested: RequestedArgument,
        missing: &dyn Fn() -> Types,
    ) -> Option<Types> {
        let (_, item, facts) = self.item(binding.call.file, binding.call.item)?;
        let form = form_of(item, binding)?;
        if let (ArgumentForm::Packed { tuple, dict, .. }, Some(passed)) = (&form, binding.passed)
            && let Expr::Call { args, .. } = item.expr(binding.call.expr)
            && callables(item, facts, args[passed].value).len() > 1
            && [tuple, dict].into_iter().flatten().any(|expr| is_chosen(item, facts, *expr))
        {
            // `target` and `args` are chosen together: which goes with which is not followed.
            return Some(Types::unknown());
        }
        Some(self.argument(binding.call, requested, &form, missing))
    }

    /// The argument that is asked for.
    fn argument(
        &self,
        call: Site,
        requested: RequestedArgument,
        given: &ArgumentForm<'_>,
        missing: &dyn Fn() -> Types,
    ) -> Types {
        let value = |expr: ExprId| self.expr(Site { expr, ..call });
        let nth = |bound: usize| requested.place?.checked_sub(bound);
        match given {
            ArgumentForm::Plain { args, from, bound } => {
                if let Some(named) = args.iter().find(|arg| requested.is_named_by(arg)) {
                    return value(named.value);
                }
                let positional = args.get(*from..).unwrap_or_default();
                let mut spread = Spread {
                    tuple: None,
                    dicts: args.iter().filter(|arg| arg.kind == ArgKind::DoubleStar).map(|arg| arg.value).collect(),
                    is_last: true,
                };
                if let Some(nth) = nth(*bound) {
                    if let Some(at) = positional.iter().take(nth + 1).position(|arg| arg.kind == ArgKind::Star) {
                        let is_more = |arg: &Arg| matches!(arg.kind, ArgKind::Star | ArgKind::Positional);
                        spread.tuple = Some((positional[at].value, nth - at));
                        spread.is_last = !positional[at + 1..].iter().any(is_more);
                    } else if let Some(arg) = positional.iter().filter(|arg| arg.kind == ArgKind::Positional).nth(nth) {
                        return value(arg.value);
                    }
                }
                self.spread(call, requested, &spread, missing)
            }
            ArgumentForm::Packed { tuple, dict, bound } => {
                let spread =
                    Spread { tuple: tuple.zip(nth(*bound)), dicts: dict.iter().copied().collect(), is_last: true };
                self.spread(call, requested, &spread, missing)
            }
            ArgumentForm::Mapped { iterables, bound } => {
                let iterable = nth(*bound).and_then(|nth| iterables.get(nth));
                match iterable.filter(|arg| arg.kind == ArgKind::Positional) {
                    Some(arg) => element(&value(arg.value)),
                    None => missing(),
                }
            }
            ArgumentForm::Signal { bound } => match nth(*bound) {
                Some(0) => Types::one(Type::Builtin("int")),
                _ => Types::unknown(),
            },
            ArgumentForm::Starred { iterable, bound } => match nth(*bound) {
                Some(nth) => nth_of(&element(&value(*iterable)), nth),
                None => missing(),
            },
        }
    }

    /// Whether `callee` is `function`, or calls it in making an object or by way of a base's method; with the number
    /// of parameters that its receiver takes.
    fn leads_to(&self, callee: Site, function: FunctionRef) -> Option<usize> {
        let types = self.expr(callee);
        types.iter().find_map(|one| match one {
            Type::Function(found, bound) => {
                if *found != function && !self.is_overridden_by(*found, function) {
                    return None;
                }
                let is_unbound = self.is_unbound(callee, *found);
                // `super().method()` and `Base.method(self)` mean that one method, whatever the object overrides.
                if *found != function && (is_unbound || self.is_by_super(callee)) {
                    return None;
                }
                let takes_none = !bound || self.binding_kind(*found) == Bound::Static || is_unbound;
                Some(usize::from(!takes_none))
            }
            Type::Class(class) => {
                let made = self.class_attribute(*class, Name::new("__init__"));
                matches!(made.as_slice(), [Type::Function(found, _)] if *found == function).then_some(1)
            }
            _ => None,
        })
    }

    fn is_overridden_by(&self, called: FunctionRef, function: FunctionRef) -> bool {
        let name = |function| self.function(function).map(|one| one.name);
        let same_name = || name(called) == name(function);
        let (Some(base), Some(class)) = (self.class_of(called), self.class_of(function)) else { return false };
        same_name() && base != class && self.known_ancestors(class).0.contains(&base)
    }

    /// `super().method(x)`
    fn is_by_super(&self, callee: Site) -> bool {
        let Some((_, item, _)) = self.item(callee.file, callee.item) else { return false };
        let Expr::Attribute { value, .. } = item.expr(callee.expr) else { return false };
        match item.expr(*value) {
            Expr::Call { func, .. } => matches!(item.expr(*func), Expr::Name(name) if *name == "super"),
            _ => false,
        }
    }

    /// `Base.method(self, x)`: called on the class, a method takes its object as the first argument.
    fn is_unbound(&self, callee: Site, function: FunctionRef) -> bool {
        let Some((_, item, _)) = self.item(callee.file, callee.item) else { return false };
        let Expr::Attribute { value, .. } = item.expr(callee.expr) else { return false };
        let base = self.expr(Site { expr: *value, ..callee });
        self.binding_kind(function) == Bound::Object && matches!(base.as_slice(), [Type::Class(_)])
    }
}

/// How the call's arguments become the function's; `None` where that is not known.
fn form_of(item: &Item, binding: CallBinding) -> Option<ArgumentForm<'_>> {
    let CallBinding { call, passed, bound } = binding;
    let Expr::Call { func, args } = item.expr(call.expr) else { return None };
    let Some(passed) = passed else {
        return Some(ArgumentForm::Plain { args, from: 0, bound });
    };
    let keyword = |wanted: &str| {
        let found = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == wanted));
        found.map(|arg| arg.value)
    };
    let how = last_name(item, *func);
    let behind = &args[passed + 1..];
    Some(match args[passed].kind {
        ArgKind::Keyword(word) if word == "initializer" => {
            ArgumentForm::Packed { tuple: keyword("initargs"), dict: None, bound }
        }
        ArgKind::Keyword(_) => ArgumentForm::Packed { tuple: keyword("args"), dict: keyword("kwargs"), bound },
        _ => match known::callback(how?)? {
            Passing::Behind => ArgumentForm::Plain { args, from: passed + 1, bound },
            Passing::Mapped => ArgumentForm::Mapped { iterables: behind, bound },
            Passing::Starred => ArgumentForm::Starred { iterable: behind.first()?.value, bound },
            Passing::Packed => {
                let positional = |at: usize| behind.get(at).filter(|arg| arg.kind == ArgKind::Positional);
                let tuple = keyword("args").or_else(|| positional(0).map(|arg| arg.value));
                let dict = keyword("kwargs").or_else(|| keyword("kwds"));
                ArgumentForm::Packed { tuple, dict: dict.or_else(|| positional(1).map(|arg| arg.value)), bound }
            }
            Passing::Signal => ArgumentForm::Signal { bound },
            Passing::Ranked => {
                let tuple = keyword("args").or_else(|| behind.first().map(|arg| arg.value));
                ArgumentForm::Packed { tuple, dict: None, bound: bound + 1 }
            }
            Passing::Unknown => return None,
        },
    })
}

/// Whether a dict's key is this name.
fn names(item: &Item, key: Option<ExprId>, name: Option<Name>) -> bool {
    key.is_some_and(
        |key| matches!(item.expr(key), Expr::Str(literal) if literal.value.is_some() && literal.value == name),
    )
}

/// Where an argument of a call of `callee` is, or may be, something named `name`: the expressions that name it.
pub(super) fn passed_as(
    item: &Item,
    facts: &ItemFacts,
    callee: Option<Name>,
    arg: &Arg,
    name: Name,
) -> SmallVec<[ExprId; 2]> {
    let is_it = |expr: &ExprId| last_name(item, *expr) == Some(name);
    if is_to_be_called(callee, arg.kind) {
        callables(item, facts, arg.value).into_iter().filter(is_it).collect()
    } else if matches!(arg.kind, ArgKind::Positional | ArgKind::Keyword(_)) && is_it(&arg.value) {
        SmallVec::from_elem(arg.value, 1)
    } else {
        SmallVec::new()
    }
}

/// Whether `expr` is a variable that is set more than once, or by a loop.
fn is_chosen(item: &Item, facts: &ItemFacts, expr: ExprId) -> bool {
    let Expr::Name(name) = item.expr(expr) else { return false };
    let mut bound = facts.bindings.iter().filter(|binding| binding.name == *name);
    match (bound.next(), bound.next()) {
        (Some(only), None) => matches!(only.source, Source::Element(_)),
        (Some(_), Some(_)) => true,
        (None, _) => false,
    }
}

/// The n-th element of a tuple, or any element of another sequence.
pub(super) fn nth_of(types: &Types, nth: usize) -> Types {
    types.flat_map(|one| match one {
        Type::Tuple(items) => items.get(nth).cloned().unwrap_or_else(Types::unknown),
        other => element(&Types::one(other.clone())),
    })
}

/// Whether this is a tuple without an n-th element.
pub(super) fn is_shorter(types: &Types, nth: usize) -> bool {
    matches!(types.as_slice(), [Type::Tuple(items)] if items.len() <= nth)
}
