//! JSON-RPC on lines: what is written is queued, what is read is not trusted.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::sync::mpsc;

/// So many messages may wait for an agent that does not read.
const MAX_QUEUED: usize = 1024;
/// A request's id that is longer than this is not sent back.
const MAX_ID_BYTES: usize = 200;

/// "There is no such method": pyteam offers no file system and no terminal.
pub(super) const NO_METHOD: i64 = -32601;
pub(super) const BAD_PARAMETERS: i64 = -32602;
/// "Log in first", by the protocol.
pub(super) const LOG_IN: i64 = -32000;

/// A message from the agent.
#[derive(Debug)]
pub(super) enum Incoming<'a> {
    /// It answers our request of that number.
    Answer(i64, Result<&'a str, Refusal>),
    /// It asks something.
    Request { id: &'a RawValue, method: Cow<'a, str>, params: &'a str },
    /// It tells something.
    Notification { method: Cow<'a, str>, params: &'a str },
}

/// The agent's own words for why it does not do something.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) code: i64,
    #[serde(default)]
    pub(super) message: String,
    /// Many agents put what matters here.
    #[serde(default)]
    pub(super) data: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Refusal>,
}

/// Reads one line; none where it is no message.
pub(super) fn read(line: &[u8]) -> Option<Incoming<'_>> {
    let envelope: Envelope = serde_json::from_slice(line).ok()?;
    let params = envelope.params.map_or("null", RawValue::get);
    match (envelope.method, envelope.id) {
        (Some(method), Some(id)) if id.get().len() <= MAX_ID_BYTES => Some(Incoming::Request { id, method, params }),
        (Some(_), Some(_)) => None,
        (Some(method), None) => Some(Incoming::Notification { method, params }),
        (None, Some(id)) => {
            let answer = match envelope.error {
                Some(error) => Err(error),
                None => Ok(envelope.result.map_or("null", RawValue::get)),
            };
            Some(Incoming::Answer(id.get().parse().ok()?, answer))
        }
        (None, None) => None,
    }
}

/// What is said to the agent.
pub(super) struct AcpWriter {
    queue: mpsc::Sender<Vec<u8>>,
    next: i64,
}

/// The agent does not read what it is told.
#[derive(Debug)]
pub(super) struct WriteError;

impl AcpWriter {
    /// A task writes, so that an agent that does not read holds up no sender.
    pub(super) fn new(mut stdin: ChildStdin) -> Self {
        let (queue, mut messages) = mpsc::channel::<Vec<u8>>(MAX_QUEUED);
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                if stdin.write_all(&message).await.is_err() || stdin.flush().await.is_err() {
                    return;
                }
            }
        });
        Self { queue, next: 0 }
    }

    /// Asks, and gives the number under which the answer comes.
    pub(super) fn ask(&mut self, method: &str, params: &impl Serialize) -> Result<i64, WriteError> {
        self.next += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}))?;
        Ok(self.next)
    }

    pub(super) fn tell(&self, method: &str, params: &impl Serialize) -> Result<(), WriteError> {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    pub(super) fn answer(&self, id: &RawValue, result: &impl Serialize) -> Result<(), WriteError> {
        self.write(&json!({"jsonrpc": "2.0", "id": id, "result": result}))
    }

    pub(super) fn refuse(&self, id: &RawValue, code: i64, message: &str) -> Result<(), WriteError> {
        self.write(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}))
    }

    fn write(&self, message: &serde_json::Value) -> Result<(), WriteError> {
        let mut line = message.to_string().into_bytes();
        line.push(b'\n');
        match self.queue.try_send(line) {
            // A closed pipe shows as the end of its output, too, and is told from there.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(WriteError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Incoming, read};

    #[test]
    fn messages_are_told_apart() {
        assert!(matches!(read(br#"{"id":1,"result":null}"#), Some(Incoming::Answer(1, Ok("null")))));
        assert!(matches!(read(br#"{"id":2,"error":{"code":-1,"message":"x"}}"#), Some(Incoming::Answer(2, Err(_)))));
        assert!(matches!(read(br#"{"id":"a","method":"m"}"#), Some(Incoming::Request { .. })));
        assert!(matches!(read(br#"{"method":"m","params":{}}"#), Some(Incoming::Notification { params: "{}", .. })));
        for line in ["", "[]", "{}", "Hello!", "{\"id\":\"ours?\",\"result\":1}", "{\"method\":1}", "null", "\u{0}"] {
            assert!(read(line.as_bytes()).is_none(), "{line}");
        }
        let deep = format!("{{\"method\":\"m\",\"params\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        // Whatever it is taken for, it does not take the stack with it.
        let _ = read(deep.as_bytes());
        let long = format!("{{\"id\":\"{}\",\"method\":\"m\"}}", "x".repeat(1000));
        assert!(read(long.as_bytes()).is_none());
    }
}
