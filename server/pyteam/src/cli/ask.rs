//! `pyteam ask`: one request to one agent, with its change shown before it is made.

mod apply;
mod loaded;
mod settle;
mod talk;

use std::path::{Path, PathBuf};

use anyhow::Context;
use pyteam_agents::routing;
use pyteam_agents::run::{Outcome, Workspace};
use pyteam_agents::run_log::RunLog;
use pyteam_agents::sandbox::Confinement;
use pyteam_agents::user_dirs::regular;
use pyteam_agents::{Agent, Backend, Change, Environment, Setup, Team, Trust, consent};
use pyteam_answers::{Question, Subject};
use pyteam_display::{Shown, masks_in, shown};
use pyteam_engine::settings::SettingsProblem;

use self::loaded::Loaded;
use self::settle::Proposal;
pub(super) use self::talk::confirm;
use super::args::{AskArgs, Format};
use super::console::{self, Console};
use super::place::Paths;
use super::{Exit, gathered, sandbox, unfinished};
use crate::agent_request::{self, ANYONE, Means, Named, Prepared};
use crate::discover;

/// Asks, shows what comes, and makes the change where the user wants it.
pub(super) fn run(args: &AskArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let (target, goal) = match &*args.words {
        [target, goal] => (Named::parse(target), goal.as_str()),
        [one] if Named::is_meant(one) => (Named::parse(one), ""),
        [goal] => (Named::parse("."), goal.as_str()),
        _ => (Named::parse("."), ""),
    };
    let path = discover::absolute(&target.path)?;
    if !path.exists() {
        console::error(shown!("file not found: {}", target.path));
        return Ok(Exit::Failure);
    }
    let root = root_of(&path);
    if unfinished::recover(std::slice::from_ref(&root), &Paths::new(root.clone()))? {
        return Ok(Exit::Failure);
    }
    let setup = agent_request::setup(Some(&root));
    say_what_is_not_used(&setup, &root);
    // An agent that cannot be asked is reported before the workspace is read.
    if args.agent != ANYONE && reached(&setup, &args.agent).is_none() {
        return Ok(Exit::Failure);
    }
    let paths = Paths::here()?;
    let Some(mut loaded) = Loaded::read(&root, &paths)? else { return Ok(Exit::Failure) };
    // A file that is no TOML was told with the settings of agents.
    let is_told =
        |one: &SettingsProblem| !one.is_part() && setup.settings.problems.iter().any(|told| told.path == one.path);
    loaded.mistakes.retain(|mistake| !is_told(mistake));
    gathered::say_mistakes(&loaded.mistakes, &paths);
    let subject = match loaded.subject(&path, &target) {
        Ok(subject) => subject,
        Err(message) => {
            console::error(Shown::text(message));
            return Ok(Exit::Failure);
        }
    };
    let name = if args.agent == ANYONE { route(&setup, &root, &loaded, &subject, goal) } else { args.agent.clone() };
    let Some((agent, backend)) = reached(&setup, &name) else { return Ok(Exit::Failure) };
    let is_in_words = !goal.trim().is_empty();
    let goal = match goal.trim() {
        "" => agent_request::goal_for(agent, &subject, loaded.finding(&subject)),
        _ => goal.to_owned(),
    };
    let snapshot = loaded.project.snapshot();
    let handoff = agent_request::handoff_for(&root, agent, &modified(args, &root)?, &subject, snapshot);
    let question = Question { handoff, is_in_words, ..loaded.question(&root, agent, &goal, subject) };
    if args.print_prompt {
        let brief = agent_request::brief(&question).0;
        match args.output_format {
            Format::Text => console.print(Shown::text(brief))?,
            Format::Json => {
                let json = serde_json::json!({ "agent": agent.name, "prompt": brief });
                console.print_line(Shown::json(&json)?)?;
            }
        }
        return Ok(Exit::Clean);
    }
    let resume = match &args.resume {
        Some(id) => match agent_request::session_of(id, &root, &agent.name, &backend) {
            Ok(session) => Some(session),
            Err(reason) => {
                console::error(Shown::text(reason));
                return Ok(Exit::Failure);
            }
        },
        None => None,
    };
    let limits = args.limits.change().or(setup.settings.limits_of(&agent.name));
    let mut prepared = agent_request::prepare(&question, backend, Means { resume, limits, ..Means::default() });
    drop(question);
    let mut confinement = None;
    if let Prepared::There(request) = &mut prepared {
        confinement = sandbox::accepted(request, setup.settings.unconfined, args.yes)?;
        if confinement.is_none() {
            return Ok(Exit::Failure);
        }
    }
    let record = match (agent_request::open_run_log(&root, &goal), &prepared) {
        (Ok(record), _) => record,
        // What is known already is said; nothing is changed without a record.
        (Err(error), Prepared::Here(answer, _)) => {
            console.print_line(Shown::text(answer.document.trim_end()))?;
            console::warning(shown!("cannot write the run record: {}", error));
            return Ok(Exit::Clean);
        }
        (Err(error), Prepared::There(_)) => return Err(error).context("cannot write the run record"),
    };
    let outcome = talk::talk(agent, prepared, &root, &record)?;
    let asked = Asked { args, root: &root, paths: &paths, agent, team: &setup.team, record: &record, confinement };
    asked.show(outcome, &mut loaded, console)
}

