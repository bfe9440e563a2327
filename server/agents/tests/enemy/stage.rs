//! A workspace, an agent that follows a script, and what is left of both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use pyteam_agents::run::{Cancel, Event, Limits, Outcome, Recorded, Request, Workspace, run};
use pyteam_agents::run_log::RunLog;
use pyteam_agents::sandbox::{Confinement, Level, Mechanism, Sandbox};
use pyteam_agents::{Backend, Launch};
use pyteam_agents::{Change, Rights};

pub(crate) const READER: Rights = Rights { read: true, edit: false, execute: false };
pub(crate) const EDITOR: Rights = Rights { read: true, edit: true, execute: false };

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/agents");

/// Everything that one run needs.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) request: Request,
    pub(crate) token: String,
    pub(crate) cancel: Cancel,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    pub(crate) took: Duration,
    pub(crate) run_log: Option<RunLog>,
    on_event: Option<OnEvent>,
}

type OnEvent = Box<dyn Fn(&Event, &Cancel, &Path) + Send + Sync>;

/// The workspace as it stands on the disk.
pub(crate) struct Disk(pub(crate) PathBuf);

impl Workspace for Disk {
    fn current(&self, path: &Path) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }
}

impl Stage {
    /// A workspace with an `a.py`, and an agent that follows `scenario`.
    pub(crate) fn new(scenario: &str, rights: Rights) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let folder = tempfile::tempdir().unwrap();
        let token = format!("pyteam-enemy-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let workspace = folder.path().join("project");
        fs::create_dir_all(&workspace).unwrap();
        fs::create_dir_all(folder.path().join("scratch")).unwrap();
        fs::write(workspace.join("a.py"), "a = 1\n").unwrap();
        let script = scripts().join("scripted_agent.py");
        let launch = Launch {
            name: "scripted".to_owned(),
            program: python(),
            args: [script.to_str().unwrap(), scenario, "--token", &token].map(str::to_owned).to_vec(),
            environment: [("SCRIPTED".to_owned(), "yes".to_owned())].into(),
            home: None,
            mode: None,
            model: None,
            network: true,
            read: Vec::new(),
        };
        let backend = if scenario.starts_with("command-") { Backend::Command(launch) } else { Backend::Acp(launch) };
        let limits = Limits {
            start: Duration::from_secs(20),
            session: Duration::from_secs(20),
            turn: Duration::from_secs(40),
            silence: Duration::from_secs(20),
            ..Limits::default()
        };
        let request = Request {
            agent: "python-engineer".to_owned(),
            rights,
            backend,
            workspace,
            buffers: Vec::new(),
            brief: "Make it better.".to_owned(),
            redactions: 0,
            step: None,
            model_hint: None,
            resume: None,
            servers: Vec::new(),
            sandbox: Sandbox::of_this_program(),
            least: Level::Not,
            limits,
            scratch: Some(folder.path().join("scratch")),
        };
        Self {
            folder,
            request,
            token,
            cancel: Cancel::new(),
            events: Arc::default(),
            took: Duration::ZERO,
            run_log: None,
            on_event: None,
        }
    }

    pub(crate) fn launch(&mut self) -> &mut Launch {
        match &mut self.request.backend {
            Backend::Acp(launch) | Backend::Command(launch) => launch,
            Backend::BuiltIn => unreachable!("no test makes one"),
        }
    }

    /// Holds it by nothing better than `by`.
    pub(crate) fn held(mut self, by: Mechanism) -> Self {
        self.request.sandbox.mechanisms.retain(|&mechanism| mechanism == by);
        self
    }

