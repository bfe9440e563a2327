//! Attributes: of modules, classes and objects.

use std::rc::Rc;

use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, Item, Name};

use super::dependencies::{FileDependency, WorkspaceDependency};
use super::expr::unpack;
use super::name::{Bound, agreed, is_tracked};
use super::types::{Type, Types};
use super::{Base, Inference, Site};
use crate::definitions::{ClassRef, FunctionRef};
use crate::facts::{ScopeKind, Source};
use crate::known;

/// Most assignments from outside that are looked at.
const MAX_WRITES: usize = 64;
/// Most classes that a mixin is looked for in.
const MAX_USERS: usize = 16;

/// What an attribute holds.
#[derive(Default)]
struct Held {
    /// What flows there, or is declared for sure.
    given: Types,
    /// What is declared, where that leaves something open.
    said: Option<Types>,
}

impl Held {
    fn say(&mut self, said: Types) {
        self.said.get_or_insert_with(Types::default).extend(said);
    }
    fn whole(self) -> Types {
        match self.said {
            Some(said) => said.completed_by(&self.given),
            None => self.given,
        }
    }
}

impl Inference<'_> {
    /// What `base.attr` may be.
    pub(super) fn attribute(&self, base: &Types, attr: Name) -> Types {
        base.flat_map(|one| match one {
            Type::Module { path, importer } => self.module_attribute(*path, *importer, attr),
            Type::External(path) => Types::one(Type::External(Name::new(&format!("{path}.{attr}")))),
            Type::Instance { class, origin, .. } => {
                Types::one(Type::Method { class: *class, name: attr, origin: *origin })
            }
            Type::Class(class) => self.class_attribute(*class, attr),
            Type::Object(class, _) => self.object_attribute(*class, attr, one),
            Type::Sequence(_) | Type::Mapping(_) | Type::Tuple(_) | Type::Builtin(_) => builtin_method(one, attr),
            Type::None => Types::default(),
            _ => Types::unknown(),
        })
    }

    /// An attribute as the class itself, or an ancestor in the workspace, declares it.
    pub(super) fn class_attribute(&self, class: ClassRef, attr: Name) -> Types {
        let (ancestors, complete) = self.known_ancestors(class);
        for ancestor in ancestors.iter() {
            if let Some(types) = self.declared_in(*ancestor, attr) {
                return types;
            }
        }
        if complete { self.external_attribute(class, attr) } else { Types::unknown() }
    }

    /// An attribute that only a base from outside can have.
    fn external_attribute(&self, class: ClassRef, attr: Name) -> Types {
        let bases = self.known_ancestors(class).0.iter().flat_map(|one| self.bases(*one)).collect::<Vec<_>>();
        let external: Vec<Name> = bases
            .into_iter()
            .filter_map(|base| match base {
                Base::External(path) if !known::says_nothing(path) => Some(path),
                _ => None,
            })
            .collect();
        match external.as_slice() {
            [class] => Types::one(Type::Method { class: *class, name: attr, origin: None }),
            _ => Types::unknown(),
        }
    }

    /// A method or class-level name of `class` itself.
    fn declared_in(&self, class: ClassRef, attr: Name) -> Option<Types> {
        if let Some(method) = self.method_named(class, attr) {
            return Some(self.method(method, class));
        }
        let (_, item, facts) = self.item(class.file, class.item)?;
        let scope = facts.scopes.iter().position(|scope| {
            scope.kind == ScopeKind::Class && scope.owner == Some(pyteam_syntax::visit::Part::Stmt(class.stmt))
        })?;
        let bound = facts.scopes[scope].bindings.iter().copied().filter(|at| facts.bindings[*at as usize].name == attr);
        let mut found: Option<Types> = None;
        for at in bound {
            // A bare `x = None` at class level is a placeholder for what methods set.
            let is_none = matches!(facts.bindings[at as usize].source, Source::Value(value) if matches!(item.expr(value), Expr::None));
            let types = if is_none { Types::one(Type::None) } else { self.binding(class.file, class.item, at) };
            found.get_or_insert_with(Types::default).extend(types);
        }
        found
    }

    fn method(&self, method: FunctionRef, class: ClassRef) -> Types {
        let Some(definition) = self.function(method) else { return Types::unknown() };
        let Some((_, item, _)) = self.item(method.file, method.item) else { return Types::unknown() };
        let is_property = definition.decorators.iter().any(|decorator| match item.expr(*decorator) {
            Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                matches!(name.as_str(), "property" | "cached_property" | "abstractproperty" | "setter")
            }
            _ => false,
        });
        if is_property {
            return self.returns(method, Some(&Type::Object(class, None)));
        }
        Types::one(Type::Function(method, true))
    }

    /// An attribute of an object: what its class declares, else all that its methods, and those of its
    /// ancestors, write. A mixin's attributes are those of the classes that it is mixed into, and what no method
    /// writes may be set from outside.
    fn object_attribute(&self, class: ClassRef, attr: Name, object: &Type) -> Types {
        let (ancestors, complete) = self.known_ancestors(class);
        let own = self.attribute_within(&ancestors, attr);
        if !own.given.as_slice().is_empty() && own.given.as_slice() != [Type::None] {
            return self.with_attribute_additions(own.whole(), &ancestors, attr);
        }
        let mut all = own;
        all.given.extend(self.set_outside(&ancestors, attr));
        if all.given.non_none().next().is_none() && matches!(object, Type::Object(_, None)) {
            for user in self.mixed_into(class) {
                all.given.extend(self.attribute_within(&user, attr).given);
            }
        }
        if all.said.is_some() {
            return self.with_attribute_additions(all.whole(), &ancestors, attr);
        }
        if !all.given.as_slice().is_empty() {
            return all.given;
        }
        if complete { self.external_attribute(class, attr) } else { Types::unknown() }
    }

    /// What classes declare `attr` to be or, if none does or it leaves something open, write into it.
    fn attribute_within(&self, classes: &[ClassRef], attr: Name) -> Held {
        let mut all = Held::default();
        for class in classes {
            if self.is_left_open(*class, attr, &mut all) {
                break;
            }
            if let Some(types) = self.declared_in(*class, attr) {
                if types.as_slice() != [Type::None] {
                    return Held { given: self.made_as_declared(types, classes, attr), said: None };
                }
                all.given.extend(types);
            }
        }
        let mut declared: Option<Types> = None;
        for class in classes {
            for (site, source, path) in self.writes(*class, attr) {
                if let Source::Annotated(annotation, value) = source {
                    let at = |expr| Site { expr, ..site };
                    let said = self.annotation(at(annotation));
                    if said.has_nested_unknown() {
                        all.given.extend(value.map(|value| self.expr(at(value))).unwrap_or_default());
                        all.say(said);
                        continue;
                    }
                    let types = self.source_types(site.file, site.item, source);
                    declared.get_or_insert_with(Types::default).extend(types);
                    continue;
                }
                let types = self.source_types(site.file, site.item, source);
                all.given.extend(unpack(types, &path));
            }
        }
        match declared {
            Some(declared) if is_tracked(&declared) => Held { given: as_made(declared, &all.given), said: None },
            Some(declared) => Held { given: declared, said: None },
            None => all,
        }
    }

    /// What the class level declares `attr` to be, as the objects that the methods of `classes` assign to it, where they
    /// are what is declared: `thread: Thread | None = None` says a type, and `self.thread = Thread(..)` makes it.
    fn made_as_declared(&self, declared: Types, classes: &[ClassRef], attr: Name) -> Types {
        if !is_tracked(&declared) {
            return declared;
        }
        let mut given = Types::default();
        for (site, source, path) in classes.iter().flat_map(|class| self.writes(*class, attr)) {
            given.extend(unpack(self.source_types(site.file, site.item, source), &path));
        }
        as_made(declared, &given)
    }

    /// Whether all that `class` itself says of `attr` are declarations that leave something open, as `x: list` does;
    /// then it adds them to `held`. Where a class is made after its declarations, as a dataclass is, what they hold
    /// comes in ways that the code does not show.
    fn is_left_open(&self, class: ClassRef, attr: Name, held: &mut Held) -> bool {
        let Some((_, item, facts)) = self.item(class.file, class.item) else { return false };
        let part = Some(pyteam_syntax::visit::Part::Stmt(class.stmt));
        let Some(scope) = facts.scopes.iter().find(|scope| scope.kind == ScopeKind::Class && scope.owner == part)
        else {
            return false;
        };
        let mut open = Held::default();
        for at in &scope.bindings {
            let binding = &facts.bindings[*at as usize];
            if binding.name != attr {
                continue;
            }
            let Source::Annotated(annotation, value) = binding.source else { return false };
            let at = |expr| Site { file: class.file, item: class.item, expr };
            let said = self.annotation(at(annotation));
            if !said.has_nested_unknown() {
                return false;
            }
            open.say(said);
            open.given.extend(value.map(|value| self.expr(at(value))).unwrap_or_default());
        }
        if open.said.is_none() || !self.is_made_plainly(class, item) {
            return false;
        }
        held.given.extend(open.given);
        open.said.into_iter().for_each(|said| held.say(said));
        true
    }

    /// Whether a class's declarations mean no more than they do to Python itself: there is no decorator, no metaclass,
    /// and no base from outside that might read them.
    fn is_made_plainly(&self, class: ClassRef, item: &Item) -> bool {
        let is_plain = |base: &Base| match base {
            Base::Class(_) => true,
            Base::External(path) => {
                matches!(path.as_str(), "builtins.object" | "abc.ABC" | "typing.Generic")
                    || known::is_tracked(path.as_str())
            }
            Base::Unknown => false,
        };
        let (ancestors, complete) = self.known_ancestors(class);
        complete
            && crate::facts::class(item, class.stmt).is_some_and(|definition| definition.decorators.is_empty())
            && ancestors.iter().all(|one| {
                let named = |arg: &Arg| matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::DoubleStar);
                self.bases(*one).iter().all(is_plain)
                    && self.class(*one).is_some_and(|definition| !definition.args.iter().any(named))
            })
    }

    /// What code outside of `classes` assigns to the attribute of an object of one of them.
    fn set_outside(&self, classes: &[ClassRef], attr: Name) -> Types {
        let mut all = Types::default();
        let mut writes = 0;
        for file in
            self.look_across(WorkspaceDependency::Setters(attr)).setters(attr).iter().filter_map(|id| self.file(*id))
        {
            self.look(file.id, FileDependency::Writes(attr));
            for (item, write) in file.facts.writes.get(&attr).into_iter().flatten() {
                let Some((_, syntax, facts)) = self.item(file.id, *item) else { continue };
                let write = &facts.writes[*write as usize];
                if matches!(syntax.expr(write.base), Expr::Name(base) if *base == "self") {
                    continue;
                }
                writes += 1;
                if writes > MAX_WRITES {
                    return Types::unknown();
                }
                let base = self.expr(Site { file: file.id, item: *item, expr: write.base });
                let is_it = |one: &Type| matches!(one, Type::Object(class, _) if self.is_related(*class, classes));
                if base.iter().any(is_it) {
                    let types = self.source_types(file.id, *item, write.source);
                    all.extend(unpack(types, &write.path));
                }
            }
        }
        all
    }

    fn is_related(&self, class: ClassRef, classes: &[ClassRef]) -> bool {
        classes.contains(&class) || classes.first().is_some_and(|one| self.known_ancestors(class).0.contains(one))
    }

    /// The classes that derive from `class`, each with its ancestors.
    fn mixed_into(&self, class: ClassRef) -> Vec<Rc<[ClassRef]>> {
        let mut users = self.subclasses(class);
        let mut at = 0;
        while at < users.len() && users.len() < MAX_USERS {
            for sub in self.subclasses(users[at]) {
                if !users.contains(&sub) {
                    users.push(sub);
                }
            }
            at += 1;
        }
        users.into_iter().map(|user| self.known_ancestors(user).0).collect()
    }

    /// What the methods of `class` itself assign to `self.attr`.
    pub fn writes(&self, class: ClassRef, attr: Name) -> Vec<(Site, Source, crate::facts::binding::Path)> {
        let Some(file) = self.file(class.file) else { return Vec::new() };
        self.look(class.file, FileDependency::Writes(attr));
        let Some(written) = file.facts.writes.get(&attr) else { return Vec::new() };
        let mut found = Vec::new();
        for (item_index, write) in written {
            let Some((_, item, facts)) = self.item(class.file, *item_index) else { continue };
            let write = &facts.writes[*write as usize];
            let Expr::Name(base) = item.expr(write.base) else { continue };
            let mut functions =
                item.stmt_ancestors(write.stmt).filter(|stmt| crate::facts::function(item, *stmt).is_some());
            let owner = functions.find_map(|stmt| {
                let function = FunctionRef { file: class.file, item: *item_index, stmt };
                let definition = self.function(function)?;
                let is_self = definition.params.first().is_some_and(|param| param.name == *base);
                (is_self && self.binding_kind(function) != Bound::Static).then(|| self.class_of(function)).flatten()
            });
            if owner == Some(class) {
                let site = Site { file: class.file, item: *item_index, expr: write.target };
                found.push((site, write.source, write.path.clone()));
            }
        }
        found
    }
}

/// The objects that are assigned to a declared attribute, where all of them are what is declared.
fn as_made(declared: Types, given: &Types) -> Types {
    let made = agreed(declared.clone(), given);
    if made.has_unknown() {
        return declared;
    }
    let mut all = made;
    all.extend(declared.iter().filter(|one| **one == Type::None).cloned().collect());
    all
}

/// Methods of containers that hand out their elements.
fn builtin_method(one: &Type, attr: Name) -> Types {
    let class = match one {
        Type::Sequence(_) => "builtins.list",
        Type::Mapping(_) => "builtins.dict",
        Type::Tuple(_) => "builtins.tuple",
        Type::Builtin(name) => {
            return Types::one(Type::Method {
                class: Name::new(&format!("builtins.{name}")),
                name: attr,
                origin: None,
            });
        }
        _ => return Types::unknown(),
    };
    Types::one(Type::Method { class: Name::new(class), name: attr, origin: None })
}
