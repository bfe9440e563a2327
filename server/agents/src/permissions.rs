//! What an agent may do when it asks first.
//!
//! It allows once, and never always: reading and editing, in the copy. Running programs takes the right to, and a
//! sandbox that holds. Agents that do not ask are held by the other layers.

mod place;

use std::path::{Path, PathBuf};

use agent_client_protocol_schema::v1::{
    PermissionOptionKind, RequestPermissionOutcome, RequestPermissionRequest, SelectedPermissionOutcome,
    ToolCallContent, ToolKind,
};
use pyteam_display::{masked, sanitize};
use serde::{Deserialize, Serialize};

use crate::admission::is_inside;
use crate::agent::Rights;
use crate::sandbox::Level;

/// Who decides for one run.
#[derive(Debug, Clone)]
pub struct Permissions {
    root: PathBuf,
    rights: Rights,
    level: Level,
}

/// What was decided about one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What kind of thing it was: `edit`, `execute`, ...
    pub tool: String,
    /// What the agent called it.
    pub title: String,
    /// Which places it named.
    pub places: Vec<String>,
    /// Whether it was allowed, this once.
    pub allowed: bool,
    /// Why, in a clause.
    pub reason: String,
    /// It asked for something that its rights exclude altogether.
    pub is_violation: bool,
}

impl Permissions {
    /// Decides for an agent with `rights` that works in `root`, the copy's canonical path, and is held as well as `level`
    /// says.
    pub fn new(root: &Path, rights: Rights, level: Level) -> Self {
        Self { root: root.to_owned(), rights, level }
    }

    /// Decides about `request`. `known` is the kind that the agent gave this tool call earlier.
    pub fn decide(
        &self,
        request: &RequestPermissionRequest,
        known: Option<ToolKind>,
    ) -> (Decision, RequestPermissionOutcome) {
        let fields = &request.tool_call.fields;
        let content = fields.content.as_deref().unwrap_or_default();
        let has_diff = content.iter().any(|content| matches!(content, ToolCallContent::Diff(_)));
        let kind = match fields.kind.or(known).unwrap_or_default() {
            // A call with a diff is an edit, whatever kind it names.
            ToolKind::Other | ToolKind::Read | ToolKind::Search | ToolKind::Think if has_diff => ToolKind::Edit,
            kind => kind,
        };
        let mut places = place::named(fields);
        let ruling = self.rule(kind, &places);
        let option = request.options.iter().find(|option| {
            // The user alone could allow something for good.
            let wanted =
                if ruling.is_ok() { PermissionOptionKind::AllowOnce } else { PermissionOptionKind::RejectOnce };
            option.kind == wanted
        });
        let (allowed, reason) = match (&ruling, option) {
            (Ok(reason), Some(_)) => (true, *reason),
            (Ok(_), None) => (false, "it cannot be allowed once only"),
            (Err(objection), _) => (false, objection.reason()),
        };
        let outcome = option.map_or(RequestPermissionOutcome::Cancelled, |option| {
            RequestPermissionOutcome::Selected(SelectedPermissionOutcome::new(option.option_id.clone()))
        });
        places.truncate(20);
        let decision = Decision {
            tool: kind_name(kind).to_owned(),
            title: sanitize(&masked(fields.title.as_deref().unwrap_or_default()), 200),
            places: places.iter().map(|place| sanitize(&masked(&place.to_string_lossy()), 200)).collect(),
            allowed,
            reason: reason.to_owned(),
            is_violation: ruling == Err(Objection::MayNotEdit),
        };
        (decision, outcome)
    }

    fn rule(&self, kind: ToolKind, places: &[PathBuf]) -> Result<&'static str, Objection> {
        let all_inside = || {
            let is_outside = places.iter().any(|place| !is_inside(&self.root, place));
            if is_outside { Err(Objection::Outside) } else { Ok(()) }
        };
        match kind {
            ToolKind::Read | ToolKind::Search => {
                if !self.rights.read {
                    return Err(Objection::MayNotRead);
                }
                all_inside()?;
                Ok("it reads in its copy")
            }
            ToolKind::Think => all_inside().map(|()| "it thinks"),
            ToolKind::Edit | ToolKind::Delete | ToolKind::Move => {
                if !self.rights.edit {
                    return Err(Objection::MayNotEdit);
                }
                all_inside()?;
                if places.is_empty() && self.level == Level::Not {
                    return Err(Objection::Nowhere);
                }
                Ok("it edits in its copy")
            }
            ToolKind::Execute => {
                if !self.rights.execute {
                    return Err(Objection::MayNotExecute);
                }
                if self.level == Level::Not {
                    return Err(Objection::NotHeld);
                }
                all_inside()?;
                Ok("it may run programs, in its sandbox")
            }
            _ => Err(Objection::Never),
        }
    }
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Objection {
    MayNotRead,
    MayNotEdit,
    MayNotExecute,
    NotHeld,
    Outside,
    Nowhere,
    Never,
}

impl Objection {
    fn reason(self) -> &'static str {
        match self {
            Self::MayNotRead => "this agent may not read",
            Self::MayNotEdit => "this agent may not edit",
            Self::MayNotExecute => "this agent may not run programs",
            Self::NotHeld => "programs run only in a sandbox, and there is none",
            Self::Outside => {
                "it names a path outside the agent's copy of the workspace, or one that is not available to agents"
            }
            Self::Nowhere => "it names no file",
            Self::Never => "only reading, editing and running programs can be allowed",
        }
    }
}

pub(crate) fn kind_name(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Read => "read",
        ToolKind::Edit => "edit",
        ToolKind::Delete => "delete",
        ToolKind::Move => "move",
        ToolKind::Search => "search",
        ToolKind::Execute => "execute",
        ToolKind::Think => "think",
        ToolKind::Fetch => "fetch",
        ToolKind::SwitchMode => "switch-mode",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
