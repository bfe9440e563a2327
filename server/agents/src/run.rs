//! A run: one request to an agent whose program is not trusted, from the copy of the workspace to a change that may be
//! shown.
//!
//! Nothing here changes the workspace. What comes back as [`Outcome::Answered`] was made in the copy alone, and has been
//! checked; the caller that applies it asks the user first, and asks [`Change::stale`](crate::Change::stale) once more.

mod disk;
mod outcome;
mod request;
mod verdict;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::outcome::Outcome;
pub use self::request::{Request, Workspace};
use crate::backend::program::{Ended, Program};
use crate::backend::task::{BackendError, Listener, Said, Task};
use crate::backend::{acp, command};
pub use crate::cancel::Cancel;
pub use crate::event::{Event, Recorded};
use crate::launch::{Backend, Launch};
pub use crate::limits::Limits;
use crate::permissions::Permissions;
use crate::run_log::RunLog;
use crate::sandbox::{Confinement, Hold, Level};
use crate::workspace_copy::WorkspaceCopy;

/// Puts `request` to its agent. `tell` hears what happens meanwhile, and `run_log` keeps it.
///
/// It comes back when no process of the agent is left and its copy of the workspace is gone. Dropped before, it ends the
/// agent as well, without waiting for its end.
pub async fn run(
    request: &Request,
    workspace: Arc<dyn Workspace>,
    run_log: &RunLog,
    tell: &(dyn Fn(Event) + Send + Sync),
    cancel: &Cancel,
) -> Outcome {
    let start = Instant::now();
    let tell = |event: Event| {
        if let Event::Recorded(happened) = &event {
            run_log.add(happened);
        }
        tell(event);
    };
    let listener = Listener::new(&tell);
    let mut ended = Ended::default();
    let outcome = match &request.backend {
        Backend::Acp(launch) | Backend::Command(launch) => {
            listener.progress(|| "copying the workspace".to_owned());
            let run = ActiveRun { request, launch, workspace, run_log, listener: &listener, cancel };
            run.execute(&mut ended).await
        }
        Backend::BuiltIn => Outcome::Failed {
            message: format!("{} uses the built-in backend and has no program to run", request.agent),
        },
    };
    let session = match &outcome {
        Outcome::Answered { session, .. } => session.clone(),
        _ => None,
    };
    listener.insist(Recorded::Ended {
        outcome: outcome.word().to_owned(),
        message: outcome.message().map(str::to_owned),
        exit: ended.code,
        session,
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    outcome
}

/// All that one run needs while it goes on.
struct ActiveRun<'a> {
    request: &'a Request,
    launch: &'a Launch,
    workspace: Arc<dyn Workspace>,
    run_log: &'a RunLog,
    listener: &'a Listener<'a>,
    cancel: &'a Cancel,
}

impl ActiveRun<'_> {
    async fn execute(self, ended: &mut Ended) -> Outcome {
        if let Err(message) = self.check_program() {
            return Outcome::Failed { message };
        }
        let request = self.request;
        let hold = self.hold().await;
        if hold.confinement.level() < request.least {
            return Outcome::Failed { message: verdict::not_held(&self.launch.name, &hold.confinement) };
        }
        let (folder, buffers) = (request.workspace.clone(), request.buffers.clone());
        let (room, scratch) = (request.limits.room, request.scratch.clone());
        let made = blocking(move || WorkspaceCopy::make(&folder, &buffers, room, scratch.as_deref())).await;
        let copy = match made {
            Some(Ok(copy)) => copy,
            Some(Err(error)) => {
                return failed(format!("cannot copy the workspace: {error}; the agent was not started"));
            }
            None => return failed("cannot copy the workspace; the agent was not started".to_owned()),
        };
        let (outcome, copy) = self.with_copy(copy, &hold, ended).await;
        // Many files may take their time to go.
        if let Some(Some(Err(error))) = blocking(move || copy.map(WorkspaceCopy::remove)).await {
            self.listener.insist(Recorded::note(format!("cannot remove its copy of the workspace: {error}")));
        }
        outcome
    }

    /// How the program will be held, as measured in its sandbox.
    async fn hold(&self) -> Hold {
        let (sandbox, launch, workspace) =
            (self.request.sandbox.clone(), self.launch.clone(), self.request.workspace.clone());
        blocking(move || sandbox.hold(&launch, &workspace)).await.unwrap_or_else(|| Hold::none(None))
    }

    /// A program inside the workspace could come from any author.
    fn check_program(&self) -> Result<(), String> {
        let (name, program) = (&self.launch.name, &self.launch.program);
        if !program.is_absolute() {
            return Err(format!(
                "the program of {name} is not an absolute path: {}; fix its path in your settings",
                program.display()
            ));
        }
        let workspace = &self.request.workspace;
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if program.starts_with(workspace) || real(program).starts_with(real(workspace)) {
            return Err(format!(
                "the program of {name} is in the workspace, and programs of a workspace are not started: {}",
                program.display()
            ));
        }
        match program.metadata() {
            Ok(meta) if meta.is_file() => Ok(()),
            _ => Err(format!(
                "program not found: {}; install {name}, or fix its path in your settings",
                program.display()
            )),
        }
    }

    async fn with_copy(&self, copy: WorkspaceCopy, hold: &Hold, ended: &mut Ended) -> (Outcome, Option<WorkspaceCopy>) {
        let confinement = &hold.confinement;
        let brief = verdict::brief_for(&self.request.brief, &copy);
        self.say_what_begins(&copy, confinement, &brief);
        if self.cancel.is_canceled() {
            return (Outcome::Canceled, Some(copy));
        }
        let mut watched = disk::Watched { folders: vec![copy.top().to_owned()], supervisor: None };
        watched.folders.extend(self.launch.home.clone().filter(|home| copy.may_write_home(home)));
        // What it is given does not count as written by it.
        let given = disk::usage(&watched, u64::MAX).await;
        let mark = format!("{}-{:p}", self.run_log.id(), ended);
        let started = Program::start(self.launch, &copy, &self.request.sandbox, hold, &mark);
        let mut program = match started {
            Ok(program) => program,
            Err(problem) => {
                let name = &self.launch.name;
                return (failed(format!("cannot start {name}: {problem}; check its settings")), Some(copy));
            }
        };
        watched.supervisor = program.supervisor();
        let permissions = Permissions::new(copy.root(), self.request.rights, confinement.level());
        let task = Task {
            launch: self.launch,
            brief: &brief,
            rights: self.request.rights,
            model_hint: self.request.model_hint.as_deref(),
            resume: self.request.resume.as_deref(),
            servers: &self.request.servers,
            copy: &copy,
            permissions: &permissions,
            limits: &self.request.limits,
            listener: self.listener,
            cancel: self.cancel,
        };
        let conversation = async {
            match &self.request.backend {
                Backend::Command(_) => command::converse(&task, &mut program).await,
                _ => acp::converse(&task, &mut program).await,
            }
        };
        let said = tokio::select! {
            said = conversation => said,
            excess = disk::overflow(&watched, given, self.request.limits.disk) => {
                Err(BackendError::Failed(verdict::overflow(&self.launch.name, excess, self.request.limits.disk)))
            }
        };
        match &said {
            // So that its exit code is its own, and not that of being ended.
            Err(BackendError::Died(_)) => program.settle(Duration::from_secs(3)).await,
            // Its input is closed; where its home stays, it may want to write down its session.
            Ok(_) if self.launch.home.is_some() => program.settle(Duration::from_millis(500)).await,
            _ => {}
        }
        *ended = program.end(&self.request.limits).await;
        if ended.left > 0 {
            let text = format!("{} of its processes could not be stopped", ended.left);
            self.listener.insist(Recorded::note(text));
        }
        match said {
            Ok(mut said) => {
                if confinement.level() < Level::Confined {
                    said.remarks.push(format!("{} was {}", self.launch.name, confinement.sentence()));
                }
                self.judge(said, copy, ended).await
            }
            Err(BackendError::Canceled) => (Outcome::Canceled, Some(copy)),
            Err(BackendError::Failed(message)) => (failed(message), Some(copy)),
            Err(BackendError::Died(stage)) => {
                let message = verdict::death(&self.launch.name, stage, ended);
                (failed(message), Some(copy))
            }
        }
    }

    fn say_what_begins(&self, copy: &WorkspaceCopy, confinement: &Confinement, brief: &str) {
        let backend = if matches!(self.request.backend, Backend::Command(_)) { "command" } else { "acp" };
        self.listener.insist(Recorded::Began {
            agent: self.request.agent.clone(),
            step: self.request.step.clone(),
            backend: backend.to_owned(),
            program: program_of(self.launch),
            brief: blake3::hash(brief.as_bytes()).to_hex().to_string(),
            bytes: brief.len(),
            redactions: self.request.redactions,
        });
        self.listener.record(Recorded::Copied {
            files: copy.files(),
            bytes: copy.bytes(),
            left_out: copy.left_out().len(),
        });
        let level = confinement.level();
        let network = match (level, self.launch.network) {
            (Level::Not, _) => "",
            (_, true) => "; it can use the network",
            (_, false) => "; it has no network",
        };
        let meaning = format!("{}{network}", confinement.explanation());
        self.listener.insist(Recorded::Held { level, confinement: confinement.clone(), meaning });
        if level > Level::Not
            && let Some(home) = &self.launch.home
            && !copy.may_write_home(home)
        {
            let text = format!("it can read {} but not write to it: it contains too much else", home.display());
            self.listener.record(Recorded::note(text));
        }
        if !self.launch.read.is_empty() {
            let places: Vec<String> = self.launch.read.iter().map(|place| place.display().to_string()).collect();
            self.listener.record(Recorded::note(format!("the settings let it read {}", places.join(", "))));
        }
    }

    /// Looks at what the agent made of its copy, now that nothing of it runs any more.
    async fn judge(&self, said: Said, copy: WorkspaceCopy, ended: &Ended) -> (Outcome, Option<WorkspaceCopy>) {
        let workspace = Arc::clone(&self.workspace);
        let most = self.request.limits.most;
        let compared = blocking(move || {
            let difference = copy.difference(most, &|path| workspace.current(path));
            (difference, copy)
        });
        let Some((difference, copy)) = compared.await else {
            return (failed(format!("cannot read what {} changed. No changes were applied", self.launch.name)), None);
        };
        if !difference.change.is_empty() && !difference.is_too_much {
            self.listener.insist(Recorded::changed(&difference.change));
            if let Some(marked) = Recorded::marked(&difference.change) {
                self.listener.insist(marked);
            }
            self.run_log.keep_diff(&difference.change.to_diff());
        }
        let known = said.remarks.len();
        let outcome =
            verdict::verdict(self.request, &self.launch.name, &*self.workspace, said, difference, copy.files(), ended);
        if let Outcome::Answered { remarks, .. } = &outcome {
            remarks.iter().skip(known).for_each(|remark| self.listener.record(Recorded::note(remark)));
        }
        (outcome, Some(copy))
    }
}

/// How a run log names a backend's program.
pub fn program_of(launch: &Launch) -> String {
    format!("{}: {}", launch.name, launch.program.display())
}

fn failed(message: String) -> Outcome {
    Outcome::Failed { message }
}

/// Runs what reads and writes files on a thread for that. None where it panicked.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
