//! What a project's manifests say about the versions of its dependencies, and which modules its scripts run.
//!
//! The answer to "which torch?" is a set of ranges, not a version. Exact knowledge goes before loose knowledge: a
//! lock file before `==` in a `requirements.txt`, that before what `pyproject.toml`, `setup.cfg` and the like declare,
//! and a conda environment last. What several manifests of one rank say is united, extras and groups included,
//! because every one of them may be what is installed.

mod declared;
mod lockfile;
mod requirement;
mod scripts;
mod setup_py;
mod specifier;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use rustc_hash::{FxHashMap, FxHashSet};

use self::requirement::{Requirement, normalize};
pub use self::version::{Edge, VersionRange};
pub use pep440_rs::Version;

/// No manifest that a person wrote is larger; a lock file of thousands of packages has some 2 MB.
const MAX_BYTES: u64 = 16_000_000;

/// How deep `-r other.txt` is followed.
const MAX_INCLUDES: u32 = 8;

/// What is known about "is the version at least this one?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Every version that the manifests allow is.
    Proved,
    /// No version that the manifests allow is.
    Excluded,
    /// Some are, some are not.
    Possible,
    /// No manifest names the package.
    Unknown,
}

/// How exact the source of a statement is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Conda,
    Declared,
    Pinned,
    Locked,
}

/// What the manifests say about one package.
#[derive(Clone, Debug)]
pub struct VersionEvidence {
    rank: Rank,
    ranges: Vec<VersionRange>,
    manifests: Vec<PathBuf>,
}

impl VersionEvidence {
    /// The versions that are allowed: any of these ranges.
    pub fn ranges(&self) -> &[VersionRange] {
        &self.ranges
    }
    /// The manifests that say so.
    pub fn manifests(&self) -> &[PathBuf] {
        &self.manifests
    }
    /// Whether the version is `version` or later.
    pub fn at_least(&self, version: &Version) -> Bound {
        if self.ranges.iter().all(|range| range.is_at_least(version)) {
            Bound::Proved
        } else if self.ranges.iter().all(|range| range.is_below(version)) {
            Bound::Excluded
        } else {
            Bound::Possible
        }
    }

    fn add(&mut self, ranges: &[VersionRange], manifest: &Path) {
        for range in ranges {
            if !self.ranges.contains(range) {
                self.ranges.push(range.clone());
            }
        }
        if !self.manifests.iter().any(|known| known == manifest) {
            self.manifests.push(manifest.to_owned());
        }
    }
}

impl fmt::Display for VersionEvidence {
    /// `>=2.0,<2.6 or ==2.7`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(" or ")?;
            }
            range.fmt(f)?;
        }
        Ok(())
    }
}

/// What the manifests of one folder say, completed by those of the folders above it.
#[derive(Clone, Debug)]
pub struct Requirements {
    /// The folder; it holds for every file under it that has no nearer manifest.
    pub folder: PathBuf,
    packages: FxHashMap<String, VersionEvidence>,
    /// Modules that texts of the folder import or run.
    runs: BTreeSet<String>,
}

impl Requirements {
    /// What is known about `package`'s version, under whatever spelling (`Torch_Vision` is `torch-vision`). `None`
    /// when no manifest names it.
    pub fn version(&self, package: &str) -> Option<&VersionEvidence> {
        self.packages.get(&normalize(package))
    }

    /// Whether the installed `package` is at least `(major, minor, patch)`.
    pub fn at_least(&self, package: &str, (major, minor, patch): (u32, u32, u32)) -> Bound {
        let version = Version::new([major, minor, patch].map(u64::from));
        self.version(package).map_or(Bound::Unknown, |known| known.at_least(&version))
    }

    /// Whether Python is at least `(major, minor)`.
    pub fn python_at_least(&self, (major, minor): (u32, u32)) -> Bound {
        self.at_least(declared::PYTHON, (major, minor, 0))
    }

    /// Whether a script or an entry point of the folder imports or runs a module of this name.
    pub fn runs(&self, module: &str) -> bool {
        self.runs.contains(module)
    }

