//! `pyteam trust`: which workspaces may name commands, and bring agents that do more than read.

use std::path::Path;

use anyhow::Context;
use pyteam_agents::consent::{self, Grant};
use pyteam_agents::settings::{AgentSettings, wishes_of};
use pyteam_agents::user_dirs::NO_STATE;
use pyteam_agents::{Agent, Consent, Environment, Trust, UserDirs};
use pyteam_display::{Shown, shown};
use serde_json::json;

use super::Exit;
use super::agents::workspace;
use super::args::{Format, TrustArgs};
use super::console::{self, Console};
use super::report::plural;

pub(super) fn run(args: &TrustArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let consent = Consent::of(&UserDirs::of_user()).context(NO_STATE)?;
    if args.list {
        return list(&consent, args.output_format, console);
    }
    // A folder that is gone can still be named, to be trusted no longer.
    if args.revoke {
        let root = args.path.clone().map_or_else(|| workspace(None), Ok)?;
        return revoke(&consent, &root, args.output_format, console);
    }
    let root = workspace(args.path.as_deref())?;
    // What is trusted is what is printed, also when files are written in between.
    let fingerprint = Consent::fingerprint(&root);
    let wishes = Wishes::of(&root);
    if !args.show {
        let grant =
            consent.give_as_shown(&root, &fingerprint).with_context(|| format!("cannot trust {}", root.display()))?;
        anyhow::ensure!(grant.is_some(), "what {} asks for changed meanwhile: nothing was trusted", root.display());
    }
    let trust = consent.trust_in(&root);
    match args.output_format {
        Format::Json => {
            let json = json!({
                "path": root,
                "trust": trust,
                "asks_for": wishes.sentences,
                "backends": wishes.settings.backends.iter().map(|(name, one)| json!({
                    "name": name, "command": one.command, "env": one.env, "reason": one.backend.as_ref().err(),
                })).collect::<Vec<_>>(),
                "agents": wishes.agents.iter().map(|agent| json!({
                    "name": agent.name, "edit": agent.rights.edit, "execute": agent.rights.execute,
                })).collect::<Vec<_>>(),
            });
            console.print_line(Shown::json(&json)?)?;
        }
        Format::Text => {
            let standing = match trust {
                Trust::Trusted => "trusted",
                Trust::Changed => "was trusted; what it asks for has changed",
                Trust::Unknown => "not trusted",
            };
            console.print_line(shown!("{}: {}", root, standing))?;
            wishes.print(console)?;
        }
    }
    Ok(Exit::Clean)
}

/// What trust is about.
struct Wishes {
    settings: AgentSettings,
    /// Agents that may do more than read.
    agents: Vec<Agent>,
    /// The same in words.
    sentences: Vec<String>,
}

impl Wishes {
    fn of(root: &Path) -> Self {
        let environment = Environment::of_process();
        Self {
            settings: wishes_of(root, &environment),
            agents: consent::agents(root),
            sentences: consent::wishes(root, &environment),
        }
    }

    fn print(&self, console: &mut Console) -> std::io::Result<()> {
        for sentence in &self.sentences {
            console.print_line(shown!("  {}", sentence))?;
        }
        if self.sentences.is_empty() {
            console.print_line("  No commands; agents are read-only.")?;
        }
        Ok(())
    }
}

fn list(consent: &Consent, format: Format, console: &mut Console) -> anyhow::Result<Exit> {
    let grants = consent.grants()?;
    let rows: Vec<(Grant, Trust)> =
        grants.into_iter().map(|grant| (grant.clone(), consent.trust_in(&grant.path))).collect();
    match format {
        Format::Json => {
            let json: Vec<_> = rows
                .iter()
                .map(|(grant, trust)| json!({ "path": grant.path, "given": grant.given, "trust": trust }))
                .collect();
            console.print_line(Shown::json(&json)?)?;
        }
        Format::Text => {
            for (grant, trust) in &rows {
                let note = match trust {
                    Trust::Trusted => "",
                    _ if !grant.path.is_dir() => "  (gone)",
                    _ => "  (what it asks for has changed; see `pyteam trust --show`)",
                };
                console.print_line(shown!("{}{}", grant.path, note))?;
            }
            console.print_line(shown!("{} trusted.", plural(rows.len(), "workspace", "workspaces")))?;
        }
    }
    Ok(Exit::Clean)
}

fn revoke(consent: &Consent, root: &Path, format: Format, console: &mut Console) -> anyhow::Result<Exit> {
    let was_trusted = consent.revoke(root)?;
    match format {
        Format::Json => {
            let json = json!({ "path": root, "was_trusted": was_trusted, "trust": Trust::Unknown });
            console.print_line(Shown::json(&json)?)?;
        }
        Format::Text if was_trusted => console.print_line(shown!("{} is no longer trusted.", root))?,
        Format::Text => console::note(shown!("{} was not trusted.", root)),
    }
    Ok(Exit::Clean)
}
