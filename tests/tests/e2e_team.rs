//! The team behind the light bulb: whom it offers, and how a request goes, from the command to the change that is made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::client::{Manners, PATIENCE, capabilities, range_of};
use pyteam_tests::edits::{Columns, apply, edits_for};
use pyteam_tests::{Client, Project, program};
use serde_json::{Value, json};

const LOADS: &str = "import torch\n\n\ndef restore(path):\n    return torch.load(path)\n\n\nLIMIT = 1\n";

/// A workspace, a user's own folders, and a client that answers when the test does.
struct Desk {
    client: Client,
    project: Project,
    user: tempfile::TempDir,
    uri: String,
    text: String,
}

impl Desk {
    /// `a.py` holds `text`. `scenario` names what the user's scripted agent does, if there is one.
    fn new(text: &str, scenario: Option<&str>, more: &[(&str, Value)]) -> Self {
        Self::held(text, scenario, more, "allow", None)
    }

    /// `unconfined` is the user's choice, and `sandbox` all that may hold an agent's program.
    fn held(
        text: &str,
        scenario: Option<&str>,
        more: &[(&str, Value)],
        unconfined: &str,
        sandbox: Option<&str>,
    ) -> Self {
        let project = Project::new(&[("a.py", text)]);
        let user = tempfile::tempdir().expect("a folder");
        if let Some(scenario) = scenario {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/scripted_agent.py");
            let settings = format!(
                "[agents]\nback-end = \"scripted\"\nunconfined = \"{unconfined}\"\n\n[agents.back-ends.scripted]\nkind = \"acp\"\ncommand = [\"python3\", {:?}, \"{scenario}\"]\n\n[agents.rights.python-security-reviewer]\nedit = true\n",
                script.display().to_string()
            );
            fs::write(user.path().join("pyteam.toml"), settings).expect("written");
        }
        let mut abilities = capabilities::pull();
        for (path, value) in more {
            abilities = capabilities::with(abilities, &path.split('.').collect::<Vec<_>>(), value.clone());
        }
        let mut command = Command::new(program::pyteam());
        command
            .env("PYTEAM_CONFIG_DIR", user.path())
            .env("PYTEAM_STATE_DIR", user.path().join("state"))
            .env("HOME", user.path())
            .envs(sandbox.map(|sandbox| ("PYTEAM_SANDBOX", sandbox)));
        let mut client = Client::start_with(Manners::Silent, &json!({}), &mut command);
        client.initialize(&project, &abilities, &Value::Null);
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, text);
        Self { client, project, user, uri, text: text.to_owned() }
    }

    fn with_windows(text: &str, scenario: Option<&str>) -> Self {
        let document = ("window.showDocument", json!({"support": true}));
        Self::new(text, scenario, &[document, ("window.workDoneProgress", json!(true))])
    }

    fn actions(&mut self, range: [u32; 4]) -> Vec<Value> {
        let params =
            json!({"textDocument": {"uri": self.uri}, "range": range_of(range), "context": {"diagnostics": []}});
        self.client.request("textDocument/codeAction", &params).as_array().expect("actions").clone()
    }

    fn choose(&mut self, action: &Value) -> Value {
        let command = &action["command"];
        let params = json!({"command": command["command"], "arguments": command["arguments"]});
        self.client.request("workspace/executeCommand", &params)
    }

    /// Chooses the action whose title begins so, at the first finding.
    fn ask(&mut self, title: &str) -> Value {
        let actions = self.actions([4, 11, 4, 11]);
        let action = actions.iter().find(|action| says(action, "title").starts_with(title));
        let action = action.unwrap_or_else(|| panic!("no `{title}` among {:?}", titles(&actions)));
        self.choose(action)
    }

    /// Lets the bar be shown, where one is asked for.
    fn allow_progress(&mut self) {
        loop {
            let (id, params) = self.client.server_asks("window/workDoneProgress/create");
            self.client.reply(&id, &Value::Null);
            if params["token"].as_str().is_some_and(|token| token.starts_with("pyteam/run/")) {
                return;
            }
        }
    }

    /// Waits until the agent's own program has opened a session.
    fn works(&mut self) {
        let start = Instant::now();
        while !self.user.path().join("state/runs").exists() || !self.records().contains("\"peer\"") {
            assert!(start.elapsed() < PATIENCE, "no session");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn shown_document(&mut self) -> PathBuf {
        let (id, params) = self.client.server_asks("window/showDocument");
        self.client.reply(&id, &json!({"success": true}));
        PathBuf::from(says(&params, "uri").strip_prefix("file://").expect("a file"))
    }

    /// The next message for the user that holds `words`.
    fn told(&mut self, words: &str) -> String {
        let message = self.client.wait_for(words, |message| {
            message["method"] == "window/showMessage" && says(&message["params"], "message").contains(words)
        });
        says(&message["params"], "message").to_owned()
    }

    fn decide(&mut self, choice: &str) {
        let (id, params) = self.client.server_asks("window/showMessageRequest");
        let titles = params["actions"].as_array().expect("choices").iter().map(|one| says(one, "title"));
        assert!(titles.clone().any(|title| title == choice), "{:?}", titles.collect::<Vec<_>>());
        self.client.reply(&id, &json!({"title": choice}));
    }

    fn records(&self) -> String {
        let runs = fs::read_dir(self.user.path().join("state/runs")).expect("a record").flatten();
        let lines = runs.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        lines.map(|path| fs::read_to_string(path).expect("text")).collect()
    }
}

/// Waits until no process has `word` on its command line.
fn nobody_is_left(word: &str) {
    let start = Instant::now();
    loop {
        let alive = fs::read_dir("/proc").into_iter().flatten().flatten().any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).split('\0').any(|part| part == word)
        });
        if !alive {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "a process of the agent's is left");
        thread::sleep(Duration::from_millis(50));
    }
}

