//! `textDocument/codeAction`, the light bulb: fixes of findings, comments that suppress them, all safe fixes at once, and what
//! the extension offers.

pub(super) mod deferred;
mod nearby;
mod quick_fixes;

use std::sync::Arc;

use crossbeam_channel::Sender;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::CodeActionRequest;
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse};

use self::deferred::{Deferred, DeferredEdit};
use crate::lsp::convert;
use crate::lsp::event::Event;
use crate::lsp::extension::CodeActionSite;
use crate::lsp::fixes::{FIX_ALL, fix_all, is_safe};
use crate::lsp::handlers::dispatch::{CheckedFileHandler, RequestContext};
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

pub(crate) struct CodeActionHandler;

impl CheckedFileHandler for CodeActionHandler {
    type Protocol = CodeActionRequest;

    fn document(params: &CodeActionParams) -> Result<Option<Arc<str>>> {
        Ok(Some(convert::key(&params.text_document.uri)))
    }

    fn run(
        checked: &CheckedFile,
        params: CodeActionParams,
        context: &RequestContext,
    ) -> Result<Option<CodeActionResponse>> {
        let range = convert::text_range(checked.source(), params.range, checked.encoding());
        let findings = nearby::findings_at(checked, range, &params);
        let site = CodeActionSite { checked, range, findings, params: &params };
        let mut actions = Vec::new();
        if site.wants(&CodeActionKind::QUICKFIX) {
            actions.extend(quick_fixes::fixes(&site, &context.events));
            actions.extend(quick_fixes::suppressions(&site));
        }
        if site.wants(&FIX_ALL) {
            actions.extend(fix_all_action(checked, &context.events));
        }
        // What takes time stands behind everything that is done at once.
        actions.extend(context.extension.code_actions(&site));
        Ok(Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
    }

    fn not_open(_: &StateSnapshot, _: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        Ok(None)
    }
}

fn fix_all_action(checked: &CheckedFile, events: &Sender<Event>) -> Option<CodeAction> {
    if !checked.findings.iter().any(is_safe) {
        return None;
    }
    let can_wait = checked.snapshot.features.resolve_edit;
    Some(CodeAction {
        title: "Apply all safe fixes in this file (pyteam)".to_owned(),
        kind: Some(FIX_ALL),
        edit: if can_wait { None } else { Some(fix_all(checked, events).ok()??) },
        data: can_wait.then(|| Deferred::of(checked, DeferredEdit::FixAll)).flatten(),
        ..CodeAction::default()
    })
}
