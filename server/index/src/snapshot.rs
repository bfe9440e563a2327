//! The state of a workspace, frozen at one revision and shared by all readers.

use std::any::Any;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use pyteam_syntax::style::imports::ImportEditor;
use pyteam_syntax::{Item, Name, Parsed, SourceText, TextRange, TextSize};

use crate::facts::{FileFacts, Source};
use crate::file_id::FileId;
use crate::memo::Memo;
use crate::name_index::NameIndex;
use crate::path_key::path_of;
use crate::project::Requirements;

/// One file: its path, its syntax and its facts.
#[derive(Debug)]
pub struct File {
    /// Its number.
    pub id: FileId,
    /// The key of an absolute path (see [`crate::path_key`]), or the URI of a document that is not on disk
    /// (`untitled:`, a notebook's cell).
    pub path: Arc<str>,
    /// Text and typed tree.
    pub parsed: Arc<Parsed>,
    /// What the text says, by itself.
    pub facts: Arc<FileFacts>,
}

impl File {
    /// Where it is on disk, if it is.
    pub fn on_disk(&self) -> Cow<'_, Path> {
        path_of(&self.path)
    }
    /// The text.
    pub fn source(&self) -> &SourceText {
        &self.parsed.source
    }
    /// The `index`-th item.
    pub fn item(&self, index: u32) -> &Item {
        &self.parsed.items[index as usize].item
    }
    /// Where the `index`-th item starts.
    pub fn item_start(&self, index: u32) -> TextSize {
        self.parsed.items[index as usize].start
    }
    /// A range of the `index`-th item, as a range of the file.
    pub fn absolute(&self, index: u32, range: TextRange) -> TextRange {
        range + self.item_start(index)
    }
    /// The text at a range of the `index`-th item.
    pub fn text_at(&self, index: u32, range: TextRange) -> &str {
        self.source().slice(self.absolute(index, range))
    }
    /// The editor of the file's imports.
    pub fn imports(&self) -> ImportEditor<'_> {
        ImportEditor::new(&self.parsed, |name| self.facts.module.get(&name).map_or(0, Vec::len))
    }
    /// Whether the file is a test by its name or folder.
    pub fn is_test(&self) -> bool {
        is_test_path(&self.path)
    }
}

/// Whether a path names a test: a `test`/`tests` folder, `test_*.py`, `*_test.py` or `conftest.py`.
pub fn is_test_path(path: &str) -> bool {
    let mut parts = path.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    name == "conftest.py"
        || name.starts_with("test_")
        || name.ends_with("_test.py")
        || name.ends_with("_tests.py")
        || parts.any(|part| matches!(part, "test" | "tests"))
}

/// All files, linked, at one revision.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(crate) files: Arc<Vec<Option<Arc<File>>>>,
    pub(crate) name_index: Arc<NameIndex>,
    pub(crate) requirements: Arc<Vec<Requirements>>,
    pub(crate) requirements_revision: u64,
    /// Folders and files that were named.
    pub(crate) roots: Arc<[String]>,
    pub(crate) revision: u64,
    pub(crate) complete: bool,
    pub(crate) memo: Memo,
}

impl Snapshot {
    /// Counts up with every change of any file.
    pub fn revision(&self) -> u64 {
        self.revision
    }
    /// Whether all files of the workspace are in: only then does it mean anything that no file does something.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
    /// The file `id`, while it exists.
    pub fn file(&self, id: FileId) -> Option<&Arc<File>> {
        self.files.get(id.0 as usize)?.as_ref()
    }
    /// All files, in the order in which they became known.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.files.iter().flatten()
    }
    /// What was worked out about the workspace as a whole; see there.
    pub fn memo(&self) -> &Memo {
        &self.memo
    }
    /// What was worked out about this revision as a whole, if it was.
    pub fn kept<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.memo.kept(self.revision)
    }
    /// The same, worked out by `make` where it was not: once for a revision, while other threads that ask wait.
    pub fn kept_or<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        self.memo.kept_or(self.revision, make)
    }
    /// The file at `path`.
    pub fn file_at(&self, path: &str) -> Option<&Arc<File>> {
        self.file(self.name_index.file_id(path)?)
    }
    /// Names, classes and modules across files.
    pub fn name_index(&self) -> &NameIndex {
        &self.name_index
    }
    /// Whether another file imports `name` from `file`: by that name, or with a star and mentions it.
    pub fn is_imported_elsewhere(&self, file: &File, name: Name) -> bool {
        self.files().filter(|other| other.id != file.id && other.source().as_str().contains(name.as_str())).any(
            |other| {
                let leads_here = |level: u32, module: Option<Name>| {
                    self.name_index.resolve_import(other, level, module) == Some(file.id)
                };
                other.facts.stars.iter().any(|(level, module)| leads_here(*level, *module))
                    || other.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| {
                        matches!(binding.source, Source::ImportFrom { level, module, name: imported }
                        if imported == name && leads_here(level, module))
                    })
            },
        )
    }
    /// Counts up whenever what the manifests say changes.
    pub fn requirements_revision(&self) -> u64 {
        self.requirements_revision
    }
    /// Whether a script or an entry point of the workspace imports or runs a module of this name.
    pub fn is_run_by_script(&self, module: &str) -> bool {
        self.requirements.iter().any(|one| one.runs(module))
    }
    /// What the manifests that hold for `path` say of a package's version; the nearest folder with a manifest wins.
    pub fn requirements_for(&self, path: &str) -> Option<&Requirements> {
        self.requirements
            .iter()
            .filter(|one| path_of(path).starts_with(&one.folder))
            .max_by_key(|one| one.folder.as_os_str().len())
    }
}
