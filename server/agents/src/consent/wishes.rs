//! What a workspace asks for, in sentences for its user to read before trusting it.

use std::path::Path;

use pyteam_display::{MASK, secrets_in, visible_line};

use crate::agent::{Agent, Origin};
use crate::launch::{Backend, Launch};
use crate::settings::{self, Described, LimitsChange};
use crate::team::{Owners, Team, built_in};
use crate::user_dirs::{Environment, UserDirs};

/// What the workspace at `root` would have if it were trusted: commands, with what they get of the user's environment,
/// who is asked through them, and agents that may do more than read. One sentence each, on one line each, and the same
/// for a terminal and an editor; empty where it asks for nothing.
pub fn wishes(root: &Path, environment: &Environment) -> Vec<String> {
    let settings = settings::wishes_of(root, environment);
    let mut sentences = Vec::new();
    for (name, described) in &settings.backends {
        sentences.push(command(name, described));
        if !described.env.is_empty() {
            sentences.push(format!(
                "The command of {name} gets these of your environment variables: {}.",
                described.env.join(", ")
            ));
        }
        if let Ok(Backend::Acp(launch) | Backend::Command(launch)) = &described.backend {
            sentences.extend(places(name, launch));
        }
    }
    // What names nothing that is described here leads to a backend of the user's own.
    for (agent, name) in &settings.uses {
        sentences.push(format!("The agent {agent} uses the backend {name}."));
    }
    if let Some(name) = &settings.backend {
        sentences.push(format!("All other agents use the backend {name}."));
    }
    let limits = settings.backends.values().map(|described| described.limits).chain([settings.limits]);
    if limits.into_iter().any(|limits| limits != LimitsChange::default()) {
        sentences.push("Its settings set the time limits of agents and how much they may read and change.".to_owned());
    }
    sentences.extend(agents(root).iter().map(rights));
    sentences.iter().map(|sentence| visible_line(&without_secrets(sentence))).collect()
}

/// A sentence with its secrets masked, as far as they are mere values: what a shell or an interpreter could run is shown,
/// whatever it is given to, for it is what trust is about.
fn without_secrets(sentence: &str) -> String {
    let is_value = |secret: &str| secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.~+/=".contains(&byte));
    let mut shown = String::with_capacity(sentence.len());
    let mut at = 0;
    for place in secrets_in(sentence).into_iter().filter(|place| is_value(&sentence[place.clone()])) {
        shown.push_str(&sentence[at..place.start]);
        shown.push_str(MASK);
        at = place.end;
    }
    shown + &sentence[at..]
}

/// Folders of the user's that the command would get.
fn places(name: &str, launch: &Launch) -> Vec<String> {
    let home =
        launch.home.iter().map(|home| format!("The command of {name} gets {} as its home directory.", home.display()));
    let read = launch.read.iter().map(|path| format!("The command of {name} may read {}.", path.display()));
    home.chain(read).collect()
}

/// The workspace's agents that may do more than read, once it is trusted.
pub fn agents(root: &Path) -> Vec<Agent> {
    let team = Team::gather(&UserDirs::default(), Some(root), true, &Owners::new());
    let more =
        |agent: &&Agent| matches!(agent.origin, Origin::Workspace(_)) && (agent.rights.edit || agent.rights.execute);
    team.in_use().filter(more).cloned().collect()
}

fn command(name: &str, described: &Described) -> String {
    let words: Vec<String> = described.command.iter().map(|word| quoted(word)).collect();
    match &described.backend {
        Ok(_) => format!("The backend {name} runs the command: {}", words.join(" ")),
        Err(reason) if words.is_empty() => format!("The backend {name} cannot be used: {reason}"),
        Err(reason) => {
            format!("The backend {name} has the command {}, but cannot be used: {reason}", words.join(" "))
        }
    }
}

fn rights(agent: &Agent) -> String {
    let rights = match (agent.rights.edit, agent.rights.execute) {
        (true, true) => "edit files and run programs",
        (true, false) => "edit files",
        _ => "run programs",
    };
    let place = if built_in::is_member(&agent.name) { ", and replaces the built-in agent" } else { "" };
    format!("The agent {} may {rights}{place}.", agent.name)
}

/// A word of a command as a shell would want it, so that one can see where it begins and ends.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:@%+,~".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
