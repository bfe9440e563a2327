//! Entries of dicts that are written out somewhere: what `{"q": q}` and `dict(q=q)` hold under a key, be it directly, by
//! way of a variable, or as an element of a list of them.

use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Name};

use super::container::binding_scope;
use super::reaching_definitions::scope_of;
use super::types::Types;
use super::varargs::Touched;
use super::{Inference, Site};
use crate::facts::{AdditionKind, ScopeId, Source, Step, last_name};

/// Longest way from a use of a dict to where it is written out.
const MAX_STEPS: u32 = 8;

/// What a dict holds under a key.
pub(super) enum Entry {
    /// This, or perhaps nothing.
    Known {
        /// What may be found.
        found: Types,
        /// Whether the dict may have no such key.
        may_lack: bool,
    },
    /// The dict cannot be followed.
    Unknown,
}

impl Entry {
    const ABSENT: fn() -> Self = || Self::Known { found: Types::default(), may_lack: true };

    fn found(found: Types) -> Self {
        Self::Known { found, may_lack: false }
    }

    /// This or that.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known { mut found, may_lack }, Self::Known { found: more, may_lack: too }) => {
                found.extend(more);
                Self::Known { found, may_lack: may_lack || too }
            }
            _ => Self::Unknown,
        }
    }

    /// This, over what it hides.
    fn over(self, below: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Known { mut found, may_lack: true } => match below() {
                Self::Known { found: more, may_lack } => {
                    found.extend(more);
                    Self::Known { found, may_lack }
                }
                Self::Unknown => Self::Unknown,
            },
            other => other,
        }
    }

    fn any(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().reduce(Self::or).unwrap_or(Self::Unknown)
    }
}

