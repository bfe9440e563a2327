//! Which files there are: Python files and manifests under the given paths.
//!
//! A `.gitignore` holds with or without a git repository. Virtual environments, installed packages, caches and build
//! output are left out even where no `.gitignore` says so, except when they are named themselves.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use pyteam_index::project::is_read;

use crate::around::is_everything;
use crate::load::reason;

/// Folders that never hold a project's own sources. Hidden ones (`.tox`, `.mypy_cache`) need no mention.
const NEVER: [&str; 6] =
    ["node_modules", "site-packages", "dist-packages", "__pycache__", "__pypackages__", "buck-out"];

/// Folders that hold build output or an environment, unless an `__init__.py` makes them a package.
const UNLESS_PACKAGE: [&str; 5] = ["build", "_build", "dist", "venv", "env"];

/// What marks a folder as the root of a project.
const PROJECT_MARKS: [&str; 6] = ["pyteam.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg"];

/// How much a walk may find before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct DiscoveryLimits {
    /// Python files.
    pub files: usize,
    /// Files and folders of any kind.
    pub entries: usize,
}

/// What a walk found. All paths are absolute; both lists are sorted and without repetitions.
#[derive(Debug, Default)]
pub struct Discovered {
    /// Python files.
    pub files: Vec<PathBuf>,
    /// Files that name dependencies or run modules, also those of the folders above, up to the project's root.
    pub manifests: Vec<PathBuf>,
    /// Roots that are files and no Python.
    pub foreign: Vec<PathBuf>,
    /// Paths that could not be looked at, with the reason.
    pub problems: Vec<(PathBuf, String)>,
}

impl Discovered {
    /// Sorts both lists, and takes repetitions out.
    pub fn sort(&mut self) {
        for paths in [&mut self.files, &mut self.manifests] {
            paths.sort_unstable();
            paths.dedup();
        }
    }
}

/// Walks `roots` with all processors. A root that is a file is taken if it is Python by its name or its first line, or
/// if it has a name without an extension. `excluded` says which files
/// and folders to leave out; it is not asked about the roots themselves.
pub fn discover(roots: &[PathBuf], excluded: &(dyn Fn(&Path) -> bool + Sync)) -> Discovered {
    let mut found = Discovered::default();
    let mut folders = Vec::new();
    for root in roots {
        match fs::metadata(root) {
            Ok(meta) if meta.is_dir() => folders.push(root),
            Ok(meta) if meta.is_file() && !may_be_python(root) => found.foreign.push(root.clone()),
            Ok(_) => found.files.push(root.clone()),
            Err(error) => found.problems.push((root.clone(), reason(&error))),
        }
    }
    walk(&folders, None, None, excluded, &mut found);
    for root in roots {
        add_manifests_above(root, &mut found.manifests);
    }
    found.sort();
    found
}

/// Walks one folder, down to `depth`, and gives up where there is more than `limits`: none then.
pub fn discover_within(
    folder: &Path,
    depth: Option<usize>,
    limits: DiscoveryLimits,
    excluded: &(dyn Fn(&Path) -> bool + Sync),
) -> Option<Discovered> {
    let mut found = Discovered::default();
    walk(&[&folder.to_owned()], depth, Some(limits), excluded, &mut found).then_some(())?;
    found.sort();
    Some(found)
}

/// Adds what `folders` hold to `found`. Whether all was seen.
fn walk(
    folders: &[&PathBuf],
    depth: Option<usize>,
    limits: Option<DiscoveryLimits>,
    excluded: &(dyn Fn(&Path) -> bool + Sync),
    found: &mut Discovered,
) -> bool {
    let Some((first, rest)) = folders.split_first() else { return true };
    let mut walk = WalkBuilder::new(first);
    for root in rest {
        walk.add(root);
    }
    // Hidden files may be Python; hidden folders are left out by `is_source_folder`.
    walk.hidden(false).require_git(false).follow_links(false).max_depth(depth);
    let shared = Shared { collected: Mutex::default(), excluded, limits, seen: Seen::default() };
    walk.build_parallel().visit(&mut Walkers(&shared));
    let is_whole = !shared.is_enough();
    let collected = shared.collected.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.files.extend(collected.files);
    found.manifests.extend(collected.manifests);
    found.problems.extend(collected.problems);
    add_linked_files(collected.links, &mut found.files);
    is_whole
}

