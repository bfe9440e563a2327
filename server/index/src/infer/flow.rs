//! Flow of arguments: what callers give to a parameter, directly or by way of somebody who calls for them
//! (`Process(target=f, args=(q,))`, `pool.submit(f, q)`).

use std::rc::Rc;

use pyteam_syntax::tree::{Arg, ArgKind, Param, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Name};
use smallvec::SmallVec;

use super::expr::element;
use super::forward::Spread;
use super::name::Bound;
use super::seen::{Across, InFile};
use super::types::{Type, Types};
use super::{Inference, Site};
use crate::facts::{ItemFacts, Source, callables, is_to_be_called, last_name};
use crate::known::{self, Passing};
use crate::link::{ClassRef, FunctionRef};
use crate::snapshot::FileId;

/// More callers than this say nothing together: what all the world calls is given everything.
const MAX_CALLERS: usize = 48;
/// More calls of a function's name than this are not gone through: `get` and `start` are everybody's.
const MAX_CANDIDATES: usize = 256;
/// Most subclasses whose constructors are looked for.
const MAX_SUBCLASSES: usize = 16;

/// How a call's arguments become a function's.
enum Given<'i> {
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
pub(super) struct Wanted {
    /// Its place among the positional ones, the receiver counted.
    pub(super) place: Option<usize>,
    /// The name under which it may be given.
    pub(super) name: Option<Name>,
}

impl Wanted {
    /// The argument for the `index`-th of a function's parameters.
    fn by(param: &Param, index: usize) -> Self {
        // Whoever is called for takes positional arguments by their place among the parameters that have one.
        let place = matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly).then_some(index);
        Self { place, name: (param.kind != ParamKind::PositionalOnly).then_some(param.name) }
    }

    fn is_named_by(self, arg: &Arg) -> bool {
        matches!(arg.kind, ArgKind::Keyword(name) if Some(name) == self.name)
    }
}

/// The calls that lead to a function; `None` where there are too many to say anything.
pub(super) type Callers = Option<Rc<[Caller]>>;

/// A call that leads to a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    call: Site,
    /// Which argument the function is, where another one calls it.
    passed: Option<usize>,
    /// How many parameters its receiver takes.
    bound: usize,
}

