//! What a code action carries until the client wants its edit.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lsp::diagnostics::Identity;
use crate::lsp::state_snapshot::CheckedFile;

/// The action's data.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deferred {
    /// The document's key.
    pub(crate) document: String,
    /// Which edit of it.
    pub(crate) what: DeferredEdit,
}

/// An edit to be made later.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DeferredEdit {
    /// The `nth` fix of a finding.
    Fix { finding: Identity, nth: usize },
    /// All safe fixes.
    FixAll,
}

impl Deferred {
    /// The data of an action for `checked`.
    pub(super) fn of(checked: &CheckedFile, what: DeferredEdit) -> Option<Value> {
        serde_json::to_value(Self { document: checked.key().to_owned(), what }).ok()
    }
}
