//! What uses a function or class: calls, hands it on, derives from it, imports it.

use pyteam_index::FileId;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::last_name;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, Name};

use crate::view::View;

/// A list of more users than this is not read.
const MAX_USERS: usize = 60;
/// So many functions are gone through on the way up to the process or thread that runs one.
const MAX_FUNCTIONS: usize = 24;
/// So many files are looked into for one name, the nearest first: names such as `run` are in most files.
const MAX_FILES: usize = 40;

/// A use of a function or class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The call.
    pub(crate) call: Site,
    /// Whether it is handed on to be called later (`target=run`), rather than called here.
    pub(crate) is_passed_on: bool,
}

/// What is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    Function(FunctionRef),
    Class(ClassRef),
}

impl Used {
    fn is(self, one: &Type) -> bool {
        match (self, one) {
            (Self::Function(function), Type::Function(called, _)) => function == *called,
            (Self::Class(class), Type::Class(made)) => class == *made,
            _ => false,
        }
    }
}

/// What calls `used`, or hands it on, in the order of paths and places.
pub(crate) fn references_of(view: &View<'_>, used: Used) -> Vec<Reference> {
    let inference = &view.inference;
    let name = match used {
        Used::Function(function) => inference.function(function).map(|definition| definition.name),
        Used::Class(class) => inference.class(class).map(|definition| definition.name),
    };
    let Some(name) = name else { return Vec::new() };
    let home = match used {
        Used::Function(function) => function.file,
        Used::Class(class) => class.file,
    };
    let mut files: Vec<FileId> = view.snapshot.name_index().callers(name).to_vec();
    if files.len() > MAX_FILES {
        files.sort_by_cached_key(|file| view.distance(home, *file));
        files.truncate(MAX_FILES);
    }
    files.sort_by_cached_key(|file| view.path(*file));
    let mut found = Vec::new();
    for id in files {
        if found.len() >= MAX_USERS {
            break;
        }
        let Some(file) = view.snapshot.file(id) else { continue };
        for index in file.facts.called.get(&name).into_iter().flatten() {
            uses_in(view, used, name, (id, *index), &mut found);
        }
    }
    found.sort_by_key(|one| view.sort_key(one.call));
    found.truncate(MAX_USERS);
    found
}

fn uses_in(view: &View<'_>, used: Used, name: Name, (id, index): (FileId, u32), found: &mut Vec<Reference>) {
    let Some((_, item, facts)) = view.inference.item(id, index) else { return };
    view.inference.renew_budget();
    for call in &facts.calls {
        let Expr::Call { func, args } = item.expr(*call) else { continue };
        let site = |expr| Site { file: id, item: index, expr };
        let is_it = |expr| view.inference.expr(site(expr)).iter().any(|one| used.is(one));
        let called = last_name(item, *func).is_some_and(|last| last == name) && is_it(*func);
        let is_passed_on = || {
            let values = args.iter().filter(|arg| !matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar));
            values
                .map(|arg| arg.value)
                .any(|value| last_name(item, value).is_some_and(|last| last == name) && is_it(value))
        };
        if called || is_passed_on() {
            found.push(Reference { call: site(*call), is_passed_on: !called });
        }
    }
}

/// The calls that make the processes and threads in which `function` runs, directly or by way of its callers.
pub(crate) fn run_by(view: &View<'_>, function: FunctionRef) -> Vec<Site> {
    let mut seen = vec![function];
    let mut makers: Vec<Site> = Vec::new();
    let mut at = 0;
    while at < seen.len() && seen.len() < MAX_FUNCTIONS {
        let current = seen[at];
        at += 1;
        if let Some(class) = process_class(view, current) {
            makers.extend(references_of(view, Used::Class(class)).into_iter().map(|one| one.call));
        }
        for one in references_of(view, Used::Function(current)) {
            if one.is_passed_on && is_process(view, one.call) {
                makers.push(one.call);
            } else if let Some(caller) = view.inference.enclosing_function(one.call)
                && !seen.contains(&caller)
            {
                seen.push(caller);
            }
        }
    }
    makers.sort_by_key(|site| view.sort_key(*site));
    makers.dedup();
    makers
}

/// Whether a call makes a process or thread.
fn is_process(view: &View<'_>, call: Site) -> bool {
    let made = view.inference.expr(call);
    made.iter().any(|one| matches!(one, Type::Instance { class, .. } if known::runs_beside(*class)))
}

/// The class whose objects run `function` as processes: it is the `run` of one that derives from `Process`.
fn process_class(view: &View<'_>, function: FunctionRef) -> Option<ClassRef> {
    view.inference.function(function).filter(|definition| definition.name == "run")?;
    let class = view.inference.class_of(function)?;
    let ancestors = view.inference.ancestors(class).0;
    let mut bases = ancestors.into_iter().flat_map(|one| view.inference.bases(one));
    let is_one = |base| matches!(base, pyteam_index::infer::Base::External(path) if known::runs_beside(path));
    bases.any(is_one).then_some(class)
}

/// The classes that derive from `class` directly, in the order of paths and places.
pub(crate) fn subclasses(view: &View<'_>, class: ClassRef) -> Vec<ClassRef> {
    let mut found = view.inference.subclasses(class);
    found.sort_by_key(|one| view.class_at(*one));
    found.dedup();
    found
}