/// Settings that are wrong, or that are not trusted: without a word, the user would take the index's own answer for
/// that of the agent.
fn say_what_is_not_used(setup: &Setup, root: &Path) {
    setup.settings.problems.iter().for_each(|problem| console::warning(Shown::text(problem.to_string())));
    if setup.trust == Trust::Changed {
        console::warning("what this workspace asks for has changed since you trusted it, and is ignored");
        console::note("`pyteam trust --show` shows it, `pyteam trust` trusts it");
    } else if !setup.trust.is_given() && !consent::wishes(root, &Environment::of_process()).is_empty() {
        console::note("what this workspace asks for is ignored until you trust it; see `pyteam trust --show`");
    }
}

/// The agent of this name and how it is reached; what stands in the way is said.
fn reached<'s>(setup: &'s Setup, name: &str) -> Option<(&'s Agent, Backend)> {
    let Some(agent) = setup.team.get(name) else {
        console::error(match setup.why_not(name) {
            Some(reason) => shown!("cannot ask {}: {}", name, reason),
            None => unknown(setup, name),
        });
        return None;
    };
    match setup.backend_of(agent) {
        Ok(backend) => Some((agent, backend)),
        Err(reason) => {
            console::error(shown!("cannot ask {}: {}", agent.name, reason));
            None
        }
    }
}

/// Whom to ask; the user is told why.
fn route(setup: &Setup, root: &Path, loaded: &Loaded, subject: &Subject, goal: &str) -> String {
    let choices = routing::route(&setup.team, &loaded.clues(root, subject, goal));
    if let Some(choice) = choices.first() {
        console::note(shown!("asking {}: {}", choice.agent, choice.reason));
    }
    choices.into_iter().next().map_or_else(|| ANYONE.to_owned(), |choice| choice.agent)
}

/// The files that the user says were modified, relative to the workspace.
fn modified(args: &AskArgs, root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let file = |path: &PathBuf| {
        let full = discover::absolute(path)?;
        Ok(full.strip_prefix(root).unwrap_or(&full).to_owned())
    };
    args.modified.iter().map(file).collect()
}

/// The workspace that is meant: a folder that is named, else the project around the file, else the current directory that
/// the file was named from, else the file's folder.
fn root_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let here = || std::env::current_dir().ok().filter(|here| path.starts_with(here));
    discover::project_root(path).or_else(here).unwrap_or_else(|| path.parent().unwrap_or(path).to_owned())
}