/// The project that `path` belongs to: the nearest folder at or above it with a `pyproject.toml`, a `.git` or the like.
/// A home folder or a file system's root is none: too much would hang on it.
pub fn project_root(path: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| PROJECT_MARKS.iter().any(|mark| folder.join(mark).exists());
    let root = path.ancestors().filter(|folder| folder.is_dir()).find(is_root)?;
    (!is_everything(root)).then(|| root.to_owned())
}

/// `path` as an absolute path without `.` and `..`. Symbolic links stay, except where a `..` may follow one.
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    if absolute.components().any(|part| part == Component::ParentDir) {
        return fs::canonicalize(&absolute).or(Ok(absolute));
    }
    // Also drops a trailing slash, by which one folder would have two names.
    Ok(absolute.components().collect())
}

/// Whether a name is that of a Python source file.
pub fn is_python(path: &Path) -> bool {
    matches!(path.extension().and_then(OsStr::to_str), Some("py" | "pyw"))
}

/// Whether a file that was named may be Python: by its extension, for want of one, or by a first line that starts it
/// with Python.
fn may_be_python(path: &Path) -> bool {
    if is_python(path) || path.extension().is_none_or(|extension| extension == "pyi") {
        return true;
    }
    let mut start = [0; 128];
    let read = fs::File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or_default();
    let line = start[..read].split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && String::from_utf8_lossy(line).contains("python")
}

/// Whether sources are looked for in the folder at `path`, by its name and what stands in it.
pub fn is_source_folder(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::to_string_lossy) else { return true };
    if name.starts_with('.') || NEVER.contains(&&*name) {
        return false;
    }
    if UNLESS_PACKAGE.contains(&&*name) && !path.join("__init__.py").exists() {
        return false;
    }
    !path.join("pyvenv.cfg").exists() && !path.join("conda-meta").is_dir()
}

#[derive(Default)]
struct Collected {
    files: Vec<PathBuf>,
    manifests: Vec<PathBuf>,
    links: Vec<PathBuf>,
    problems: Vec<(PathBuf, String)>,
}

/// What the threads of a walk have in common.
struct Shared<'a> {
    collected: Mutex<Collected>,
    excluded: &'a (dyn Fn(&Path) -> bool + Sync),
    limits: Option<DiscoveryLimits>,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    files: AtomicUsize,
    entries: AtomicUsize,
}

impl Shared<'_> {
    fn is_enough(&self) -> bool {
        self.limits.is_some_and(|limits| {
            self.seen.files.load(Ordering::Relaxed) > limits.files
                || self.seen.entries.load(Ordering::Relaxed) > limits.entries
        })
    }
}

struct Walkers<'a>(&'a Shared<'a>);

impl<'a> ParallelVisitorBuilder<'a> for Walkers<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Walker { shared: self.0, own: Collected::default() })
    }
}

/// One thread of the walk. It keeps what it finds to itself until it ends, so that threads do not wait for each other.
struct Walker<'a> {
    shared: &'a Shared<'a>,
    own: Collected,
}

impl ParallelVisitor for Walker<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.look_at(entry),
            Err(error) => {
                // A malformed line of a .gitignore is git's affair; what cannot be read is the user's.
                if let Some((path, io)) = unreadable(&error) {
                    self.own.problems.push((path, reason(io)));
                }
                WalkState::Continue
            }
        }
    }
}

impl Walker<'_> {
    fn look_at(&mut self, entry: DirEntry) -> WalkState {
        self.shared.seen.entries.fetch_add(1, Ordering::Relaxed);
        if self.shared.is_enough() {
            return WalkState::Quit;
        }
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        if kind.is_dir() {
            let wanted = entry.depth() == 0 || is_source_folder(entry.path()) && !(self.shared.excluded)(entry.path());
            return if wanted { WalkState::Continue } else { WalkState::Skip };
        }
        let path = entry.path();
        if is_python(path) && !(self.shared.excluded)(path) {
            self.shared.seen.files.fetch_add(1, Ordering::Relaxed);
            // A pipe or a socket may be called `x.py` too: it is not opened, and the loader says so.
            let list = if kind.is_symlink() { &mut self.own.links } else { &mut self.own.files };
            list.push(path.to_owned());
        }
        if (kind.is_file() || kind.is_symlink()) && is_read(path) {
            self.own.manifests.push(entry.into_path());
        }
        WalkState::Continue
    }
}

