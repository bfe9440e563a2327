//! Arguments that come in a tuple or a dict: `f(*args, **kwargs)`, `Thread(target=f, args=args, kwargs=kwargs)`. Where
//! these are what the function around was given itself, its callers say what is in them.

use pyteam_syntax::tree::{ArgKind, ParamKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};
use smallvec::SmallVec;

use super::call_binding::{RequestedArgument, is_shorter, nth_of};
use super::dict_keys::Entry;
use super::reaching_definitions::scope_of;
use super::types::Types;
use super::{Inference, Site};
use crate::definitions::FunctionRef;
use crate::facts::{ScopeId, Source};

/// The tuple and the dicts that an argument may come from.
pub(super) struct Spread {
    /// A sequence, and the place in it that is asked for.
    pub(super) tuple: Option<(ExprId, usize)>,
    /// What is spread by name.
    pub(super) dicts: SmallVec<[ExprId; 2]>,
    /// Whether no other positional argument comes after the tuple.
    pub(super) is_last: bool,
}

/// What is done to a key of a dict before it is handed on.
pub(super) enum Touched {
    /// Nothing.
    No,
    /// It is set, to one of these perhaps.
    Set(Vec<ExprId>),
    /// Something that is not followed.
    Lost,
}

impl Inference<'_> {
    /// The argument that `wanted` asks for, among those that the call spreads.
    pub(super) fn spread(
        &self,
        call: Site,
        wanted: RequestedArgument,
        from: &Spread,
        missing: &dyn Fn() -> Types,
    ) -> Types {
        let site = |expr: ExprId| Site { expr, ..call };
        let mut forwarded: Option<(FunctionRef, RequestedArgument)> = None;
        let mut set = Types::default();
        let mut is_known = true;
        let mut is_certain = false;
        for (dict, name) in from.dicts.iter().filter_map(|dict| Some((*dict, wanted.name?))) {
            let Some((function, own)) = self.own_variadic(site(dict), ParamKind::DoubleStar) else {
                match self.entry(site(dict), name) {
                    Entry::Known { found, may_lack } if may_lack => set.extend(found),
                    Entry::Known { found, .. } => return found,
                    Entry::Unknown => is_known = false,
                }
                continue;
            };
            match self.touched(site(dict), own, name) {
                Touched::No => {}
                Touched::Set(values) => {
                    is_certain = true;
                    values.into_iter().for_each(|value| set.extend(self.expr(site(value))));
                }
                Touched::Lost => return Types::unknown(),
            }
            // What the function takes by name does not come in its `**kwargs`.
            if self.function(function).is_some_and(|one| one.params.iter().all(|param| param.name != name)) {
                forwarded = Some((function, RequestedArgument { place: None, name: Some(name) }));
            }
        }
        if let Some((tuple, nth)) = from.tuple {
            if let Some((function, _)) = self.own_variadic(site(tuple), ParamKind::Star) {
                let named = forwarded.map(|(around, wanted)| (around == function, wanted.name));
                let name = match named {
                    Some((true, name)) => name,
                    Some((false, _)) => return Types::unknown(),
                    None => None,
                };
                if !from.is_last {
                    return Types::unknown();
                }
                let taken = self.function(function).map_or(0, |one| {
                    let has_place = |kind| matches!(kind, ParamKind::Normal | ParamKind::PositionalOnly);
                    one.params.iter().filter(|param| has_place(param.kind)).count()
                });
                forwarded = Some((function, RequestedArgument { place: Some(taken + nth), name }));
            } else if let Some(types) = self.placed(site(tuple), nth, missing) {
                return types;
            } else {
                let types = self.expr(site(tuple));
                if !is_shorter(&types, nth) {
                    return nth_of(&types, nth);
                }
                if !from.is_last {
                    return Types::unknown();
                }
            }
        }
        if !is_known {
            return Types::unknown();
        }
        match forwarded {
            // Callers that set a key give it to those that do not.
            Some((function, wanted)) if is_certain => set.extend(self.forwarded(function, wanted, &Types::default)),
            Some((function, wanted)) => set.extend(self.forwarded(function, wanted, missing)),
            None if is_certain => {}
            None => set.extend(missing()),
        }
        set
    }

    /// The element at a place of a list that is written out, here or where the name at `list` is bound: the type of a list
    /// knows its elements together only. Nothing where something may change the list.
    fn placed(&self, list: Site, nth: usize, missing: &dyn Fn() -> Types) -> Option<Types> {
        let (_, item, facts) = self.item(list.file, list.item)?;
        let lists: SmallVec<[ExprId; 2]> = match item.expr(list.expr) {
            Expr::List(_) => SmallVec::from_elem(list.expr, 1),
            Expr::Name(name) => {
                let scope = facts.scopes.get(scope_of(item, facts, list.expr).index())?;
                let own = scope.bindings.iter().map(|at| &facts.bindings[*at as usize]);
                let bound = own.filter(|one| one.name == *name).map(|one| match one.source {
                    Source::Value(value) if one.path.is_empty() => Some(value),
                    _ => None,
                });
                let bound: SmallVec<[ExprId; 2]> = bound.collect::<Option<_>>()?;
                let is_used = |expr: ExprId| matches!(item.expr(expr), Expr::Name(found) if found == name);
                let may_change = item.expr_ids().any(|expr| match item.expr(expr) {
                    Expr::Attribute { value, .. } | Expr::Subscript { value, .. } => is_used(*value),
                    _ => false,
                });
                bound.into_iter().filter(|_| !may_change).collect()
            }
            _ => return None,
        };
        let is_list = |one: &ExprId| matches!(item.expr(*one), Expr::List(_));
        if !lists.iter().any(is_list) {
            return None;
        }
        let mut all = Types::default();
        for one in lists {
            let (Expr::List(parts) | Expr::Tuple(parts)) = item.expr(one) else { return None };
            if parts.iter().take(nth + 1).any(|part| matches!(item.expr(*part), Expr::Starred(_))) {
                return None;
            }
            all.extend(match parts.get(nth) {
                Some(part) => self.expr(Site { expr: *part, ..list }),
                None => missing(),
            });
        }
        (!all.as_slice().is_empty()).then_some(all)
    }

    /// What the callers of `function` give of what it hands on.
    fn forwarded(&self, function: FunctionRef, wanted: RequestedArgument, missing: &dyn Fn() -> Types) -> Types {
        if let Some(depth) = self.forwarding.borrow().get(&(function, wanted)) {
            self.cycle_head.set(self.cycle_head.get().min(*depth));
            return Types::default();
        }
        let depth = self.depth.get();
        if depth >= super::MAX_DEPTH || !self.takes_step() {
            return self.given_up();
        }
        let Some(callers) = self.callers(function) else { return Types::unknown() };
        self.forwarding.borrow_mut().insert((function, wanted), depth);
        self.depth.set(depth + 1);
        let given = self.given_by(&callers, wanted, missing);
        self.depth.set(depth);
        self.forwarding.borrow_mut().remove(&(function, wanted));
        given.unwrap_or_else(Types::unknown)
    }

    /// The function whose `*args` or `**kwargs` the name at `site` is, and the scope that has it, where that is never
    /// bound to anything else.
    fn own_variadic(&self, site: Site, kind: ParamKind) -> Option<(FunctionRef, ScopeId)> {
        let (_, item, facts) = self.item(site.file, site.item)?;
        let Expr::Name(name) = item.expr(site.expr) else { return None };
        let mut scope = scope_of(item, facts, site.expr);
        while scope != ScopeId::OUTER {
            let this = facts.scopes.get(scope.index())?;
            let mut bound =
                this.bindings.iter().map(|at| &facts.bindings[*at as usize]).filter(|one| one.name == *name);
            if let Some(binding) = bound.next() {
                let Source::Param(stmt, index) = binding.source else { return None };
                let function = FunctionRef { file: site.file, item: site.item, stmt };
                let param = self.function(function)?.params.get(index as usize)?;
                return (bound.next().is_none() && param.kind == kind).then_some((function, scope));
            }
            scope = this.parent;
        }
        None
    }

    /// What the item does to `key` of the dict at `site`, a variable of the scope `own`.
    pub(super) fn touched(&self, site: Site, own: ScopeId, key: Name) -> Touched {
        let Some((_, item, facts)) = self.item(site.file, site.item) else { return Touched::Lost };
        let Expr::Name(dict) = item.expr(site.expr) else { return Touched::Lost };
        let mut values = Vec::new();
        for id in item.expr_ids() {
            let is_it = matches!(item.expr(id), Expr::Name(name) if name == dict)
                && super::container::binding_scope(facts, scope_of(item, facts, id), *dict) == own;
            if !is_it {
                continue;
            }
            match touch(item, id, key) {
                Touched::No => {}
                Touched::Set(set) => values.extend(set),
                Touched::Lost => return Touched::Lost,
            }
        }
        if values.is_empty() { Touched::No } else { Touched::Set(values) }
    }
}

