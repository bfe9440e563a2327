//! An editor, as far as a server can tell. Everything here panics, and fails the test, where the server misbehaves.

#![allow(clippy::missing_panics_doc, reason = "a test's helpers panic where the test fails")]

use std::collections::VecDeque;
use std::io::BufReader;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::project::Project;
use crate::{program, wire};

/// Longer than anything takes that is ever going to happen, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How the client treats the server's own requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It answers at once.
    Polite,
    /// It never answers.
    Silent,
}

/// One server process and its client.
pub struct Client {
    child: Child,
    stdin: Arc<Mutex<Option<ChildStdin>>>,
    inbox: Receiver<Value>,
    /// Arrived, and not asked for yet.
    kept: VecDeque<Value>,
    next_id: u64,
    /// What `initialize` answered.
    pub capabilities: Value,
}

impl Client {
    /// Starts a server.
    pub fn start(manners: Manners, settings: &Value) -> Self {
        Self::start_with(manners, settings, &mut Command::new(program::pyteam()))
    }

    /// Starts a server by a command of the test's own.
    pub fn start_with(manners: Manners, settings: &Value, command: &mut Command) -> Self {
        command.arg("server").stdin(Stdio::piped()).stdout(Stdio::piped());
        // `PYTEAM_LOG=debug cargo test` shows what the servers say.
        if std::env::var_os("PYTEAM_LOG").is_none() {
            command.stderr(Stdio::null());
        }
        let mut child = command.spawn().expect("the server starts");
        let stdin = Arc::new(Mutex::new(child.stdin.take()));
        let mut stdout = BufReader::new(child.stdout.take().expect("an output"));
        let (sender, inbox) = channel();
        let (answers, settings) = (Arc::clone(&stdin), settings.clone());
        thread::spawn(move || {
            while let Some(message) = wire::read(&mut stdout).expect("nothing but the protocol on standard output") {
                if let (Manners::Polite, Some(answer)) = (manners, answer(&message, &settings))
                    && let Some(stdin) = answers.lock().expect("the input").as_mut()
                {
                    let _ = wire::write(stdin, &wire::frame(&answer));
                }
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { child, stdin, inbox, kept: VecDeque::new(), next_id: 1, capabilities: Value::Null }
    }

    /// A polite client with these capabilities, initialized in `project`.
    pub fn open(project: &Project, capabilities: &Value) -> Self {
        let mut client = Self::start(Manners::Polite, &json!({}));
        client.initialize(project, capabilities, &Value::Null);
        client
    }

    /// Says `initialize` and `initialized`.
    pub fn initialize(&mut self, project: &Project, capabilities: &Value, options: &Value) {
        self.initialize_with(&json!({
            "processId": std::process::id(),
            "rootUri": project.uri(""),
            "workspaceFolders": [{"uri": project.uri(""), "name": "project"}],
            "capabilities": capabilities,
            "initializationOptions": options,
        }));
    }

    /// Says `initialize` with `params`, and `initialized`.
    pub fn initialize_with(&mut self, params: &Value) {
        let answer = self.request("initialize", params);
        self.capabilities = answer["capabilities"].clone();
        self.notify("initialized", &json!({}));
    }

    /// Sends bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let mut stdin = self.stdin.lock().expect("the input");
        wire::write(stdin.as_mut().expect("an open input"), bytes).expect("the server reads");
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send_bytes(&wire::frame(&notification(method, params)));
    }

    /// Sends a request; its number.
    pub fn ask(&mut self, method: &str, params: &Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = notification(method, params);
        message["id"] = id.into();
        self.send_bytes(&wire::frame(&message));
        id
    }

    /// The answer to request `id`.
    ///
    /// # Errors
    /// The server's error object.
    pub fn answer(&mut self, id: u64) -> Result<Value, Value> {
        let mut answer = self
            .wait_for(&format!("the answer {id}"), |message| message["id"] == id && message.get("method").is_none());
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Asks and waits.
    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The first message, kept or to come, that `is_it`. Others before it are kept.
    pub fn wait_for(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        self.wait(PATIENCE, is_it).unwrap_or_else(|| panic!("{what} did not come; kept: {:?}", self.kept))
    }

    /// Like [`Client::wait_for`], for something that may not come.
    pub fn wait(&mut self, patience: Duration, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(at) = self.kept.iter().position(&is_it) {
            return self.kept.remove(at);
        }
        let end = Instant::now() + patience;
        loop {
            match self.inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) if is_it(&message) => return Some(message),
                Ok(message) => self.kept.push_back(message),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// All messages kept and arrived by now, taken away.
    pub fn take_all(&mut self) -> Vec<Value> {
        self.kept.extend(self.inbox.try_iter());
        self.kept.drain(..).collect()
    }

    /// A notification or request of the server.
    pub fn server_says(&mut self, method: &str) -> Value {
        self.wait_for(method, |message| message["method"] == method)["params"].take()
    }

    /// The next request of the server, by its method, to be answered by [`Client::reply`]: number and parameters. For
    /// clients that are [`Manners::Silent`].
    pub fn server_asks(&mut self, method: &str) -> (Value, Value) {
        let mut request = self.wait_for(method, |message| message["method"] == method && message.get("id").is_some());
        (request["id"].take(), request["params"].take())
    }

    /// Answers a request of the server.
    pub fn reply(&mut self, id: &Value, result: &Value) {
        self.send_bytes(&wire::frame(&json!({"jsonrpc": "2.0", "id": id, "result": result})));
    }

    /// Opens a document.
    pub fn did_open(&mut self, uri: &str, version: i64, text: &str) {
        let document = json!({"uri": uri, "languageId": "python", "version": version, "text": text});
        self.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// Edits a document: a range as `[line, character, line, character]`, or all of it.
    pub fn did_change(&mut self, uri: &str, version: i64, range: Option<[u32; 4]>, text: &str) {
        let change = match range {
            Some(range) => json!({"range": range_of(range), "text": text}),
            None => json!({"text": text}),
        };
        self.notify(
            "textDocument/didChange",
            &json!({
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [change],
            }),
        );
    }

    /// Closes a document.
    pub fn did_close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
    }

    /// The next publication for `version` of a document.
    pub fn published(&mut self, uri: &str, version: i64) -> Vec<Value> {
        let publication = self.wait_for(&format!("the diagnostics of {uri} {version}"), |message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        });
        publication["params"]["diagnostics"].as_array().expect("diagnostics").clone()
    }

    /// The diagnostics of a document, pulled.
    pub fn pulled(&mut self, uri: &str) -> Vec<Value> {
        let report = self.request("textDocument/diagnostic", &json!({"textDocument": {"uri": uri}}));
        report["items"].as_array().expect("a full report").clone()
    }

    /// The actions at a diagnostic.
    pub fn actions(&mut self, uri: &str, diagnostic: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": {"uri": uri},
            "range": diagnostic["range"],
            "context": {"diagnostics": [diagnostic]},
        });
        self.request("textDocument/codeAction", &params).as_array().expect("actions").clone()
    }

    /// The process's number.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Closes the server's input.
    pub fn vanish(&mut self) {
        self.stdin.lock().expect("the input").take();
    }

    /// Waits for the end of the process: its code, and how long it took.
    pub fn ended(&mut self) -> (i32, Duration) {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a process") {
                return (status.code().expect("a code, not a signal"), start.elapsed());
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("the server does not end");
    }

    /// `shutdown` and `exit`: the code, and how long the end took after `exit`.
    pub fn exit(mut self) -> (i32, Duration) {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        self.ended()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An LSP range.
pub fn range_of([line, character, end_line, end]: [u32; 4]) -> Value {
    json!({"start": {"line": line, "character": character}, "end": {"line": end_line, "character": end}})
}

fn notification(method: &str, params: &Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "method": method});
    if !params.is_null() {
        message["params"] = params.clone();
    }
    message
}

fn answer(message: &Value, settings: &Value) -> Option<Value> {
    let (id, method) = (message.get("id")?, message.get("method")?.as_str()?);
    let result = match method {
        "workspace/configuration" => {
            let items = message["params"]["items"].as_array()?;
            items.iter().map(|item| settings[item["section"].as_str().unwrap_or_default()].clone()).collect()
        }
        "workspace/applyEdit" => json!({"applied": true}),
        _ => Value::Null,
    };
    Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))
}

