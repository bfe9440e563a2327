//! One question to an agent and the way to its answer: what comes in between is served, and everything has an end.

use std::time::Duration;

use agent_client_protocol_schema::v1::CancelNotification;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::AcpSession;
use super::wire::{self, Incoming, Refusal, WriteError};
use crate::backend::lines::Stop;
use crate::backend::task::{BackendError, spoken, words};
use crate::settings::limits;

/// So many lines that are no messages are put up with: some programs greet.
const MAX_STRAY_LINES: usize = 200;

/// How long an answer is waited for, and what is being done meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    pub(super) stage: &'static str,
    pub(super) limit: Duration,
    pub(super) silence: Option<Duration>,
}

impl AcpSession<'_> {
    /// Asks, and serves the agent until the answer comes.
    pub(super) async fn ask(
        &mut self,
        method: &str,
        params: &impl Serialize,
        wait: Wait,
    ) -> Result<Result<Value, Refusal>, BackendError> {
        let number = self.writer.ask(method, params).map_err(|stdin_closed| self.stdin_closed(&stdin_closed))?;
        let mut deadline = Instant::now() + wait.limit;
        let mut heard = Instant::now();
        let mut was_canceled = false;
        loop {
            let now = Instant::now();
            if self.task.cancel.is_canceled() && !was_canceled {
                // In the middle of a turn it gets a moment to say good-bye.
                if method != "session/prompt" {
                    return Err(BackendError::Canceled);
                }
                was_canceled = true;
                deadline = now + self.task.limits.farewell;
                let session = self.session.clone().unwrap_or_default();
                let _ = self.writer.tell("session/cancel", &CancelNotification::new(session));
            }
            let until = wait.silence.map_or(deadline, |silence| deadline.min(heard + silence));
            // Looked at here, too: where there is always another line, no timer is ever asked.
            if now >= until {
                return Err(if was_canceled { BackendError::Canceled } else { self.late(wait, now >= deadline) });
            }
            let next = async {
                tokio::select! {
                    biased;
                    () = self.task.cancel.canceled(), if !was_canceled => None,
                    line = self.lines.next() => Some(line),
                }
            };
            let line = match timeout_at(until, next).await {
                Err(_) | Ok(None) => continue,
                Ok(Some(Ok(line))) => line,
                Ok(Some(Err(_))) if was_canceled => return Err(BackendError::Canceled),
                Ok(Some(Err(stop))) => return Err(self.stopped(stop, wait.stage)),
            };
            heard = Instant::now();
            self.messages += 1;
            if self.messages > self.task.limits.messages {
                return Err(self.failed(&format!(
                    "sent more than {} messages, and was stopped. No changes were applied",
                    self.task.limits.messages
                )));
            }
            let message = wire::read(&line);
            self.has_spoken |= message.is_some();
            match message {
                Some(Incoming::Answer(answered, answer)) if answered == number => {
                    if was_canceled {
                        return Err(BackendError::Canceled);
                    }
                    return Ok(answer.map(|text| serde_json::from_str(text).unwrap_or(Value::Null)));
                }
                Some(Incoming::Answer(..)) => {}
                Some(Incoming::Notification { method, params }) => {
                    self.reader.told(self.task, self.session.as_deref(), &method, params);
                }
                Some(Incoming::Request { id, method, params }) => {
                    let heard = self.reader.asked(self.task, &self.writer, id, &method, params);
                    heard.map_err(|stdin_closed| self.stdin_closed(&stdin_closed))?;
                    if self.reader.permissions > self.task.limits.permissions {
                        return Err(self.failed(&format!(
                            "asked for more than {} permissions, and was stopped. No changes were applied",
                            self.task.limits.permissions
                        )));
                    }
                }
                None => self.stray_line(&line)?,
            }
        }
    }

    fn stray_line(&mut self, line: &[u8]) -> Result<(), BackendError> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.stray += 1;
        if self.first_stray.is_empty() {
            self.first_stray = words(&String::from_utf8_lossy(&line[..line.len().min(400)]), 200);
        }
        if self.stray > MAX_STRAY_LINES {
            return Err(self.failed(&format!(
                "does not use the Agent Client Protocol; check that it is an agent and its arguments are right. \
                 Output: {}",
                self.first_stray
            )));
        }
        Ok(())
    }

    fn stdin_closed(&self, _: &WriteError) -> BackendError {
        self.failed("does not read its input, and was stopped. No changes were applied")
    }

    fn stopped(&self, stop: Stop, stage: &'static str) -> BackendError {
        match stop {
            Stop::End if !self.first_stray.is_empty() && !self.has_spoken => self.failed(&format!(
                "exited without using the Agent Client Protocol; check that it is an agent and its arguments are right. \
                 Output: {}",
                self.first_stray
            )),
            Stop::End => BackendError::Died(stage),
            Stop::Line => self.failed(&format!(
                "sent a line of more than {} KB, and was stopped. No changes were applied",
                self.task.limits.line >> 10
            )),
            Stop::Output => self.failed(&format!(
                "sent more than {} MB, and was stopped. No changes were applied",
                self.task.limits.output >> 20
            )),
        }
    }

    fn late(&self, wait: Wait, is_over: bool) -> BackendError {
        let time = if is_over { wait.limit } else { wait.silence.unwrap_or(wait.limit) };
        let limit = match (wait.stage, is_over) {
            ("working", true) => Some(limits::RUN),
            ("working", false) => Some(limits::SILENCE),
            _ => None,
        };
        let what = match (wait.stage, is_over) {
            ("starting", _) => format!("timed out: no answer within {} of its start", spoken(time)),
            ("working", false) => format!("timed out after {} without output", spoken(time)),
            ("working", true) => format!("timed out after {}", spoken(time)),
            (stage, _) => format!("timed out: no answer within {} while {stage}", spoken(time)),
        };
        let heard = if self.first_stray.is_empty() { String::new() } else { format!(" Output: {}", self.first_stray) };
        let advice = limit.map_or_else(String::new, |limit| format!(", or {}", limit.advice()));
        let advice = format!("Run it in a terminal to see why{advice}");
        self.failed(&format!("{what}, and was stopped. {advice}.{heard}"))
    }
}
