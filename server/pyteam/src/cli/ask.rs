//! `pyteam ask`: one request to one agent, with its change shown before it is made.

mod apply;
mod talk;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use pyteam_agents::record::Record;
use pyteam_agents::run::{Outcome, Recorded, Workspace};
use pyteam_agents::{Agent, Setup};
use pyteam_answers::{HandOff, Question, Subject};
use pyteam_engine::{Finding, SettingsResolver};
use pyteam_index::FileId;

use super::args::{AskArgs, Format};
use super::console::{self, Console};
use super::gathered::Gathered;
use super::project::Project;
use super::{Exit, rulebook};
use crate::asking::{self, Named};
use crate::discover;

/// Asks, shows what comes, and makes the change where the user wants it.
pub(super) fn run(args: &AskArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let (target, goal) = match &*args.words {
        [target, goal] => (Named::parse(target), goal.as_str()),
        [one] if Named::parse(one).path.exists() => (Named::parse(one), ""),
        [goal] => (Named::parse("."), goal.as_str()),
        _ => (Named::parse("."), ""),
    };
    let path = discover::absolute(&target.path)?;
    if !path.exists() {
        console::error(&format!("there is no {}", target.path.display()));
        return Ok(Exit::Failure);
    }
    let root = root_of(&path);
    let setup = Setup::of_user(Some(&root));
    let Some(agent) = setup.team.get(&args.agent) else {
        console::error(&unknown(&setup, &args.agent));
        return Ok(Exit::Failure);
    };
    let back_end = match setup.back_end_of(agent) {
        Ok(back_end) => back_end,
        Err(reason) => {
            console::error(&format!("{} cannot be asked: {reason}", agent.name));
            return Ok(Exit::Failure);
        }
    };
    let Some(mut loaded) = Loaded::read(&root)? else { return Ok(Exit::Failure) };
    let subject = match loaded.subject(&path, target.symbol.as_deref()) {
        Ok(subject) => subject,
        Err(message) => {
            console::error(&message);
            return Ok(Exit::Failure);
        }
    };
    let goal = if goal.is_empty() { asking::goal_for(agent, &subject, None) } else { goal.to_owned() };
    let question = loaded.question(&root, agent, &goal, subject);
    if args.brief {
        console.print(&asking::brief(&question).0)?;
        return Ok(Exit::Clean);
    }
    let prepared = asking::prepare(&question, back_end, Vec::new());
    drop(question);
    let record = asking::open_record(&root, &goal).context("the run cannot be recorded")?;
    let outcome = talk::talk(agent, prepared, &root, &record)?;
    Asked { args, root: &root, agent, record: &record }.show(outcome, &mut loaded, console)
}

/// The workspace that is meant: a folder that is named, else the project around the file, else the file's folder.
fn root_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    discover::project_root(path).unwrap_or_else(|| path.parent().unwrap_or(path).to_owned())
}

fn unknown(setup: &Setup, name: &str) -> String {
    let names: Vec<&str> = setup.team.in_use().map(|agent| agent.name.as_str()).collect();
    let near = names.iter().find(|one| one.contains(name) || name.contains(**one)).copied();
    let near = near.or_else(|| pyteam_engine::settings::closest(name, names.iter().copied()));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("there is no agent `{name}`{hint} `pyteam agents` lists them")
}

/// The workspace, read and checked.
struct Loaded {
    project: Project,
    findings: Vec<(FileId, Arc<[Finding]>)>,
}

impl Loaded {
    fn read(root: &Path) -> anyhow::Result<Option<Self>> {
        let roots = [root.to_owned()];
        let (engine, _) = rulebook::engine(&roots);
        let settings = SettingsResolver::new(engine.names().clone()).with_roots(roots.to_vec());
        let gathered = Gathered::read(settings, &roots, None)?;
        if let Some((_, reason)) = gathered.problems.iter().find(|(path, _)| path == root) {
            console::error(&format!("{}: {reason}", root.display()));
            return Ok(None);
        }
        let mut loaded = Self { project: Project::load(engine, gathered, false), findings: Vec::new() };
        loaded.check();
        Ok(Some(loaded))
    }

    fn check(&mut self) {
        let mut by_file: Vec<(FileId, Vec<Finding>)> = Vec::new();
        for finding in self.project.check(false).findings {
            match by_file.last_mut() {
                Some((file, found)) if *file == finding.file => found.push(finding),
                _ => by_file.push((finding.file, vec![finding])),
            }
        }
        self.findings = by_file.into_iter().map(|(file, found)| (file, found.into())).collect();
    }