    fn add(&mut self, rank: Rank, requirement: &Requirement, manifest: &Path) {
        let rank = if requirement.name == declared::PYTHON { Rank::Declared } else { rank };
        let known = self.packages.entry(requirement.name.clone()).or_insert_with(|| VersionEvidence {
            rank,
            ranges: Vec::new(),
            manifests: Vec::new(),
        });
        if rank > known.rank {
            *known = VersionEvidence { rank, ranges: Vec::new(), manifests: Vec::new() };
        }
        if rank == known.rank {
            known.add(&requirement.ranges, manifest);
        }
    }
}

/// What a file's name makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ManifestKind {
    TomlLock,
    PipfileLock,
    RequirementsTxt,
    Pyproject,
    Pipfile,
    SetupCfg,
    SetupPy,
    Conda,
    Script,
}

/// Whether a file of this name and place may say something about dependencies.
pub fn is_manifest(path: &Path) -> bool {
    kind_of(path).is_some_and(|kind| kind != ManifestKind::Script)
}

/// Whether a file of this name and place is one that [`read`] reads: a manifest, or a script that may run modules.
pub fn is_read(path: &Path) -> bool {
    kind_of(path).is_some()
}

fn kind_of(path: &Path) -> Option<ManifestKind> {
    let name = path.file_name()?.to_str()?;
    Some(match name {
        "uv.lock" | "poetry.lock" | "pdm.lock" => ManifestKind::TomlLock,
        "Pipfile.lock" => ManifestKind::PipfileLock,
        "Pipfile" => ManifestKind::Pipfile,
        "pyproject.toml" => ManifestKind::Pyproject,
        "setup.cfg" => ManifestKind::SetupCfg,
        "setup.py" => ManifestKind::SetupPy,
        _ if scripts::is_script(path) => ManifestKind::Script,
        _ => match name.rsplit_once('.')? {
            (stem, "toml") if stem == "pylock" || stem.starts_with("pylock.") => ManifestKind::TomlLock,
            (stem, "txt" | "in") if stem.contains("requirements") || in_requirements_folder(path) => {
                ManifestKind::RequirementsTxt
            }
            (stem, "yml" | "yaml") if stem == "env" || stem.starts_with("environment") || stem.starts_with("conda") => {
                ManifestKind::Conda
            }
            _ => return None,
        },
    })
}

/// `requirements/base.txt` speaks for the folder above.
fn in_requirements_folder(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "requirements")
}

/// Reads manifests and scripts from disk. One that cannot be read or understood is left out, with a line in the log.
pub fn read(manifests: &[PathBuf]) -> Vec<Requirements> {
    collect(manifests, &|path| {
        // Other than a regular file, such as a pipe, might block forever.
        let readable = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES);
        let bytes = readable.then(|| fs::read(path)).and_then(Result::ok);
        if bytes.is_none() {
            tracing::debug!(path = %path.display(), "manifest left out: not readable");
        }
        Some(String::from_utf8_lossy(&bytes?).into_owned())
    })
}

/// Reads manifests whose text is at hand: a rule's example, an editor's unsaved buffer.
pub fn from_texts(texts: &[(PathBuf, String)]) -> Vec<Requirements> {
    let paths: Vec<_> = texts.iter().map(|(path, _)| path.clone()).collect();
    collect(&paths, &|wanted| texts.iter().find(|(path, _)| path == wanted).map(|(_, text)| text.clone()))
}

fn collect(manifests: &[PathBuf], load: &dyn Fn(&Path) -> Option<String>) -> Vec<Requirements> {
    // Ordered, so that a folder comes after those above it.
    let mut folders: BTreeMap<PathBuf, Requirements> = BTreeMap::new();
    for path in manifests {
        let Some(kind) = kind_of(path) else { continue };
        let mut folder = path.parent().unwrap_or(Path::new(""));
        if kind == ManifestKind::RequirementsTxt && in_requirements_folder(path) {
            folder = folder.parent().unwrap_or(folder);
        }
        let requirements = folders.entry(folder.to_owned()).or_insert_with(|| Requirements {
            folder: folder.to_owned(),
            packages: FxHashMap::default(),
            runs: BTreeSet::new(),
        });
        read_manifest(kind, path, load, requirements);
    }
    let mut complete: Vec<Requirements> = Vec::with_capacity(folders.len());
    for (folder, mut requirements) in folders {
        let above = complete
            .iter()
            .filter(|one| folder.starts_with(&one.folder))
            .max_by_key(|one| one.folder.components().count());
        // `docs/requirements.txt` names sphinx and says nothing of torch: there the folder above speaks.
        for (package, evidence) in above.into_iter().flat_map(|above| &above.packages) {
            requirements.packages.entry(package.clone()).or_insert_with(|| evidence.clone());
        }
        complete.push(requirements);
    }
    complete
}

