//! One user's part: every attempt, in each sandbox, by both kinds of backends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::LazyLock;

use pyteam_agents::Rights;
use pyteam_agents::run::{Outcome, Recorded};
use pyteam_agents::sandbox::{Level, Mechanism, Way};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stage::{Stage, answered, assert_says, failure, python, scripts};

/// All rights: what they do not give, the sandbox must not give either.
const ALL: Rights = Rights { read: true, edit: true, execute: true };

/// What came of all attempts in one sandbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) back_end: String,
    /// The best that may hold it here.
    pub(crate) wanted: Mechanism,
    pub(crate) by: Mechanism,
    pub(crate) level: Level,
    pub(crate) explanation: String,
    /// Attempts that got out, by the way that they took, where the run log names that.
    pub(crate) named: BTreeSet<String>,
    /// Attempts that got out, and the run log does not say so.
    pub(crate) silent: BTreeSet<String>,
    /// What each attempt said.
    pub(crate) said: BTreeMap<String, String>,
}

/// Tries everything, and writes what came of it to `output`.
pub(crate) fn try_all(output: Option<PathBuf>) -> ExitCode {
    let mut all = Vec::new();
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        for scenario in ["break-out", "command-break-out"] {
            all.push(attempts(by, scenario));
        }
    }
    no_network();
    fills_the_disk();
    let output = output.expect("a file to write to");
    fs::write(output, serde_json::to_vec(&all).unwrap()).unwrap();
    ExitCode::SUCCESS
}

fn attempts(by: Mechanism, scenario: &str) -> Tried {
    let mut stage = Stage::new(scenario, ALL).held(by);
    // One of both has a socket beside its program, so that the other may make sockets of its own.
    let has_socket = scenario.starts_with("command");
    let mut world = World::begin(&stage, has_socket);
    let mut facts = world.facts.clone();
    facts["token"] = stage.token.clone().into();
    facts["server"] = std::process::id().into();
    stage.launch().args.push(facts.to_string());
    // That no process is left, and no file, the stage itself looks.
    // The links that it makes refuse the whole change.
    let document = match stage.run() {
        Outcome::Refused { message, document } if message.contains("out is a link") => document,
        other => panic!("{other:?}"),
    };
    let said: Value = serde_json::from_str(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
    let touched = world.touched();
    drop(world);
    let confinement = stage.confinement();
    assert_works(&said["works"], confinement.by, has_socket);
    let meaning = stage.recorded(|happened| match happened {
        Recorded::Held { meaning, .. } => Some(meaning.clone()),
        _ => None,
    });
    let says_network = meaning[0].contains("it can use the network") || confinement.level() == Level::Not;
    assert!(says_network, "{meaning:?}");
    let said: BTreeMap<String, String> = serde_json::from_value(said["tried"].clone()).unwrap();
    let (named, silent) = said
        .iter()
        .filter(|(name, result)| *result == "out" || touched.contains(*name))
        .map(|(name, _)| name.clone())
        .partition(|name| is_named(way_of(name), &confinement.open));
    let (level, explanation) = (confinement.level(), confinement.explanation());
    let back_end = if scenario.starts_with("command") { "command" } else { "acp" }.to_owned();
    Tried { back_end, wanted: by, by: confinement.by, level, explanation, named, silent, said }
}

/// What an agent needs works inside: files of its own, names of the network, a terminal for a command; and where it has a
/// machine of its own, what processes share.
fn assert_works(works: &Value, by: Mechanism, has_socket: bool) {
    let yes = || Value::Bool(true);
    let needed = [
        ("files", "written".into()),
        ("terminal", "in a terminal".into()),
        ("name", yes()),
        ("own process", yes()),
        ("copies", yes()),
    ];
    let shared = [("queue", yes()), ("server", yes())];
    let shared =
        shared.into_iter().filter(|(what, _)| by == Mechanism::Bubblewrap && !(has_socket && *what == "server"));
    for (what, expected) in needed.into_iter().chain(shared) {
        assert_eq!(works[what], expected, "{by:?}: {works}");
    }
}

/// The run log names each way that is open, and the network where it is shared.
fn is_named(way: &str, open: &[Way]) -> bool {
    let word = |way: &Way| serde_json::to_value(way).unwrap();
    way == "network" || open.iter().any(|one| word(one) == way)
}

fn way_of(attempt: &str) -> &'static str {
    static ALL: LazyLock<BTreeMap<String, Attempt>> = LazyLock::new(|| all_attempts().into_iter().collect());
    &ALL[attempt].way
}

/// One attempt, as the script describes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) way: String,
    pub(crate) what: String,
}

/// All that is tried, by name, in the script's order.
pub(crate) fn all_attempts() -> Vec<(String, Attempt)> {
    let said = Command::new(python()).arg(scripts().join("escape.py")).arg("list").output().unwrap();
    serde_json::from_slice(&said.stdout).unwrap()
}

/// The bait, and who watches it.
struct World {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    facts: Value,
}

impl World {
    fn begin(stage: &Stage, has_socket: bool) -> Self {
        let folder = stage.folder.path().join("world");
        fs::create_dir(&folder).unwrap();
        let mut command = Command::new(python());
        if has_socket {
            command.env("ESCAPE_SOCKET_IN_INSTALLATION", "yes");
        }
        let mut child = command
            .arg(scripts().join("escape.py"))
            .arg("world")
            .arg(&folder)
            .env("ESCAPE_WORKSPACE", &stage.request.workspace)
            .env("ESCAPE_INSTALLATION", scripts())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut world = Self { child, stdin, stdout, facts: Value::Null };
        world.facts = world.line();
        world
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the world says {line:?}: {error}"))
    }

    /// The attempts that changed something outside.
    fn touched(&mut self) -> BTreeSet<String> {
        writeln!(self.stdin.as_mut().unwrap(), "check").unwrap();
        serde_json::from_value(self.line()).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Its input is its life.
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Without the network not even this machine's own servers are reached, and with it they are.
fn no_network() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock] {
        for network in [true, false] {
            let mut stage = Stage::new("connects", ALL).held(by);
            stage.launch().network = network;
            stage.launch().args.push(port.clone());
            let (document, ..) = answered(stage.run());
            let is_open = network || stage.confinement().by == Mechanism::Nothing;
            assert_eq!(document == "connected", is_open, "{by:?} {network}: {document}");
        }
    }
}

fn fills_the_disk() {
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        // In plain sight, in files that have no name any more, and in the home that it is given.
        for how in ["", "unlinked", "home"] {
            let mut stage = Stage::new("fills-the-disk", ALL).held(by).limits(|limits| limits.disk = 32 << 20);
            let home = stage.folder.path().join("its-home");
            fs::create_dir(&home).unwrap();
            stage.launch().home = Some(home);
            stage.launch().args.push(how.to_owned());
            assert_says(&failure(stage.run()), &["wrote more than 32 MB to its directories", "was stopped"]);
        }
    }
}