    /// Neither holds nor supervises it, as on systems without a sandbox.
    pub(crate) fn unsupervised(mut self) -> Self {
        self.request.sandbox = Sandbox::default();
        self
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.request.limits);
        self
    }

    pub(crate) fn on_event(mut self, react: impl Fn(&Event, &Cancel, &Path) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Box::new(react));
        self
    }

    pub(crate) fn argument(mut self, argument: &Path) -> Self {
        let argument = argument.to_str().unwrap().to_owned();
        self.launch().args.push(argument);
        self
    }

    /// Runs it, and sees to it that nothing is left.
    pub(crate) fn run(&mut self) -> Outcome {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(self.run_async())
    }

    pub(crate) async fn run_async(&mut self) -> Outcome {
        let state = self.folder.path().join("state");
        let run_log = RunLog::create(&state, None, &self.request.workspace, "make it better").unwrap();
        let (events, cancel, on_event) = (Arc::clone(&self.events), self.cancel.clone(), self.on_event.take());
        let folder = self.request.workspace.clone();
        let tell = move |event: Event| {
            if let Some(react) = &on_event {
                react(&event, &cancel, &folder);
            }
            events.lock().unwrap().push(event);
        };
        let workspace = Arc::new(Disk(self.request.workspace.clone()));
        let start = Instant::now();
        let outcome = run(&self.request, workspace, &run_log, &tell, &self.cancel).await;
        self.took = start.elapsed();
        self.run_log = Some(run_log);
        assert_eq!(processes(&self.token), Vec::<String>::new(), "processes are left");
        let left: Vec<_> = fs::read_dir(self.folder.path().join("scratch")).unwrap().flatten().collect();
        assert!(left.is_empty(), "files are left: {left:?}");
        outcome
    }

    /// What is recorded, as far as it is of the kind `wanted`.
    pub(crate) fn recorded<T>(&self, wanted: impl Fn(&Recorded) -> Option<T>) -> Vec<T> {
        let events = self.events.lock().unwrap();
        let recorded = events.iter().filter_map(|event| match event {
            Event::Recorded(recorded) => wanted(recorded),
            Event::Progress(_) => None,
        });
        recorded.collect()
    }

    /// How it was held, as the run log says.
    pub(crate) fn confinement(&self) -> Confinement {
        let held = self.recorded(|happened| match happened {
            Recorded::Held { confinement, .. } => Some(confinement.clone()),
            _ => None,
        });
        held.into_iter().next().unwrap()
    }

    /// The workspace is what it was.
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(fs::read_to_string(self.request.workspace.join("a.py")).unwrap(), "a = 1\n");
        assert_eq!(fs::read_dir(&self.request.workspace).unwrap().count(), 1);
    }
}

/// The folder of the agents' scripts; a copy, for a user who cannot read the project.
pub(crate) fn scripts() -> PathBuf {
    std::env::var_os("PYTEAM_TEST_SCRIPTS").map_or_else(|| SCRIPTS.into(), PathBuf::from)
}

/// The python that runs the script.
pub(crate) fn python() -> PathBuf {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
        // `python3` may be a script that looks for the real one.
        let ask = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        String::from_utf8(ask.stdout).unwrap().trim().into()
    });
    PYTHON.clone()
}

/// Processes with `token` on their command line. One whose first thread has ended has it by the others.
pub(crate) fn processes(token: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let threads = fs::read_dir(entry.path().join("task")).into_iter().flatten().flatten();
        let lines = threads.filter_map(|thread| fs::read(thread.path().join("cmdline")).ok());
        let line = lines.max_by_key(Vec::len).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.split(' ').any(|word| word == token) {
            found.push(format!("{} {line}", entry.file_name().display()));
        }
    }
    found
}

/// A line of `/proc/self/status`, in bytes.
pub(crate) fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}

pub(crate) fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok::<(), Failed>(())
    })
}

/// The document, the change and the remarks of an answer.
#[track_caller]
pub(crate) fn answered(outcome: Outcome) -> (String, Change, Vec<String>) {
    match outcome {
        Outcome::Answered { answer, remarks, .. } => (answer.document, answer.change, remarks),
        other => panic!("{other:?}"),
    }
}

/// What a failure says.
#[track_caller]
pub(crate) fn failure(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed { message } => message,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{message:?} does not say {part:?}");
    }
}
