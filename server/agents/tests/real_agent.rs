//! Runs with a real agent, where one is installed: `PYTEAM_REAL_AGENT` names its program and arguments, separated by
//! spaces; it talks to `tests/agents/stub_model.py` on loopback. Without that, there is nothing to see here.
//! The first may edit, the second may not, the third goes on in the session of the first, where the agent can, and the last
//! runs a command.

#![allow(clippy::print_stdout, reason = "a test prints what it measured")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use pyteam_agents::run::{Cancel, Event, Limits, Outcome, Recorded, Request, Workspace, run};
use pyteam_agents::run_log::{self, RunLog};
use pyteam_agents::sandbox::{Level, Sandbox};
use pyteam_agents::{Answer, Rights};
use pyteam_agents::{Backend, Launch};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/agents/stub_model.py");

struct Disk(PathBuf);

impl Workspace for Disk {
    fn current(&self, path: &Path) -> Option<String> {
        fs::read_to_string(self.0.join(path)).ok()
    }
}

/// The model's server. It ends with its standard input.
struct Model(Child, String);

impl Model {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new("python3")
            .arg(MODEL)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self(child, port.trim().to_owned())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "jail") {
        return pyteam_agents::sandbox::main(words);
    }
    let Ok(line) = env::var("PYTEAM_REAL_AGENT") else {
        println!("no agent: PYTEAM_REAL_AGENT is not set");
        return ExitCode::SUCCESS;
    };
    let mut line = line.split_whitespace().map(str::to_owned);
    let program = PathBuf::from(line.next().unwrap_or_default());
    let args: Vec<String> = line.collect();
    let agent = Agent { program, args, home: tempfile::tempdir().unwrap() };
    let session = agent.is_asked(true, None);
    agent.is_asked(false, None);
    if session.is_some() {
        agent.is_asked(true, session.as_deref());
    }
    agent.runs_a_command();
    ExitCode::SUCCESS
}

struct Agent {
    program: PathBuf,
    args: Vec<String>,
    /// The home of those runs that may edit, where agents keep their sessions. The other has one of its own.
    home: tempfile::TempDir,
}