fn says<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| says(action, "title")).collect()
}

#[test]
fn the_light_bulb_names_the_owner_and_those_whom_the_place_speaks_for() {
    let mut desk = Desk::new(LOADS, None, &[]);
    let actions = desk.actions([4, 11, 4, 11]);
    let titles = titles(&actions);
    assert!(titles.contains(&"Ask python-security-reviewer about unsafe-model-load"), "{titles:?}");
    let about: Vec<_> = titles.iter().filter(|title| title.contains("about `restore`")).collect();
    assert!((2..=4).contains(&about.len()), "{titles:?}");
    assert_eq!(**about.last().expect("some"), "Ask another agent about `restore` ...");
    // Nothing but a command each: it is worked out when it is chosen.
    assert!(actions.iter().filter(|action| says(action, "title").starts_with("Ask")).all(|action| {
        action.get("edit").is_none() && action.get("data").is_none() && action["command"]["command"].is_string()
    }));
}

#[test]
fn without_any_settings_the_index_answers() {
    let mut desk = Desk::with_windows(LOADS, None);
    let answer = desk.ask("Ask python-security-reviewer about unsafe-model-load");
    assert_eq!(answer, json!({"run": 1}));
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(document.contains("unsafe-model-load") && document.contains("a.py:5"), "{document}");
    assert!(desk.records().contains("\"built-in\""));
}

#[test]
fn an_answer_that_cannot_be_shown_is_said_to_be_somewhere() {
    let mut desk = Desk::new(LOADS, None, &[]);
    desk.ask("Ask python-security-reviewer about unsafe-model-load");
    let message = desk.told("answer is in");
    let path = message.rsplit(' ').next().expect("a path");
    assert!(fs::read_to_string(path).expect("a document").contains("unsafe-model-load"));
}

