//! Does all for a run that takes the index, before an agent is asked.

use std::path::Path;
use std::sync::Arc;

use pyteam_agents::agent::Agent;
use pyteam_agents::routing;
use pyteam_agents::run::Cancel;
use pyteam_agents::workspace_copy::Buffer;
use pyteam_agents::{Backend, Setup};
use pyteam_answers::{Question, Subject};
use pyteam_engine::CancelToken;
use pyteam_index::path_of;
use pyteam_index::snapshot::File;

use super::agent_run::Task;
use super::ask_params::AskAgentParams;
use super::cache::TeamCache;
use super::subject::{FileFindings, Scope};
use crate::agent_request::{self, Means, Prepared};
use crate::lsp::state_snapshot::StateSnapshot;

/// Says who is asked for what, and does all that takes the index; an inner error is why that agent cannot be asked. An error
/// is for the user.
pub(super) fn prepare(
    snapshot: &Arc<StateSnapshot>,
    cache: &TeamCache,
    params: &AskAgentParams,
    cancel: &Cancel,
) -> Result<(Task, Result<Prepared, String>), String> {
    let scope = Scope::of(snapshot, params).ok_or("open a folder first; agents work on a copy of it")?;
    let (snapshot, root) = (&*scope.snapshot, &*scope.root);
    let setup = cache.of(root);
    let (subject, finding) = scope.subject(&params.about)?;
    let mut name = params.agent.clone();
    if name == agent_request::ANYONE {
        let goal = params.goal.as_deref().unwrap_or_default();
        let clues = agent_request::clues_about(&snapshot.index, root, &subject, &scope.own, goal);
        let choice = routing::route(&setup.team, &clues).into_iter().next();
        name = choice.ok_or("no agent is available here")?.agent;
    }
    let agent = setup.team.get(&name).ok_or_else(|| match setup.why_not(&name) {
        Some(reason) => format!("cannot ask {name}: {reason}"),
        None => {
            format!("unknown agent `{name}`; run `pyteam agents` for a list")
        }
    })?;
    let goal = params.goal.clone().unwrap_or_else(|| {
        let goal = agent_request::goal_for(agent, &subject, finding.as_ref());
        if params.goes_on { format!("Continue from your last answer. {goal}") } else { goal }
    });
    let backend = match setup.backend_of(agent) {
        Ok(backend) => backend,
        Err(reason) => return Ok((task(&name, goal, root, &setup), Err(reason))),
    };
    // The brief of an agent's program has the findings of its file alone; the index's own answers look everywhere.
    let is_built_in = backend == Backend::BuiltIn;
    let findings = if is_built_in { all_findings(snapshot, root, &scope.own, cancel) } else { scope.own.clone() };
    let is_in_words = params.goal.as_ref().is_some_and(|goal| !goal.trim().is_empty());
    let question = Question { is_in_words, ..question(snapshot, root, agent, &goal, subject, &findings) };
    let resume = params.goes_on.then(|| cache.session_of(root, &agent.name)).flatten();
    let means = Means { buffers: buffers(snapshot, root), resume, limits: setup.settings.limits_of(&agent.name) };
    let prepared = agent_request::prepare(&question, backend, means);
    Ok((task(&name, goal, root, &setup), Ok(prepared)))
}

fn task(agent: &str, goal: String, root: &Path, setup: &Arc<Setup>) -> Task {
    Task { agent: agent.to_owned(), goal, root: root.to_owned(), setup: Arc::clone(setup) }
}

fn question<'q>(
    snapshot: &'q StateSnapshot,
    root: &'q Path,
    agent: &'q Agent,
    goal: &'q str,
    subject: Subject,
    findings: &'q [FileFindings],
) -> Question<'q> {
    let handoff = agent_request::handoff_for(root, agent, &[], &subject, &snapshot.index);
    Question {
        snapshot: &snapshot.index,
        root,
        findings,
        engine: &snapshot.engine,
        settings: &snapshot.settings,
        agent,
        goal,
        is_in_words: false,
        subject,
        handoff,
    }
}

/// What was found anywhere in the workspace, by path.
fn all_findings(snapshot: &StateSnapshot, root: &Path, own: &[FileFindings], cancel: &Cancel) -> Vec<FileFindings> {
    let token = CancelToken::default();
    let mut files: Vec<&Arc<File>> = snapshot.index.files().filter(|file| file.on_disk().starts_with(root)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut all = Vec::new();
    for file in files {
        if cancel.is_canceled() {
            break;
        }
        if let Some(known) = own.iter().find(|(id, _)| *id == file.id) {
            all.push(known.clone());
            continue;
        }
        let settings = snapshot.settings.for_path(file.on_disk());
        if let Ok(found) = snapshot.engine.check_file(&snapshot.index, file, &settings, None, &token)
            && !found.is_empty()
        {
            all.push((file.id, found.into()));
        }
    }
    all
}

/// The documents that are open: what they say counts, and not what is on disk.
fn buffers(snapshot: &StateSnapshot, root: &Path) -> Vec<Buffer> {
    let open = snapshot.open.keys().filter_map(|key| {
        let path = path_of(key).strip_prefix(root).ok()?.to_owned();
        let file = snapshot.index.file_at(key)?;
        Some(Buffer { path, text: file.source().as_str().into() })
    });
    let mut buffers: Vec<Buffer> = open.collect();
    buffers.sort_by(|a, b| a.path.cmp(&b.path));
    buffers
}
