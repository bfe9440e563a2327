//! A user's wish, and all that the index has to say about it before an agent is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Setup;
use pyteam_agents::agent::Agent;
use pyteam_agents::routing;
use pyteam_agents::run::Cancel;
use pyteam_agents::workspace_copy::Buffer;
use pyteam_answers::{Question, Subject};
use pyteam_engine::{CancelToken, Finding};
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, path_of};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::ls_types::{Range, Uri};

use super::Roster;
use crate::agent_request::{self, Means, Prepared};
use crate::discover;
use crate::lsp::diagnostics::Identity;
use crate::lsp::view::View;
use crate::lsp::{checks, convert};

/// What a user wants of an agent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Wish {
    /// Whom to ask; empty where that is to be asked first.
    pub(crate) agent: String,
    /// The document that it is about; none for the whole workspace.
    pub(crate) document: Option<Uri>,
    /// What of it.
    pub(crate) about: About,
    /// What for. Without it, what the agent does is what it is asked for.
    pub(crate) goal: Option<String>,
    /// Whether it is to go on with its last session.
    pub(crate) goes_on: bool,
}

/// What of a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum About {
    /// All of it.
    #[default]
    File,
    /// A class, a function or a method.
    Symbol(String),
    /// A finding.
    Finding(Identity),
    /// What is found at a place, else the innermost class or function around it, else all of the document.
    Place(Range),
}

impl Wish {
    /// Reads a command's arguments: one object, or a name and what is wanted in plain words.
    pub(crate) fn read(arguments: &[Value]) -> Result<Self, String> {
        match arguments {
            [] => Ok(Self::default()),
            [Value::String(agent)] => Ok(Self { agent: agent.clone(), ..Self::default() }),
            [Value::String(agent), Value::String(goal)] => {
                Ok(Self { agent: agent.clone(), goal: Some(goal.clone()), ..Self::default() })
            }
            [wish @ Value::Object(_)] => serde_json::from_value(wish.clone()).map_err(|error| error.to_string()),
            _ => Err("give one object, or an agent's name and what you want of it".to_owned()),
        }
    }
}

/// The folder of the workspace that `key` belongs to.
pub(crate) fn root_of(view: &View, key: Option<&str>) -> Option<PathBuf> {
    let Some(key) = key else { return view.folders.first().cloned() };
    let path = Path::new(key);
    let around = view.folders.iter().filter(|folder| path.starts_with(folder));
    let nearest = around.max_by_key(|folder| folder.components().count()).cloned();
    nearest.or_else(|| discover::project_root(path)).or_else(|| path.parent().map(Path::to_owned))
}

/// A request of which all that takes the index has been done.
pub(crate) struct Made {
    /// What is to be done, or why the agent cannot be asked.
    pub(crate) prepared: Result<Prepared, String>,
    /// Who is asked.
    pub(crate) agent: String,
    /// What for.
    pub(crate) goal: String,
    /// The workspace's folder.
    pub(crate) root: PathBuf,
    /// Who is there.
    pub(crate) setup: Arc<Setup>,
    /// Whom the workspace was asked for trust by.
    pub(crate) roster: Arc<Roster>,
}

/// Does all that takes the index. An error is for the user.
pub(crate) fn prepare(view: &Arc<View>, wish: &Wish, cancel: &Cancel) -> Result<Made, String> {
    let key = wish.document.as_ref().map(convert::key);
    let root = root_of(view, key.as_deref()).ok_or("open a folder first: an agent works on a copy of it")?;
    let setup = view.roster.of(&root);
    let own = own_findings(view, key.as_deref());
    let (subject, finding) = subject(view, key.as_deref(), &wish.about, &own)?;
    let mut name = wish.agent.clone();
    if name == agent_request::ANYONE {
        let goal = wish.goal.as_deref().unwrap_or_default();
        let clues = agent_request::clues_about(&view.snapshot, &root, &subject, &own, goal);
        let choice = routing::route(&setup.team, &clues).into_iter().next();
        name = choice.ok_or("there is nobody to ask here")?.agent;
    }
    let agent = setup.team.get(&name).ok_or_else(|| match setup.why_not(&name) {
        Some(reason) => format!("{name} cannot be asked: {reason}"),
        None => {
            format!("there is no agent `{name}` here; `pyteam agents` lists them, and says why others cannot be asked")
        }
    })?;
    let goal = wish.goal.clone().unwrap_or_else(|| {
        let goal = agent_request::goal_for(agent, &subject, finding.as_ref());
        if wish.goes_on { format!("Go on where your last answer ended. {goal}") } else { goal }
    });
    let made = |prepared: Result<Prepared, String>| Made {
        prepared,
        agent: name.clone(),
        goal: goal.clone(),
        root: root.clone(),
        setup: Arc::clone(&setup),
        roster: Arc::clone(&view.roster),
    };
    let back_end = match setup.back_end_of(agent) {
        Ok(back_end) => back_end,
        Err(reason) => return Ok(made(Err(reason))),
    };
    // An agent's program is told of its file alone; the index's own answers look everywhere.
    let findings =
        if back_end == pyteam_agents::BackEnd::BuiltIn { all_findings(view, &root, &own, cancel) } else { own };
    let is_in_words = wish.goal.as_ref().is_some_and(|goal| !goal.trim().is_empty());
    let question = Question { is_in_words, ..question(view, &root, agent, &goal, subject, &findings) };
    let resume = wish.goes_on.then(|| view.roster.session_of(&root, &agent.name)).flatten();
    let means = Means { buffers: buffers(view, &root), resume, limits: setup.settings.limits_of(&agent.name) };
    let prepared = agent_request::prepare(&question, back_end, means);
    Ok(made(Ok(prepared)))
}

