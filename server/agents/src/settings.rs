//! The `[agents]` table of the settings: which backends there are, and who is asked through which.
//!
//! The user's own settings always hold. A workspace's are read only where the user trusts it, and never give rights.

pub mod limits;
mod program;
mod read;
mod unconfined;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use self::limits::LimitsChange;
pub use self::program::{NotFound, find_program};
pub use self::unconfined::{Passage, Unconfined};
use crate::agent::Rights;
use crate::launch::BackEnd;
use crate::problem::Problem;
use crate::user_dirs::{Environment, UserDirs, is_inside};

/// The backend that needs nothing: the index and the rules.
pub const BUILT_IN: &str = "built-in";

/// Larger settings are not read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Rights that the user gives or takes; none where the agent's file decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RightsChange {
    /// Whether it may read.
    pub read: Option<bool>,
    /// Whether it may edit.
    pub edit: Option<bool>,
    /// Whether it may run programs.
    pub execute: Option<bool>,
}

impl RightsChange {
    /// The rights with the change.
    #[must_use]
    pub fn apply(self, rights: Rights) -> Rights {
        Rights {
            read: self.read.unwrap_or(rights.read),
            edit: self.edit.unwrap_or(rights.edit),
            execute: self.execute.unwrap_or(rights.execute),
        }
    }
}

/// A backend as the settings describe it, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The file that describes it.
    pub source: PathBuf,
    /// The command, as it is written.
    pub command: Vec<String>,
    /// Names of the variables that are passed on to it.
    pub env: Vec<String>,
    /// Its limits, above those of all backends.
    pub limits: LimitsChange,
    /// The backend, or why it cannot be used.
    pub back_end: Result<BackEnd, String>,
}

/// What the settings say of agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentSettings {
    /// The backend of all agents without one of their own; [`BUILT_IN`] where nothing is said.
    pub back_end: Option<String>,
    /// Backends by name.
    pub back_ends: BTreeMap<String, Described>,
    /// Names of backends, by agent.
    pub uses: BTreeMap<String, String>,
    /// Rights that the user gives or takes, by agent.
    pub rights: BTreeMap<String, RightsChange>,
    /// What becomes of a program that cannot be confined.
    pub unconfined: Unconfined,
    /// Limits of all backends.
    pub limits: LimitsChange,
    /// Where each agent's backend is named, and (without an agent) the one of all others.
    named_at: BTreeMap<Option<String>, (PathBuf, u32)>,
    /// Where rights are given or taken, by agent.
    rights_at: BTreeMap<String, (PathBuf, u32)>,
    /// What does not make sense.
    pub problems: Vec<Problem>,
}

/// Whose settings a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The user's own.
    Users,
    /// Those of a workspace, which may not give rights.
    Workspaces,
}

impl AgentSettings {
    /// The user's settings, and above them those of the workspace where that is `trusted`.
    pub fn gather(dirs: &UserDirs, workspace: Option<&Path>, trusted: bool, environment: &Environment) -> Self {
        let mut settings = Self::default();
        let context = read::Context { workspace, home: dirs.home.as_deref(), environment };
        if let Some(path) = dirs.settings() {
            // A repository that gets to say where the user's settings lie would speak for the user.
            if workspace.is_some_and(|root| path.exists() && is_inside(&path, root)) {
                let message = "your user settings are inside this workspace, and are ignored for it";
                settings.problems.push(Problem::fatal(&path, 0, message));
            } else {
                settings.take(&path, Whose::Users, &context);
            }
        }
        if trusted && let Some(root) = workspace {
            for path in files_of(root) {
                settings.take(&path, Whose::Workspaces, &context);
            }
        }
        settings.check_names();
        settings
    }

    /// How an agent is reached, and the backend's name. A name that leads nowhere is an error with a reason.
    pub fn back_end_of(&self, agent: &str) -> (String, Result<BackEnd, String>) {
        let name = self.uses.get(agent).or(self.back_end.as_ref()).map_or(BUILT_IN, String::as_str);
        let back_end = match self.back_ends.get(name) {
            _ if name == BUILT_IN => Ok(BackEnd::BuiltIn),
            Some(described) => described.back_end.clone(),
            None => Err(format!("unknown backend `{name}`")),
        };
        (name.to_owned(), back_end)
    }

