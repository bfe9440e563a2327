//! Where agents' files are looked for. Files are read; nothing is ever started.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Member;
use super::file::{self, Format};
use crate::agent::Origin;
use crate::problem::Problem;
use crate::user_dirs::UserDirs;

/// Larger files are no agent's, in bytes.
pub const MAX_BYTES: u64 = 64 << 10;
/// So many files are read in the workspace, and so many of the user's.
pub const MAX_FILES: usize = 200;
/// Folders below a folder of agents.
const MAX_DEPTH: usize = 6;
/// So many names are looked at in all.
const MAX_ENTRIES: usize = 5_000;

/// Where other programs keep a workspace's agents, and whether they look into folders below.
const IN_WORKSPACE: [(&str, Format, bool); 5] = [
    (".claude/agents", Format::Claude, true),
    (".opencode/agent", Format::OpenCode, false),
    (".opencode/agents", Format::OpenCode, false),
    (".github/agents", Format::Copilot, false),
    (".gemini/agents", Format::Gemini, false),
];

/// Whether a file of this name and place would be read as an agent's.
pub fn is_agent_file(path: &Path) -> bool {
    let is_below = |folder: &str| {
        let parts: Vec<_> = Path::new(folder).iter().collect();
        path.parent()
            .is_some_and(|above| above.iter().collect::<Vec<_>>().windows(parts.len()).any(|some| some == parts))
    };
    path.extension().is_some_and(|end| end == "md") && IN_WORKSPACE.iter().any(|(folder, ..)| is_below(folder))
}

/// What was found in one place.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) members: Vec<Member>,
    pub(super) problems: Vec<Problem>,
}

/// The agents of the workspace at `root`.
pub(super) fn in_workspace(root: &Path) -> Found {
    let Ok(within) = root.canonicalize() else { return Found::default() };
    let mut search = Search::new(Some(within));
    for (folder, format, deep) in IN_WORKSPACE {
        search.look(&root.join(folder), format, deep);
    }
    search.read(Origin::Workspace)
}

/// The user's agents.
pub(super) fn of_user(dirs: &UserDirs) -> Found {
    let mut search = Search::new(None);
    if let Some(config) = &dirs.config {
        search.look(&config.join("agents"), Format::Claude, true);
    }
    if let Some(home) = &dirs.home {
        search.look(&home.join(".claude/agents"), Format::Claude, true);
    }
    search.read(Origin::User)
}

struct Search {
    /// Links that lead out of this folder are not followed. The user's own may lead anywhere.
    within: Option<PathBuf>,
    files: Vec<(PathBuf, Format)>,
    seen: BTreeSet<PathBuf>,
    /// Links that were met: they are followed when all that lies in its own place was seen, and has its own name.
    links: Vec<(PathBuf, Format, usize)>,
    entries: usize,
    problems: Vec<Problem>,
}

impl Search {
    fn new(within: Option<PathBuf>) -> Self {
        Self { within, files: Vec::new(), seen: BTreeSet::new(), links: Vec::new(), entries: 0, problems: Vec::new() }
    }

    fn look(&mut self, folder: &Path, format: Format, deep: bool) {
        let depth = if deep { MAX_DEPTH } else { 0 };
        // `.claude` may be a link as well.
        if is_link(folder) || folder.parent().is_some_and(is_link) {
            self.links.push((folder.to_owned(), format, depth + 1));
        } else {
            self.visit(folder, format, depth + 1);
        }
    }

    /// Looks at a file or a folder; `depth` folders may lie below each other from here on.
    fn visit(&mut self, path: &Path, format: Format, depth: usize) {
        if path.is_dir() {
            if depth > 0 && self.may_open(path) {
                self.walk(path, format, depth - 1);
            }
        } else if fits(path, format) && self.may_open(path) {
            self.files.push((path.to_owned(), format));
        }
    }

    fn follow_links(&mut self) {
        // A link may lead to a folder with links; how many there are has a limit, as have all entries.
        let mut next = 0;
        while let Some((path, format, depth)) = self.links.get(next).cloned() {
            self.visit(&path, format, depth);
            next += 1;
        }
    }

    fn walk(&mut self, folder: &Path, format: Format, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.problems.push(Problem::fatal(folder, 0, format!("cannot read this directory: {error}")));
                return;
            }
        };
        let room = MAX_ENTRIES.saturating_sub(self.entries);
        let mut paths: Vec<PathBuf> = entries.flatten().take(room).map(|entry| entry.path()).collect();
        self.entries += paths.len();
        // The order of a folder is chance.
        paths.sort();
        for path in paths {
            if is_link(&path) {
                self.links.push((path, format, depth));
            } else {
                self.visit(&path, format, depth);
            }
        }
    }

    /// Whether `path` leads to where one may look, and was not seen by another name.
    fn may_open(&mut self, path: &Path) -> bool {
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                self.problems.push(Problem::fatal(path, 0, format!("cannot read this file: {error}")));
                return false;
            }
        };
        if self.within.as_ref().is_some_and(|within| !real.starts_with(within)) {
            let message = "link to a path outside the workspace; not followed";
            self.problems.push(Problem::fatal(path, 0, message));
            return false;
        }
        self.seen.insert(real)
    }

    fn read(mut self, origin: fn(PathBuf) -> Origin) -> Found {
        self.follow_links();
        if let Some((first, _)) = self.files.get(MAX_FILES) {
            let message = format!(
                "this file and {} more are ignored: more than {MAX_FILES} agent files",
                self.files.len() - MAX_FILES - 1
            );
            self.problems.push(Problem::fatal(first, 0, message));
        }
        self.files.truncate(MAX_FILES);
        let mut members = Vec::new();
        for (path, format) in &self.files {
            let origin = origin(path.clone());
            members.push(match text(path) {
                Ok(text) => file::read(path, &text, *format, origin),
                Err(message) => file::unreadable(path, origin, &message),
            });
        }
        Found { members, problems: self.problems }
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink())
}

fn fits(path: &Path, format: Format) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let suffix = if format == Format::Copilot { ".agent.md" } else { ".md" };
    let is_about_the_folder = name.to_ascii_lowercase().starts_with("readme");
    name.ends_with(suffix) && !name.starts_with('.') && !is_about_the_folder
}

/// A small regular file's text.
fn text(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot read this file: {error}");
    // Opening a named pipe would wait for a writer.
    let meta = fs::metadata(path).map_err(cannot)?;
    if !meta.is_file() {
        return Err("cannot read this file: not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("cannot read this file: larger than {} KB", MAX_BYTES >> 10));
    }
    String::from_utf8(bytes).map_err(|_| "cannot read this file: not UTF-8 text".to_owned())
}
