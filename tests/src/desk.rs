//! A workspace with agents, and an editor in front of it that answers when the test does.

#![allow(clippy::missing_panics_doc, reason = "a test's helpers panic where the test fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Manners, PATIENCE, capabilities, range_of};
use crate::{Client, Project, program};

/// A program that loads a model unsafely.
pub const LOADS: &str = "import torch\n\n\ndef restore(path):\n    return torch.load(path)\n\n\nLIMIT = 1\n";

/// A workspace, a user's own folders, and a client that answers when the test does.
pub struct Desk {
    /// The editor.
    pub client: Client,
    /// The workspace.
    pub project: Project,
    /// The user's own folder.
    pub user: tempfile::TempDir,
    /// The document that is open.
    pub uri: String,
    /// Its text.
    pub text: String,
}

impl Desk {
    /// `a.py` holds `text`. `scenario` names what the user's scripted agent does, if there is one.
    pub fn new(text: &str, scenario: Option<&str>, more: &[(&str, Value)]) -> Self {
        Self::held(text, scenario, more, "allow", None)
    }

    /// `unconfined` is the user's choice, and `sandbox` all that may hold an agent's program.
    pub fn held(
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
                "[agents]\nbackend = \"scripted\"\nunconfined = \"{unconfined}\"\n\n[agents.backends.scripted]\nkind = \"acp\"\ncommand = [\"python3\", {:?}, \"{scenario}\"]\n\n[agents.rights.python-security-reviewer]\nedit = true\n",
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

    /// The same, in an editor that opens documents and shows progress.
    pub fn with_windows(text: &str, scenario: Option<&str>) -> Self {
        let document = ("window.showDocument", json!({"support": true}));
        Self::new(text, scenario, &[document, ("window.workDoneProgress", json!(true))])
    }

    /// What the light bulb offers at `range`: first line and column, last line and column.
    pub fn actions(&mut self, range: [u32; 4]) -> Vec<Value> {
        let params =
            json!({"textDocument": {"uri": self.uri}, "range": range_of(range), "context": {"diagnostics": []}});
        self.client.request("textDocument/codeAction", &params).as_array().expect("actions").clone()
    }

    /// Has the action done; gives what the server answers.
    pub fn choose(&mut self, action: &Value) -> Value {
        let command = &action["command"];
        let params = json!({"command": command["command"], "arguments": command["arguments"]});
        self.client.request("workspace/executeCommand", &params)
    }

    /// Chooses the action whose title begins so, at the first finding.
    pub fn ask(&mut self, title: &str) -> Value {
        let actions = self.actions([4, 11, 4, 11]);
        let action = actions.iter().find(|action| says(action, "title").starts_with(title));
        let action = action.unwrap_or_else(|| panic!("no `{title}` among {:?}", titles(&actions)));
        self.choose(action)
    }

    /// Lets the bar be shown, where one is asked for.
    pub fn allow_progress(&mut self) {
        loop {
            let (id, params) = self.client.server_asks("window/workDoneProgress/create");
            self.client.reply(&id, &Value::Null);
            if params["token"].as_str().is_some_and(|token| token.starts_with("pyteam/run/")) {
                return;
            }
        }
    }

    /// Waits until the agent's own program has opened a session.
    pub fn works(&mut self) {
        let start = Instant::now();
        while !self.user.path().join("state/runs").exists() || !self.records().contains("\"peer\"") {
            assert!(start.elapsed() < PATIENCE, "no session");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The next document that the server has the editor open.
    pub fn shown_document(&mut self) -> PathBuf {
        let (id, params) = self.client.server_asks("window/showDocument");
        self.client.reply(&id, &json!({"success": true}));
        PathBuf::from(says(&params, "uri").strip_prefix("file://").expect("a file"))
    }

    /// The next message for the user that holds `words`.
    pub fn told(&mut self, words: &str) -> String {
        let message = self.client.wait_for(words, |message| {
            message["method"] == "window/showMessage" && says(&message["params"], "message").contains(words)
        });
        says(&message["params"], "message").to_owned()
    }

    /// Answers the next question with `choice`.
    pub fn decide(&mut self, choice: &str) {
        let (id, params) = self.client.server_asks("window/showMessageRequest");
        let titles = params["actions"].as_array().expect("choices").iter().map(|one| says(one, "title"));
        assert!(titles.clone().any(|title| title == choice), "{:?}", titles.collect::<Vec<_>>());
        self.client.reply(&id, &json!({"title": choice}));
    }

    /// What all runs have recorded, as JSON lines.
    pub fn records(&self) -> String {
        let runs = fs::read_dir(self.user.path().join("state/runs")).expect("a record").flatten();
        let lines = runs.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        lines.map(|path| fs::read_to_string(path).expect("text")).collect()
    }
}

/// Waits until no process has `word` on its command line.
pub fn no_process_is_left(word: &str) {
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

/// A member that is text; empty where it is not.
pub fn says<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// The titles of actions.
pub fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| says(action, "title")).collect()
}
