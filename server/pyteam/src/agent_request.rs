//! One request to one agent, from the question to an answer that is not applied yet: what the terminal and the editor
//! have in common.

mod clues;
mod compare;
mod goal;
mod handoff;
mod target;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyteam_agents::brief::DEFAULT_LIMIT;
use pyteam_agents::routing::{self, Choice};
use pyteam_agents::run::{self, Cancel, Event, Outcome, Recorded, Request, Workspace};
use pyteam_agents::run_log::{self, RunLog};
use pyteam_agents::sandbox::{Level, Sandbox};
use pyteam_agents::settings::LimitsChange;
use pyteam_agents::user_dirs::NO_STATE;
use pyteam_agents::workspace_copy::Buffer;
use pyteam_agents::{Answer, Backend, Change, Part, Redactor, Section, Setup, Team, Weight, contains_placeholder};
use pyteam_answers::Question;
use pyteam_display::document;

pub use pyteam_agents::team::ANYONE;

pub use self::clues::{FilePart, clues, clues_about, finding_of};
pub use self::compare::{Checkup, Comparison, with_hints};
pub use self::goal::goal_for;
pub use self::handoff::handoff_for;
pub use self::target::{Named, range_of, subject_at, symbols_of};

/// A request that is ready to be made.
pub enum Prepared {
    /// The index has answered already, in this time.
    Here(Box<Answer>, Duration),
    /// Its program has to be asked.
    There(Box<Request>),
}

/// The brief that an agent's program would get, without secrets, and how many were taken out. First it is told who it is:
/// agents' files are not in its copy of the workspace.
pub fn brief(question: &Question<'_>) -> (String, usize) {
    let mut redactor = Redactor::new();
    let mut brief = pyteam_answers::brief(question);
    let instructions = question.agent.instructions.trim();
    if !instructions.is_empty() {
        let parts = vec![Part::Prose(instructions.to_owned())];
        brief.sections.insert(0, Section { title: "Who you are".to_owned(), weight: Weight::Essential, parts });
    }
    let brief = brief.redacted(&mut redactor);
    (brief.render(DEFAULT_LIMIT).text, redactor.count())
}

/// What a request gets besides its question.
#[derive(Debug, Default)]
pub struct Means {
    /// The documents that are not saved.
    pub buffers: Vec<Buffer>,
    /// The session that goes on, where the agent can.
    pub resume: Option<String>,
    /// The limits that are set for it.
    pub limits: LimitsChange,
}

/// Does all for `question` that takes the index.
pub fn prepare(question: &Question<'_>, backend: Backend, means: Means) -> Prepared {
    if backend == Backend::BuiltIn {
        let start = Instant::now();
        let answer = pyteam_answers::answer(question);
        return Prepared::Here(Box::new(answer), start.elapsed());
    }
    let (brief, redactions) = brief(question);
    let Means { buffers, resume, limits } = means;
    let limits = limits.limits(&backend);
    Prepared::There(Box::new(Request {
        agent: question.agent.name.clone(),
        rights: question.agent.rights,
        model_hint: question.agent.model.clone(),
        backend,
        workspace: question.root.to_owned(),
        buffers,
        brief,
        redactions,
        step: None,
        resume,
        servers: Vec::new(),
        sandbox: Sandbox::of_this_program(),
        least: Level::Confined,
        limits,
        scratch: None,
    }))
}

/// Opens the run log of a request about the workspace at `root`.
pub fn open_run_log(root: &Path, goal: &str) -> io::Result<RunLog> {
    let folder = run_log::folder().ok_or_else(|| io::Error::other(NO_STATE))?;
    RunLog::create(&folder, None, root, &Redactor::new().text(goal))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())))
}

/// The agents and backends of the user for the workspace at `root`, each with the rules that it owns.
pub fn setup(root: Option<&Path>) -> Setup {
    Setup::of_user(root, &pyteam_rules::owners())
}