impl Drop for Walker<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.collected.lock().unwrap_or_else(PoisonError::into_inner);
        shared.files.append(&mut self.own.files);
        shared.manifests.append(&mut self.own.manifests);
        shared.links.append(&mut self.own.links);
        shared.problems.append(&mut self.own.problems);
    }
}

/// A link to a file is a file, unless what it leads to is there by itself: nothing is reported twice. One that leads
/// nowhere, or in a circle, is a file that cannot be read.
fn add_linked_files(links: Vec<PathBuf>, files: &mut Vec<PathBuf>) {
    if links.is_empty() {
        return;
    }
    let mut known: HashSet<PathBuf> = files.iter().cloned().collect();
    let mut links = links;
    links.sort_unstable();
    for link in links {
        let is_new = match fs::canonicalize(&link) {
            Ok(target) => !target.is_dir() && known.insert(target),
            Err(_) => true,
        };
        if is_new {
            files.push(link);
        }
    }
}

/// Drops files that are there twice, since one of `roots` leads into another by a link: nothing is reported, and nothing
/// repaired, twice. `files` are sorted; the first name stays.
pub fn drop_other_names(roots: &[PathBuf], files: &mut Vec<PathBuf>) {
    if roots.len() < 2 {
        return;
    }
    let leads_to = |root: &PathBuf| Some((root.clone(), root.canonicalize().ok()?));
    let targets: HashMap<PathBuf, PathBuf> = roots.iter().filter_map(leads_to).collect();
    let mut known = HashSet::new();
    files.retain(|file| {
        // No link is followed below a root.
        let found = file.ancestors().find_map(|root| Some((root, targets.get(root)?)));
        let Some((root, target)) = found else { return true };
        known.insert(target.join(file.strip_prefix(root).unwrap_or(file)))
    });
}

/// Manifests in the folders above `root`, up to the repository's root: a workspace's lock file stands far above its
/// members. Outside a repository, up to the project's root.
fn add_manifests_above(root: &Path, manifests: &mut Vec<PathBuf>) {
    let Some(parent) = root.parent() else { return };
    let repository = parent.ancestors().find(|folder| folder.join(".git").exists() || folder.join(".hg").exists());
    let Some(last) = repository.map(Path::to_owned).or_else(|| project_root(parent)) else { return };
    for folder in parent.ancestors().take_while(|folder| folder.starts_with(&last)) {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        manifests.extend(entries.flatten().map(|entry| entry.path()).filter(|path| is_read(path)));
    }
}

