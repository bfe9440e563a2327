//! Names: what the bindings that reach a use are bound to.

use pyteam_syntax::tree::ParamKind;
use pyteam_syntax::{Expr, ExprId, Name};

use super::dependencies::{FileDependency, WorkspaceDependency};
use super::expr::{element, unpack};
use super::reaching_definitions::{local_bindings, reaching_items, scope_of, without_fallbacks_in};
use super::types::{Type, Types};
use super::{Inference, Site};
use crate::definitions::{ClassRef, FunctionRef};
use crate::facts::{Binding, BindingRef, ScopeId, Source};
use crate::file_id::FileId;
use crate::known;
use crate::snapshot::File;

impl Inference<'_> {
    /// What the name at `site` may be.
    pub(super) fn name(&self, site: Site, name: Name) -> Types {
        let Some((file, item, facts)) = self.item(site.file, site.item) else { return Types::unknown() };
        if let Some((scope, reaching)) = local_bindings(item, facts, site, name) {
            let all = self.bound(site.file, reaching.into_iter());
            return self.with_local_additions(all, site, name, scope);
        }
        let home = scope_of(item, facts, site.expr);
        self.module_name(file, name, (home == ScopeId::OUTER).then_some(site))
    }

    /// The bindings of the name at `site` that reach it, and the scope that they are in. At module level, those of its
    /// file.
    pub(super) fn bindings_at(&self, site: Site, name: Name) -> Option<(ScopeId, Vec<BindingRef>)> {
        let (file, item, facts) = self.item(site.file, site.item)?;
        if let Some(local) = local_bindings(item, facts, site, name) {
            return Some(local);
        }
        let from = (scope_of(item, facts, site.expr) == ScopeId::OUTER).then_some(site);
        Some((ScopeId::OUTER, self.module_bindings(file, name, from)?))
    }

    fn module_bindings(&self, file: &File, name: Name, from: Option<Site>) -> Option<Vec<BindingRef>> {
        let bound = self.bindings_in(file, name)?;
        let bound = without_fallbacks_in(file, bound.to_vec());
        Some(match from {
            Some(site) => reaching_items(file, &bound, site),
            None => bound,
        })
    }
    /// What `name` means at module level of `file`; at `from`, if the use is module-level code itself.
    pub(super) fn module_name(&self, file: &File, name: Name, from: Option<Site>) -> Types {
        if let Some(reaching) = self.module_bindings(file, name, from) {
            let all = self.bound(file.id, reaching.into_iter());
            return self.with_module_additions(all, file, name);
        }
        if let Some(home) = self.starred(file, name) {
            return self.reexported(home, name);
        }
        if !self.stars(file).is_empty() {
            // Any star may bring any name.
            return Types::unknown();
        }
        Types::one(Type::External(Name::new(&format!("builtins.{name}"))))
    }

    /// What binds `name` at module level of `file`.
    pub fn bindings_in<'f>(&self, file: &'f File, name: Name) -> Option<&'f [BindingRef]> {
        self.look(file.id, FileDependency::Module(name));
        let bound = file.facts.module.get(&name)?;
        bound.iter().for_each(|at| self.look(file.id, FileDependency::Item(at.item)));
        Some(bound)
    }

    fn stars<'f>(&self, file: &'f File) -> &'f [(u32, Option<Name>)] {
        self.look(file.id, FileDependency::Stars);
        &file.facts.stars
    }

    /// What a binding is bound to.
    pub(super) fn binding(&self, file: FileId, item: u32, at: u32) -> Types {
        let Some((_, _, facts)) = self.item(file, item) else { return Types::unknown() };
        let Some(binding) = facts.bindings.get(at as usize) else { return Types::unknown() };
        self.source(file, item, binding)
    }

    fn source(&self, file: FileId, item: u32, binding: &Binding) -> Types {
        let types = self.source_types(file, item, binding.source);
        unpack(types, &binding.path)
    }

    /// What a source gives, before unpacking.
    pub(super) fn source_types(&self, file: FileId, item: u32, source: Source) -> Types {
        let site = |expr: ExprId| Site { file, item, expr };
        match source {
            Source::Value(value) => self.expr(site(value)),
            Source::Annotated(annotation, value) => {
                let declared = self.annotation(site(annotation));
                match value {
                    // `x: Any = Queue()`, `x: Final = Queue()` and `x: list = []` say less than the value does.
                    Some(value) if declared.has_nested_unknown() => self.completed(declared, || self.expr(site(value))),
                    Some(value) => self.refine(declared, site(value)),
                    None => declared,
                }
            }
            Source::Element(iter) => {
                let types = self.expr(site(iter));
                element(&types)
            }
            Source::Context(context) => self.entered(site(context)),
            Source::Param(function, index) => self.param(FunctionRef { file, item, stmt: function }, index),
            Source::Function(stmt) => Types::one(Type::Function(FunctionRef { file, item, stmt }, false)),
            Source::Class(stmt) => Types::one(Type::Class(ClassRef { file, item, stmt })),
            Source::Import { path } => Types::one(Type::Module { path, importer: file }),
            Source::ImportFrom { level, module, name } => match self.file(file) {
                Some(importer) => self.imported(importer, level, module, name),
                None => Types::unknown(),
            },
            Source::LambdaParam(..) | Source::Augmented(_) | Source::Caught(_) | Source::Opaque => Types::unknown(),
        }
    }

    /// A declared type, completed by what flows. Where flow has nothing to say because the answer is just being worked
    /// out, the query under way adds the rest.
    pub(super) fn completed(&self, declared: Types, flow: impl FnOnce() -> Types) -> Types {
        let outside = self.cycle_head.replace(u32::MAX);
        let flow = flow();
        let is_whole = self.cycle_head.get() == u32::MAX;
        self.cycle_head.set(outside.min(self.cycle_head.get()));
        if flow.as_slice().is_empty() && (declared.has_unknown() || !is_whole) {
            return flow;
        }
        declared.completed_by(&flow)
    }

    /// What the bindings `bound` of one name, each in its item of `file`, give together. A declaration that leaves
    /// something open (`x: list`) is completed by the others.
    fn bound(&self, file: FileId, bound: impl Iterator<Item = BindingRef>) -> Types {
        let mut declared: Option<Types> = None;
        let mut all = Types::default();
        for at in bound {
            let types = self.binding(file, at.item, at.binding);
            if types.has_nested_unknown() && self.is_declaration(file, at) {
                declared.get_or_insert_with(Types::default).extend(types);
            } else {
                all.extend(types);
            }
        }
        match declared {
            Some(declared) => declared.completed_by(&all),
            None => all,
        }
    }

    /// Whether a binding says a type alone, as `x: list` does.
    fn is_declaration(&self, file: FileId, at: BindingRef) -> bool {
        let binding = self.item(file, at.item).and_then(|(_, _, facts)| facts.bindings.get(at.binding as usize));
        binding.is_some_and(|binding| matches!(binding.source, Source::Annotated(_, None)))
    }

    /// A declared type, with the place where the value itself is made when the value agrees.
    fn refine(&self, declared: Types, value: Site) -> Types {
        let made = self.expr(value);
        let agrees = |one: &Type| match one {
            Type::Instance { class, .. } => {
                declared.iter().any(|d| matches!(d, Type::Instance { class: c, .. } if c == class))
            }
            _ => false,
        };
        if !made.as_slice().is_empty() && made.iter().all(agrees) && declared.as_slice().len() == 1 {
            // Keep the declared arguments: they are the message type.
            if let (Type::Instance { class, args, .. }, Some(Type::Instance { origin, .. })) =
                (&declared.as_slice()[0], made.iter().next())
            {
                return Types::one(Type::Instance { class: *class, origin: *origin, args: args.clone() });
            }
        }
        declared
    }

    /// A parameter: `self` and `cls`, an annotation, or the class of a default.
    fn param(&self, function: FunctionRef, index: u32) -> Types {
        let Some(definition) = self.function(function) else { return Types::unknown() };
        let Some(param) = definition.params.get(index as usize) else { return Types::unknown() };
        if index == 0
            && let Some(class) = self.class_of(function)
            && param.annotation.is_none()
            && matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly)
        {
            match self.binding_kind(function) {
                Bound::Static => {}
                Bound::Class => return Types::one(Type::Class(class)),
                Bound::Object => return Types::one(Type::Object(class, None)),
            }
        }
        let site = |expr| Site { file: function.file, item: function.item, expr };
        let declared = match param.annotation {
            Some(annotation) => self.annotation(site(annotation)),
            None => Types::unknown(),
        };
        let takes_one = !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar);
        if takes_one && is_tracked(&declared) {
            return match self.arguments(function, index as usize) {
                Some(given) => agreed(declared, &given),
                None => declared,
            };
        }
        if takes_one && declared.has_nested_unknown() {
            let mut is_called = true;
            let completed = self.completed(declared.clone(), || {
                let given = self.arguments(function, index as usize);
                is_called = given.is_some();
                given.unwrap_or_default()
            });
            return if is_called { completed } else { declared };
        }
        match param.kind {
            ParamKind::Star => Types::one(Type::Sequence(std::rc::Rc::new(declared))),
            ParamKind::DoubleStar => Types::one(Type::Mapping(std::rc::Rc::new(declared))),
            _ => declared,
        }
    }

    /// The name `name` imported from a module.
    fn imported(&self, importer: &File, level: u32, module: Option<Name>, name: Name) -> Types {
        let names = self.look_across(WorkspaceDependency::Modules);
        let [found, inner] = names.resolve_from(importer, level, module, name);
        if let Some(file) = found.and_then(|id| self.file(id)) {
            if file.id != importer.id && self.bindings_in(file, name).is_some() {
                return self.reexported(file, name);
            }
            // A submodule of a package.
            let (folder, _) = file.path.rsplit_once('/').unwrap_or_default();
            if file.path.ends_with("/__init__.py") {
                let path = format!("{folder}/{name}.py");
                let sub = names.file_id(&path).or_else(|| names.file_id(&format!("{folder}/{name}/__init__.py")));
                if let Some(sub) = sub {
                    return Types::one(Type::Module { path: Name::new(&format!("{}{name}", "\0")), importer: sub });
                }
            }
            return match self.starred(file, name) {
                Some(home) => self.reexported(home, name),
                None => Types::unknown(),
            };
        }
        if level > 0 {
            // `from . import name` in a package without an `__init__` that we know.
            return match inner {
                Some(sub) => Types::one(Type::Module { path: Name::new(&format!("{}{name}", "\0")), importer: sub }),
                None => Types::unknown(),
            };
        }
        let path = Name::new(&format!("{}.{name}", module.map_or("", Name::as_str)));
        if inner.is_some() {
            return Types::one(Type::Module { path, importer: importer.id });
        }
        Types::one(Type::External(path))
    }

    /// The file from which the star imports of `file` bring `name`. Packages star-import one another in circles,
    /// so each file is looked at once.
    fn starred(&self, file: &File, name: Name) -> Option<&File> {
        let names = self.look_across(WorkspaceDependency::Modules);
        let mut seen = vec![file.id];
        let mut at = 0;
        while let Some(importer) = seen.get(at).and_then(|id| self.file(*id)) {
            at += 1;
            for (level, module) in self.stars(importer) {
                let found = names.resolve_import(importer, *level, *module);
                let Some(target) = found.filter(|id| !seen.contains(id)).and_then(|id| self.file(id)) else { continue };
                if self.bindings_in(target, name).is_some() {
                    return Some(target);
                }
                seen.push(target.id);
            }
        }
        None
    }

    fn reexported(&self, file: &File, name: Name) -> Types {
        if self.depth.get() >= super::MAX_DEPTH {
            return self.given_up();
        }
        self.depth.set(self.depth.get() + 1);
        let types = self.module_name(file, name, None);
        self.depth.set(self.depth.get() - 1);
        types
    }

    /// What `module.attr` means.
    pub(super) fn module_attribute(&self, path: Name, importer: FileId, attr: Name) -> Types {
        let Some(file) = self.file(importer) else { return Types::unknown() };
        let names = self.look_across(WorkspaceDependency::Modules);
        // A module that was already found is carried as itself (see `imported`).
        let module = match path.as_str().strip_prefix('\0') {
            Some(_) => Some(importer),
            None => {
                let dotted = format!("{path}.{attr}");
                if names.resolve(&file.path, &dotted).is_some() {
                    return Types::one(Type::Module { path: Name::new(&dotted), importer });
                }
                names.resolve(&file.path, path.as_str())
            }
        };
        match module.and_then(|id| self.file(id)) {
            Some(module) if self.bindings_in(module, attr).is_some() => self.reexported(module, attr),
            Some(module) => {
                let (folder, _) = module.path.rsplit_once('/').unwrap_or_default();
                let sub = names.file_id(&format!("{folder}/{attr}.py"));
                match sub.filter(|_| module.path.ends_with("/__init__.py")) {
                    Some(sub) => {
                        Types::one(Type::Module { path: Name::new(&format!("{}{attr}", "\0")), importer: sub })
                    }
                    None if self.stars(module).is_empty() => Types::unknown(),
                    None => self.module_name(module, attr, None),
                }
            }
            None => Types::one(Type::External(Name::new(&format!("{path}.{attr}")))),
        }
    }

    /// How a method takes its first argument.
    pub fn binding_kind(&self, function: FunctionRef) -> Bound {
        let Some((_, item, _)) = self.item(function.file, function.item) else { return Bound::Object };
        let Some(definition) = self.function(function) else { return Bound::Object };
        for decorator in &definition.decorators {
            match item.expr(*decorator) {
                Expr::Name(name) if *name == "staticmethod" => return Bound::Static,
                Expr::Name(name) if *name == "classmethod" => return Bound::Class,
                _ => {}
            }
        }
        if definition.name == "__new__"
            || definition.name == "__init_subclass__"
            || definition.name == "__class_getitem__"
        {
            return Bound::Class;
        }
        Bound::Object
    }
}

