//! Facts: what one file says by itself. A pure function of its text, item by item, so that an edit costs what
//! the edited item costs.

pub mod binding;
mod collect;
mod interface;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use pyteam_syntax::tree::{Arg, ArgKind, Class, Function};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parsed, Stmt, StmtId};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use smallvec::SmallVec;

pub use binding::{Addition, AdditionKind, AttributeWrite, Binding, Scope, ScopeId, ScopeKind, Source, Step};

/// What one item says by itself. Expression numbers are the item's own.
#[derive(Debug, Default)]
pub struct ItemFacts {
    /// Scopes; the first is the one the item's statement stands in.
    pub scopes: Vec<Scope>,
    /// All bindings of names.
    pub bindings: Vec<Binding>,
    /// All assignments to attributes (`self.queue = ...`).
    pub writes: Vec<AttributeWrite>,
    /// All that is put into containers.
    pub additions: Vec<Addition>,
    /// The last names of all that is called, or passed on to be called later; sorted, each once.
    pub called: Vec<Name>,
    /// All calls, in source order.
    pub calls: Vec<ExprId>,
    /// The calls among them that may put into a queue or pipe, or take from one, by the method's name.
    pub channel_calls: Vec<ExprId>,
    /// The calls among them that may start, stop or signal a process, thread or event, by the method's name.
    pub lifecycle_calls: Vec<ExprId>,
    /// All functions in the item, the item itself included, with what they return.
    pub functions: Vec<FunctionFacts>,
    /// All classes in the item.
    pub classes: Vec<StmtId>,
    /// Hash of what `case` patterns bind, which their tree alone does not say.
    pub captures: u64,
    /// Hash of all that anyone outside the item can see of it.
    pub interface: u64,
}

impl ItemFacts {
    /// Gives back what growing took too much: facts live as long as their item.
    fn shrink(&mut self) {
        self.scopes.iter_mut().for_each(|scope| scope.bindings.shrink_to_fit());
        self.scopes.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.writes.shrink_to_fit();
        self.additions.shrink_to_fit();
        self.called.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.channel_calls.shrink_to_fit();
        self.lifecycle_calls.shrink_to_fit();
        self.functions.shrink_to_fit();
        self.classes.shrink_to_fit();
    }
}

/// A function and its `return` values.
#[derive(Debug)]
pub struct FunctionFacts {
    /// The `def`.
    pub stmt: StmtId,
    /// What it returns; a bare `return` does not count.
    pub returns: Vec<ExprId>,
    /// Whether it is a generator.
    pub yields: bool,
    /// What it yields; a bare `yield` and a `yield from` do not count.
    pub yielded: Vec<ExprId>,
}

/// A binding of one of a file's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindingRef {
    /// Index of the item.
    pub item: u32,
    /// Index into the item's bindings.
    pub binding: u32,
}

/// What one file says by itself.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// Per item, in the order of [`Parsed::items`].
    pub items: Vec<Arc<ItemFacts>>,
    /// Bindings at module level, by name, in source order.
    pub module: FxHashMap<Name, Vec<BindingRef>>,
    /// The names among them that imports bind.
    pub imported: Vec<Name>,
    /// Assignments to attributes, by attribute: item and index into its writes.
    pub writes: FxHashMap<Name, Vec<(u32, u32)>>,
    /// The attributes that are set on something other than `self` or `cls`.
    pub outside_writes: FxHashSet<Name>,
    /// Items that put something into a container, by the container's last name.
    pub additions: FxHashMap<Name, Vec<u32>>,
    /// Items that call something, or pass it on to be called, by its last name.
    pub called: FxHashMap<Name, SmallVec<[u32; 2]>>,
    /// Modules whose names are all imported: dots and path.
    pub stars: Vec<(u32, Option<Name>)>,
    /// Items with calls that may go to a process, thread or event.
    pub lifecycle_items: Vec<u32>,
    /// Items with calls that may go to a queue or pipe.
    pub channel_items: Vec<u32>,
    interface: u64,
    bodies: u64,
}

impl FileFacts {
    /// The facts of a file.
    pub fn of(parsed: &Parsed) -> Self {
        Self::update(None, parsed)
    }

    /// The facts of a file, with those of untouched items taken over from `before`.
    pub fn update(before: Option<(&Parsed, &Self)>, parsed: &Parsed) -> Self {
        let mut known: FxHashMap<*const Item, &Arc<ItemFacts>> = FxHashMap::default();
        if let Some((parsed, facts)) = before {
            known.extend(parsed.items.iter().map(|slot| Arc::as_ptr(&slot.item)).zip(&facts.items));
        }
        let items = parsed.items.iter().map(|slot| match known.get(&Arc::as_ptr(&slot.item)) {
            Some(facts) => Arc::clone(facts),
            None => Arc::new(collect::collect(&slot.item, parsed.source.slice(slot.range()))),
        });
        let mut facts = Self { items: items.collect(), ..Self::default() };
        facts.assemble(parsed);
        facts
    }