/// The path and reason of an error of the file system.
fn unreadable(error: &ignore::Error) -> Option<(PathBuf, &io::Error)> {
    match error {
        ignore::Error::WithPath { path, err } => err.io_error().map(|io| (path.clone(), io)),
        ignore::Error::WithDepth { err, .. } => unreadable(err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes files (folders end with a slash) and gives what a walk of the folder finds, relative to it.
    fn walk(tree: &[&str], roots: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for path in tree {
            let full = folder.path().join(path.split(':').next().unwrap());
            fs::create_dir_all(if path.ends_with('/') { &full } else { full.parent().unwrap() }).unwrap();
            if !path.ends_with('/') {
                fs::write(full, path.split_once(':').map_or("", |(_, text)| text)).unwrap();
            }
        }
        let roots: Vec<_> = roots.iter().map(|root| absolute(&folder.path().join(root)).unwrap()).collect();
        let found = discover(&roots, &|path| path.ends_with("excluded"));
        let relative = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
        found.files.iter().chain(&found.manifests).map(relative).collect()
    }

    #[test]
    fn sources_are_found_and_other_things_left_out() {
        let tree = [
            "a.py",
            "b.pyw",
            "c.pyi",
            "d.txt",
            "x.py/inner.py",
            "deep/er/e.py",
            "myenv/pyvenv.cfg",
            "myenv/lib/f.py",
            "node_modules/g.py",
            "lib/site-packages/h.py",
            "build/lib/i.py",
            "dist/j.py",
            "__pycache__/k.py",
            ".hidden/l.py",
            ".hidden.py",
            "src/build/__init__.py",
            "excluded/m.py",
            "requirements.txt",
        ];
        assert_eq!(
            walk(&tree, &[""]),
            [
                ".hidden.py",
                "a.py",
                "b.pyw",
                "deep/er/e.py",
                "src/build/__init__.py",
                "x.py/inner.py",
                "requirements.txt"
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn roots_that_lead_to_one_folder_give_its_files_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("d")).unwrap();
        fs::write(path("d/t.py"), "").unwrap();
        fs::write(path("d/u.py"), "").unwrap();
        std::os::unix::fs::symlink("d", path("e")).unwrap();
        std::os::unix::fs::symlink("d/t.py", path("link.py")).unwrap();
        for roots in [&["d", "e"][..], &["e", "d", "d/t.py"], &["link.py", "e", "d/u.py"]] {
            let roots: Vec<PathBuf> = roots.iter().map(|root| path(root)).collect();
            let mut found = discover(&roots, &|_| false);
            drop_other_names(&roots, &mut found.files);
            let names: Vec<_> = found.files.iter().map(|file| file.canonicalize().unwrap()).collect();
            let wanted = ["d/t.py", "d/u.py"].map(|name| path(name).canonicalize().unwrap());
            assert_eq!(names.iter().collect::<HashSet<_>>(), wanted.iter().collect(), "{roots:?}");
            assert_eq!(names.len(), 2, "{roots:?}: {:?}", found.files);
        }
    }

    #[test]
    fn a_gitignore_holds_without_a_repository() {
        let tree = [
            ".gitignore:generated/
*_pb2.py
",
            "generated/a.py",
            "b_pb2.py",
            "c.py",
            "sub/.gitignore:*
",
            "sub/d.py",
        ];
        assert_eq!(walk(&tree, &[""]), ["c.py"]);
    }

    #[test]
    fn what_is_named_is_always_taken() {
        let tree = [
            ".gitignore:ignored.py
",
            "ignored.py",
            "script",
            "node_modules/a.py",
            ".hidden/b.py",
            "excluded/c.py",
        ];
        assert_eq!(
            walk(&tree, &["ignored.py", "script", "node_modules", ".hidden", "excluded/c.py", "script", "./script"]),
            [".hidden/b.py", "excluded/c.py", "ignored.py", "node_modules/a.py", "script"]
        );
    }

    #[test]
    fn a_named_file_that_is_no_python_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let python = [at("a.py", ""), at("b.pyi", ""), at("c", ""), at("d.cgi", "#!/usr/bin/env python3\n")];
        let foreign = [at("readme.txt", "x = 1\n"), at("e.sh", "#!/bin/sh\npython x\n")];
        let found = discover(&[&python[..], &foreign].concat(), &|_| false);
        assert_eq!((found.files, found.foreign), (python.to_vec(), foreign.to_vec()));
    }

    #[test]
    fn manifests_above_are_found_up_to_the_project_root() {
        let tree = [
            "requirements.txt",
            "p/.git/",
            "p/uv.lock",
            "p/src/a.py",
            "p/src/pyproject.toml",
            "p/docs/requirements.txt",
        ];
        assert_eq!(walk(&tree, &["p/src/a.py"]), ["p/src/a.py", "p/src/pyproject.toml", "p/uv.lock"]);
    }

    #[test]
    fn a_missing_path_is_a_problem() {
        let found = discover(&[PathBuf::from("/no/such/path.py")], &|_| false);
        assert_eq!(found.problems.len(), 1);
        assert!(found.files.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_twice() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("sub/a.py"), "").unwrap();
        symlink(folder.path(), at("sub/loop")).unwrap();
        symlink(at("self.py"), at("self.py")).unwrap();
        symlink(at("sub/a.py"), at("same.py")).unwrap();
        symlink(at("sub"), at("dir.py")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("b.py"), "").unwrap();
        symlink(elsewhere.path().join("b.py"), at("linked.py")).unwrap();
        symlink(elsewhere.path().join("b.py"), at("linked_too.py")).unwrap();
        let found = discover(&[folder.path().to_owned()], &|_| false);
        // The one that leads to itself is told of, as a file that cannot be read.
        assert_eq!(found.files, [at("linked.py"), at("self.py"), at("sub/a.py")]);
    }
}