fn question<'q>(
    view: &'q View,
    root: &'q Path,
    agent: &'q Agent,
    goal: &'q str,
    subject: Subject,
    findings: &'q [(FileId, Arc<[Finding]>)],
) -> Question<'q> {
    let handoff = agent_request::handoff_for(root, agent, &[], &subject, &view.snapshot);
    Question {
        snapshot: &view.snapshot,
        root,
        findings,
        engine: &view.engine,
        settings: &view.settings,
        agent,
        goal,
        is_in_words: false,
        subject,
        handoff,
    }
}

pub(super) fn subject(
    view: &View,
    key: Option<&str>,
    about: &About,
    own: &[(FileId, Arc<[Finding]>)],
) -> Result<(Subject, Option<Finding>), String> {
    let Some(key) = key else { return Ok((Subject::Workspace, None)) };
    let file = view.snapshot.file_at(key).ok_or("this document is no Python file that pyteam knows")?;
    match about {
        About::File => Ok((Subject::File(file.id), None)),
        About::Symbol(name) if agent_request::range_of(file, name).is_none() => {
            Err(format!("there is no `{name}` in this document: name a class, a function, or `Class.method`"))
        }
        About::Symbol(name) => Ok((Subject::Symbol(file.id, name.clone()), None)),
        About::Place(range) => {
            let range = convert::text_range(file.source(), *range, view.features.encoding);
            let found = own.iter().find(|(id, _)| *id == file.id).map(|(_, found)| &**found).unwrap_or_default();
            let here = found.iter().position(|finding| finding.range.intersect(range).is_some());
            Ok(match here {
                Some(at) => (Subject::Finding(file.id, at), found.get(at).cloned()),
                None => (agent_request::subject_at(file, range), None),
            })
        }
        About::Finding(identity) => {
            let found = own.iter().find(|(id, _)| *id == file.id).map(|(_, found)| found);
            let gone = "that finding is gone: the file has changed since";
            let found = found.ok_or(gone)?;
            let finding = identity.find(found).ok_or(gone)?;
            let at = found.iter().position(|one| std::ptr::eq(one, finding)).ok_or(gone)?;
            Ok((Subject::Finding(file.id, at), Some(finding.clone())))
        }
    }
}

/// What was found in the document itself.
pub(super) fn own_findings(view: &Arc<View>, key: Option<&str>) -> Vec<(FileId, Arc<[Finding]>)> {
    let token = CancelToken::default();
    let found = key.and_then(|key| checks::findings(view, key, &token).ok());
    found.map(|found| (found.file.id, found.findings.clone().into())).into_iter().collect()
}

/// What was found anywhere in the workspace, by path.
fn all_findings(
    view: &View,
    root: &Path,
    own: &[(FileId, Arc<[Finding]>)],
    cancel: &Cancel,
) -> Vec<(FileId, Arc<[Finding]>)> {
    let token = CancelToken::default();
    let mut files: Vec<&Arc<File>> = view.snapshot.files().filter(|file| file.on_disk().starts_with(root)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut all = Vec::new();
    for file in files {
        if cancel.is_cancelled() {
            break;
        }
        if let Some(known) = own.iter().find(|(id, _)| *id == file.id) {
            all.push(known.clone());
            continue;
        }
        let settings = view.settings.for_path(file.on_disk());
        if let Ok(found) = view.engine.check_file(&view.snapshot, file, &settings, None, &token)
            && !found.is_empty()
        {
            all.push((file.id, found.into()));
        }
    }
    all
}

/// The documents that are open: what they say counts, and not what is on disk.
fn buffers(view: &View, root: &Path) -> Vec<Buffer> {
    let open = view.open.keys().filter_map(|key| {
        let path = path_of(key).strip_prefix(root).ok()?.to_owned();
        let file = view.snapshot.file_at(key)?;
        Some(Buffer { path, text: file.source().as_str().into() })
    });
    let mut buffers: Vec<Buffer> = open.collect();
    buffers.sort_by(|a, b| a.path.cmp(&b.path));
    buffers
}