/// What the use `id` of a dict does to its entry `key`.
fn touch(item: &Item, id: ExprId, key: Name) -> Touched {
    let Parent::Expr(parent) = item.expr_parent(id) else { return Touched::No };
    let named = |expr: ExprId| match item.expr(expr) {
        Expr::Str(text) => text.value,
        _ => None,
    };
    match item.expr(parent) {
        Expr::Subscript { value, index } if *value == id => {
            let stmt = item.stmt(item.enclosing_stmt(parent));
            let other = named(*index).is_some_and(|name| name != key);
            match stmt {
                _ if other => Touched::No,
                Stmt::Assign { targets, value } if targets.contains(&parent) => match named(*index) {
                    Some(_) => Touched::Set(vec![*value]),
                    None => Touched::Lost,
                },
                Stmt::AugAssign { target, .. } if *target == parent => Touched::Lost,
                Stmt::Delete(targets) if targets.contains(&parent) => Touched::Lost,
                // Taken apart into it, as in `kwargs["a"], b = pair`.
                Stmt::Assign { targets, .. }
                    if targets.iter().any(|target| matches!(item.expr(*target), Expr::Tuple(_))) =>
                {
                    Touched::Lost
                }
                _ => Touched::No,
            }
        }
        Expr::Attribute { value, attr } if *value == id => {
            let Parent::Expr(call) = item.expr_parent(parent) else { return Touched::No };
            let Expr::Call { func, args } = item.expr(call) else { return Touched::No };
            if *func != parent {
                return Touched::No;
            }
            let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).and_then(|arg| named(arg.value));
            match attr.as_str() {
                "pop" | "setdefault" if first.is_some_and(|name| name != key) => Touched::No,
                "setdefault" if first.is_some() => Touched::Set(args.get(1).map(|arg| arg.value).into_iter().collect()),
                "update" => {
                    let set = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == key));
                    match set {
                        Some(arg) => Touched::Set(vec![arg.value]),
                        None if args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_))) => Touched::No,
                        None => Touched::Lost,
                    }
                }
                "pop" | "setdefault" | "popitem" | "clear" => Touched::Lost,
                _ => Touched::No,
            }
        }
        _ => Touched::No,
    }
}