    fn subject(&self, path: &Path, symbol: Option<&str>) -> Result<Subject, String> {
        if path.is_dir() {
            return match symbol {
                None => Ok(Subject::Workspace),
                Some(name) => Err(format!("{} is a folder: name the file that `{name}` is in", path.display())),
            };
        }
        let file = self.project.snapshot().file_at(&path.to_string_lossy());
        let file = file.ok_or_else(|| format!("{} is no Python file of this workspace", path.display()))?;
        let Some(name) = symbol else { return Ok(Subject::File(file.id)) };
        if !asking::symbols_of(file).iter().any(|one| one == name) {
            return Err(format!("{} has no `{name}`: name a class, a function, or `Class.method`", path.display()));
        }
        Ok(Subject::Symbol(file.id, name.to_owned()))
    }

    fn question<'q>(&'q self, root: &'q Path, agent: &'q Agent, goal: &'q str, subject: Subject) -> Question<'q> {
        Question {
            snapshot: self.project.snapshot(),
            root,
            findings: &self.findings,
            engine: self.project.engine(),
            settings: self.project.settings(),
            agent,
            goal,
            subject,
            hand_off: HandOff::default(),
        }
    }
}

/// The files as they are on disk.
pub(super) struct OnDisk(pub(super) PathBuf);

impl Workspace for OnDisk {
    fn current(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }
    fn has_placeholder(&self, text: &str) -> bool {
        asking::has_placeholder(text)
    }
}

/// A request that was made.
struct Asked<'a> {
    args: &'a AskArgs,
    root: &'a Path,
    agent: &'a Agent,
    record: &'a Record,
}

impl Asked<'_> {
    fn show(&self, outcome: Outcome, loaded: &mut Loaded, console: &mut Console) -> anyhow::Result<Exit> {
        let (answer, remarks) = match outcome {
            Outcome::Answered { answer, remarks, .. } => (answer, remarks),
            Outcome::Cancelled => {
                console::note("cancelled; nothing was changed");
                return Ok(Exit::Failure);
            }
            Outcome::Refused { message, document } | Outcome::Violation { message, document } => {
                if !document.is_empty() {
                    console.print_line(document.trim_end())?;
                }
                console.flush()?;
                console::error(&message);
                return Ok(Exit::Failure);
            }
            Outcome::Failed { message } => {
                console::error(&message);
                return Ok(Exit::Failure);
            }
        };
        let diff = answer.change.to_diff();
        if self.args.output_format == Format::Json {
            let json = serde_json::json!({
                "id": self.record.id(), "agent": self.agent.name, "document": answer.document, "diff": diff,
                "files": answer.change.list(), "remarks": remarks,
            });
            console.print_line(&serde_json::to_string_pretty(&json)?)?;
        } else {
            console.print_line(answer.document.trim_end())?;
        }
        console.flush()?;
        remarks.iter().for_each(|remark| console::note(&format!("note: {remark}")));
        if answer.change.is_empty() {
            return Ok(Exit::Clean);
        }
        if self.args.output_format == Format::Text {
            console.print_line("")?;
            apply::print_diff(&answer.change, console)?;
            console.flush()?;
        }
        let wanted = self.args.yes || io::stdin().is_terminal() && talk::confirm(&answer.change, &self.agent.name)?;
        if !wanted {
            self.record.add(&Recorded::Decided { accepted: false, reason: "the user did not want it".to_owned() });
            console::note("nothing was changed");
            return Ok(Exit::Clean);
        }
        let before = loaded.findings.iter().map(|(_, found)| found.len()).sum::<usize>();
        let reason = if self.args.yes { "--yes" } else { "the user wanted it" };
        if let Err(message) = apply::apply(self.root, &answer.change) {
            self.record.add(&Recorded::Decided { accepted: false, reason: message.clone() });
            console::error(&message);
            return Ok(Exit::Failure);
        }
        self.record.add(&Recorded::Decided { accepted: true, reason: reason.to_owned() });
        if let Some(mut after) = Loaded::read(self.root)? {
            std::mem::swap(loaded, &mut after);
            let now = loaded.findings.iter().map(|(_, found)| found.len()).sum::<usize>();
            console::note(&format!("changed {}; findings before {before}, now {now}", answer.change.list().join(", ")));
        }
        Ok(Exit::Clean)
    }
}
