//! The files of a workspace that are no Python: manifests, Docker, CI, documentation. Read from disk, little and
//! bounded: the folder itself, and a few folders by name.

use std::fs;
use std::path::Path;

pub(crate) use pyteam_syntax::words::has_word;

/// Larger files say nothing that is looked for here, in bytes.
const MAX_BYTES: u64 = 256 * 1024;
/// More files than this are not read.
const MAX_FILES: usize = 200;
/// So many folders, so deep, are gone through for manifests and Docker files.
const MAX_FOLDERS: usize = 2_000;
const MAX_DEPTH: u32 = 5;
/// Folders of other people's code, and of what is built.
const OTHERS: &[&str] = &[
    "node_modules",
    "site-packages",
    "venv",
    "env",
    "build",
    "dist",
    "target",
    "__pycache__",
    "vendor",
    "third_party",
];
/// Folders that are looked into, and how many levels below them, too.
const FOLDERS: &[(&str, u32)] = &[
    (".github/workflows", 0),
    (".circleci", 0),
    ("docs", 2),
    ("doc", 2),
    ("docker", 1),
    ("deploy", 1),
    ("deployment", 1),
    ("k8s", 1),
    ("kubernetes", 1),
    ("helm", 2),
    ("config", 1),
];

/// One file.
#[derive(Debug)]
pub(crate) struct OtherFile {
    /// Relative to the root, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl OtherFile {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// What a file is for, by its name and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Docker,
    Compose,
    Ci,
    Documentation,
    Settings,
    Kubernetes,
    Other,
}

/// All of them, by path.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    files: Vec<OtherFile>,
}

impl Surroundings {
    /// Reads those of the workspace in `root`.
    pub(crate) fn read(root: &Path) -> Self {
        let mut all = Self::default();
        all.folder(root, "", 0);
        for (folder, depth) in FOLDERS {
            all.folder(&root.join(folder), folder, *depth);
        }
        let mut left = MAX_FOLDERS;
        all.nested(root, "", MAX_DEPTH, &mut left);
        all.files.sort_by(|a, b| a.path.cmp(&b.path));
        all.files.dedup_by(|a, b| a.path == b.path);
        all
    }

    fn folder(&mut self, folder: &Path, prefix: &str, depth: u32) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if self.files.len() >= MAX_FILES {
                return;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            // Links may lead anywhere, and other than a regular file might block forever.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth > 0 {
                self.folder(&entry.path(), &path, depth - 1);
            } else if kind.is_file() && is_text(name) {
                let fits = entry.metadata().is_ok_and(|meta| meta.len() <= MAX_BYTES);
                let bytes = fits.then(|| fs::read(entry.path()).ok()).flatten();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                self.files.extend(text.map(|text| OtherFile { path, text }));
            }
        }
    }

    /// The manifests, Docker and compose files of the folders below: a program of several parts has them beside each.
    fn nested(&mut self, folder: &Path, prefix: &str, depth: u32, left: &mut usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if kind.is_dir() {
                let is_other = name.starts_with('.') || OTHERS.contains(&name);
                if depth > 0 && *left > 0 && !is_other {
                    *left -= 1;
                    self.nested(&entry.path(), &path, depth - 1, left);
                }
                continue;
            }
            let mut file = OtherFile { path, text: String::new() };
            let is_wanted = matches!(purpose_of(&file), Purpose::Docker | Purpose::Compose)
                || pyteam_index::project::is_manifest(Path::new(&file.path));
            let is_known = self.files.iter().any(|known| known.path == file.path);
            if !kind.is_file() || !is_wanted || is_known || self.files.len() >= MAX_FILES {
                continue;
            }
            if entry.metadata().is_ok_and(|meta| meta.len() <= MAX_BYTES)
                && let Some(text) = fs::read(entry.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
            {
                file.text = text;
                self.files.push(file);
            }
        }
    }

    /// All files, by path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &OtherFile> {
        self.files.iter()
    }

    /// The files of one purpose, by path.
    pub(crate) fn of(&self, purpose: Purpose) -> Vec<&OtherFile> {
        self.files.iter().filter(|file| purpose_of(file) == purpose).collect()
    }

    /// The file at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&OtherFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Whether a file of this name is text that says something about a project. Python has its own place, and what may
/// hold secrets (`.env`) is not read.
fn is_text(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
    lower.starts_with("dockerfile")
        || lower.starts_with("readme")
        || matches!(&*lower, ".env.example" | ".env.sample" | ".env.template" | ".env.dist")
        || matches!(
            &*lower,
            "makefile"
                | "justfile"
                | "jenkinsfile"
                | "procfile"
                | "pipfile"
                | "containerfile"
                | ".dockerignore"
                | ".gitignore"
                | ".flake8"
                | ".coveragerc"
                | "contributing"
                | "env.example"
                | "env.sample"
        )
        || (ends(&[".toml", ".cfg", ".ini", ".md", ".rst", ".txt", ".yml", ".yaml", ".dockerfile", ".example"])
            && !lower.ends_with(".lock.yml"))
}

fn purpose_of(file: &OtherFile) -> Purpose {
    let name = file.name().to_ascii_lowercase();
    let is_yaml = [".yml", ".yaml"].iter().any(|end| name.ends_with(end));
    if name.starts_with("dockerfile") || name.ends_with(".dockerfile") || name == "containerfile" {
        Purpose::Docker
    } else if is_yaml && (name.contains("compose")) {
        Purpose::Compose
    } else if file.path.starts_with(".github/workflows/") && is_yaml
        || file.path.starts_with(".circleci/")
        || matches!(&*name, ".gitlab-ci.yml" | "azure-pipelines.yml" | "jenkinsfile" | ".travis.yml" | "tox.ini")
    {
        Purpose::Ci
    } else if is_yaml && file.text.contains("apiVersion:") && file.text.contains("kind:") {
        Purpose::Kubernetes
    } else if name.starts_with("readme")
        || [".md", ".rst"].iter().any(|end| name.ends_with(end))
        || name.starts_with(".env.")
        || name.starts_with("env.")
        || ((file.path.starts_with("docs/") || file.path.starts_with("doc/"))
            && [".txt"].iter().any(|end| name.ends_with(end)))
    {
        Purpose::Documentation
    } else if [".toml", ".cfg", ".ini"].iter().any(|end| name.ends_with(end)) || is_yaml {
        Purpose::Settings
    } else {
        Purpose::Other
    }
}

/// The number of the first line that `holds` says yes to, from 1.
pub(crate) fn line_where(text: &str, holds: impl Fn(&str) -> bool) -> Option<usize> {
    text.lines().position(holds).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart() {
        let file = |path: &str, text: &str| OtherFile { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(purpose_of(&file("Dockerfile.gpu", "")), Purpose::Docker);
        assert_eq!(purpose_of(&file("docker-compose.yml", "")), Purpose::Compose);
        assert_eq!(purpose_of(&file(".github/workflows/test.yaml", "")), Purpose::Ci);
        assert_eq!(purpose_of(&file("k8s/app.yaml", "apiVersion: v1\nkind: Pod\n")), Purpose::Kubernetes);
        assert_eq!(purpose_of(&file("docs/usage.md", "")), Purpose::Documentation);
        assert_eq!(purpose_of(&file("pyproject.toml", "")), Purpose::Settings);
    }

    #[test]
    fn secrets_are_not_read() {
        assert!(!is_text(".env"));
        assert!(is_text(".env.example"));
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("set RTSP_URL=...", "RTSP_URL"));
        assert!(!has_word("set MY_RTSP_URL=...", "RTSP_URL"));
    }
}