/// What is said where no agent has this name.
pub(super) fn unknown(setup: &Setup, name: &str) -> Shown {
    let names: Vec<&str> = setup.team.in_use().map(|agent| agent.name.as_str()).collect();
    let near = names.iter().find(|one| one.contains(name) || name.contains(**one)).copied();
    let near = near.or_else(|| pyteam_engine::settings::closest(name, names.iter().copied()));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    shown!("unknown agent `{}`{} (run `pyteam agents` for a list)", name, hint)
}

/// The files as they are on disk.
pub(super) struct OnDisk(pub(super) PathBuf);

impl Workspace for OnDisk {
    fn current(&self, path: &Path) -> Option<String> {
        regular::read_text(&self.0.join(path), regular::MAX_BYTES).ok()
    }
    fn has_placeholder(&self, text: &str) -> bool {
        agent_request::has_placeholder(text)
    }
}

/// The exact diff, or the one for a person where that one masks a secret: what the program's caller prints or keeps is no
/// place for one. The exact diff is kept in the record.
fn diff_for_programs(change: &Change) -> String {
    let preview = change.to_preview();
    if masks_in(&preview) > 0 { preview } else { change.to_diff() }
}

/// A request that was made.
struct Asked<'a> {
    args: &'a AskArgs,
    root: &'a Path,
    paths: &'a Paths,
    agent: &'a Agent,
    team: &'a Team,
    record: &'a RunLog,
    /// How its program was held; none where pyteam answered itself.
    confinement: Option<Confinement>,
}

impl Asked<'_> {
    fn show(&self, outcome: Outcome, loaded: &mut Loaded, console: &mut Console) -> anyhow::Result<Exit> {
        let (answer, session, remarks) = match outcome {
            Outcome::Answered { answer, session, remarks } => (answer, session, remarks),
            Outcome::Canceled => {
                console::note("canceled; no files changed");
                return Ok(Exit::Failure);
            }
            Outcome::Refused { message, document } | Outcome::Violation { message, document } => {
                if !document.is_empty() {
                    console.print_line(Shown::text(document.trim_end()))?;
                }
                console.flush()?;
                console::error(Shown::text(message));
                return Ok(Exit::Failure);
            }
            Outcome::Failed { message } => {
                console::error(Shown::text(message));
                return Ok(Exit::Failure);
            }
        };
        let change = &answer.change;
        let proposal = (!change.is_empty()).then(|| Proposal::of(self, &answer, loaded));
        if self.args.output_format == Format::Json {
            let comparison = proposal.as_ref().map(|proposal| proposal.comparison.recorded("proposed"));
            let marked: Vec<String> = change.cautions().iter().map(ToString::to_string).collect();
            let json = serde_json::json!({
                "id": self.record.id(), "agent": self.agent.name, "document": answer.document, "diff": diff_for_programs(change),
                "files": change.list(), "marked": marked, "findings": comparison, "remarks": remarks,
                "session": session, "sandbox": self.confinement.as_ref().map(sandbox::json),
            });
            console.print_line(Shown::json(&json)?)?;
        } else {
            console.print_line(Shown::text(answer.document.trim_end()))?;
        }
        console.flush()?;
        remarks.iter().for_each(|remark| console::note(Shown::text(format!("note: {remark}"))));
        if session.is_some() {
            console::note(shown!(
                "to continue: `pyteam ask {} --resume {} \"...\"`",
                self.agent.name,
                self.record.id()
            ));
        }
        let Some(proposal) = proposal else { return Ok(Exit::Clean) };
        if self.args.output_format == Format::Text {
            console.print_line("")?;
            apply::print_diff(change, console)?;
            console.flush()?;
        }
        proposal.settle(self, loaded, console)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_has_no_text_and_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = OnDisk(folder.path().to_owned());
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("pipe.py"), rustix::fs::Mode::RWXU).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.py")).unwrap();
        std::fs::write(folder.path().join("a.py"), "a = 1\n").unwrap();
        for (name, text) in [("pipe.py", None), ("endless.py", None), ("a.py", Some("a = 1\n"))] {
            assert_eq!(workspace.current(Path::new(name)).as_deref(), text, "{name}");
        }
    }
}