impl Inference<'_> {
    /// What the dict at `dict` holds under `key`.
    pub(super) fn entry(&self, dict: Site, key: Name) -> Entry {
        self.entry_in(dict, key, MAX_STEPS)
    }

    fn entry_in(&self, dict: Site, key: Name, steps: u32) -> Entry {
        let Some(steps) = steps.checked_sub(1) else { return Entry::Unknown };
        let Some((_, item, _)) = self.item(dict.file, dict.item) else { return Entry::Unknown };
        let site = |expr: ExprId| Site { expr, ..dict };
        let within = |expr: ExprId| self.entry_in(site(expr), key, steps);
        match item.expr(dict.expr) {
            Expr::Dict(entries) => entries.iter().rev().fold(Entry::ABSENT(), |above, entry| {
                above.over(|| match entry.key.map(|key| item.expr(key)) {
                    None => within(entry.value),
                    Some(Expr::Str(text)) if text.value == Some(key) => Entry::found(self.expr(site(entry.value))),
                    Some(Expr::Str(text)) if text.value.is_some() => Entry::ABSENT(),
                    Some(_) => Entry::Unknown,
                })
            }),
            // `dict(queue=q)`, `dict(common, queue=q)`
            Expr::Call { func, args } if last_name(item, *func).is_some_and(|name| name == "dict") => {
                args.iter().rev().fold(Entry::ABSENT(), |above, arg| {
                    above.over(|| match arg.kind {
                        ArgKind::Keyword(name) if name == key => Entry::found(self.expr(site(arg.value))),
                        ArgKind::Keyword(_) => Entry::ABSENT(),
                        ArgKind::Positional | ArgKind::DoubleStar => within(arg.value),
                        ArgKind::Star => Entry::Unknown,
                    })
                })
            }
            Expr::Name(name) => self.entry_of_variable(dict, *name, key, steps),
            Expr::Conditional { body, orelse, .. } => within(*body).or(within(*orelse)),
            Expr::Subscript { value, .. } => self.entry_of_elements(site(*value), &[], key, steps),
            _ => Entry::Unknown,
        }
    }

    fn entry_of_variable(&self, at: Site, name: Name, key: Name, steps: u32) -> Entry {
        let Some((scope, bound)) = self.bindings_at(at, name) else { return Entry::Unknown };
        let made = Entry::any(bound.iter().map(|one| {
            let Some((_, _, facts)) = self.item(at.file, one.item) else { return Entry::Unknown };
            let Some(binding) = facts.bindings.get(one.binding as usize) else { return Entry::Unknown };
            let site = |expr: ExprId| Site { file: at.file, item: one.item, expr };
            match binding.source {
                Source::Value(value) | Source::Annotated(_, Some(value)) if binding.path.is_empty() => {
                    self.entry_in(site(value), key, steps)
                }
                Source::Element(iter) => self.entry_of_elements(site(iter), &binding.path, key, steps),
                _ => Entry::Unknown,
            }
        }));
        // What is done to it on the way. At module level other items may do something, too.
        let is_alone = scope != ScopeId::OUTER || bound.iter().all(|one| one.item == at.item);
        match self.touched(at, scope, key) {
            Touched::No if is_alone || !self.is_added_to(at, name) => made,
            Touched::Set(values) if is_alone => {
                let set = values.into_iter().fold(Types::default(), |mut all, value| {
                    all.extend(self.expr(Site { expr: value, ..at }));
                    all
                });
                made.over(|| Entry::found(set.clone())).or(Entry::found(set.clone()))
            }
            _ => Entry::Unknown,
        }
    }

    /// Whether an item of the file adds to the module's variable `name`.
    fn is_added_to(&self, at: Site, name: Name) -> bool {
        let Some(file) = self.file(at.file) else { return true };
        self.look(at.file, super::dependencies::FileDependency::Additions(name));
        file.facts.additions.contains_key(&name)
    }

    /// What the dicts hold that going through `iter` gives, each at the end of `path`.
    fn entry_of_elements(&self, iter: Site, path: &[Step], key: Name, steps: u32) -> Entry {
        let Some(steps) = steps.checked_sub(1) else { return Entry::Unknown };
        let Some((_, item, _)) = self.item(iter.file, iter.item) else { return Entry::Unknown };
        let site = |expr: ExprId| Site { expr, ..iter };
        match item.expr(iter.expr) {
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
                Entry::any(items.iter().map(|one| match item.expr(*one) {
                    Expr::Starred(inner) => self.entry_of_elements(site(*inner), path, key, steps),
                    _ => self.entry_of_element(site(*one), path, key, steps),
                }))
            }
            Expr::Comprehension(one) if one.key.is_none() => self.entry_of_element(site(one.element), path, key, steps),
            Expr::Call { func, args } => match (item.expr(*func), path) {
                (Expr::Name(name), [Step::Index(1), rest @ ..]) if *name == "enumerate" => match args.first() {
                    Some(Arg { kind: ArgKind::Positional, value, .. }) => {
                        self.entry_of_elements(site(*value), rest, key, steps)
                    }
                    _ => Entry::Unknown,
                },
                (Expr::Name(name), [Step::Index(at), rest @ ..]) if *name == "zip" => match args.get(*at as usize) {
                    Some(Arg { kind: ArgKind::Positional, value, .. }) => {
                        self.entry_of_elements(site(*value), rest, key, steps)
                    }
                    _ => Entry::Unknown,
                },
                _ => Entry::Unknown,
            },
            Expr::Name(name) => {
                let Some((scope, bound)) = self.bindings_at(iter, *name) else { return Entry::Unknown };
                let made = bound.iter().filter_map(|one| {
                    let Some((_, item, facts)) = self.item(iter.file, one.item) else { return Some(Entry::Unknown) };
                    let Some(binding) = facts.bindings.get(one.binding as usize) else { return Some(Entry::Unknown) };
                    match binding.source {
                        Source::Value(value) | Source::Annotated(_, Some(value)) if binding.path.is_empty() => {
                            // What is empty is filled later.
                            let is_empty = matches!(item.expr(value), Expr::List(items) if items.is_empty());
                            let value = Site { file: iter.file, item: one.item, expr: value };
                            (!is_empty).then(|| self.entry_of_elements(value, path, key, steps))
                        }
                        _ => Some(Entry::Unknown),
                    }
                });
                let made: Vec<Entry> = made.collect();
                Entry::any(made.into_iter().chain(self.entries_added(iter, *name, scope, path, key, steps)))
            }
            _ => Entry::Unknown,
        }
    }

    /// What the dicts hold that are added to the list `name`.
    fn entries_added(
        &self,
        list: Site,
        name: Name,
        scope: ScopeId,
        path: &[Step],
        key: Name,
        steps: u32,
    ) -> Vec<Entry> {
        let Some(file) = self.file(list.file) else { return vec![Entry::Unknown] };
        let items = if scope == ScopeId::OUTER {
            self.look(list.file, super::dependencies::FileDependency::Additions(name));
            file.facts.additions.get(&name).cloned().unwrap_or_default()
        } else {
            vec![list.item]
        };
        let mut all = Vec::new();
        for index in items {
            let Some((_, item, facts)) = self.item(list.file, index) else { continue };
            for addition in &facts.additions {
                let is_it = matches!(item.expr(addition.base), Expr::Name(base) if *base == name)
                    && binding_scope(facts, scope_of(item, facts, addition.base), name) == scope;
                let value = Site { file: list.file, item: index, expr: addition.value };
                match addition.kind {
                    _ if !is_it => {}
                    AdditionKind::Element | AdditionKind::Keyed => {
                        all.push(self.entry_of_element(value, path, key, steps));
                    }
                    AdditionKind::All => all.push(self.entry_of_elements(value, path, key, steps)),
                }
            }
        }
        all
    }

    fn entry_of_element(&self, element: Site, path: &[Step], key: Name, steps: u32) -> Entry {
        let [first, rest @ ..] = path else { return self.entry_in(element, key, steps) };
        let Some((_, item, _)) = self.item(element.file, element.item) else { return Entry::Unknown };
        match (item.expr(element.expr), first) {
            (Expr::Tuple(items) | Expr::List(items), Step::Index(at))
                if !items.iter().any(|one| matches!(item.expr(*one), Expr::Starred(_))) =>
            {
                match items.get(*at as usize) {
                    Some(one) => self.entry_of_element(Site { expr: *one, ..element }, rest, key, steps),
                    None => Entry::Unknown,
                }
            }
            _ => Entry::Unknown,
        }
    }
}
