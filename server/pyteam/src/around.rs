//! What belongs to a file that no project is marked around: the folder that Python would import it from.
//!
//! A file's meaning depends on its neighbors, marked or not. But an unmarked folder may be anything, also a downloads folder
//! with everything in it, so what is looked through has a limit, and where it is reached that is said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::discover::{self, Discovered, DiscoveryLimits};

/// So much is looked through of a folder that nothing marks as a project.
pub const MAX_AROUND: DiscoveryLimits = DiscoveryLimits { files: 1_000, entries: 20_000 };

/// What was found around some files.
#[derive(Debug, Default)]
pub struct Around {
    /// Files and manifests.
    pub found: Discovered,
    /// What was looked through in place of all, where all was too much.
    pub cut: Option<Cut>,
}

/// A folder with too much in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The folder.
    pub folder: PathBuf,
    /// The part that was looked through.
    pub instead: Vec<PathBuf>,
}

/// The folder to look at a file together with, where no project is marked around it: the one that Python would import it
/// from, which is the one above its topmost package. None where that would be a home folder, or hold one.
pub fn folder_of(file: &Path) -> Option<PathBuf> {
    folders_of(file).into_iter().next()
}

/// Whether a folder is too wide to be a project: a file system's root, the home folder, or one that holds it.
pub fn is_everything(folder: &Path) -> bool {
    folder.parent().is_none() || std::env::home_dir().is_some_and(|home| home.starts_with(folder))
}

/// Looks through `folder`, which nothing marks as a project's, for what belongs to `files` in it. Where that is too much,
/// only their packages are looked through, else what stands right beside them.
pub fn look_around(folder: &Path, files: &[PathBuf], excluded: &(dyn Fn(&Path) -> bool + Sync)) -> Around {
    if let Some(found) = discover::discover_within(folder, None, MAX_AROUND, excluded) {
        return Around { found, cut: None };
    }
    let mut around = Around::default();
    let mut instead = BTreeSet::new();
    for file in files {
        let narrower = folders_of(file).into_iter().filter(|one| one != folder && one.starts_with(folder));
        let Some(own) = file.parent() else { continue };
        let found = narrower.chain([own.to_owned()]).find_map(|part| {
            let depth = (part == own).then_some(1);
            Some((discover::discover_within(&part, depth, MAX_AROUND, excluded)?, part))
        });
        let Some((found, part)) = found else { continue };
        if instead.insert(part) {
            around.found.files.extend(found.files);
            around.found.manifests.extend(found.manifests);
        }
    }
    around.found.sort();
    around.cut = Some(Cut { folder: folder.to_owned(), instead: instead.into_iter().collect() });
    around
}

impl Cut {
    /// In a sentence's words; `shown` says how a path is written.
    pub fn sentence(&self, shown: &dyn Fn(&Path) -> String) -> String {
        let folder = shown(&self.folder);
        let instead: Vec<String> = self.instead.iter().map(|part| shown(part)).collect();
        let read = match &*instead {
            [] => "no other file was read".to_owned(),
            [_] if self.instead.contains(&self.folder) => "only the files directly in it were read".to_owned(),
            [part] => format!("only {part} was read"),
            parts => format!("only {} were read", parts.join(", ")),
        };
        format!(
            "no project root (pyproject.toml or pyteam.toml) in {folder}, which has too many files to read all, so {read}; \
             add one where the project begins"
        )
    }
}

/// The folder above the topmost package of `file`, the topmost package, the largest first.
fn folders_of(file: &Path) -> Vec<PathBuf> {
    let Some(own) = file.parent() else { return Vec::new() };
    // An installed package belongs to all others that are installed, which is not being edited.
    if own.ancestors().filter_map(Path::file_name).any(|name| name == "site-packages" || name == "dist-packages") {
        return Vec::new();
    }
    let package = own.ancestors().take_while(|folder| folder.join("__init__.py").is_file()).last();
    let above = package.map_or(Some(own), Path::parent);
    let folders = above.into_iter().chain(package).filter(|folder| !is_everything(folder));
    folders.map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn names(root: &Path, paths: &[PathBuf]) -> Vec<String> {
        paths.iter().map(|path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_seen_from_where_it_is_imported() {
        let folder = tree(&["main.py", "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/x.py", "scripts/y.py"]);
        let root = folder.path();
        assert_eq!(folder_of(&root.join("main.py")).as_deref(), Some(root));
        assert_eq!(folder_of(&root.join("pkg/sub/x.py")).as_deref(), Some(root));
        assert_eq!(folder_of(&root.join("pkg/new.py")).as_deref(), Some(root));
        assert_eq!(folder_of(&root.join("scripts/y.py")), Some(root.join("scripts")));
        assert_eq!(folder_of(Path::new("/x.py")), None);
        assert_eq!(folder_of(&root.join("lib/site-packages/numpy/a.py")), None);
    }

    #[test]
    fn a_home_folder_is_never_taken() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(folder_of(&home.join("x.py")), None);
        assert!(is_everything(&home) && is_everything(home.parent().unwrap()) && !is_everything(&home.join("x")));
    }

    #[test]
    fn too_large_a_folder_is_cut_to_what_is_nearest() {
        let many: Vec<String> = (0..=MAX_AROUND.files).map(|n| format!("other/f{n}.py")).collect();
        let mut files: Vec<&str> = many.iter().map(String::as_str).collect();
        files.extend([
            "a.py",
            "b.py",
            "deep/c.py",
            "pkg/__init__.py",
            "pkg/sub/__init__.py",
            "pkg/sub/x.py",
            "pkg/y.py",
        ]);
        let folder = tree(&files);
        let root = folder.path();
        let around = |file: &str| look_around(root, &[root.join(file)], &|_| false);
        let found = around("a.py");
        assert_eq!(names(root, &found.found.files), ["a.py", "b.py"]);
        let cut = found.cut.unwrap();
        assert_eq!((cut.folder.as_path(), cut.instead.as_slice()), (root, &[root.to_owned()][..]));
        let found = around("pkg/sub/x.py");
        assert_eq!(
            names(root, &found.found.files),
            ["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/x.py", "pkg/y.py"]
        );
        let said = found.cut.unwrap().sentence(&|path| path.strip_prefix(root).unwrap().display().to_string());
        assert!(said.contains("only pkg was read"), "{said}");
        // Excluded files do not count.
        let found = look_around(root, &[root.join("a.py")], &|path| path.ends_with("other"));
        assert_eq!((found.cut, found.found.files.len()), (None, 7));
        // What stands beside it may be too much by itself.
        assert!(around("other/f1.py").found.files.is_empty());
    }
}
