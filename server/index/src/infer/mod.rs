//! Inference: what an expression may be, asked for on demand and followed across files.
//!
//! An answer is a set of [`Type`]s. [`Type::Unknown`] in it means that something could not be followed; rules
//! take that as silence. Every question is bounded by depth and by a budget of steps, so that a pathological
//! file gets a short answer, not a long wait.

mod annotation;
mod attribute;
mod call;
mod call_binding;
mod callers;
mod classes;
mod container;
mod dependencies;
mod dict_keys;
mod expr;
mod name;
mod reaching_definitions;
pub mod types;
mod varargs;

use std::cell::{Cell, RefCell};

use dependencies::{DependencyRecorder, FileDependency, WorkspaceDependency};
use pyteam_syntax::tree::Function;
use pyteam_syntax::{ExprId, Item, Name, Parent, StmtId};
use rustc_hash::FxHashMap;

use crate::definitions::{ClassRef, FunctionRef};
use crate::facts::{self, ItemFacts};
use crate::file_id::FileId;
use crate::name_index::NameIndex;
use crate::snapshot::{File, Snapshot};

pub use call_binding::CallBinding;
pub use dependencies::Dependencies;
pub use name::Bound;
pub use types::{Type, Types};

/// Longest chain of assignments, calls and imports that is followed.
const MAX_DEPTH: u32 = 24;
/// Most expressions looked at for one question.
const BUDGET: u32 = 1_500;
/// Most expressions looked at for one item's questions.
const ITEM_BUDGET: u32 = 15_000;

/// An expression anywhere in the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// The file.
    pub file: FileId,
    /// Index of the item.
    pub item: u32,
    /// The expression.
    pub expr: ExprId,
}

/// Answers questions about one snapshot, remembering what it answered.
pub struct Inference<'a> {
    snapshot: &'a Snapshot,
    known: RefCell<FxHashMap<Site, Types>>,
    /// Answers that had to do without one that is under way. They serve the present question alone: all that they
    /// lack comes to it by that other way.
    provisional: RefCell<FxHashMap<Site, Types>>,
    classes: classes::Classes,
    /// The callers of functions, and how they call.
    callers: RefCell<FxHashMap<FunctionRef, callers::Callers>>,
    /// Questions that are being answered, with their depth.
    asked: RefCell<FxHashMap<Site, u32>>,
    /// What is handed on by functions whose callers are being asked, with the depth.
    forwarding: RefCell<FxHashMap<(FunctionRef, call_binding::RequestedArgument), u32>>,
    /// The least depth of a question under way that an answer since then had to do without.
    cycle_head: Cell<u32>,
    depth: Cell<u32>,
    /// Steps taken for the present question, and for all.
    steps: Cell<u32>,
    all_steps: Cell<u32>,
    /// Set where a cache keeps what rests on the answers.
    recorder: Option<DependencyRecorder>,
}

/// A base of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// A class of the workspace.
    Class(ClassRef),
    /// A class from outside, by its dotted path.
    External(Name),
    /// Something that cannot be followed.
    Unknown,
}

