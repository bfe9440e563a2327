//! All that holds for one workspace: who is there, how each is reached, and whether the workspace is trusted.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::agent::{Agent, Origin, Speed};
use crate::consent::{Consent, Trust};
use crate::launch::Backend;
use crate::problem::Problem;
use crate::settings::AgentSettings;
use crate::team::{Member, Owners, Standing, Team, built_in};
use crate::user_dirs::{Environment, UserDirs};

/// The team of a workspace, ready to be asked. Nothing was started to find out.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its folder, if there is one.
    pub workspace: Option<PathBuf>,
    /// Whether the user trusts it.
    pub trust: Trust,
    /// All agents that are there.
    pub team: Team,
    /// What the settings say of agents.
    pub settings: AgentSettings,
}

/// One line of `pyteam agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The agent's name.
    pub name: String,
    /// `workspace`, `user` or `built-in`.
    pub source: &'static str,
    /// The file of its definition, if it has one.
    pub path: Option<PathBuf>,
    /// Whether this definition is the one that is asked.
    pub in_use: bool,
    /// Whether it may read.
    pub read: bool,
    /// Whether it may edit.
    pub edit: bool,
    /// Whether it may run programs.
    pub execute: bool,
    /// The model that it would like.
    pub model: Option<String>,
    /// How long it takes, roughly.
    pub speed: Option<Speed>,
    /// What it hands over.
    pub produces: Vec<String>,
    /// Codes of the rules that it owns.
    pub rules: Vec<String>,
    /// Kinds of files that it owns, as globs.
    pub owns: Vec<String>,
    /// The name of its backend.
    pub backend: String,
    /// Whether it can be asked.
    pub reachable: bool,
    /// Why not; none where it can.
    pub reason: Option<String>,
    /// When to ask it.
    pub description: String,
    /// What is odd about its file.
    pub remarks: Vec<String>,
    /// Whether its file is pyteam's own, written out by `pyteam init --agents` and never changed.
    pub is_written_out: bool,
}

impl Setup {
    /// What holds for the workspace at `root`, where pyteam's own rules are those of their `owners`.
    pub fn read(dirs: &UserDirs, workspace: Option<&Path>, environment: &Environment, owners: &Owners) -> Self {
        let consent = Consent::of(dirs);
        let trust = workspace.zip(consent).map_or(Trust::Unknown, |(root, consent)| consent.trust_in(root));
        let settings = AgentSettings::gather(dirs, workspace, trust.is_given(), environment);
        let mut team = Team::gather(dirs, workspace, trust.is_given(), owners);
        team.adjust(&settings.rights);
        Self { workspace: workspace.map(Path::to_owned), trust, team, settings }
    }

    /// [`Setup::read`] for the user who runs this.
    pub fn of_user(workspace: Option<&Path>, owners: &Owners) -> Self {
        Self::read(&UserDirs::of_user(), workspace, &Environment::of_process(), owners)
    }

    /// How an agent of the team is reached, or why it is not.
    pub fn backend_of(&self, agent: &Agent) -> Result<Backend, String> {
        let (name, backend) = self.settings.backend_of(&agent.name);
        match backend {
            Ok(Backend::BuiltIn) if agent.rules.is_empty() && !built_in::is_member(&agent.name) => {
                Err(self.why_nothing_is_built_in(agent))
            }
            Err(reason) if !self.settings.backends.contains_key(&name) && self.wishes() => {
                Err(format!("{reason} (the settings of this workspace are ignored until you trust it: `pyteam trust`)"))
            }
            other => other,
        }
    }

    /// Why pyteam itself has no answer for an agent that is not of its own team, and owns no rules.
    fn why_nothing_is_built_in(&self, agent: &Agent) -> String {
        let withheld = |member: &Member| member.agent.origin == agent.origin && !member.withheld.is_empty();
        if self.team.members.iter().any(withheld) {
            return "its rules are ignored until you trust this workspace (`pyteam trust`), and the `built-in` backend \
                    answers only for the rules of an agent"
                .to_owned();
        }
        format!(
            "the `built-in` backend answers only for the built-in agents and for agents with rules; add `rules` to \
             its file, or set another backend under `[agents.use] \"{}\"`",
            agent.name
        )
    }

    /// Whether the workspace has settings that are not used.
    fn wishes(&self) -> bool {
        let root = self.workspace.as_deref().filter(|_| !self.trust.is_given());
        root.is_some_and(|root| !crate::settings::fingerprint_of(root).is_empty())
    }

    /// Why an agent that has a file cannot be asked; none where it can, or where there is none.
    pub fn why_not(&self, name: &str) -> Option<String> {
        let rows: Vec<Row> = self.rows().into_iter().filter(|row| row.name == name).collect();
        if rows.iter().any(|row| row.reachable) {
            return None;
        }
        let row = rows.into_iter().find(|row| row.reason.is_some())?;
        let path = row.path.map(|path| format!(" ({})", path.display())).unwrap_or_default();
        row.reason.map(|reason| format!("{reason}{path}"))
    }

    /// Every definition with what becomes of it, in the team's order.
    pub fn rows(&self) -> Vec<Row> {
        self.team.members.iter().map(|member| self.row(member)).collect()
    }

    fn row(&self, member: &Member) -> Row {
        let agent = &member.agent;
        let (source, path) = match &agent.origin {
            Origin::Workspace(path) => ("workspace", Some(path.clone())),
            Origin::User(path) => ("user", Some(path.clone())),
            Origin::BuiltIn => ("built-in", None),
        };
        let reason = match &member.standing {
            Standing::InUse => self.backend_of(agent).err(),
            Standing::Replaced(Origin::Workspace(path) | Origin::User(path)) => {
                Some(format!("replaced by {}", path.display()))
            }
            Standing::Replaced(Origin::BuiltIn) => Some("replaced by the built-in agent".to_owned()),
            Standing::Untrusted => Some(
                "replaced by another agent of this name: this workspace is not trusted (`pyteam trust`)".to_owned(),
            ),
            Standing::Unusable => agent.unusable.clone(),
        };
        Row {
            name: agent.name.clone(),
            source,
            in_use: member.standing == Standing::InUse,
            read: agent.rights.read,
            edit: agent.rights.edit,
            execute: agent.rights.execute,
            model: agent.model.clone(),
            speed: agent.speed,
            produces: agent.produces.clone(),
            rules: agent.rules.clone(),
            owns: agent.owns.clone(),
            backend: self.settings.backend_of(&agent.name).0,
            reachable: reason.is_none(),
            reason,
            description: agent.description.clone(),
            remarks: agent.remarks.clone(),
            is_written_out: path.as_deref().is_some_and(|path| built_in::is_written_out(&agent.name, path)),
            path,
        }
    }

    /// All that is wrong with files: agents' and settings'.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.team.all_problems().chain(&self.settings.problems).cloned().collect();
        let known: Vec<&str> = self.team.members.iter().map(|member| member.agent.name.as_str()).collect();
        problems.extend(self.settings.strangers(&known));
        if self.trust == Trust::Changed
            && let Some(root) = &self.workspace
        {
            let message = "what this workspace asks for has changed since you trusted it; see `pyteam trust --show`";
            problems.push(Problem::remark(root, 0, message));
        }
        problems
    }
}

#[cfg(test)]
mod tests;
