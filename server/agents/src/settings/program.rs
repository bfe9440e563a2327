//! Which program a command means. It lies outside the workspace, or it is not started: what a repository brings along
//! is not what its user installed.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::user_dirs::{Environment, is_inside};

/// Why a command means no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// It is relative: what it means would depend on the folder.
    Relative(String),
    /// There is no such program.
    Missing(String),
    /// The only one there is lies in the workspace.
    InWorkspace(PathBuf),
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative(name) => {
                write!(f, "`{name}` is a relative path; use a program on the PATH or an absolute path")
            }
            Self::Missing(name) => write!(f, "program not found on the PATH: `{name}`"),
            Self::InWorkspace(path) => {
                write!(f, "{} is in the workspace, and programs of a workspace are not started", path.display())
            }
        }
    }
}

/// The absolute path of the program that `name` means, outside `workspace`.
pub fn find_program(name: &str, environment: &Environment, workspace: Option<&Path>) -> Result<PathBuf, NotFound> {
    let path = Path::new(name);
    let in_workspace = |path: &Path| workspace.is_some_and(|root| is_inside(path, root));
    if path.components().count() != 1 || name.contains(['/', '\\']) {
        if !path.is_absolute() {
            return Err(NotFound::Relative(name.to_owned()));
        }
        return match with_ending(path) {
            Some(found) if in_workspace(&found) => Err(NotFound::InWorkspace(found)),
            Some(found) => Ok(found),
            None => Err(NotFound::Missing(name.to_owned())),
        };
    }
    let mut inside = None;
    for folder in environment.folders() {
        match with_ending(&folder.join(name)) {
            Some(found) if in_workspace(&found) => inside = inside.or(Some(found)),
            Some(found) => return Ok(found),
            None => {}
        }
    }
    Err(inside.map_or_else(|| NotFound::Missing(name.to_owned()), NotFound::InWorkspace))
}

/// The program at this path, on Windows with one of its endings.
fn with_ending(path: &Path) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &["", ".exe", ".cmd", ".bat"] } else { &[""] };
    let ended = |ending: &&str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    endings.iter().map(ended).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