/// Capabilities of clients.
pub mod capabilities {
    use serde_json::{Value, json};

    /// The `initialize` parameters of real editors, as they were recorded.
    pub fn real(editor: &str) -> Value {
        let text = match editor {
            "helix" => include_str!("clients/helix.json"),
            "neovim" => include_str!("clients/neovim.json"),
            "vscode" => include_str!("clients/vscode.json"),
            _ => panic!("no such editor: {editor}"),
        };
        serde_json::from_str(text).expect("JSON")
    }

    /// A client to which diagnostics are pushed, and which takes actions with their edits only.
    pub fn push() -> Value {
        json!({
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {"publishDiagnostics": {"versionSupport": true, "relatedInformation": true}},
            "workspace": {},
        })
    }

    /// A client that pulls diagnostics and resolves actions.
    pub fn pull() -> Value {
        json!({
            "general": {"positionEncodings": ["utf-8", "utf-16"]},
            "textDocument": {
                "diagnostic": {},
                "codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
                "hover": {"contentFormat": ["markdown", "plaintext"]},
            },
            "workspace": {"diagnostics": {"refreshSupport": true}, "workspaceEdit": {"documentChanges": true}},
        })
    }

    /// `base` with the member at a JSON pointer's path set, members on the way included.
    #[must_use]
    pub fn with(mut base: Value, path: &[&str], value: Value) -> Value {
        let mut at = &mut base;
        for member in path {
            at = &mut at[*member];
        }
        *at = value;
        base
    }
}