/// What tells the agents where their model is. Each looks at its own.
fn environment(port: &str) -> BTreeMap<String, String> {
    let host = format!("http://127.0.0.1:{port}");
    let open_code = serde_json::json!({
        "model": "stub/stub",
        "small_model": "stub/stub",
        "autoupdate": false,
        "share": "disabled",
        "provider": {"stub": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": format!("{host}/v1"), "apiKey": "dummy"},
            "models": {"stub": {"tool_call": true, "limit": {"context": 100_000, "output": 10_000}}},
        }},
    });
    let all = [
        ("OPENAI_API_KEY", "dummy".to_owned()),
        ("OPENAI_BASE_URL", format!("{host}/v1")),
        ("OPENAI_MODEL", "stub".to_owned()),
        ("ANTHROPIC_API_KEY", "dummy".to_owned()),
        ("ANTHROPIC_BASE_URL", host.clone()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
        ("OPENCODE_CONFIG_CONTENT", open_code.to_string()),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
    ];
    all.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What came of one request.
struct Asked {
    outcome: Outcome,
    /// What was asked for first, and whether it was allowed.
    permissions: Vec<(String, bool)>,
}

impl Agent {
    /// Asks it to change a file, and holds what comes of it against what it may. Gives its session.
    fn is_asked(&self, edit: bool, resume: Option<&str>) -> Option<String> {
        let rights = Rights { read: true, edit, execute: false };
        let asked = self.ask(rights, resume, "Change `a` to 2 in a.py.", &[]);
        if !edit {
            assert!(!asked.permissions.iter().any(|(_, allowed)| *allowed), "{:?}", asked.permissions);
            assert!(!matches!(&asked.outcome, Outcome::Answered { answer, .. } if !answer.change.is_empty()));
            return None;
        }
        let Outcome::Answered { answer: Answer { change, .. }, session, .. } = asked.outcome else {
            panic!("no answer")
        };
        // With an earlier session before it, the model says at once that it is done.
        let remembers = resume.is_some() && change.is_empty();
        if !remembers {
            assert_eq!(change.list(), ["~ a.py"]);
            assert_eq!(change.files[0].after.as_deref(), Some("a = 2\n"));
        }
        println!("the session was {}", if remembers { "resumed" } else { "new" });
        session
    }

    /// Has it run a command, which works as in a terminal, and whose output the model sees.
    fn runs_a_command(&self) {
        let rights = Rights { read: true, edit: true, execute: true };
        let command = "echo \"six times seven is $((6 * 7))\" | tee ran.txt; python3 -c 'print(6 * 9)'";
        let asked = self.ask(rights, None, "Run a command.", &["--shell", command]);
        let Outcome::Answered { answer: Answer { document, change, .. }, .. } = asked.outcome else {
            panic!("no answer")
        };
        for said in ["six times seven is 42", "54"] {
            assert!(document.contains(said), "{document}");
        }
        assert_eq!(change.list(), ["+ ran.txt"]);
        let execute = asked.permissions.iter().filter(|(tool, _)| tool == "execute");
        assert!(execute.clone().all(|(_, allowed)| *allowed), "{:?}", asked.permissions);
        println!("a command was run, after asking {} times", execute.count());
    }

    fn ask(&self, rights: Rights, resume: Option<&str>, brief: &str, options: &[&str]) -> Asked {
        let model = Model::start(options);
        let folder = tempfile::tempdir().unwrap();
        let workspace = folder.path().join("project");
        fs::create_dir(&workspace).unwrap();
        fs::write(workspace.join("a.py"), "a = 1\n").unwrap();
        let launch = Launch {
            name: "real".to_owned(),
            program: self.program.clone(),
            args: self.args.clone(),
            environment: environment(&model.1),
            home: rights.edit.then(|| self.home.path().to_owned()),
            mode: None,
            model: None,
            network: true,
            read: Vec::new(),
        };
        let request = Request {
            agent: "python-engineer".to_owned(),
            rights,
            backend: Backend::Acp(launch),
            workspace: workspace.clone(),
            buffers: Vec::new(),
            brief: brief.to_owned(),
            redactions: 0,
            step: None,
            model_hint: None,
            resume: resume.map(str::to_owned),
            servers: Vec::new(),
            sandbox: Sandbox::of_this_program(),
            least: Level::Not,
            limits: Limits { turn: Duration::from_mins(2), ..Limits::default() },
            scratch: Some(folder.path().join("scratch")),
        };
        let state = folder.path().join("state");
        let run_log = RunLog::create(&state, None, &workspace, "change a").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let tell = |event: Event| println!("{event:?}");
        let outcome =
            runtime.block_on(run(&request, Arc::new(Disk(workspace.clone())), &run_log, &tell, &Cancel::new()));
        println!("{rights:?}: {outcome:#?}");
        assert_eq!(fs::read_to_string(workspace.join("a.py")).unwrap(), "a = 1\n");
        assert_eq!(fs::read_dir(folder.path().join("scratch")).unwrap().count(), 0);
        let (_, lines) = run_log::show(&state, run_log.id()).unwrap();
        held_as_wanted(&lines);
        let permission = |line: &run_log::Line| match &line.happened {
            Recorded::Permission(decision) => Some((decision.tool.clone(), decision.allowed)),
            _ => None,
        };
        Asked { outcome, permissions: lines.iter().filter_map(permission).collect() }
    }
}

/// Where one sandbox was named, it was that one; CI has them all.
fn held_as_wanted(lines: &[run_log::Line]) {
    let held = lines.iter().find_map(|line| match &line.happened {
        Recorded::Held { confinement, .. } => Some(confinement),
        _ => None,
    });
    let held = held.expect("the record says how it was held");
    println!("held: {}", held.explanation());
    if env::var("CI").is_ok_and(|value| value == "true") && cfg!(target_os = "linux") {
        let wanted = env::var("PYTEAM_SANDBOX").unwrap_or_else(|_| "bubblewrap".to_owned());
        assert_eq!(serde_json::to_value(held.by).unwrap(), wanted);
    }
}
