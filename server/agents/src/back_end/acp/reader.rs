//! What an agent tells and asks in the course of a session.

use std::collections::{BTreeSet, HashMap};

use agent_client_protocol_schema::v1::{
    ContentBlock, RequestPermissionRequest, RequestPermissionResponse, SessionNotification, SessionUpdate,
    ToolCallStatus, ToolKind,
};
use serde_json::value::RawValue;

use super::super::task::{Task, words};
use super::wire::{AcpWriter, BAD_PARAMETERS, NO_METHOD, WriteError};
use crate::event::Recorded;
use crate::permissions::kind_name;

/// So many tool calls are told apart.
const MAX_CALLS: usize = 10_000;

/// Collects what an agent tells and asks.
#[derive(Default)]
pub(super) struct AcpReader {
    pub(super) document: String,
    /// The answer was longer than what is kept.
    pub(super) is_cut: bool,
    pub(super) permissions: usize,
    pub(super) refused_edits: usize,
    pub(super) unknown: usize,
    /// What it says while an older session is read back was said before.
    pub(super) is_replaying: bool,
    calls: HashMap<String, (ToolKind, String)>,
    unoffered: BTreeSet<String>,
}

impl AcpReader {
    pub(super) fn told(&mut self, task: &Task<'_>, session: Option<&str>, method: &str, params: &str) {
        if method != "session/update" || self.is_replaying {
            return;
        }
        let Ok(notification) = serde_json::from_str::<SessionNotification>(params) else {
            self.unknown += 1;
            return;
        };
        if session.is_none_or(|session| *notification.session_id.0 != *session) {
            return;
        }
        match notification.update {
            SessionUpdate::AgentMessageChunk(chunk) => {
                if let ContentBlock::Text(text) = chunk.content {
                    self.add(&text.text, task.limits.document);
                }
                task.listener.progress(|| "receiving the answer".to_owned());
            }
            SessionUpdate::AgentThoughtChunk(_) => task.listener.progress(|| "thinks".to_owned()),
            SessionUpdate::ToolCall(call) => {
                self.call(task, &call.tool_call_id.0, Some(call.kind), Some(&call.title), Some(call.status));
            }
            SessionUpdate::ToolCallUpdate(update) => {
                let fields = &update.fields;
                self.call(task, &update.tool_call_id.0, fields.kind, fields.title.as_deref(), fields.status);
            }
            SessionUpdate::CurrentModeUpdate(update) => {
                let mode = words(&update.current_mode_id.0, 60);
                task.listener.record(Recorded::note(format!("it switched to its mode `{mode}`")));
            }
            _ => {}
        }
    }

    pub(super) fn asked(
        &mut self,
        task: &Task<'_>,
        writer: &AcpWriter,
        id: &RawValue,
        method: &str,
        params: &str,
    ) -> Result<(), WriteError> {
        if method != "session/request_permission" {
            let method = words(method, 60);
            if self.unoffered.len() < 20 && self.unoffered.insert(method.clone()) {
                task.listener.record(Recorded::note(format!("it asked for `{method}`, which is not supported")));
            }
            return writer.refuse(id, NO_METHOD, &format!("pyteam does not support {method}"));
        }
        self.permissions += 1;
        let Ok(request) = serde_json::from_str::<RequestPermissionRequest>(params) else {
            return writer.refuse(id, BAD_PARAMETERS, "invalid permission request");
        };
        let known = self.calls.get(&*request.tool_call.tool_call_id.0).map(|(kind, _)| *kind);
        let (decision, outcome) = task.permissions.decide(&request, known);
        self.refused_edits += usize::from(decision.is_violation);
        // Some agents tell of a call only when it is done, and ask about it before.
        let fields = &request.tool_call.fields;
        self.call(task, &request.tool_call.tool_call_id.0, fields.kind, fields.title.as_deref(), None);
        task.listener.record(Recorded::Permission(decision));
        writer.answer(id, &RequestPermissionResponse::new(outcome))
    }

    fn add(&mut self, text: &str, most: usize) {
        let room = most.saturating_sub(self.document.len());
        let end = text.floor_char_boundary(room.min(text.len()));
        self.is_cut |= end < text.len();
        self.document.push_str(&text[..end]);
    }

    fn call(
        &mut self,
        task: &Task<'_>,
        id: &str,
        kind: Option<ToolKind>,
        title: Option<&str>,
        status: Option<ToolCallStatus>,
    ) {
        if !self.calls.contains_key(id) && (self.calls.len() >= MAX_CALLS || id.len() > 200) {
            return;
        }
        let call = self.calls.entry(id.to_owned()).or_default();
        if let Some(kind) = kind {
            call.0 = kind;
        }
        if let Some(title) = title {
            call.1 = words(title, 200);
        }
        let (tool, title) = (kind_name(call.0).to_owned(), call.1.clone());
        task.listener.progress(|| if title.is_empty() { tool.clone() } else { title.clone() });
        let status = match status {
            Some(ToolCallStatus::Completed) => "completed",
            Some(ToolCallStatus::Failed) => "failed",
            _ => return,
        };
        task.listener.record(Recorded::Tool { tool, title, status: status.to_owned() });
    }
}
