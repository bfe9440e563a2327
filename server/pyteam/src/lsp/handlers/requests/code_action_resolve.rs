//! `codeAction/resolve`: the edit of a code action that came without one.

use std::sync::Arc;

use pyteam_engine::Fix;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::CodeAction;
use tower_lsp::ls_types::request::CodeActionResolveRequest;

use super::code_action::deferred::{Deferred, DeferredEdit};
use crate::lsp::fixes::{edit_of, fix_all, fixes};
use crate::lsp::handlers::dispatch::{CheckedFileHandler, RequestContext};
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

pub(crate) struct CodeActionResolveHandler;

impl CheckedFileHandler for CodeActionResolveHandler {
    type Protocol = CodeActionResolveRequest;

    fn document(action: &CodeAction) -> Result<Option<Arc<str>>> {
        Ok(deferred(action)?.map(|deferred| deferred.document.into()))
    }

    fn run(checked: &CheckedFile, mut action: CodeAction, context: &RequestContext) -> Result<CodeAction> {
        let Some(deferred) = deferred(&action)? else { return Ok(action) };
        action.edit = match deferred.what {
            DeferredEdit::FixAll => Some(fix_all(checked, &context.events)?.unwrap_or_default()),
            DeferredEdit::Fix { finding, nth } => {
                let finding = finding.find(&checked.findings).ok_or_else(Error::content_modified)?;
                let fixes = fixes(checked, finding);
                // The fix whose title was chosen is made; the title of the first may be the rule's own, which names none.
                let is_chosen = |fix: &&Fix| fix.title == action.title;
                let chosen = fixes.get(nth).filter(is_chosen).or_else(|| fixes.iter().find(is_chosen));
                let fix = chosen.or(fixes.first().filter(|_| nth == 0)).ok_or_else(Error::content_modified)?;
                edit_of(checked, fix, &context.events)?
            }
        };
        Ok(action)
    }

    fn not_open(_: &StateSnapshot, action: CodeAction) -> Result<CodeAction> {
        if deferred(&action)?.is_some() { Err(Error::content_modified()) } else { Ok(action) }
    }
}

/// What the action was left to be resolved to; `None` where it has its edit, or needs none.
fn deferred(action: &CodeAction) -> Result<Option<Deferred>> {
    let Some(data) = action.data.clone().filter(|_| action.edit.is_none()) else { return Ok(None) };
    serde_json::from_value(data).map(Some).map_err(|error| Error::invalid_params(error.to_string()))
}