impl Inference<'_> {
    /// What the callers of `function` give to its parameter `index`; `None` where no caller is known.
    pub fn arguments(&self, function: FunctionRef, index: usize) -> Option<Types> {
        let Some(callers) = self.callers(function) else { return Some(Types::unknown()) };
        let param = self.function(function)?.params.get(index)?;
        let default = || match param.default {
            Some(default) => self.expr(Site { file: function.file, item: function.item, expr: default }),
            None => Types::unknown(),
        };
        self.given_by(&callers, Wanted::by(param, index), &default)
    }

    /// What each call that leads to `function` gives to its parameter `index`; `None` where there are too many.
    pub fn arguments_by_call(&self, function: FunctionRef, index: usize) -> Option<Vec<(Site, Types)>> {
        let callers = self.callers(function)?;
        let param = self.function(function)?.params.get(index)?;
        let default = || match param.default {
            Some(default) => self.expr(Site { file: function.file, item: function.item, expr: default }),
            None => Types::unknown(),
        };
        let wanted = Wanted::by(param, index);
        Some(callers.iter().filter_map(|one| Some((one.call, self.given(*one, wanted, &default)?))).collect())
    }

    /// All calls in the workspace of something named `name`, or that pass it on to be called.
    pub fn calls_named(&self, name: Name) -> Vec<Site> {
        let mut found = Vec::new();
        for id in self.look_across(Across::Callers(name)).callers(name) {
            let Some(file) = self.file(*id) else { continue };
            self.look(*id, InFile::Called(name));
            for item in file.facts.called.get(&name).into_iter().flatten() {
                found.extend(self.calls_of(Site { file: *id, item: *item, expr: ExprId(0) }, name));
            }
        }
        found
    }

    /// What all of `callers` give together, with `missing` for those who leave it out; `None` where nobody is known to
    /// call.
    pub(super) fn given_by(&self, callers: &[Caller], wanted: Wanted, missing: &dyn Fn() -> Types) -> Option<Types> {
        let given = callers.iter().filter_map(|caller| self.given(*caller, wanted, missing));
        given.reduce(|mut all, types| {
            all.extend(types);
            all
        })
    }

    pub(super) fn callers(&self, function: FunctionRef) -> Callers {
        if let Some(known) = self.callers.borrow().get(&function) {
            return known.clone();
        }
        let outside = self.lowest.replace(u32::MAX);
        let callers = self.find_callers(function);
        let lowest = self.lowest.get();
        if lowest == u32::MAX {
            self.callers.borrow_mut().insert(function, callers.clone());
        }
        self.lowest.set(outside.min(lowest));
        callers
    }

    fn find_callers(&self, function: FunctionRef) -> Callers {
        let definition = self.function(function)?;
        // Each file in the list has such a call: `__init__`, `get` and `update` are everybody's.
        if self.look_across(Across::Callers(definition.name)).callers(definition.name).len() > MAX_CANDIDATES {
            return None;
        }
        // Under which names, and in which files.
        let mut sought: Vec<(Name, FileId)> = Vec::new();
        let everywhere = |name: Name| {
            let files = self.look_across(Across::Callers(name)).callers(name);
            files.iter().map(move |file| (name, *file))
        };
        sought.extend(everywhere(definition.name));
        if definition.name == "__init__"
            && let Some(class) = self.class_of(function)
        {
            let made = self.made_by(class);
            made.iter().filter_map(|class| self.class(*class)).for_each(|class| sought.extend(everywhere(class.name)));
            // `cls(...)`, in a class method of any of them.
            let ancestors = self.known_ancestors(class).0;
            let family = made.iter().chain(ancestors.iter()).map(|class| class.file);
            sought.extend(family.map(|file| (Name::new("cls"), file)).collect::<Vec<_>>());
        }
        sought.sort_unstable();
        sought.dedup();
        // Which calls have the name is told by syntax alone: first by the items that have at least one, then call by
        // call. That there are too many of them is found out before any is understood.
        let mut items: Vec<(Name, FileId, u32)> = Vec::new();
        for (name, id) in sought {
            let Some(file) = self.file(id) else { continue };
            self.look(id, InFile::Called(name));
            items.extend(file.facts.called.get(&name).into_iter().flatten().map(|item| (name, id, *item)));
            if items.len() > MAX_CANDIDATES {
                return None;
            }
        }
        let mut candidates: Vec<(Site, Name)> = Vec::new();
        for (name, file, item) in items {
            for call in self.calls_of(Site { file, item, expr: ExprId(0) }, name) {
                candidates.push((call, name));
                if candidates.len() > MAX_CANDIDATES {
                    return None;
                }
            }
        }
        let mut callers = Vec::new();
        for (call, name) in candidates {
            callers.extend(self.caller(call, name, function));
            if callers.len() > MAX_CALLERS {
                return None;
            }
        }
        Some(callers.into())
    }

    /// The classes whose objects may be made by the constructor of `class`: itself and its subclasses.
    fn made_by(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut classes = vec![class];
        let mut at = 0;
        while at < classes.len() && classes.len() < MAX_SUBCLASSES {
            for sub in self.subclasses(classes[at]) {
                if !classes.contains(&sub) {
                    classes.push(sub);
                }
            }
            at += 1;
        }
        classes
    }

    /// The calls of an item that mention `name` as what is called or passed on.
    fn calls_of(&self, at: Site, name: Name) -> Vec<Site> {
        let Some((_, item, facts)) = self.item(at.file, at.item) else { return Vec::new() };
        let mentions = |call: &ExprId| match item.expr(*call) {
            Expr::Call { func, args } => {
                let callee = last_name(item, *func);
                callee == Some(name) || args.iter().any(|arg| !passed_as(item, facts, callee, arg, name).is_empty())
            }
            _ => false,
        };
        facts.calls.iter().filter(|call| mentions(call)).map(|call| Site { expr: *call, ..at }).collect()
    }

    /// The call, where it calls the function or has it called.
    fn caller(&self, call: Site, name: Name, function: FunctionRef) -> Option<Caller> {
        let (_, item, facts) = self.item(call.file, call.item)?;
        let Expr::Call { func, args } = item.expr(call.expr) else { return None };
        let site = |expr: ExprId| Site { expr, ..call };
        let callee = last_name(item, *func);
        if callee == Some(name)
            && let Some(bound) = self.leads_to(site(*func), function)
        {
            return Some(Caller { call, passed: None, bound });
        }
        args.iter().enumerate().find_map(|(at, arg)| {
            let named = passed_as(item, facts, callee, arg, name);
            if named.is_empty() {
                return None;
            }
            // That it may be the function here, and how it is bound where it is named.
            self.leads_to(site(arg.value), function)?;
            let bound = named.into_iter().find_map(|one| self.leads_to(site(one), function))?;
            Some(Caller { call, passed: Some(at), bound })
        })
    }

    /// What the call gives.
    fn given(&self, caller: Caller, wanted: Wanted, missing: &dyn Fn() -> Types) -> Option<Types> {
        let Caller { call, passed, bound } = caller;
        let (_, item, facts) = self.item(call.file, call.item)?;
        let Expr::Call { func, args } = item.expr(call.expr) else { return None };
        let Some(passed) = passed else {
            return Some(self.argument(call, wanted, &Given::Plain { args, from: 0, bound }, missing));
        };
        let keyword = |wanted: &str| {
            let found = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == wanted));
            found.map(|arg| arg.value)
        };
        let how = last_name(item, *func);
        let behind = &args[passed + 1..];
        let given = match args[passed].kind {
            ArgKind::Keyword(word) if word == "initializer" => {
                Given::Packed { tuple: keyword("initargs"), dict: None, bound }
            }
            ArgKind::Keyword(_) => Given::Packed { tuple: keyword("args"), dict: keyword("kwargs"), bound },
            _ => match known::callback(how?)? {
                Passing::Behind => Given::Plain { args, from: passed + 1, bound },
                Passing::Mapped => Given::Mapped { iterables: behind, bound },
                Passing::Starred => Given::Starred { iterable: behind.first()?.value, bound },
                Passing::Packed => {
                    let positional = |at: usize| behind.get(at).filter(|arg| arg.kind == ArgKind::Positional);
                    let tuple = keyword("args").or_else(|| positional(0).map(|arg| arg.value));
                    let dict = keyword("kwargs").or_else(|| keyword("kwds"));
                    Given::Packed { tuple, dict: dict.or_else(|| positional(1).map(|arg| arg.value)), bound }
                }
                Passing::Signal => Given::Signal { bound },
                Passing::Ranked => {
                    let tuple = keyword("args").or_else(|| behind.first().map(|arg| arg.value));
                    Given::Packed { tuple, dict: None, bound: bound + 1 }
                }
                Passing::Unknown => return None,
            },
        };
        if let Given::Packed { tuple, dict, .. } = &given
            && callables(item, facts, args[passed].value).len() > 1
            && [tuple, dict].into_iter().flatten().any(|expr| is_chosen(item, facts, *expr))
        {
            // `target` and `args` are chosen together: which goes with which is not followed.
            return Some(Types::unknown());
        }
        Some(self.argument(call, wanted, &given, missing))
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

    /// The argument that is asked for.
    fn argument(&self, call: Site, wanted: Wanted, given: &Given<'_>, missing: &dyn Fn() -> Types) -> Types {
        let value = |expr: ExprId| self.expr(Site { expr, ..call });
        let nth = |bound: usize| wanted.place?.checked_sub(bound);
        match given {
            Given::Plain { args, from, bound } => {
                if let Some(named) = args.iter().find(|arg| wanted.is_named_by(arg)) {
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
                self.spread(call, wanted, &spread, missing)
            }
            Given::Packed { tuple, dict, bound } => {
                let spread =
                    Spread { tuple: tuple.zip(nth(*bound)), dicts: dict.iter().copied().collect(), is_last: true };
                self.spread(call, wanted, &spread, missing)
            }
            Given::Mapped { iterables, bound } => {
                let iterable = nth(*bound).and_then(|nth| iterables.get(nth));
                match iterable.filter(|arg| arg.kind == ArgKind::Positional) {
                    Some(arg) => element(&value(arg.value)),
                    None => missing(),
                }
            }
            Given::Signal { bound } => match nth(*bound) {
                Some(0) => Types::one(Type::Builtin("int")),
                _ => Types::unknown(),
            },
            Given::Starred { iterable, bound } => match nth(*bound) {
                Some(nth) => nth_of(&element(&value(*iterable)), nth),
                None => missing(),
            },
        }
    }
}

/// Where an argument of a call of `callee` is, or may be, something named `name`: the expressions that name it.
fn passed_as(item: &Item, facts: &ItemFacts, callee: Option<Name>, arg: &Arg, name: Name) -> SmallVec<[ExprId; 2]> {
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
