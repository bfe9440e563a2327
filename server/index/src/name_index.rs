//! Names across files: which file a module is, which classes derive from which, and which files call or set a name.
//!
//! Persistent maps, so that freezing a snapshot costs nothing and a change costs what the changed file says.

mod by_name;

use std::sync::Arc;

use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, Name};
use rustc_hash::FxBuildHasher;

use self::by_name::ByName;
use crate::definitions::ClassRef;
use crate::facts::class;
use crate::file_id::FileId;
use crate::snapshot::File;

/// A persistent map: a clone shares everything, a change copies one path.
type HashMap<K, V> = GenericHashMap<K, V, FxBuildHasher, DefaultSharedPtr>;

/// A file that a module name may mean, and its path.
type Module = (FileId, Arc<str>);

/// The index of names across files.
#[derive(Clone, Debug)]
pub struct NameIndex {
    ids: HashMap<Arc<str>, FileId>,
    /// Files by the last part of their module name.
    modules: HashMap<Name, Arc<Vec<Module>>>,
    /// Folders that hold an `__init__.py`.
    packages: HashMap<Arc<str>, ()>,
    /// Classes by the last part of each base as written.
    derived: HashMap<Name, Arc<Vec<ClassRef>>>,
    /// Who calls something of a name.
    callers: ByName,
    /// Who sets an attribute of a name on something that is not `self`.
    setters: ByName,
    revision: u64,
    modules_revision: u64,
}

impl Default for NameIndex {
    fn default() -> Self {
        Self {
            ids: HashMap::default(),
            modules: HashMap::default(),
            packages: HashMap::default(),
            derived: HashMap::default(),
            callers: ByName::new(|facts| facts.called.keys().copied().collect()),
            setters: ByName::new(|facts| facts.outside_writes.iter().copied().collect()),
            revision: 0,
            modules_revision: 0,
        }
    }
}

impl NameIndex {
    /// Counts up whenever what files can see of one another changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts up whenever a file comes or goes.
    pub fn modules_revision(&self) -> u64 {
        self.modules_revision
    }

    /// The number of the file at `path`.
    pub fn file_id(&self, path: &str) -> Option<FileId> {
        self.ids.get(path).copied()
    }