fn read_manifest(kind: ManifestKind, path: &Path, load: &dyn Fn(&Path) -> Option<String>, into: &mut Requirements) {
    let Some(text) = load(path) else { return };
    if matches!(kind, ManifestKind::Script | ManifestKind::Pyproject | ManifestKind::SetupCfg) {
        into.runs.extend(scripts::modules(&text));
    }
    let (rank, found) = match kind {
        ManifestKind::Script => return,
        ManifestKind::RequirementsTxt => return read_requirements_txt(path, &text, load, into),
        ManifestKind::TomlLock => {
            let mut found = lockfile::from_toml(&text);
            found.extend(lockfile::python(&text).map(|python| Requirement::constrained(declared::PYTHON, python)));
            (Rank::Locked, Ok(found))
        }
        ManifestKind::PipfileLock => (Rank::Locked, lockfile::from_pipfile_lock(&text)),
        ManifestKind::Pyproject => (Rank::Declared, declared::from_pyproject(&text)),
        ManifestKind::Pipfile => (Rank::Declared, declared::from_pipfile(&text)),
        ManifestKind::SetupCfg => (Rank::Declared, Ok(declared::from_setup_cfg(&text))),
        ManifestKind::SetupPy => (Rank::Declared, Ok(setup_py::from_setup_py(text))),
        ManifestKind::Conda => (Rank::Conda, Ok(declared::from_conda(&text))),
    };
    match found {
        Ok(found) => {
            for requirement in &found {
                into.add(rank, requirement, path);
            }
        }
        Err(error) => tracing::debug!(path = %path.display(), %error, "manifest left out: malformed"),
    }
}

/// Follows `-r other.txt`; what is included speaks for the folder of the file that includes it.
fn read_requirements_txt(path: &Path, text: &str, load: &dyn Fn(&Path) -> Option<String>, into: &mut Requirements) {
    let mut seen: FxHashSet<PathBuf> = FxHashSet::from_iter([path.to_owned()]);
    let mut pending = vec![(path.to_owned(), text.to_owned(), 0)];
    while let Some((path, text, depth)) = pending.pop() {
        let file = declared::from_requirements(&text);
        for requirement in &file.found {
            let rank = if requirement.pinned { Rank::Pinned } else { Rank::Declared };
            into.add(rank, requirement, &path);
        }
        for include in file.includes {
            let target = lexically_joined(path.parent().unwrap_or(Path::new("")), &include);
            if depth < MAX_INCLUDES
                && seen.insert(target.clone())
                && let Some(text) = load(&target)
            {
                pending.push((target, text, depth + 1));
            }
        }
    }
}