    /// The limits that are set for an agent's backend.
    pub fn limits_of(&self, agent: &str) -> LimitsChange {
        let described = self.back_ends.get(&self.back_end_of(agent).0);
        described.map_or_else(LimitsChange::default, |described| described.limits).or(self.limits)
    }

    fn take(&mut self, path: &Path, whose: Whose, context: &read::Context<'_>) {
        match table(path) {
            Ok(None) => {}
            Ok(Some(text)) => read::read(self, path, &text, whose, context),
            Err(message) => self.problems.push(Problem::fatal(path, 0, message)),
        }
    }

    /// Names that no backend has.
    fn check_names(&mut self) {
        let names = self.uses.iter().map(|(agent, name)| (Some(agent), name));
        let missing: Vec<Problem> = self
            .back_end
            .iter()
            .map(|name| (None, name))
            .chain(names)
            .filter(|(_, name)| *name != BUILT_IN && !self.back_ends.contains_key(*name))
            .filter_map(|(agent, name)| {
                let message = match agent {
                    Some(agent) => {
                        format!("`{agent}` uses the unknown backend `{name}`; add `[agents.back-ends.{name}]`")
                    }
                    None => format!("`back-end`: unknown backend `{name}`; add `[agents.back-ends.{name}]`"),
                };
                let (path, line) = self.named_at.get(&agent.cloned())?;
                Some(Problem::fatal(path, *line, message))
            })
            .collect();
        self.problems.extend(missing);
    }

    /// Names in these settings that no agent has. `known` are those of all agents.
    pub(crate) fn strangers(&self, known: &[&str]) -> Vec<Problem> {
        let uses = self.named_at.iter().filter_map(|(agent, place)| Some((agent.as_ref()?, place)));
        let strangers = uses.chain(&self.rights_at).filter(|(agent, _)| !known.contains(&agent.as_str()));
        strangers
            .map(|(agent, (path, line))| {
                let near: Vec<String> = similar::get_close_matches(agent.as_str(), known, 3, 0.8)
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect();
                let near = match near.split_last() {
                    None => "run `pyteam agents` for a list".to_owned(),
                    Some((last, [])) => format!("did you mean {last}?"),
                    Some((last, others)) => format!("did you mean {} or {last}?", others.join(", ")),
                };
                Problem::remark(path, *line, format!("unknown agent `{agent}`, this has no effect; {near}"))
            })
            .collect()
    }
}

/// The settings files of a workspace, the weaker first.
fn files_of(root: &Path) -> [PathBuf; 2] {
    [root.join("pyproject.toml"), root.join("pyteam.toml")]
}

/// What a workspace's settings say of agents, in a form that is equal whenever it means the same; empty where they say
/// nothing. A file that cannot be read is never equal to one that can.
pub(crate) fn fingerprint_of(root: &Path) -> String {
    let mut text = String::new();
    for path in files_of(root) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match table(&path) {
            Ok(None) => {}
            Ok(Some(file)) => match toml::from_str::<toml::Table>(&file) {
                Ok(table) => {
                    let agents = read::settings_in(&path, table).and_then(|mut table| table.remove("agents"));
                    if let Some(agents) = agents {
                        text.push_str(&format!("{name} {agents}\n"));
                    }
                }
                Err(_) => text.push_str(&format!("{name} broken {file}\n")),
            },
            Err(message) => text.push_str(&format!("{name} unreadable {message}\n")),
        }
    }
    text
}

/// What a workspace would have if it were trusted, for its user to look at.
pub fn wishes_of(root: &Path, environment: &Environment) -> AgentSettings {
    let mut settings = AgentSettings::default();
    let home = environment.variables.get("HOME").map(Path::new);
    let context = read::Context { workspace: Some(root), home, environment };
    for path in files_of(root) {
        settings.take(&path, Whose::Workspaces, &context);
    }
    settings
}

/// A settings file's text; none where there is no such file.
fn table(path: &Path) -> Result<Option<String>, String> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(format!("cannot read these settings: {error}")),
    };
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err("cannot read these settings: not a regular file of up to 1 MB".to_owned());
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot read these settings: {error}"))?;
    String::from_utf8(bytes).map(Some).map_err(|_| "cannot read these settings: not UTF-8 text".to_owned())
}

#[cfg(test)]
mod tests;