    pub(crate) fn intern_path(&mut self, path: &str) -> FileId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = FileId(self.ids.len() as u32);
        self.ids.insert(Arc::from(path), id);
        id
    }

    /// Takes `before` out and puts `after` in.
    pub(crate) fn replace(&mut self, before: Option<&File>, after: Option<&File>) {
        self.revision += 1;
        if let Some(file) = before {
            self.each_base(file, |bases, name, class| {
                let left = bases.get(&name).map(|all| all.iter().filter(|one| **one != class).copied().collect());
                bases.insert(name, Arc::new(left.unwrap_or_default()));
            });
        }
        if before.is_none() != after.is_none() {
            self.modules_revision += 1;
        }
        match (before, after) {
            (None, Some(file)) => self.add_module(file),
            (Some(file), None) => self.remove_module(file),
            _ => {}
        }
        if let Some(file) = after {
            self.each_base(file, |bases, name, class| {
                let all = bases.entry(name).or_default();
                if !all.contains(&class) {
                    Arc::make_mut(all).push(class);
                }
            });
        }
    }

    fn each_base(&mut self, file: &File, mut see: impl FnMut(&mut HashMap<Name, Arc<Vec<ClassRef>>>, Name, ClassRef)) {
        for (at, facts) in file.facts.items.iter().enumerate() {
            let item = file.item(at as u32);
            for stmt in &facts.classes {
                let Some(class) = class(item, *stmt) else { continue };
                for arg in class.args.iter().filter(|arg| arg.kind == ArgKind::Positional) {
                    if let Some(name) = base_name(item, arg.value) {
                        see(&mut self.derived, name, ClassRef { file: file.id, item: at as u32, stmt: *stmt });
                    }
                }
            }
        }
    }

    fn add_module(&mut self, file: &File) {
        let (folder, stem) = module_parts(&file.path);
        if file.path.ends_with("/__init__.py") {
            self.packages.insert(Arc::from(folder), ());
        }
        let entry = self.modules.entry(Name::new(stem)).or_default();
        Arc::make_mut(entry).push((file.id, Arc::clone(&file.path)));
    }

    fn remove_module(&mut self, file: &File) {
        let (folder, stem) = module_parts(&file.path);
        if file.path.ends_with("/__init__.py") {
            self.packages.remove(folder);
        }
        if let Some(entry) = self.modules.get_mut(&Name::new(stem)) {
            Arc::make_mut(entry).retain(|(id, _)| *id != file.id);
        }
    }

    /// Takes in whom a file calls and whose attributes it sets.
    pub(crate) fn replace_names(&mut self, before: Option<&File>, after: Option<&File>) {
        self.callers.replace(before, after);
        self.setters.replace(before, after);
    }

    /// Takes in whom many new files call and whose attributes they set.
    pub(crate) fn add_names(&mut self, files: &[&File]) {
        self.callers.add(files);
        self.setters.add(files);
    }

    /// Files that call something whose last name is `name`, or pass it on to be called.
    pub fn callers(&self, name: Name) -> &[FileId] {
        self.callers.of(name)
    }

    /// Files that set an attribute named `name` on something that is not `self`.
    pub fn setters(&self, name: Name) -> &[FileId] {
        self.setters.of(name)
    }

    /// Classes with a base whose last name is `name`; candidates, to be resolved by the caller.
    pub fn derived_by_name(&self, name: Name) -> &[ClassRef] {
        self.derived.get(&name).map_or(&[], |all| all.as_slice())
    }

    /// The file that the dotted `module` means in an absolute import of the file at `importer`.
    ///
    /// Every folder above the importer that is not itself a package may be on the path, and so may a `src` or
    /// `lib` folder in it; the nearest wins.
    pub fn resolve(&self, importer: &str, module: &str) -> Option<FileId> {
        let last = module.rsplit('.').next()?;
        let candidates = self.modules.get(&Name::new(last))?;
        let relative = module.replace('.', "/");
        candidates
            .iter()
            .filter_map(|(id, path)| {
                let root = root_of(path, &relative)?;
                (!self.packages.contains_key(root)).then_some(())?;
                Some((distance(importer, root)?, *id))
            })
            .min()
            .map(|(_, id)| id)
    }

    /// The file that `from module import ..` means in `importer`, with `level` leading dots; `module` is empty for
    /// `from . import ..`.
    pub fn resolve_import(&self, importer: &File, level: u32, module: Option<Name>) -> Option<FileId> {
        match level {
            0 => self.resolve(&importer.path, module?.as_str()),
            level => self.resolve_relative(&importer.path, level, module.map(Name::as_str)),
        }
    }

    /// The files that `from module import name` may mean in `importer`: the module's, and that of a module `name` in it.
    pub fn resolve_from(&self, importer: &File, level: u32, module: Option<Name>, name: Name) -> [Option<FileId>; 2] {
        let inner = module.map_or(name, |module| Name::new(&format!("{module}.{name}")));
        [self.resolve_import(importer, level, module), self.resolve_import(importer, level, Some(inner))]
    }

    /// The file that `level` dots and `module` mean in a relative import of the file at `importer`.
    pub fn resolve_relative(&self, importer: &str, level: u32, module: Option<&str>) -> Option<FileId> {
        let mut folder = importer.rsplit_once('/')?.0;
        for _ in 1..level {
            folder = folder.rsplit_once('/')?.0;
        }
        let base = match module {
            Some(module) => format!("{folder}/{}", module.replace('.', "/")),
            None => folder.to_owned(),
        };
        self.file_id(&format!("{base}.py")).or_else(|| self.file_id(&format!("{base}/__init__.py")))
    }
}

/// The last identifier of `a.b.C` or `C[T]`.
fn base_name(item: &pyteam_syntax::Item, mut expr: pyteam_syntax::ExprId) -> Option<Name> {
    loop {
        match item.expr(expr) {
            Expr::Name(name) | Expr::Attribute { attr: name, .. } => return Some(*name),
            Expr::Subscript { value, .. } => expr = *value,
            _ => return None,
        }
    }
}

/// Folder and module name of a path: `("a/b", "b")` for `a/b/__init__.py`.
fn module_parts(path: &str) -> (&str, &str) {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".py").or_else(|| file.strip_suffix(".pyw")).unwrap_or(file);
    if stem == "__init__" {
        return (folder, folder.rsplit('/').next().unwrap_or_default());
    }
    (folder, stem)
}

/// The folder from which `relative` (`a/b`) leads to `path`.
fn root_of<'p>(path: &'p str, relative: &str) -> Option<&'p str> {
    let module = path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py"))?;
    module.strip_suffix(relative)?.strip_suffix('/')
}

/// How many folders lie between `importer` and `root`; nothing when `root` is not on its way up.
fn distance(importer: &str, root: &str) -> Option<usize> {
    let above = |root: &str| {
        let rest = importer.strip_prefix(root)?;
        rest.starts_with('/').then(|| rest.matches('/').count())
    };
    above(root).or_else(|| {
        let (parent, name) = root.rsplit_once('/')?;
        matches!(name, "src" | "lib" | "python").then(|| above(parent)).flatten()
    })
}
