//! An agent that speaks the Agent Client Protocol, version 1, on its standard streams.
//!
//! The crate's types say how messages look; they are read by a loop of our own, because an agent's output is not to be
//! trusted: lines have a greatest length, and there is an end to everything. No file system and no terminal is offered:
//! several agents write to the disk themselves whatever is offered, so that writes are held by the copy and the sandbox.

mod exchange;
mod offer;
mod reader;
mod wire;

use agent_client_protocol_schema::ProtocolVersion;
use agent_client_protocol_schema::v1::{
    ContentBlock, EnvVariable, Implementation, InitializeRequest, LoadSessionRequest, McpServer, McpServerStdio,
    NewSessionRequest, PromptRequest, ResumeSessionRequest, TextContent,
};
use serde_json::{Value, json};
use tokio::process::ChildStdout;

use self::exchange::Wait;
use self::offer::{Choice, Peer};
use self::reader::AcpReader;
use self::wire::{AcpWriter, LOG_IN, Refusal};
use super::lines::Lines;
use super::program::Program;
use super::task::{BackendError, Said, Task, words};
use crate::event::Recorded;

/// Puts `task` to the agent in `program`, and collects what it says.
pub(crate) async fn converse(task: &Task<'_>, program: &mut Program) -> Result<Said, BackendError> {
    let (Some(stdin), Some(stdout)) = (program.stdin.take(), program.stdout.take()) else {
        return Err(BackendError::Died("starting"));
    };
    let mut conversation = AcpSession {
        task,
        writer: AcpWriter::new(stdin),
        lines: Lines::new(stdout, task.limits.line, task.limits.output),
        reader: AcpReader::default(),
        session: None,
        is_resumed: false,
        messages: 0,
        stray: 0,
        first_stray: String::new(),
        has_spoken: false,
        is_unfinished: false,
        remarks: Vec::new(),
    };
    let peer = conversation.initialize().await?;
    let session = conversation.open(&peer, task.resume).await?;
    match conversation.prompt(&peer, &session).await {
        // Some say that they remember a session, and find out later that they cannot use it.
        Err(BackendError::Failed(_)) if conversation.is_resumed && conversation.reader.document.is_empty() => {
            conversation.begin_anew();
            let session = conversation.open(&peer, None).await?;
            conversation.prompt(&peer, &session).await?;
        }
        ended => ended?,
    }
    let mut said = conversation.said();
    // What it remembers lies in its home, and one that is not kept is gone with this run.
    if task.launch.home.is_none() || !(peer.can_load || peer.can_resume) {
        said.session = None;
    }
    Ok(said)
}

struct AcpSession<'a> {
    task: &'a Task<'a>,
    writer: AcpWriter,
    lines: Lines<ChildStdout>,
    reader: AcpReader,
    session: Option<String>,
    /// Whether that is an earlier one.
    is_resumed: bool,
    messages: u64,
    stray: usize,
    first_stray: String,
    has_spoken: bool,
    is_unfinished: bool,
    remarks: Vec<String>,
}