/// The last session that `agent` had by this backend in the run `id`, by which it can be asked further about the
/// workspace at `root`. An error is for the user.
pub fn session_of(id: &str, root: &Path, agent: &str, backend: &Backend) -> Result<String, String> {
    let (Backend::Acp(launch) | Backend::Command(launch)) = backend else {
        return Err(format!("{agent} uses the built-in backend, which has no sessions; remove `--resume`"));
    };
    let folder = run_log::folder().ok_or(NO_STATE)?;
    let (_, lines) =
        run_log::show(&folder, id).map_err(|_| format!("unknown run {id}; run `pyteam runs` for a list"))?;
    let mut is_its = false;
    let mut session = None;
    for line in lines {
        match line.happened {
            Recorded::Opened { workspace, .. } if workspace != root.display().to_string() => {
                return Err(format!(
                    "run {id} is of the workspace {workspace}; a session cannot continue in another one"
                ));
            }
            Recorded::Began { agent: name, program, .. } => {
                is_its = name == agent && program == run::program_of(launch);
            }
            Recorded::Ended { session: Some(name), .. } if is_its => session = Some(name),
            _ => {}
        }
    }
    session.ok_or_else(|| {
        format!(
            "{agent} left no session in the run {id} that {} could go on with: it has to offer that, and its `home` has \
             to be set, so that it remembers (docs/settings.md)",
            launch.name
        )
    })
}

/// Asks, and comes back when nothing of the agent runs any more.
pub async fn conduct(
    agent: &str,
    prepared: Prepared,
    workspace: Arc<dyn Workspace>,
    run_log: &RunLog,
    tell: &(dyn Fn(Event) + Send + Sync),
    cancel: &Cancel,
) -> Outcome {
    match prepared {
        Prepared::There(request) => for_a_person(run::run(&request, workspace, run_log, tell, cancel).await),
        Prepared::Here(..) if cancel.is_canceled() => Outcome::Canceled,
        Prepared::Here(answer, took) => {
            run_log.add(&Recorded::Began {
                agent: agent.to_owned(),
                step: None,
                backend: "built-in".to_owned(),
                program: "pyteam".to_owned(),
                brief: String::new(),
                bytes: 0,
                redactions: 0,
            });
            if !answer.change.is_empty() {
                run_log.keep_diff(&answer.change.to_diff());
                run_log.add(&Recorded::changed(&answer.change));
                Recorded::marked(&answer.change).iter().for_each(|marked| run_log.add(marked));
            }
            run_log.add(&Recorded::Ended {
                outcome: "answered".to_owned(),
                message: None,
                exit: None,
                session: None,
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
            Outcome::Answered { answer: *answer, session: None, remarks: Vec::new() }
        }
    }
}

/// What came of a run as it may be shown: what a program said is visible, and without the secrets that it read.
fn for_a_person(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Answered { answer, session, remarks } => Outcome::Answered {
            answer: Answer { document: document(&answer.document), ..answer },
            session,
            remarks: remarks.iter().map(|remark| document(remark)).collect(),
        },
        Outcome::Refused { message, document: said } => {
            Outcome::Refused { message: document(&message), document: document(&said) }
        }
        Outcome::Violation { message, document: said } => {
            Outcome::Violation { message: document(&message), document: document(&said) }
        }
        Outcome::Failed { message } => Outcome::Failed { message: document(&message) },
        Outcome::Canceled => Outcome::Canceled,
    }
}

/// To whom work is handed on once `change` has been made, each with the reason. `findings_left` are the rules of what is
/// still found in its files.
pub fn next_steps(team: &Team, change: &Change, findings_left: Vec<String>) -> Vec<Choice> {
    routing::handoffs(team, &routing::FinishedWork { findings_left, ..routing::FinishedWork::of_texts(change) })
}

/// Whether a text would write the placeholder of a secret over the secret.
pub fn has_placeholder(text: &str) -> bool {
    contains_placeholder(text)
}
