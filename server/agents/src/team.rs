//! The team: all agents that are there, from the workspace, the user and pyteam itself.
//!
//! The nearest definition of a name holds. A workspace that the user does not trust is listed, and nothing more: its
//! agents neither replace others nor may they do more than read.

pub mod built_in;
mod discover;
mod file;
mod front_matter;
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use self::discover::{MAX_BYTES, MAX_FILES, is_agent_file};
use crate::agent::{Agent, Origin, Rights};
use crate::problem::Problem;
use crate::settings::RightsChange;
use crate::user_dirs::UserDirs;

/// Stands for the agent that fits best where an agent's name is asked for, and so can be no agent's name.
pub const ANYONE: &str = "anyone";

/// Codes of the rules that each of pyteam's own agents owns, by its name. The rules' pages say it, and not the agents'.
pub type Owners = BTreeMap<String, Vec<String>>;

/// One definition of an agent, in use or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it says.
    pub agent: Agent,
    /// What else stands in its file, for people to read: `priority`, `team`, `environment`, `context_isolation`.
    pub kept: BTreeMap<String, String>,
    /// What is wrong or odd about its file, with places. The agent's own remarks say the same without.
    pub problems: Vec<Problem>,
    /// Whether it is the one that is asked under its name.
    pub standing: Standing,
    /// Rules that its file names, and that it does not own until its workspace is trusted.
    pub withheld: Vec<String>,
}

/// Whether a definition is the one that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is asked under its name.
    InUse,
    /// A nearer definition, or an earlier one in the same place, is asked.
    Replaced(Origin),
    /// It would replace another agent, and the workspace is not trusted.
    Untrusted,
    /// It cannot be asked; [`Agent::unusable`] says why.
    Unusable,
}

impl Member {
    pub(crate) fn new(mut agent: Agent, kept: BTreeMap<String, String>, problems: Vec<Problem>) -> Self {
        agent.remarks = problems.iter().filter(|one| !one.fatal).map(|one| one.message.clone()).collect();
        agent.unusable = problems.iter().find(|one| one.fatal).map(|one| one.message.clone());
        let standing = if agent.unusable.is_some() {
            agent.rights = Rights::default();
            Standing::Unusable
        } else {
            Standing::InUse
        };
        Self { agent, kept, problems, standing, withheld: Vec::new() }
    }
}

/// All definitions: those of the workspace first, then the user's, then pyteam's, each by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// Definitions, in use or not.
    pub members: Vec<Member>,
    /// What is wrong with folders and files that are no agent at all.
    pub problems: Vec<Problem>,
}

impl Team {
    /// Pyteam's own team alone, with the rules that it owns.
    pub fn of_pyteam(owners: &Owners) -> Self {
        Self { members: ours(owners), problems: Vec::new() }
    }

    /// All agents that are there for a workspace, where pyteam's own rules are those of their `owners`.
    pub fn gather(dirs: &UserDirs, workspace: Option<&Path>, trusted: bool, owners: &Owners) -> Self {
        let own = workspace.map(discover::in_workspace).unwrap_or_default();
        let users = discover::of_user(dirs);
        let mut problems = own.problems;
        problems.extend(users.problems);
        Self { members: merge(own.members, users.members, ours(owners), trusted), problems }
    }

    /// Who is asked under this name.
    pub fn get(&self, name: &str) -> Option<&Agent> {
        self.in_use().find(|agent| agent.name == name)
    }

    /// All agents that can be asked.
    pub fn in_use(&self) -> impl Iterator<Item = &Agent> {
        self.members.iter().filter(|member| member.standing == Standing::InUse).map(|member| &member.agent)
    }

    /// Whose rule this is.
    pub fn owner_of(&self, rule: &str) -> Option<&Agent> {
        self.in_use().find(|agent| agent.rules.iter().any(|code| code == rule))
    }

    /// All problems with agents' files, for an editor to show.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.members.iter().flat_map(|member| &member.problems))
    }

    /// Gives and takes rights, as the user's own settings say.
    pub fn adjust(&mut self, changes: &BTreeMap<String, RightsChange>) {
        for member in self.members.iter_mut().filter(|member| member.standing == Standing::InUse) {
            let Some(change) = changes.get(&member.agent.name) else { continue };
            let rights = change.apply(member.agent.rights);
            if rights != member.agent.rights {
                member.agent.rights = rights;
                member.agent.remarks.push("its permissions are set in your settings".to_owned());
            }
        }
    }
}