#[test]
fn a_change_is_shown_then_made_then_looked_at() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    let diff = fs::read_to_string(desk.shown_document()).expect("a diff");
    assert!(diff.contains("a.py"), "{diff}");
    assert_eq!(fs::read_to_string(desk.project.path("a.py")).expect("text"), LOADS, "nothing was written");
    desk.decide("Apply");
    let (id, params) = desk.client.server_asks("workspace/applyEdit");
    assert_eq!(params["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    let after = apply(LOADS, edits_for(&params["edit"], &desk.uri), Columns::Bytes);
    assert_ne!(after, LOADS);
    let uri = desk.uri.clone();
    desk.client.did_change(&uri, 2, None, &after);
    desk.client.reply(&id, &json!({"applied": true}));
    desk.told("applied");
    let records = desk.records();
    assert!(records.contains("\"accepted\":true"), "{records}");
}

#[test]
fn what_is_discarded_changes_nothing() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Discard");
    desk.told("nothing was changed");
    assert!(desk.records().contains("\"accepted\":false"));
    assert_eq!(desk.text, fs::read_to_string(desk.project.path("a.py")).expect("text"));
}

#[test]
fn a_file_that_is_edited_meanwhile_is_left_alone() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    let uri = desk.uri.clone();
    desk.client.did_change(&uri, 2, Some([0, 0, 0, 0]), "import os\n");
    desk.decide("Apply");
    desk.told("changed meanwhile");
    assert!(desk.client.wait(Duration::from_millis(300), |one| one["method"] == "workspace/applyEdit").is_none());
}

#[test]
fn an_editor_that_shows_changes_itself_is_asked_to_and_applies_what_was_shown() {
    for (decision, said) in [
        ("apply", "applied"),
        ("discard", "nothing was changed: you discarded it"),
        ("dismissed", "nothing was changed: the question was closed without a choice"),
    ] {
        let reviews = ("experimental", json!({"pyteam": {"reviewChange": true}}));
        let mut desk = Desk::new(LOADS, Some("edit"), &[reviews]);
        desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
        let (id, params) = desk.client.server_asks("pyteam/reviewChange");
        let file = &params["files"][0];
        assert_eq!((&file["name"], &file["before"], &file["uri"]), (&json!("a.py"), &json!(LOADS), &json!(desk.uri)));
        assert!(says(&params, "title").starts_with("Apply python-security-reviewer's change to a.py"), "{params}");
        let after = says(file, "after").to_owned();
        desk.client.reply(&id, &json!({"decision": decision}));
        if decision == "apply" {
            let (id, params) = desk.client.server_asks("workspace/applyEdit");
            assert_eq!(params["edit"].get("changeAnnotations"), None, "nothing is left to be ticked: {params}");
            assert_eq!(apply(LOADS, edits_for(&params["edit"], &desk.uri), Columns::Bytes), after);
            let uri = desk.uri.clone();
            desk.client.did_change(&uri, 2, None, &after);
            desk.client.reply(&id, &json!({"applied": true}));
        }
        desk.told(said);
    }
}

#[test]
fn an_edit_that_the_editor_refuses_says_why() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Apply");
    let (id, _) = desk.client.server_asks("workspace/applyEdit");
    desk.client.reply(&id, &json!({"applied": false, "failureReason": "a.py is read-only"}));
    desk.told("nothing was changed: the editor refused the edit: a.py is read-only");
}

#[test]
fn new_files_are_on_disk_and_shown() {
    let worker = "\
import queue
import threading


def work(inbox: \"queue.Queue[int]\", stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            print(inbox.get(timeout=0.1))
        except queue.Empty:
            continue


def main() -> None:
    inbox: \"queue.Queue[int]\" = queue.Queue()
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(inbox, stop))
    worker.start()
    inbox.put(1)
    stop.set()
    worker.join(timeout=5.0)
";
    for editor in ["neovim", "helix"] {
        let capabilities = capabilities::real(editor)["capabilities"].clone();
        let more: Vec<(&str, Value)> = ["window", "workspace"].map(|part| (part, capabilities[part].clone())).into();
        let mut desk = Desk::new(worker, None, &more);
        let wish = json!({"agent": "python-test-writer", "document": desk.uri});
        let params = json!({"command": "pyteam.ask", "arguments": [wish]});
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.shown_document();
        desk.shown_document();
        desk.decide("Apply all the same");
        // What there is to read comes last, and stays in view.
        assert!(desk.shown_document().ends_with("tests/conftest.py"));
        let opened = desk.shown_document();
        let text = fs::read_to_string(&opened).expect("a file");
        assert!(opened.starts_with(desk.project.root()) && text.contains("def test_"), "{}: {text}", opened.display());
        // It is opened by an editor that does not hurry, and is read nevertheless.
        let said = desk.told("applied");
        assert!(!said.contains("not what was proposed"), "{said}");
        // Nothing else was edited: the client was not asked to.
        assert!(desk.client.take_all().iter().all(|message| message["method"] != "workspace/applyEdit"));
    }
}

