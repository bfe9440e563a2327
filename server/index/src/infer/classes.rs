//! Classes: their bases, ancestors, subclasses and methods.

use std::cell::RefCell;
use std::hash::Hash;
use std::rc::Rc;

use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, Name, Stmt};
use rustc_hash::FxHashMap;

use super::dependencies::{FileDependency, WorkspaceDependency};
use super::{Base, Inference, Site, Type};
use crate::definitions::{ClassRef, FunctionRef};
use crate::facts;

/// A class and its ancestors, and whether these are all.
type Ancestors = (Rc<[ClassRef]>, bool);

/// What is known of classes. They are asked about for every attribute of every object.
#[derive(Default)]
pub(super) struct Classes {
    bases: RefCell<FxHashMap<ClassRef, Rc<[Base]>>>,
    ancestors: RefCell<FxHashMap<ClassRef, Ancestors>>,
    methods: RefCell<FxHashMap<ClassRef, Rc<Methods>>>,
}

/// The methods of a class itself.
#[derive(Default)]
struct Methods {
    /// In source order.
    all: Vec<FunctionRef>,
    /// The first of each name.
    by_name: FxHashMap<Name, FunctionRef>,
}

impl Inference<'_> {
    /// The bases of a class, in order.
    pub fn bases(&self, class: ClassRef) -> Vec<Base> {
        self.known_bases(class).to_vec()
    }

    fn known_bases(&self, class: ClassRef) -> Rc<[Base]> {
        self.once(&self.classes.bases, class, || {
            let Some((_, item, _)) = self.item(class.file, class.item) else { return Rc::default() };
            let Some(definition) = facts::class(item, class.stmt) else { return Rc::default() };
            definition
                .args
                .iter()
                .filter(|arg| !matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::DoubleStar))
                .map(|arg| match arg.kind {
                    ArgKind::Positional => self.base(Site { file: class.file, item: class.item, expr: arg.value }),
                    _ => Base::Unknown,
                })
                .collect()
        })
    }

    /// The remembered answer to `key`, or what `find` finds. As everywhere, what had to do without an answer that is
    /// under way is not remembered.
    fn once<K: Copy + Eq + Hash, V: Clone>(
        &self,
        known: &RefCell<FxHashMap<K, V>>,
        key: K,
        find: impl FnOnce() -> V,
    ) -> V {
        if let Some(known) = known.borrow().get(&key) {
            return known.clone();
        }
        let outside = self.cycle_head.replace(u32::MAX);
        let found = find();
        let cycle_head = self.cycle_head.get();
        if cycle_head == u32::MAX {
            known.borrow_mut().insert(key, found.clone());
        }
        self.cycle_head.set(outside.min(cycle_head));
        found
    }

    fn base(&self, site: Site) -> Base {
        let Some((_, item, _)) = self.item(site.file, site.item) else { return Base::Unknown };
        // `Generic[T]`, `Base[int]`: the class is what is subscripted.
        if let Expr::Subscript { value, .. } = item.expr(site.expr) {
            return self.base(Site { expr: *value, ..site });
        }
        let types = self.expr(site);
        match types.as_slice() {
            [Type::Class(class)] => Base::Class(*class),
            [Type::External(path)] => Base::External(crate::known::canonical(*path)),
            _ => Base::Unknown,
        }
    }

    /// Classes of the workspace that derive directly from `class`, in all files.
    pub fn subclasses(&self, class: ClassRef) -> Vec<ClassRef> {
        let Some((_, item, _)) = self.item(class.file, class.item) else { return Vec::new() };
        let Some(definition) = facts::class(item, class.stmt) else { return Vec::new() };
        let mut found: Vec<ClassRef> = self
            .look_across(WorkspaceDependency::Derived(definition.name))
            .derived_by_name(definition.name)
            .iter()
            .copied()
            .filter(|candidate| *candidate != class && self.bases(*candidate).contains(&Base::Class(class)))
            .collect();
        found.sort_unstable();
        found
    }

    /// The class and its ancestors in the workspace, nearest first, each once. The second value tells whether
    /// all bases could be followed (bases from outside count as followed).
    pub fn ancestors(&self, class: ClassRef) -> (Vec<ClassRef>, bool) {
        let (ancestors, complete) = self.known_ancestors(class);
        (ancestors.to_vec(), complete)
    }

    pub(super) fn known_ancestors(&self, class: ClassRef) -> Ancestors {
        self.once(&self.classes.ancestors, class, || {
            let mut all = vec![class];
            let mut complete = true;
            let mut at = 0;
            while at < all.len() && at < 64 {
                for base in self.known_bases(all[at]).iter() {
                    match base {
                        Base::Class(base) if !all.contains(base) => all.push(*base),
                        Base::Unknown => complete = false,
                        _ => {}
                    }
                }
                at += 1;
            }
            (all.into(), complete)
        })
    }

    /// The methods of a class itself, in source order.
    pub fn methods(&self, class: ClassRef) -> Vec<FunctionRef> {
        self.known_methods(class).all.clone()
    }

    /// The method of that name of a class itself; of several, the first.
    pub fn method_named(&self, class: ClassRef, name: Name) -> Option<FunctionRef> {
        self.known_methods(class).by_name.get(&name).copied()
    }

    fn known_methods(&self, class: ClassRef) -> Rc<Methods> {
        self.once(&self.classes.methods, class, || {
            let mut methods = Methods::default();
            let Some((file, item, _)) = self.item(class.file, class.item) else { return Rc::new(methods) };
            let Some(definition) = facts::class(item, class.stmt) else { return Rc::new(methods) };
            // Which methods there are, and not what they do.
            self.look(class.file, FileDependency::Members(class.item));
            for stmt in &definition.body {
                let (method, function) = match item.stmt(*stmt) {
                    Stmt::Function(function) => {
                        (FunctionRef { file: class.file, item: class.item, stmt: *stmt }, Some(&**function))
                    }
                    Stmt::Member(member) => {
                        let index = class.item + 1 + member;
                        let Some(slot) = file.parsed.items.get(index as usize) else { continue };
                        let root = slot.item.root();
                        (FunctionRef { file: class.file, item: index, stmt: root }, facts::function(&slot.item, root))
                    }
                    _ => continue,
                };
                methods.all.push(method);
                if let Some(function) = function {
                    methods.by_name.entry(function.name).or_insert(method);
                }
            }
            Rc::new(methods)
        })
    }
}
