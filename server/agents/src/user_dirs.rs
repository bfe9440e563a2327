//! Where the user's own files lie: settings, agents, and what pyteam remembers.

pub mod private;
pub mod regular;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// What is said where [`UserDirs::state`] is none.
pub const NO_STATE: &str = "no state directory: neither PYTEAM_STATE_DIR nor a home directory is set";

/// The user's folders. Each may be missing, on a machine or in a container that has no such place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserDirs {
    /// The user's home, whose `.claude/agents` is read.
    pub home: Option<PathBuf>,
    /// The folder of the user's `pyteam.toml` and `agents/`.
    pub config: Option<PathBuf>,
    /// The folder of what is remembered between runs: consent, records.
    pub state: Option<PathBuf>,
}

impl UserDirs {
    /// The folders of the user who runs this: `PYTEAM_CONFIG_DIR` and `PYTEAM_STATE_DIR`, else where the system wants
    /// them.
    pub fn of_user() -> Self {
        let base = etcetera::choose_base_strategy().ok();
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = named("PYTEAM_CONFIG_DIR").or_else(|| Some(base.as_ref()?.config_dir().join("pyteam")));
        let state = named("PYTEAM_STATE_DIR").or_else(|| {
            let base = base.as_ref()?;
            Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("pyteam"))
        });
        Self { home: base.as_ref().map(|base| base.home_dir().to_owned()), config, state }
    }

    /// The user's own settings, whether they are there or not.
    pub fn settings(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|config| config.join("pyteam.toml"))
    }
}

/// What the process that asks has in its environment: where programs are looked for, and what may be passed on.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `PATH`.
    pub path: OsString,
    /// All variables that are text.
    pub variables: std::collections::BTreeMap<String, String>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            variables: std::env::vars_os().filter_map(text).collect(),
        }
    }

    /// The folders of `PATH`. A relative one would mean another program in each workspace.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        std::env::split_paths(&self.path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>().into_iter()
    }
}

/// Whether `path` lies in `root`, by its name or by what its links lead to.
pub(crate) fn is_inside(path: &Path, root: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.starts_with(root) || real(path).starts_with(real(root))
}

/// Whether an agent that works on a copy of `workspace` may write in `home`: it is neither the user's own home, nor does it
/// hold that or the workspace, nor is it part of the workspace.
pub(crate) fn may_write_home(workspace: &Path, home: &Path) -> bool {
    let Ok(home) = std::fs::canonicalize(home) else { return false };
    let workspace = std::fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_owned());
    let own = std::env::home_dir().and_then(|own| std::fs::canonicalize(own).ok());
    !workspace.starts_with(&home) && !home.starts_with(&workspace) && !own.is_some_and(|own| own.starts_with(&home))
}