#[test]
fn a_repair_is_asked_for_only_where_one_can_be_made() {
    // A wait in a `finally` that is no loop's has no repair.
    let text =
        "import queue\n\n\ndef drain(inbox: queue.Queue[int]) -> None:\n    print([inbox.get() for _ in range(3)])\n";
    for (scenario, verb) in [(None, "about"), (Some("edit"), "to repair")] {
        let mut desk = Desk::new(text, scenario, &[]);
        let settings = desk.user.path().join("pyteam.toml");
        if scenario.is_some() {
            let more = fs::read_to_string(&settings).expect("settings");
            fs::write(&settings, more + "[agents.rights.python-async-specialist]\nedit = true\n").expect("written");
        }
        let actions = desk.actions([4, 12, 4, 12]);
        let title = format!("Ask python-async-specialist {verb} blocking-get-without-timeout");
        assert!(titles(&actions).contains(&title.as_str()), "{title}: {:?}", titles(&actions));
    }
}

#[test]
fn a_request_is_cancelled_by_its_bar_and_by_the_light_bulb() {
    for by_bar in [true, false] {
        let mut desk = Desk::with_windows(LOADS, Some("hang-turn"));
        desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
        desk.allow_progress();
        desk.works();
        if by_bar {
            desk.client.notify("window/workDoneProgress/cancel", &json!({"token": "pyteam/run/1"}));
        } else {
            let actions = desk.actions([0, 0, 0, 0]);
            let cancel = actions.iter().find(|action| says(action, "title").starts_with("Cancel the request"));
            let cancel = cancel.unwrap_or_else(|| panic!("{:?}", titles(&actions))).clone();
            desk.choose(&cancel);
        }
        desk.told("was cancelled");
        assert!(desk.records().contains("cancelled"));
        let left = desk.actions([0, 0, 0, 0]);
        assert!(!titles(&left).iter().any(|title| title.starts_with("Cancel")), "{:?}", titles(&left));
    }
}

#[test]
fn an_answer_of_the_index_is_about_all_of_it_or_cancelled() {
    let files: Vec<(String, String)> = (0..150)
        .map(|n| (format!("m{n}.py"), "import torch\nmodel = torch.load(open('x', 'rb'))\n".repeat(3)))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    for cancelled in [false, true] {
        let mut desk = Desk::with_windows(LOADS, None);
        for (name, text) in &files {
            desk.project.write(name, text);
        }
        let params = json!({"command": "pyteam.restartIndex"});
        desk.client.request("workspace/executeCommand", &params);
        let params = json!({"command": "pyteam.ask", "arguments": ["python-security-reviewer"]});
        desk.client.request("workspace/executeCommand", &params);
        if cancelled {
            desk.client.request("workspace/executeCommand", &json!({"command": "pyteam.cancelRun", "arguments": [1]}));
            desk.allow_progress();
            desk.told("was cancelled");
            continue;
        }
        desk.allow_progress();
        let document = fs::read_to_string(desk.shown_document()).expect("a document");
        assert!(document.contains("Looked at 151 files"), "{document}");
    }
}

