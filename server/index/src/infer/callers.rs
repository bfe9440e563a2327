//! The calls that lead to a function, and what they give to its parameters together.

use std::rc::Rc;

use pyteam_syntax::{Expr, ExprId, Name};

use super::call_binding::{CallBinding, RequestedArgument, passed_as};
use super::dependencies::{FileDependency, WorkspaceDependency};
use super::types::Types;
use super::{Inference, Site};
use crate::definitions::{ClassRef, FunctionRef};
use crate::facts::last_name;
use crate::file_id::FileId;

/// More callers than this say nothing together: what all the world calls is given everything.
const MAX_CALLERS: usize = 48;
/// More calls of a function's name than this are not gone through: most files have a `get` and a `start`.
const MAX_CANDIDATES: usize = 256;
/// Most subclasses whose constructors are looked for.
const MAX_SUBCLASSES: usize = 16;

/// The calls that lead to a function; `None` where there are too many to say anything.
pub(super) type Callers = Option<Rc<[CallBinding]>>;

impl Inference<'_> {
    /// What the callers of `function` give to its parameter `index`; `None` where no caller is known.
    pub fn arguments(&self, function: FunctionRef, index: usize) -> Option<Types> {
        let Some(callers) = self.callers(function) else { return Some(Types::unknown()) };
        let param = self.function(function)?.params.get(index)?;
        let default = || self.default_of(function, param);
        self.given_by(&callers, RequestedArgument::by(param, index), &default)
    }

    /// What each call that leads to `function` gives to its parameter `index`; `None` where there are too many. Where a
    /// large workspace calls too many things `__init__`, a constructor's calls are those of its class by its name.
    pub fn arguments_by_call(&self, function: FunctionRef, index: usize) -> Option<Vec<(Site, Types)>> {
        let callers = self.callers(function).or_else(|| self.calls_of_class(function))?;
        let param = self.function(function)?.params.get(index)?;
        let default = || self.default_of(function, param);
        let wanted = RequestedArgument::by(param, index);
        Some(callers.iter().filter_map(|one| Some((one.call, self.given(*one, wanted, &default)?))).collect())
    }

    /// The calls of the class, by its name, that `function` is the constructor of.
    fn calls_of_class(&self, function: FunctionRef) -> Callers {
        let class =
            self.class_of(function).filter(|_| self.function(function).is_some_and(|one| one.name == "__init__"))?;
        let name = self.class(class)?.name;
        let calls = self.calls_named(name);
        let callers = (calls.len() <= MAX_CANDIDATES).then(|| {
            calls.into_iter().filter_map(|call| self.binding_named(call, name, function)).collect::<Vec<_>>()
        })?;
        (callers.len() <= MAX_CALLERS).then(|| callers.into())
    }

    /// All calls in the workspace of something named `name`, or that pass it on to be called.
    pub fn calls_named(&self, name: Name) -> Vec<Site> {
        let mut found = Vec::new();
        for id in self.look_across(WorkspaceDependency::Callers(name)).callers(name) {
            let Some(file) = self.file(*id) else { continue };
            self.look(*id, FileDependency::Called(name));
            for item in file.facts.called.get(&name).into_iter().flatten() {
                found.extend(self.calls_of(Site { file: *id, item: *item, expr: ExprId(0) }, name));
            }
        }
        found
    }

    /// What all of `callers` give together, with `missing` for calls that leave it out; `None` where no call is
    /// known.
    pub(super) fn given_by(
        &self,
        callers: &[CallBinding],
        wanted: RequestedArgument,
        missing: &dyn Fn() -> Types,
    ) -> Option<Types> {
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
        let outside = self.cycle_head.replace(u32::MAX);
        let callers = self.find_callers(function);
        let cycle_head = self.cycle_head.get();
        if cycle_head == u32::MAX {
            self.callers.borrow_mut().insert(function, callers.clone());
        }
        self.cycle_head.set(outside.min(cycle_head));
        callers
    }

    fn find_callers(&self, function: FunctionRef) -> Callers {
        let definition = self.function(function)?;
        // Each file in the list has such a call: `__init__`, `get` and `update` are called in most files.
        if self.look_across(WorkspaceDependency::Callers(definition.name)).callers(definition.name).len()
            > MAX_CANDIDATES
        {
            return None;
        }
        // Under which names, and in which files.
        let mut sought: Vec<(Name, FileId)> = Vec::new();
        let everywhere = |name: Name| {
            let files = self.look_across(WorkspaceDependency::Callers(name)).callers(name);
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
            self.look(id, FileDependency::Called(name));
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
            callers.extend(self.binding_named(call, name, function));
            if callers.len() > MAX_CALLERS {
                return None;
            }
        }
        Some(callers.into())
    }

    /// The classes whose objects may be made by the constructor of `class`: itself and its subclasses.
    pub fn made_by(&self, class: ClassRef) -> Vec<ClassRef> {
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
}
