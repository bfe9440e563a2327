//! Which files may be parts of one program: those that import one another, in either direction and through others, those
//! of one package, and what a `conftest.py` stands above. What a file does to a whole program while it runs, such as
//! driving coroutines or looking at classes, concerns no other.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::ItemContext;
use crate::file_id::FileId;
use crate::imports::{imported, imports_by_value};
use crate::snapshot::{File, Snapshot};

/// The programs of a workspace.
#[derive(Debug, Default)]
pub struct Programs {
    /// The file that stands for the program of each.
    of: FxHashMap<FileId, FileId>,
    /// Those of programs that import by a value: any other file may become a part of them.
    open: FxHashSet<FileId>,
    /// What each file imports.
    imports: FxHashMap<FileId, Vec<FileId>>,
}

impl Programs {
    /// The programs of the workspace, worked out once for each revision.
    pub fn of(cx: &ItemContext<'_>) -> Arc<Self> {
        let snapshot = cx.whole_workspace();
        let cache = snapshot.memo().of::<Cache>();
        let mut known = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.revision != Some(snapshot.revision()) {
            known.renew(snapshot);
        }
        Arc::clone(&known.programs)
    }

    /// Whether both files may be parts of one program.
    pub fn may_meet(&self, one: FileId, other: FileId) -> bool {
        let of = |file| self.of.get(&file).copied().unwrap_or(file);
        let (one, other) = (of(one), of(other));
        one == other || self.open.contains(&one) || self.open.contains(&other)
    }

    /// Whether the file `one` imports the file `other`, itself or through others.
    pub fn imports(&self, one: FileId, other: FileId) -> bool {
        let mut seen = vec![one];
        let mut at = 0;
        while let Some(file) = seen.get(at).copied() {
            if file == other {
                return true;
            }
            let next = self.imports.get(&file).into_iter().flatten();
            let fresh: Vec<FileId> = next.copied().filter(|file| !seen.contains(file)).collect();
            seen.extend(fresh);
            at += 1;
        }
        false
    }
}

#[derive(Default)]
struct Cache(Mutex<CachedPrograms>);

#[derive(Default)]
struct CachedPrograms {
    revision: Option<u64>,
    programs: Arc<Programs>,
    /// What each file imports, as long as it and the modules of the workspace are the same.
    files: FxHashMap<FileId, Imports>,
}

struct Imports {
    file: Weak<File>,
    modules: u64,
    imported: Vec<FileId>,
    by_value: bool,
}

impl CachedPrograms {
    fn renew(&mut self, snapshot: &Snapshot) {
        let modules = snapshot.name_index().modules_revision();
        let mut before = std::mem::take(&mut self.files);
        let mut groups = Groups::default();
        let mut by_folder: FxHashMap<&str, FileId> = FxHashMap::default();
        for file in snapshot.files() {
            let holds = |one: &Imports| std::ptr::eq(one.file.as_ptr(), Arc::as_ptr(file)) && one.modules == modules;
            let imports = before.remove(&file.id).filter(holds).unwrap_or_else(|| Imports {
                file: Arc::downgrade(file),
                modules,
                imported: imported(snapshot, file),
                by_value: imports_by_value(file),
            });
            groups.add(file.id);
            imports.imported.iter().for_each(|other| groups.join(file.id, *other));
            self.files.insert(file.id, imports);
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if matches!(name, "__init__.py" | "conftest.py") {
                by_folder.insert(folder, file.id);
            }
        }
        for file in snapshot.files() {
            // The nearest folder that has such a file, and those around it.
            let mut rest = &*file.path;
            while let Some((folder, _)) = rest.rsplit_once('/') {
                if let Some(around) = by_folder.get(folder) {
                    groups.join(file.id, *around);
                }
                rest = folder;
            }
        }
        let of: FxHashMap<FileId, FileId> = snapshot.files().map(|file| (file.id, groups.of(file.id))).collect();
        let by_value = self.files.iter().filter(|(_, imports)| imports.by_value);
        let open = by_value.filter_map(|(file, _)| of.get(file).copied()).collect();
        let imports = self.files.iter().map(|(file, imports)| (*file, imports.imported.clone())).collect();
        self.programs = Arc::new(Programs { of, open, imports });
        self.revision = Some(snapshot.revision());
    }
}

/// Files that belong together, as a forest of which each tree is a group.
#[derive(Default)]
struct Groups(FxHashMap<FileId, FileId>);

impl Groups {
    fn add(&mut self, file: FileId) {
        self.0.entry(file).or_insert(file);
    }

    fn of(&mut self, file: FileId) -> FileId {
        let mut at = file;
        while let Some(above) = self.0.get(&at).copied().filter(|above| *above != at) {
            // Halves the way for the next one.
            let next = self.0.get(&above).copied().unwrap_or(above);
            self.0.insert(at, next);
            at = next;
        }
        at
    }

    fn join(&mut self, one: FileId, other: FileId) {
        self.add(one);
        self.add(other);
        let (one, other) = (self.of(one), self.of(other));
        if one != other {
            self.0.insert(one, other);
        }
    }
}