impl AcpSession<'_> {
    async fn initialize(&mut self) -> Result<Peer, BackendError> {
        // Some take ten seconds and more until they listen.
        self.task.listener.stage("starts");
        let greeting = InitializeRequest::new(ProtocolVersion::V1)
            .client_info(Implementation::new("pyteam", env!("CARGO_PKG_VERSION")));
        let wait = Wait { stage: "starting", limit: self.task.limits.start, silence: None };
        let answer =
            self.ask("initialize", &greeting, wait).await?.map_err(|refusal| self.declined("the start", &refusal))?;
        let peer = Peer::read(&answer);
        match peer.version {
            Some(1) => Ok(peer),
            Some(version) => Err(self.failed(&format!(
                "uses version {version} of the Agent Client Protocol, but pyteam supports version 1; install a version \
                 that supports version 1"
            ))),
            None => Err(self.failed(
                "does not report its version of the Agent Client Protocol; check that it is an agent and its arguments \
                 are right",
            )),
        }
    }

    /// Makes a session ready, and puts the brief to it.
    async fn prompt(&mut self, peer: &Peer, session: &Value) -> Result<(), BackendError> {
        let (mode, model) = self.choose(session).await?;
        let name = self.session.clone().unwrap_or_default();
        let recorded = Recorded::Peer { name: peer.name.clone(), session: words(&name, 100), mode, model };
        self.task.listener.record(recorded);
        self.take_turn(name).await
    }

    /// The earlier session is of no use.
    fn begin_anew(&mut self) {
        self.is_resumed = false;
        self.remark("the earlier session is not available; a new one was started");
    }

    /// Opens a session: `earlier`, where that is wished and possible.
    async fn open(&mut self, peer: &Peer, earlier: Option<&str>) -> Result<Value, BackendError> {
        let root = self.task.copy.root();
        let servers: Vec<McpServer> = self.task.servers.iter().map(server).collect();
        let wait = Wait { stage: "opening a session", limit: self.task.limits.session, silence: None };
        if let Some(earlier) = earlier {
            let answer = if peer.can_resume {
                let request = ResumeSessionRequest::new(earlier.to_owned(), root).mcp_servers(servers.clone());
                Some(self.ask("session/resume", &request, wait).await?)
            } else if peer.can_load {
                let request = LoadSessionRequest::new(earlier.to_owned(), root).mcp_servers(servers.clone());
                self.reader.is_replaying = true;
                let answer = self.ask("session/load", &request, wait).await?;
                self.reader.is_replaying = false;
                Some(answer)
            } else {
                None
            };
            if let Some(Ok(session)) = answer {
                self.session = Some(earlier.to_owned());
                self.is_resumed = true;
                return Ok(session);
            }
            self.begin_anew();
        }
        let request = NewSessionRequest::new(root).mcp_servers(servers);
        let session = self
            .ask("session/new", &request, wait)
            .await?
            .map_err(|refusal| self.declined("a new session", &refusal))?;
        match session["sessionId"].as_str() {
            Some(name) if !name.is_empty() && name.len() <= 1000 => self.session = Some(name.to_owned()),
            _ => return Err(self.failed("opened a session without an ID, which is a bug in the agent")),
        }
        Ok(session)
    }

    /// Sets the mode and the model; gives what was set.
    async fn choose(&mut self, session: &Value) -> Result<(Option<String>, Option<String>), BackendError> {
        let modes = offer::modes(session);
        let mode = match &self.task.launch.mode {
            Some(wanted) => match modes.iter().find(|mode| mode.value == *wanted) {
                Some(mode) => Some(mode),
                // Another mode may do what the user wanted to exclude.
                None => return Err(self.failed(&no_such("mode", wanted, &modes))),
            },
            None if !self.task.rights.edit => offer::restrained(&modes),
            None => None,
        };
        let choices = offer::models(session);
        let wanted = self.task.launch.model.as_deref();
        let chosen = match wanted {
            Some(wanted) => choices.iter().find(|choice| choice.value == wanted),
            // What an agent's file would like is a hint: where nothing fits, the program's own choice is as good.
            None => self.task.model_hint.and_then(|hint| offer::fitting(&choices, hint)),
        };
        if let (Some(wanted), None) = (wanted, chosen) {
            self.remark(&format!("it {}; it used its own choice", no_such("model", wanted, &choices)));
        }
        for choice in mode.into_iter().chain(chosen) {
            self.set(choice).await?;
        }
        let current = modes.iter().find(|mode| mode.is_current);
        let name = |choice: &Choice| words(&choice.value, 60);
        Ok((mode.or(current).map(name), chosen.map(name)))
    }

    async fn set(&mut self, choice: &Choice) -> Result<(), BackendError> {
        if choice.is_current {
            return Ok(());
        }
        let mut params = json!({"sessionId": self.session});
        for (key, value) in &choice.params {
            params[key] = json!(value);
        }
        let wait = Wait { stage: "changing its mode or model", limit: self.task.limits.session, silence: None };
        let answer = self.ask(choice.method, &params, wait).await?;
        let what = format!("the change to `{}`", words(&choice.value, 60));
        answer.map(drop).map_err(|refusal| self.declined(&what, &refusal))
    }

    async fn take_turn(&mut self, session: String) -> Result<(), BackendError> {
        let limits = self.task.limits;
        let prompt = vec![ContentBlock::Text(TextContent::new(self.task.brief))];
        let request = PromptRequest::new(session, prompt);
        let wait = Wait { stage: "working", limit: limits.turn, silence: Some(limits.silence) };
        self.task.listener.progress(|| "sending the prompt".to_owned());
        let answer = self
            .ask("session/prompt", &request, wait)
            .await?
            .map_err(|refusal| self.declined("the prompt", &refusal))?;
        match answer["stopReason"].as_str().unwrap_or_default() {
            "end_turn" => Ok(()),
            "max_tokens" => {
                self.is_unfinished = true;
                self.remark("it stopped early: its answer reached the length limit of its model");
                Ok(())
            }
            "max_turn_requests" => {
                self.is_unfinished = true;
                self.remark("it stopped early: it reached its limit of model requests");
                Ok(())
            }
            "refusal" => Err(self.failed(&format!("refused: {}", self.excerpt()))),
            "cancelled" => Err(self.failed("stopped by itself; ask again")),
            other => {
                Err(self
                    .failed(&format!("stopped for an unknown reason, `{}`. No changes were applied", words(other, 40))))
            }
        }
    }

    fn said(mut self) -> Said {
        if self.reader.is_cut {
            self.remark("its answer was cut: it is longer than the limit");
        }
        if self.reader.refused_edits > 0 {
            let times = times(self.reader.refused_edits);
            self.remark(&format!("it asked {times} to edit, and was refused: it may not edit"));
        }
        if self.reader.unknown > 0 {
            let updates = if self.reader.unknown == 1 { "update" } else { "updates" };
            self.task
                .listener
                .record(Recorded::note(format!("it sent {} {updates} of an unknown kind", self.reader.unknown)));
        }
        if self.stray > 0 {
            let text = match self.stray {
                1 => format!("it wrote a line that is not a message: {}", self.first_stray),
                count => format!("it wrote {count} lines that are not messages; the first: {}", self.first_stray),
            };
            self.task.listener.record(Recorded::note(text));
        }
        let Self { reader, session, remarks, is_unfinished, .. } = self;
        Said { document: reader.document, session, remarks, is_unfinished }
    }

    fn remark(&mut self, text: &str) {
        self.task.listener.record(Recorded::note(text));
        self.remarks.push(text.to_owned());
    }

    fn failed(&self, what: &str) -> BackendError {
        BackendError::Failed(format!("{} {what}", self.task.launch.name))
    }

    fn declined(&self, what: &str, refusal: &Refusal) -> BackendError {
        let mut said = words(&refusal.message, 300);
        let details = refusal
            .data
            .as_ref()
            .and_then(|data| data["details"].as_str().or(data["message"].as_str()).or(data.as_str()));
        if let Some(details) = details {
            said = format!("{said} ({})", words(details, 300));
        }
        if refusal.code == LOG_IN {
            return self.failed(&format!(
                "requires a login: {said}. Log in with its own program, then set its `home` directory or its API key's \
                 variable (`env`) in your pyteam.toml"
            ));
        }
        self.failed(&format!("rejected {what}: {said}"))
    }

    fn excerpt(&self) -> String {
        if self.reader.document.is_empty() { "no reason given".to_owned() } else { words(&self.reader.document, 300) }
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn server(server: &crate::launch::ToolServer) -> McpServer {
    let environment = server.environment.iter().map(|(name, value)| EnvVariable::new(name, value)).collect();
    McpServer::Stdio(McpServerStdio::new(&server.name, &server.program).args(server.args.clone()).env(environment))
}

fn no_such(what: &str, wanted: &str, offered: &[Choice]) -> String {
    let names: Vec<String> = offered.iter().take(12).map(|choice| words(&choice.value, 40)).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("does not offer the {what} `{wanted}` of your settings; available: {names}")
}
