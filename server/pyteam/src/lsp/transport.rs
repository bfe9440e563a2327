//! Bytes in, bytes out: framing, and a first look at every message, on two threads of their own.
//!
//! tower-lsp's transport ends at the first message that it cannot decode, and stops listening while a write
//! blocks. So the standard streams are handled here: broken messages are answered and skipped before
//! tower-lsp sees them, its output is never blocked by a client that does not read, and the end of the input is
//! noticed even while a handler hangs.

mod compat;
mod framing;
mod visible_text;

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Notify, mpsc};
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Response};
use tracing::{debug, warn};

use self::framing::{Frame, Frames};
use super::foreground::Foreground;

/// What the threads learn about the client while they pass its messages on.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    shutdown_seen: AtomicBool,
    gone: Notify,
}

impl Lifecycle {
    /// Whether the client asked for `shutdown`: then the process ends with code 0, else with 1.
    pub(crate) fn shutdown_seen(&self) -> bool {
        self.shutdown_seen.load(Ordering::SeqCst)
    }
    /// The client is gone: its end of a stream is closed, or its process is dead.
    pub(crate) fn client_is_gone(&self) {
        self.gone.notify_one();
    }
    /// Waits until the client is gone.
    pub(crate) async fn gone(&self) {
        self.gone.notified().await;
    }
}

enum Output {
    Bytes(Vec<u8>),
    /// Answered once everything before it is written.
    Flush(Sender<()>),
}

/// Both standard streams, each on its thread.
pub(crate) struct Transport {
    /// The client's messages, for tower-lsp to read.
    pub(crate) incoming: Incoming,
    /// Where tower-lsp writes.
    pub(crate) outgoing: Outgoing,
    /// Waits for the last bytes before the process ends.
    pub(crate) flusher: Flusher,
}

impl Transport {
    /// Starts the threads.
    pub(crate) fn start(lifecycle: &Arc<Lifecycle>, foreground: Arc<Foreground>) -> io::Result<Self> {
        let (to_client, outputs) = crossbeam_channel::unbounded();
        let (to_server, chunks) = mpsc::unbounded_channel();
        let here = Arc::clone(lifecycle);
        std::thread::Builder::new().name("pyteam-write".into()).spawn(move || write_all(&outputs, &here))?;
        let (here, answers) = (Arc::clone(lifecycle), to_client.clone());
        std::thread::Builder::new().name("pyteam-read".into()).spawn(move || {
            read_all(io::stdin().lock(), &to_server, &answers, &here, &foreground);
            // `to_server` is dropped first, so that tower-lsp sees the end of its input.
            drop(to_server);
            here.client_is_gone();
        })?;
        Ok(Self {
            incoming: Incoming { chunks, current: Vec::new(), at: 0 },
            outgoing: Outgoing { to_client: to_client.clone(), buffer: Vec::new() },
            flusher: Flusher(to_client),
        })
    }
}

/// Waits for the last bytes before the process ends.
pub(crate) struct Flusher(Sender<Output>);

impl Flusher {
    /// Returns once all output so far is written, or after `limit`: a client may have stopped reading.
    pub(crate) fn flush(&self, limit: Duration) {
        let (done, written) = crossbeam_channel::bounded(1);
        if self.0.send(Output::Flush(done)).is_ok() {
            let _ = written.recv_timeout(limit);
        }
    }
}