/// Whether this is one object whose way through the program matters.
pub(super) fn is_tracked(declared: &Types) -> bool {
    let mut objects = declared.non_none();
    match (objects.next(), objects.next()) {
        (Some(Type::Instance { class, .. }), None) => known::is_tracked(class.as_str()),
        _ => false,
    }
}

/// What something declared is by its annotation and by what it is given: the objects themselves where both agree, nothing
/// certain where they contradict one another.
pub(super) fn agreed(declared: Types, given: &Types) -> Types {
    if given.has_unknown() {
        return declared;
    }
    let Some(Type::Instance { class: said, args, .. }) = declared.non_none().next() else { return declared };
    let mut all = Types::default();
    for one in given {
        match one {
            Type::None => all.push(Type::None),
            Type::Instance { class, origin, args: own } if known::may_stand_for(class.as_str(), said.as_str()) => {
                let args = if args.is_empty() { own } else { args };
                all.push(Type::Instance { class: *class, origin: *origin, args: args.clone() });
            }
            // A stand-in of the project's own, in a test perhaps, changes nothing about the declared type.
            Type::Object(..) => {}
            _ => return Types::unknown(),
        }
    }
    if all.non_none().next().is_none() { declared } else { all }
}

/// How a method takes its first argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `@staticmethod`: not at all.
    Static,
    /// The class.
    Class,
    /// The object.
    Object,
}
