//! What an inference looked at, so that its answers hold for as long as that looks the same.
//!
//! An answer that is kept from one snapshot to the next has its [`Dependencies`] beside it. While these are up to date, it is
//! served again instead of inferred. What is recorded is small: which items, and what was looked up by name.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use pyteam_syntax::Name;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::facts;
use crate::file_id::FileId;
use crate::snapshot::{File, Snapshot};

/// Something that was looked up by name in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum FileDependency {
    /// An item by its number: its syntax and what it stands in.
    Item(u32),
    /// The methods of the class that an item is, by name.
    Members(u32),
    /// What a name is bound to at module level.
    Module(Name),
    /// What writes an attribute.
    Writes(Name),
    /// What adds to a container.
    Additions(Name),
    /// Who calls something.
    Called(Name),
    /// Which modules are star-imported.
    Stars,
    /// All of its items.
    Bodies,
}

/// Something that was looked up across files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum WorkspaceDependency {
    /// Which file a module is.
    Modules,
    /// Classes by a base's name.
    Derived(Name),
    /// Files that call a name.
    Callers(Name),
    /// Files that set an attribute.
    Setters(Name),
    /// Everything.
    Workspace,
}

/// Takes down what an inference looks at.
#[derive(Debug, Default)]
pub(crate) struct DependencyRecorder {
    in_files: RefCell<FxHashSet<(FileId, FileDependency)>>,
    across: RefCell<FxHashSet<WorkspaceDependency>>,
    latest: Cell<Option<(FileId, FileDependency)>>,
}

impl DependencyRecorder {
    pub(crate) fn in_file(&self, file: FileId, what: FileDependency) {
        // One item is asked about many times in a row.
        if self.latest.replace(Some((file, what))) != Some((file, what)) {
            self.in_files.borrow_mut().insert((file, what));
        }
    }
    pub(crate) fn across(&self, what: WorkspaceDependency) {
        self.across.borrow_mut().insert(what);
    }

    /// What was looked at up to now, hashed as it is in `snapshot`.
    pub(crate) fn dependencies(&self, snapshot: &Snapshot) -> Dependencies {
        let mut files: FxHashMap<FileId, Vec<FileDependency>> = FxHashMap::default();
        for (file, what) in self.in_files.borrow().iter() {
            files.entry(*file).or_default().push(*what);
        }
        let files = files.into_iter().map(|(id, mut looked)| {
            looked.sort_unstable();
            let file = snapshot.file(id);
            let version = file.map_or_else(Weak::new, Arc::downgrade);
            FileDependencies { id, hash: hash_in(file, &looked), version, looked: looked.into() }
        });
        let mut across: Vec<WorkspaceDependency> = self.across.borrow().iter().copied().collect();
        across.sort_unstable();
        Dependencies { files: files.collect(), hash: hash_across(snapshot, &across), across: across.into() }
    }
}

/// What was looked at, with a hash of each part.
#[derive(Debug, Default)]
pub struct Dependencies {
    files: Box<[FileDependencies]>,
    across: Box<[WorkspaceDependency]>,
    hash: u64,
}

#[derive(Debug)]
struct FileDependencies {
    id: FileId,
    /// The file itself: most files are, at the next revision, the same allocation.
    version: Weak<File>,
    looked: Box<[FileDependency]>,
    hash: u64,
}

impl Dependencies {
    /// Whether everything in it looks in `snapshot` as it did.
    pub fn is_up_to_date(&self, snapshot: &Snapshot) -> bool {
        let same = |known: &FileDependencies| match snapshot.file(known.id) {
            Some(file) => {
                std::ptr::eq(Arc::as_ptr(file), known.version.as_ptr())
                    || hash_in(Some(file), &known.looked) == known.hash
            }
            None => hash_in(None, &known.looked) == known.hash,
        };
        self.files.iter().all(same) && (self.across.is_empty() || hash_across(snapshot, &self.across) == self.hash)
    }
}

fn hash_in(file: Option<&Arc<File>>, looked: &[FileDependency]) -> u64 {
    let mut hasher = FxHasher::default();
    let Some(file) = file else { return 0 };
    let facts = &file.facts;
    for what in looked {
        match what {
            FileDependency::Item(index) => match file.parsed.items.get(*index as usize) {
                // Methods are no part of a class's shape, but its members are counted.
                Some(slot) => {
                    (slot.item.shape(), slot.parent, slot.item.stmt_ids().count()).hash(&mut hasher);
                    facts.items.get(*index as usize).map(|facts| facts.captures).hash(&mut hasher);
                }
                None => 0u8.hash(&mut hasher),
            },
            FileDependency::Members(class) => {
                let members = file.parsed.items.iter().skip(*class as usize + 1);
                for slot in members.take_while(|slot| slot.parent == Some(*class)) {
                    facts::function(&slot.item, slot.item.root()).map(|function| function.name).hash(&mut hasher);
                }
            }
            FileDependency::Module(name) => {
                let bound = facts.module.get(name).into_iter().flatten();
                bound.for_each(|at| (at.item, at.binding).hash(&mut hasher));
            }
            FileDependency::Writes(name) => facts.writes.get(name).hash(&mut hasher),
            FileDependency::Additions(name) => facts.additions.get(name).hash(&mut hasher),
            FileDependency::Called(name) => facts.called.get(name).hash(&mut hasher),
            FileDependency::Bodies => facts.bodies().hash(&mut hasher),
            FileDependency::Stars => facts.stars.hash(&mut hasher),
        }
        0xffu8.hash(&mut hasher);
    }
    hasher.finish()
}

fn hash_across(snapshot: &Snapshot, looked: &[WorkspaceDependency]) -> u64 {
    let mut hasher = FxHasher::default();
    let names = snapshot.name_index();
    for what in looked {
        match what {
            WorkspaceDependency::Modules => names.modules_revision().hash(&mut hasher),
            WorkspaceDependency::Derived(name) => names.derived_by_name(*name).hash(&mut hasher),
            WorkspaceDependency::Callers(name) => names.callers(*name).hash(&mut hasher),
            WorkspaceDependency::Workspace => snapshot.revision().hash(&mut hasher),
            WorkspaceDependency::Setters(name) => names.setters(*name).hash(&mut hasher),
        }
        0xffu8.hash(&mut hasher);
    }
    hasher.finish()
}