impl<'a> Inference<'a> {
    /// Asks about `snapshot`.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            known: RefCell::default(),
            provisional: RefCell::default(),
            classes: classes::Classes::default(),
            callers: RefCell::default(),
            asked: RefCell::default(),
            forwarding: RefCell::default(),
            cycle_head: Cell::new(u32::MAX),
            depth: Cell::new(0),
            steps: Cell::new(0),
            all_steps: Cell::new(0),
            recorder: None,
        }
    }

    /// Asks about `snapshot`, and takes down what is looked at for it.
    pub fn recording(snapshot: &'a Snapshot) -> Self {
        Self { recorder: Some(DependencyRecorder::default()), ..Self::new(snapshot) }
    }

    /// Begins the questions of another item: its budget is its own.
    pub fn renew_budget(&self) {
        self.all_steps.set(0);
    }

    /// What was looked at up to now; nothing where it was not [recorded](Self::recording).
    pub fn dependencies(&self) -> Dependencies {
        self.recorder.as_ref().map(|recorder| recorder.dependencies(self.snapshot)).unwrap_or_default()
    }

    /// Notes that what is asked for from here on may depend on any body of `file`.
    pub fn look_at_bodies(&self, file: FileId) {
        self.look(file, FileDependency::Bodies);
    }

    /// Notes that what is asked for from here on may depend on which file a module is.
    pub fn look_at_modules(&self) {
        self.look_across(WorkspaceDependency::Modules);
    }

    /// Notes that what is asked for from here on may depend on anything.
    pub fn look_at_workspace(&self) {
        self.look_across(WorkspaceDependency::Workspace);
    }

    pub(crate) fn look(&self, file: FileId, what: FileDependency) {
        if let Some(recorder) = &self.recorder {
            recorder.in_file(file, what);
        }
    }

    pub(crate) fn look_across(&self, what: WorkspaceDependency) -> &'a NameIndex {
        if let Some(recorder) = &self.recorder {
            recorder.across(what);
        }
        self.snapshot.name_index()
    }

    /// The snapshot that is asked about.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// A file of the snapshot.
    pub fn file(&self, id: FileId) -> Option<&'a File> {
        self.snapshot.file(id).map(|file| &**file)
    }

    /// An item with its facts.
    pub fn item(&self, file: FileId, item: u32) -> Option<(&'a File, &'a Item, &'a ItemFacts)> {
        self.look(file, FileDependency::Item(item));
        let file = self.file(file)?;
        Some((file, &file.parsed.items.get(item as usize)?.item, file.facts.items.get(item as usize)?))
    }

    /// What `site` may be.
    pub fn expr(&self, site: Site) -> Types {
        if let Some(known) = self.known.borrow().get(&site) {
            return known.clone();
        }
        if let Some(depth) = self.asked.borrow().get(&site) {
            // What is asked again while it is being answered has nothing of its own to add.
            self.cycle_head.set(self.cycle_head.get().min(*depth));
            return Types::default();
        }
        let depth = self.depth.get();
        if depth == 0 {
            self.steps.set(0);
            self.provisional.borrow_mut().clear();
        } else if let Some(half) = self.provisional.borrow().get(&site) {
            self.cycle_head.set(0);
            return half.clone();
        }
        if depth >= MAX_DEPTH || !self.takes_step() {
            return self.given_up();
        }
        self.asked.borrow_mut().insert(site, depth);
        let outside = self.cycle_head.replace(u32::MAX);
        self.depth.set(depth + 1);
        let types = self.infer(site);
        self.depth.set(depth);
        self.asked.borrow_mut().remove(&site);
        let cycle_head = self.cycle_head.get();
        if cycle_head >= depth {
            self.known.borrow_mut().insert(site, types.clone());
            self.cycle_head.set(outside);
        } else {
            self.provisional.borrow_mut().insert(site, types.clone());
            self.cycle_head.set(outside.min(cycle_head));
        }
        types
    }

    /// Takes a step, if the budget has one left.
    fn takes_step(&self) -> bool {
        if self.steps.get() >= BUDGET || self.all_steps.get() >= ITEM_BUDGET {
            return false;
        }
        self.steps.set(self.steps.get() + 1);
        self.all_steps.set(self.all_steps.get() + 1);
        true
    }

    /// The answer to a question that would take too long. Nothing that rests on it is remembered, so that no
    /// answer depends on what was asked before.
    pub(super) fn given_up(&self) -> Types {
        self.cycle_head.set(0);
        Types::unknown()
    }

    /// The dotted path of what the call at `site` calls, where that is one thing from outside the workspace:
    /// `torch.load`, or `queue.Queue.get` for a method.
    pub fn callee_path(&self, site: Site) -> Option<Name> {
        self.callee(site).single_external()
    }

    /// What the call at `site` calls.
    pub fn callee(&self, site: Site) -> Types {
        let Some((_, item, _)) = self.item(site.file, site.item) else { return Types::unknown() };
        match item.expr(site.expr) {
            pyteam_syntax::Expr::Call { func, .. } => self.expr(Site { expr: *func, ..site }),
            _ => Types::unknown(),
        }
    }

    /// The receiver of the method call at `site` and the method's name.
    pub fn receiver(&self, site: Site) -> Option<(Types, Name)> {
        let (_, item, _) = self.item(site.file, site.item)?;
        let pyteam_syntax::Expr::Call { func, .. } = item.expr(site.expr) else { return None };
        let pyteam_syntax::Expr::Attribute { value, attr } = item.expr(*func) else { return None };
        Some((self.expr(Site { expr: *value, ..site }), *attr))
    }

    /// The definition of a function.
    pub fn function(&self, function: FunctionRef) -> Option<&'a Function> {
        let (_, item, _) = self.item(function.file, function.item)?;
        facts::function(item, function.stmt)
    }

    /// The definition of a class.
    pub fn class(&self, class: ClassRef) -> Option<&'a pyteam_syntax::tree::Class> {
        let (_, item, _) = self.item(class.file, class.item)?;
        facts::class(item, class.stmt)
    }

    /// The class that a function is a method of.
    pub fn class_of(&self, function: FunctionRef) -> Option<ClassRef> {
        let (file, item, _) = self.item(function.file, function.item)?;
        if item.root() == function.stmt {
            let parent = file.parsed.items.get(function.item as usize)?.parent?;
            self.look(function.file, FileDependency::Item(parent));
            return Some(ClassRef { file: function.file, item: parent, stmt: file.item(parent).root() });
        }
        let mut ancestors = item.stmt_ancestors(function.stmt);
        let stmt = ancestors
            .find(|stmt| !matches!(item.stmt(*stmt), pyteam_syntax::Stmt::If { .. } | pyteam_syntax::Stmt::Try(_)))?;
        facts::class(item, stmt)?;
        Some(ClassRef { file: function.file, item: function.item, stmt })
    }

    /// The innermost function around an expression of an item.
    pub fn enclosing_function(&self, site: Site) -> Option<FunctionRef> {
        let (_, item, _) = self.item(site.file, site.item)?;
        let stmt = enclosing_function(item, item.enclosing_stmt(site.expr))?;
        Some(FunctionRef { file: site.file, item: site.item, stmt })
    }
}

/// The innermost function that `stmt` is in the body of.
pub fn enclosing_function(item: &Item, stmt: StmtId) -> Option<StmtId> {
    item.stmt_ancestors(stmt).find(|stmt| facts::function(item, *stmt).is_some())
}

/// Whether `expr` is directly awaited.
pub fn is_awaited(item: &Item, expr: ExprId) -> bool {
    match item.expr_parent(expr) {
        Parent::Expr(parent) => matches!(item.expr(parent), pyteam_syntax::Expr::Await(_)),
        _ => false,
    }
}