/// `a/b` and `../c.txt` make `a/c.txt`, so that one file has one name.
fn lexically_joined(folder: &Path, relative: &str) -> PathBuf {
    let mut joined = folder.to_owned();
    for part in Path::new(relative).components() {
        match part {
            std::path::Component::ParentDir if joined.file_name().is_some() => {
                joined.pop();
            }
            std::path::Component::CurDir => {}
            part => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(texts: &[(&str, &str)]) -> Vec<Requirements> {
        let texts: Vec<_> = texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        from_texts(&texts)
    }

    fn torch_2_6(texts: &[(&str, &str)]) -> Bound {
        folders(texts)[0].at_least("torch", (2, 6, 0))
    }

    #[test]
    fn the_question_has_four_answers() {
        for (line, expected) in [
            ("torch>=2.6", Bound::Proved),
            ("torch==2.7.1+cu126", Bound::Proved),
            ("torch~=2.6.1", Bound::Proved),
            ("torch<2.6", Bound::Excluded),
            ("torch<=2.5.1", Bound::Excluded),
            ("torch==2.5.*", Bound::Excluded),
            ("torch>=1.7.0,!=1.8", Bound::Possible),
            ("torch<=2.6", Bound::Possible),
            ("torch~=2.5", Bound::Possible),
            ("torch", Bound::Possible),
            ("torchvision==0.5", Bound::Unknown),
        ] {
            assert_eq!(torch_2_6(&[("/p/requirements.txt", line)]), expected, "{line}");
        }
    }

    #[test]
    fn exact_knowledge_goes_before_loose_knowledge() {
        let pyproject = ("/p/pyproject.toml", "[project]\ndependencies = ['torch>=2.0']");
        let conda = ("/p/environment.yml", "dependencies:\n  - pytorch=1.8\n");
        let pinned = ("/p/requirements.txt", "torch==2.5.1");
        let locked = ("/p/uv.lock", "[[package]]\nname = \"torch\"\nversion = \"2.7.0\"\n");
        assert_eq!(torch_2_6(&[conda]), Bound::Excluded);
        assert_eq!(torch_2_6(&[conda, pyproject]), Bound::Possible);
        assert_eq!(torch_2_6(&[conda, pyproject, pinned]), Bound::Excluded);
        assert_eq!(torch_2_6(&[locked, conda, pyproject, pinned]), Bound::Proved);
    }

    #[test]
    fn manifests_of_one_rank_are_united() {
        let texts = [("/p/requirements.txt", "torch==2.5.1"), ("/p/requirements-gpu.txt", "torch==2.7.0")];
        assert_eq!(torch_2_6(&texts), Bound::Possible);
        let evidence = folders(&texts)[0].version("Torch").unwrap().clone();
        assert_eq!(evidence.to_string(), "==2.5.1 or ==2.7");
        assert_eq!(evidence.manifests().len(), 2);
    }

    #[test]
    fn a_folder_inherits_what_it_does_not_name() {
        let all = folders(&[
            ("/p/docs/requirements.txt", "sphinx\n"),
            ("/p/pyproject.toml", "[project]\nrequires-python = '>=3.10'\ndependencies = ['torch>=2.6']"),
            ("/p/requirements/gpu.txt", "cupy"),
            ("/q/requirements.txt", "numpy"),
        ]);
        let at = |folder: &str| all.iter().find(|one| one.folder == Path::new(folder)).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(at("/p/docs").at_least("torch", (2, 6, 0)), Bound::Proved);
        assert_eq!(at("/p/docs").python_at_least((3, 10)), Bound::Proved);
        assert_eq!(at("/p/docs").python_at_least((3, 11)), Bound::Possible);
        assert!(at("/p").version("cupy").is_some());
        assert_eq!(at("/q").at_least("torch", (2, 6, 0)), Bound::Unknown);
    }

    #[test]
    fn includes_are_followed_once() {
        let all = folders(&[
            ("/p/requirements.txt", "-r deps/base.txt\n-r missing.txt\n"),
            ("/p/deps/base.txt", "torch==2.5.0\n-r ../requirements.txt\n-r base.txt\n"),
        ]);
        assert_eq!(all[0].at_least("torch", (2, 6, 0)), Bound::Excluded);
    }

    #[test]
    fn malformed_manifests_are_left_out() {
        let all = folders(&[
            ("/p/pyproject.toml", "[project\ndependencies = ["),
            ("/p/Pipfile.lock", "{\"default\": "),
            ("/p/Pipfile", "]["),
            ("/p/setup.cfg", "[options\ninstall_requires"),
            ("/p/uv.lock", "[[package]]\nname = \nversion = \"\u{0}\"\n"),
            ("/p/environment.yml", "dependencies: {\n\t- :\n"),
            ("/p/requirements.txt", "===\n[\n@\n-r\n\\"),
            ("/p/setup.py", "setup(install_requires=[("),
        ]);
        assert_eq!(all[0].at_least("torch", (2, 6, 0)), Bound::Unknown);
    }

    #[test]
    fn manifests_are_known_by_name() {
        for name in [
            "requirements.txt",
            "requirements-dev.txt",
            "dev-requirements.txt",
            "requirements/base.txt",
            "uv.lock",
            "environment.yaml",
            "conda_env.yml",
            "pylock.dev.toml",
            "setup.py",
            "requirements.in",
        ] {
            assert!(is_manifest(Path::new(name)), "{name}");
        }
        for name in ["notes.txt", "docs/base.txt", "Cargo.lock", "workflow.yml", "x.toml"] {
            assert!(!is_manifest(Path::new(name)), "{name}");
        }
    }
}