/// Whether this can be an agent's name: letters, digits and hyphens.
pub fn is_name(name: &str) -> bool {
    file::slug(name).as_deref() == Some(name)
}

/// Pyteam's own agents, each with the rules that it owns.
fn ours(owners: &Owners) -> Vec<Member> {
    let mut members = built_in::members();
    for Member { agent, .. } in &mut members {
        agent.rules = owners.get(&agent.name).cloned().unwrap_or_default();
    }
    members
}

/// Decides who is asked under each name.
fn merge(workspace: Vec<Member>, users: Vec<Member>, ours: Vec<Member>, trusted: bool) -> Vec<Member> {
    let taken: BTreeSet<String> = users
        .iter()
        .filter(|member| member.standing == Standing::InUse)
        .chain(&ours)
        .map(|member| member.agent.name.clone())
        .collect();
    let templates: BTreeMap<String, Agent> =
        ours.iter().map(|member| (member.agent.name.clone(), member.agent.clone())).collect();
    let mut holders: BTreeMap<String, Origin> = BTreeMap::new();
    let mut all = Vec::new();
    for mut group in [workspace, users, ours] {
        group.sort_by(|a, b| (&a.agent.name, &a.agent.origin).cmp(&(&b.agent.name, &b.agent.origin)));
        for mut member in group {
            settle(&mut member, &mut holders, &taken, &templates, trusted);
            all.push(member);
        }
    }
    all
}

fn settle(
    member: &mut Member,
    holders: &mut BTreeMap<String, Origin>,
    taken: &BTreeSet<String>,
    templates: &BTreeMap<String, Agent>,
    trusted: bool,
) {
    let agent = &mut member.agent;
    if member.standing == Standing::Unusable {
        return;
    }
    if matches!(agent.origin, Origin::Workspace(_)) && !trusted {
        hold_back(agent, &mut member.problems);
        if taken.contains(&agent.name) {
            member.standing = Standing::Untrusted;
            return;
        }
        // What it says that it owns would send it the requests that are others' to answer.
        member.withheld = std::mem::take(&mut agent.rules);
        agent.owns = Vec::new();
    }
    if let Some(holder) = holders.get(&agent.name) {
        let same_place = std::mem::discriminant(holder) == std::mem::discriminant(&agent.origin);
        if same_place
            && let (Origin::Workspace(first) | Origin::User(first), Origin::Workspace(path) | Origin::User(path)) =
                (holder, &agent.origin)
        {
            let message = format!("replaced by {}, which has the same name", first.display());
            member.problems.push(Problem::remark(path, 0, message.clone()));
            agent.remarks.push(message);
        }
        member.standing = Standing::Replaced(holder.clone());
        return;
    }
    holders.insert(agent.name.clone(), agent.origin.clone());
    // A file of another tool's says nothing of kinds of files and rules; who takes a place takes its duties, too.
    if agent.origin != Origin::BuiltIn
        && let Some(template) = templates.get(&agent.name)
    {
        let duties = [
            (&mut agent.produces, &template.produces),
            (&mut agent.owns, &template.owns),
            (&mut agent.rules, &template.rules),
        ];
        for (own, theirs) in duties {
            if own.is_empty() {
                own.clone_from(theirs);
            }
        }
        agent.speed = agent.speed.or(template.speed);
        agent.profile.clone_from(&template.profile);
    }
}

/// Takes the rights of an agent whose workspace is not trusted, and says that in the place of what they would be.
fn hold_back(agent: &mut Agent, problems: &mut Vec<Problem>) {
    if !agent.rights.edit && !agent.rights.execute {
        return;
    }
    agent.rights = Rights { edit: false, execute: false, ..agent.rights };
    let until = "read-only until you trust this workspace (`pyteam trust`)";
    let of_rights = [file::NO_TOOLS, file::ADVICE];
    problems.retain(|problem| !of_rights.contains(&problem.message.as_str()));
    let names_none = agent.remarks.iter().any(|remark| remark == file::NO_TOOLS);
    agent.remarks.retain(|remark| !of_rights.contains(&remark.as_str()));
    let why = if names_none { "no `tools`, so it asks for all: " } else { "" };
    agent.remarks.push(format!("{why}{until}"));
}

#[cfg(test)]
pub(crate) mod tests;