    fn assemble(&mut self, parsed: &Parsed) {
        let mut interface = interface::Fold::default();
        let mut bodies = interface::Fold::default();
        for (at, facts) in self.items.iter().enumerate() {
            let item = at as u32;
            let slot = &parsed.items[at];
            interface.add(facts.interface, slot.parent);
            bodies.add(slot.item.shape(), slot.parent);
            if !facts.channel_calls.is_empty() {
                self.channel_items.push(item);
            }
            if !facts.lifecycle_calls.is_empty() {
                self.lifecycle_items.push(item);
            }
            if slot.parent.is_none() {
                for (binding, bound) in facts.bindings.iter().enumerate() {
                    if bound.scope == ScopeId::OUTER || facts.scopes[bound.scope.index()].kind == ScopeKind::Module {
                        let there = BindingRef { item, binding: binding as u32 };
                        self.module.entry(bound.name).or_default().push(there);
                        if matches!(bound.source, Source::Import { .. } | Source::ImportFrom { .. }) {
                            self.imported.push(bound.name);
                        }
                    }
                }
            }
            for (write, written) in facts.writes.iter().enumerate() {
                self.writes.entry(written.attr).or_default().push((item, write as u32));
                if !matches!(slot.item.expr(written.base), Expr::Name(base) if matches!(base.as_str(), "self" | "cls"))
                {
                    self.outside_writes.insert(written.attr);
                }
            }
            for name in &facts.called {
                self.called.entry(*name).or_default().push(item);
            }
            for addition in &facts.additions {
                if let Some(name) = last_name(&slot.item, addition.base) {
                    let items = self.additions.entry(name).or_default();
                    if items.last() != Some(&item) {
                        items.push(item);
                    }
                }
            }
            // `global x` inside a function binds at module level.
            for (binding, bound) in facts.bindings.iter().enumerate() {
                if bound.scope != ScopeId::OUTER && facts.scopes[bound.scope.index()].globals.contains(&bound.name) {
                    let there = BindingRef { item, binding: binding as u32 };
                    self.module.entry(bound.name).or_default().push(there);
                }
            }
            if let Stmt::ImportFrom(import) = slot.item.stmt(slot.item.root())
                && import.star
            {
                self.stars.push((import.level, import.module));
            }
        }
        self.interface = interface.finish();
        let mut whole = FxHasher::default();
        (bodies.finish(), parsed.source.as_str()).hash(&mut whole);
        self.bodies = whole.finish();
    }

    /// Hash of all that other files, and other items of this file, can see: with an equal hash the links between files
    /// stay as they are.
    pub fn interface(&self) -> u64 {
        self.interface
    }

    /// Hash of everything in the file.
    pub fn bodies(&self) -> u64 {
        self.bodies
    }
}

/// Whether a call with these arguments may take from a channel: that takes no more than a flag and a number, and most
/// `.get(..)` of a program look something up by a key.
pub fn may_take(item: &Item, args: &[Arg]) -> bool {
    args.len() <= 2
        && args.iter().enumerate().all(|(at, arg)| match arg.kind {
            ArgKind::Keyword(name) => matches!(name.as_str(), "block" | "timeout"),
            ArgKind::Positional if at == 0 => match item.expr(arg.value) {
                Expr::Bool(_) | Expr::Int(_) => true,
                Expr::Name(name) | Expr::Attribute { attr: name, .. } => name.as_str().contains("block"),
                _ => false,
            },
            ArgKind::Positional => true,
            ArgKind::Star | ArgKind::DoubleStar => false,
        })
}

/// `c` of `c` and `a.b.c`.
pub fn last_name(item: &Item, expr: ExprId) -> Option<Name> {
    match item.expr(expr) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(*name),
        _ => None,
    }
}

/// Whether an argument of that kind is what `callee` calls later.
pub(crate) fn is_to_be_called(callee: Option<Name>, kind: ArgKind) -> bool {
    match kind {
        ArgKind::Keyword(name) => matches!(name.as_str(), "target" | "initializer" | "func" | "fn"),
        ArgKind::Positional => callee.is_some_and(crate::known::passes_on),
        _ => false,
    }
}

/// The names and attributes that `expr` may stand for: itself, both sides of `f if fast else g`, and what a variable
/// of the item is set to by name.
pub(crate) fn callables(item: &Item, facts: &ItemFacts, expr: ExprId) -> SmallVec<[ExprId; 2]> {
    let mut found = SmallVec::new();
    named(item, expr, &mut found);
    if let Expr::Name(name) = item.expr(expr) {
        for binding in facts.bindings.iter().filter(|binding| binding.name == *name && binding.path.is_empty()) {
            match binding.source {
                Source::Value(value) | Source::Annotated(_, Some(value)) => named(item, value, &mut found),
                Source::Element(iter) => {
                    if let Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) = item.expr(iter) {
                        items.iter().for_each(|one| named(item, *one, &mut found));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

fn named(item: &Item, expr: ExprId, found: &mut SmallVec<[ExprId; 2]>) {
    match item.expr(expr) {
        Expr::Name(_) | Expr::Attribute { .. } => found.push(expr),
        Expr::Conditional { body, orelse, .. } => {
            for side in [*body, *orelse] {
                if matches!(item.expr(side), Expr::Name(_) | Expr::Attribute { .. }) {
                    found.push(side);
                }
            }
        }
        _ => {}
    }
}

/// The function that `stmt` is.
pub fn function(item: &Item, stmt: StmtId) -> Option<&Function> {
    match item.stmt(stmt) {
        Stmt::Function(function) => Some(function),
        _ => None,
    }
}

/// The class that `stmt` is.
pub fn class(item: &Item, stmt: StmtId) -> Option<&Class> {
    match item.stmt(stmt) {
        Stmt::Class(class) => Some(class),
        _ => None,
    }
}