fn write_all(outputs: &Receiver<Output>, lifecycle: &Lifecycle) {
    #[expect(clippy::disallowed_methods, reason = "the protocol's stream")]
    let mut stdout = io::stdout().lock();
    for output in outputs {
        match output {
            Output::Bytes(bytes) => {
                if let Err(error) = stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
                    warn!("the client no longer reads: {error}");
                    lifecycle.client_is_gone();
                    return;
                }
            }
            Output::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

fn read_all(
    input: impl Read,
    to_server: &mpsc::UnboundedSender<Vec<u8>>,
    to_client: &Sender<Output>,
    lifecycle: &Lifecycle,
    foreground: &Foreground,
) {
    let refuse = |id: Id, code: ErrorCode, why: String| {
        warn!("refused a message: {why}");
        let error = Error { code, message: why.into(), data: None };
        let body = serde_json::to_vec(&Response::from_error(id, error)).unwrap_or_default();
        let _ = to_client.send(Output::Bytes(framed(&body)));
    };
    let mut frames = Frames::new(input);
    loop {
        match frames.next(inspect) {
            Ok(Some(Frame::Message(body, seen))) => {
                foreground.heard_from_client();
                if seen.is_shutdown {
                    lifecycle.shutdown_seen.store(true, Ordering::SeqCst);
                }
                if to_server.send(framed(&compat::sanitize_message(body, seen.is_initialize))).is_err() {
                    return;
                }
            }
            Ok(Some(Frame::Refused(body, refusal))) => {
                debug!("the message: {}", String::from_utf8_lossy(&body));
                refuse(refusal.id, refusal.code, refusal.why);
            }
            Ok(Some(Frame::Broken(why))) => refuse(Id::Null, ErrorCode::ParseError, why),
            Ok(None) => {
                debug!("the client closed its end");
                return;
            }
            Err(error) => {
                warn!("the input ended: {error}");
                return;
            }
        }
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// What [`inspect`] learned of a message that is in order.
#[derive(Debug)]
pub(crate) struct Seen {
    is_initialize: bool,
    is_shutdown: bool,
}

/// Why tower-lsp must not see a message.
#[derive(Debug)]
pub(crate) struct Refusal {
    id: Id,
    code: ErrorCode,
    why: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    id: Option<Id>,
    result: Option<serde::de::IgnoredAny>,
    error: Option<serde::de::IgnoredAny>,
}

/// Holds a message against what tower-lsp's decoder can take.
fn inspect(body: &[u8]) -> Result<Seen, Refusal> {
    let envelope: Envelope<'_> = serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { ErrorCode::InvalidRequest } else { ErrorCode::ParseError };
        Refusal { id: Id::Null, code, why: format!("the message is not valid JSON-RPC: {error}") }
    })?;
    // An `id: null` with a result is an answer to nothing; tower-lsp knows what to do with it.
    let is_answer = envelope.result.is_some() || envelope.error.is_some() || envelope.id.is_some();
    let why = match (&envelope.jsonrpc, &envelope.method) {
        (Some(version), _) if version != "2.0" => format!("this server speaks JSON-RPC 2.0, not {version}"),
        (None, _) => "the message has no `jsonrpc` member".to_owned(),
        (_, None) if !is_answer => "the message is neither a request nor an answer".to_owned(),
        (_, method) => {
            let is = |name| method.as_deref() == Some(name);
            return Ok(Seen { is_initialize: is("initialize"), is_shutdown: is("shutdown") });
        }
    };
    Err(Refusal { id: envelope.id.unwrap_or_default(), code: ErrorCode::InvalidRequest, why })
}

/// The client's messages as tower-lsp reads them.
pub(crate) struct Incoming {
    chunks: mpsc::UnboundedReceiver<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
}

impl AsyncRead for Incoming {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.at == self.current.len() {
            match self.chunks.poll_recv(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Ready(Some(chunk)) => {
                    self.current = chunk;
                    self.at = 0;
                }
            }
        }
        let until = self.current.len().min(self.at + buf.remaining());
        buf.put_slice(&self.current[self.at..until]);
        self.at = until;
        Poll::Ready(Ok(()))
    }
}

/// Where tower-lsp writes: nothing here ever waits for the client.
pub(crate) struct Outgoing {
    to_client: Sender<Output>,
    buffer: Vec<u8>,
}

impl AsyncWrite for Outgoing {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.buffer.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.buffer.is_empty() {
            let bytes = std::mem::take(&mut self.buffer);
            // A writer that has given up has said so already.
            let _ = self.to_client.send(Output::Bytes(visible_text::visible_messages(bytes)));
        }
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_the_decoder_cannot_take_are_refused() {
        let refused = |body: &str| inspect(body.as_bytes()).err().map(|refusal| (refusal.code, refusal.id));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","method":"exit"}"#), None);
        assert_eq!(refused(r#"{"jsonrpc":"2.0","id":1,"result":null}"#), None);
        assert_eq!(refused(r#"{"jsonrpc":"2.0","#), Some((ErrorCode::ParseError, Id::Null)));
        assert_eq!(refused(r#"{"jsonrpc":"2.0","method":7}"#), Some((ErrorCode::InvalidRequest, Id::Null)));
        assert_eq!(refused(r#"[{"jsonrpc":"2.0","method":"exit"}]"#), Some((ErrorCode::InvalidRequest, Id::Null)));
        assert_eq!(refused(r#"{"method":"x","id":3}"#), Some((ErrorCode::InvalidRequest, Id::Number(3))));
        assert_eq!(
            refused(r#"{"jsonrpc":"1.0","method":"x","id":3}"#),
            Some((ErrorCode::InvalidRequest, Id::Number(3)))
        );
        assert_eq!(refused(r#"{"jsonrpc":"2.0"}"#), Some((ErrorCode::InvalidRequest, Id::Null)));
    }
}