#[test]
fn a_flood_of_an_agent_s_does_not_hold_up_an_edit() {
    let mut desk = Desk::with_windows(LOADS, Some("flood-updates"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    let uri = desk.uri.clone();
    let mut slowest = Duration::ZERO;
    for version in 2..30 {
        let start = Instant::now();
        desk.client.did_change(&uri, version, Some([0, 0, 0, 0]), "#\n");
        assert!(!desk.client.pulled(&uri).is_empty());
        slowest = slowest.max(start.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn an_end_of_the_server_is_the_end_of_its_agents() {
    let word = format!("desk-{}", std::process::id());
    let mut desk = Desk::with_windows(LOADS, Some(&format!("hang-turn\", \"--token\", \"{word}")));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.works();
    desk.client.vanish();
    desk.client.ended();
    nobody_is_left(&word);
}

#[test]
fn an_agent_that_cannot_be_asked_says_why() {
    let mut desk = Desk::new(LOADS, None, &[]);
    let params = json!({"command": "pyteam.ask", "arguments": ["no-such-agent", "do it"]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("there is no agent `no-such-agent`");
}

#[test]
fn a_workspace_that_names_commands_is_trusted_first() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/scripted_agent.py");
    let settings = format!(
        "[agents]\nback-end = \"theirs\"\n\n[agents.back-ends.theirs]\nkind = \"acp\"\ncommand = [\"python3\", {:?}, \"answer\"]\n",
        script.display().to_string()
    );
    for choice in ["Do not trust", "Trust this workspace"] {
        let mut desk = Desk::with_windows(LOADS, None);
        desk.project.write("pyteam.toml", &settings);
        let wish = json!({"agent": "python-security-reviewer", "document": desk.uri});
        let params = json!({"command": "pyteam.ask", "arguments": [wish]});
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.decide(choice);
        if choice.starts_with("Trust") {
            desk.allow_progress();
        }
        desk.shown_document();
        let is_theirs = desk.records().contains("\"acp\"");
        assert_eq!(is_theirs, choice.starts_with("Trust"), "{}", desk.records());
        // Asked once, not at every request.
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.shown_document();
    }
}

#[test]
fn the_question_for_trust_can_be_cancelled() {
    let mut desk = Desk::with_windows(LOADS, None);
    let settings =
        "[agents]\nback-end = \"theirs\"\n\n[agents.back-ends.theirs]\nkind = \"acp\"\ncommand = [\"python3\"]\n";
    desk.project.write("pyteam.toml", settings);
    let wish = json!({"agent": "python-security-reviewer", "document": desk.uri});
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    let run = desk.client.request("workspace/executeCommand", &params)["run"].clone();
    desk.allow_progress();
    let (_, question) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&question, "message");
    assert!(
        question.contains("runs the command: python3; Every other agent") && !question.contains(".;"),
        "{question}"
    );
    let params = json!({"command": "pyteam.cancelRun", "arguments": [run]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("was cancelled; nothing was changed");
    assert!(!titles(&desk.actions([4, 11, 4, 11])).iter().any(|title| title.starts_with("Cancel")));
}

#[test]
fn a_change_that_the_client_does_not_show_says_where_it_is() {
    let mut desk = Desk::new(LOADS, Some("edit"), &[]);
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let path = says(&params, "message").split("The change is in ").nth(1).expect("a path").to_owned();
    assert!(fs::read_to_string(&path).expect("a diff").contains("+++ b/a.py"), "{path}");
    desk.client.reply(&id, &json!({"title": "Discard"}));
    desk.told("nothing was changed");
}

#[test]
fn an_edit_that_never_arrives_is_not_praised() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Apply");
    let (id, _) = desk.client.server_asks("workspace/applyEdit");
    desk.client.reply(&id, &json!({"applied": true}));
    let told = desk.told("applied");
    assert!(told.contains("its text is not what was proposed"), "{told}");
}

#[test]
fn a_session_is_gone_on_with() {
    let mut desk = Desk::with_windows(LOADS, Some("sessions"));
    let settings = desk.user.path().join("pyteam.toml");
    let home = desk.user.path().join("agent-home");
    fs::create_dir(&home).expect("a folder");
    let text = fs::read_to_string(&settings).expect("settings");
    let line = format!("kind = \"acp\"\nhome = {:?}\n", home.display().to_string());
    fs::write(&settings, text.replace("kind = \"acp\"\n", &line)).expect("written");
    desk.ask("Ask python-security-reviewer to repair");
    desk.allow_progress();
    desk.shown_document();
    let actions = desk.actions([4, 11, 4, 11]);
    let further = actions.iter().find(|action| says(action, "title").contains("to go on from its last answer"));
    let further = further.unwrap_or_else(|| panic!("{:?}", titles(&actions))).clone();
    desk.choose(&further);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(!document.trim().ends_with("None"), "it was not the earlier session: {document}");
}

#[test]
fn clients_can_let_their_users_choose() {
    let mut desk = Desk::with_windows(LOADS, None);
    let place = json!({"document": desk.uri, "about": {"place": range_of([4, 11, 4, 11])}});
    let params = json!({"command": "pyteam.agents", "arguments": [place]});
    let agents = desk.client.request("workspace/executeCommand", &params);
    let first = &agents[0];
    assert_eq!(says(first, "name"), "python-security-reviewer", "{agents}");
    assert!(!says(first, "reason").is_empty() && !says(first, "description").is_empty(), "{first}");
    assert_eq!(agents.as_array().map(Vec::len), Some(16));
    // Whom nobody chose is chosen by the place.
    let mut wish = place.clone();
    wish["agent"] = json!("anyone");
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    desk.client.request("workspace/executeCommand", &params);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(document.contains("restore") && desk.records().contains("python-security-reviewer"), "{document}");
    let wish = json!({"agent": "python-architect", "document": desk.uri, "about": {"symbol": "gone"}});
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("there is no `gone` in this document");
}

#[test]
fn an_agent_s_file_that_cannot_be_used_says_so_where_it_is() {
    let project = Project::new(&[("a.py", LOADS), (".claude/agents/broken.md", "---\nname: [\n---\nNothing.\n")]);
    let mut client = Client::start(Manners::Silent, &json!({}));
    client.initialize(&project, &capabilities::pull(), &Value::Null);
    client.did_open(&project.uri("a.py"), 1, LOADS);
    let uri = project.uri(".claude/agents/broken.md");
    let published = client.wait_for("the file's diagnostics", |message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == json!(uri)
    });
    let diagnostics = published["params"]["diagnostics"].as_array().expect("diagnostics").clone();
    assert_eq!(diagnostics[0]["severity"], 2, "{diagnostics:?}");
    assert!(!says(&diagnostics[0], "message").is_empty());
}

#[test]
fn lenses_stand_above_what_was_found() {
    let mut desk = Desk::new(LOADS, None, &[("textDocument.codeLens", json!({}))]);
    assert!(desk.client.capabilities["codeLensProvider"].is_object());
    let params = json!({"textDocument": {"uri": desk.uri}});
    let lenses = desk.client.request("textDocument/codeLens", &params);
    assert_eq!(lenses[0]["range"]["start"]["line"], 3, "{lenses}");
    assert_eq!(lenses[0]["command"]["title"], "1 finding: ask python-security-reviewer");
    assert_eq!(lenses[0]["command"]["command"], "pyteam.ask");
    assert_eq!(lenses.as_array().map(Vec::len), Some(1), "{lenses}");
}

#[test]
fn whom_to_ask_is_asked() {
    let mut desk = Desk::with_windows(LOADS, None);
    let actions = desk.actions([4, 11, 4, 11]);
    let other =
        actions.iter().find(|action| says(action, "title").starts_with("Ask another")).expect("offered").clone();
    desk.choose(&other);
    desk.decide("python-architect");
    desk.allow_progress();
    assert!(fs::read_to_string(desk.shown_document()).expect("a document").starts_with("# "));
}

/// What does not hold is asked about, once for each back end; what the user does not want is not started.
#[test]
fn less_than_confined_is_asked_about() {
    let windows = [("window.showDocument", json!({"support": true}))];
    let mut desk = Desk::held(LOADS, Some("answer"), &windows, "ask", Some("nothing"));
    desk.ask("Ask python-security-reviewer");
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&params, "message");
    assert!(question.contains("scripted would be not confined: it can do what you can"), "{question}");
    desk.client.reply(&id, &json!({"title": "Do not start it"}));
    let told = desk.told("was not started");
    assert!(told.contains("unconfined = \"allow\""), "{told}");
    desk.ask("Ask python-security-reviewer");
    desk.decide("Start it all the same");
    desk.shown_document();
    assert!(desk.records().contains("\"level\":\"not\""), "{}", desk.records());
    // It has been accepted.
    desk.ask("Ask python-security-reviewer");
    desk.shown_document();
    let mut desk = Desk::held(LOADS, Some("answer"), &windows, "refuse", Some("nothing"));
    desk.ask("Ask python-security-reviewer");
    desk.told("was not started");
}

/// An editor that makes files and confirms annotated edits by itself.
fn confirming(scenario: &str) -> Desk {
    let annotations = ("workspace.workspaceEdit.changeAnnotationSupport", json!({"groupsOnLabel": true}));
    let kinds = ("workspace.workspaceEdit.resourceOperations", json!(["create", "rename", "delete"]));
    let document = ("window.showDocument", json!({"support": true}));
    Desk::new(LOADS, Some(scenario), &[annotations, kinds, document])
}

#[test]
fn deletions_and_files_that_run_by_themselves_are_confirmed_apart() {
    for (scenario, marks) in [
        ("delete-all", &["it deletes a.py"][..]),
        ("write-autorun", &["it writes conftest.py (pytest imports it before any test)", "tests/sitecustomize.py"]),
    ] {
        let mut desk = confirming(scenario);
        desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
        desk.shown_document();
        let (id, params) = desk.client.server_asks("window/showMessageRequest");
        for mark in marks {
            assert!(says(&params, "message").contains(mark), "{params}");
        }
        assert_eq!(says(&params["actions"][0], "title"), "Discard", "{params}");
        if scenario == "delete-all" {
            desk.client.reply(&id, &json!({"title": "Apply all the same"}));
            let (id, _) = desk.client.server_asks("workspace/applyEdit");
            desk.client.reply(&id, &json!({"applied": false, "failureReason": "the user did not want it"}));
            desk.told("the user did not want it");
        } else {
            desk.client.reply(&id, &json!({"title": "Discard"}));
            desk.told("nothing was changed");
        }
        assert!(desk.records().contains("\"kind\":\"marked\""), "{}", desk.records());
    }
}

#[cfg(unix)]
#[test]
fn a_mode_that_no_edit_carries_is_told_and_set() {
    use std::os::unix::fs::PermissionsExt;
    let mut desk = confirming("only-a-mode");
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.shown_document();
    desk.shown_document();
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    assert!(says(&params, "message").contains("it sets the mode of a.py to 100644 -> 100755"), "{params}");
    desk.client.reply(&id, &json!({"title": "Apply all the same"}));
    desk.told("applied");
    let mode = fs::metadata(desk.project.path("a.py")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o100, 0o100);
}

#[test]
fn what_a_change_does_to_the_findings_is_told_by_name() {
    let mut desk = Desk::with_windows(LOADS, Some("break-it"));
    desk.ask("Ask python-security-reviewer to repair unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&params, "message").to_owned();
    let broken = question.find("a.py does not parse after this change").expect("what is bad");
    assert!(broken < question.find("findings: ").expect("all of it"), "{question}");
    desk.client.reply(&id, &json!({"title": "Discard"}));
    desk.told("nothing was changed");
    assert!(desk.records().contains("\"broken\":[\"a.py\"]"), "{}", desk.records());
}

#[test]
fn words_that_the_index_cannot_read_are_said_not_to_be_read() {
    let mut desk = Desk::with_windows(LOADS, None);
    let params = json!({"command": "pyteam.ask", "arguments": ["python-architect", "Plan a party"]});
    desk.client.request("workspace/executeCommand", &params);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(
        document.starts_with("pyteam's built-in answer: it did not read your request \"Plan a party\""),
        "{document}"
    );
}
