//! The light bulb: repairs of findings, comments that silence them, and all safe repairs at once.

mod place;
mod repairs;

use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_engine::fixes::{Parse, compose, keeps_syntax, parser as parser_of};
use pyteam_engine::{Applicability, CancelToken, Finding, Fix};
use pyteam_index::{FileId, path_of};
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, WorkspaceEdit,
};
use tracing::error;

use super::checks::{self, FileFindings, NoFindings};
use super::closed::Outdated;
use super::convert;
use super::diagnostics::Identity;
use super::event::Event;
use super::team::offers;
use super::view::View;
use crate::load::limits;

/// All safe repairs of a document.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.pyteam");

/// So many bytes of text are parsed for one request, to offer no fix that would break the syntax; the rest is looked at
/// when a fix is chosen.
const PARSED_AT_ONCE: usize = 64 << 10;
/// The protocol's code for a request that is right and cannot be done.
const REQUEST_FAILED: i64 = -32803;

/// What an action carries until the client wants its edit.
#[derive(Debug, Serialize, Deserialize)]
struct Deferred {
    /// The document's key.
    document: String,
    what: What,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    /// The `nth` repair of a finding.
    Fix { finding: Identity, nth: usize },
    /// All safe repairs.
    FixAll,
}

/// Answers `textDocument/codeAction` from the findings of the newest state.
pub(crate) fn list(
    view: &Arc<View>,
    params: &CodeActionParams,
    token: &CancelToken,
    tell: &Sender<Event>,
) -> Result<Option<CodeActionResponse>> {
    let key = convert::key(&params.text_document.uri);
    let found = match checks::findings(view, &key, token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Ok(None),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    let only = params.context.only.as_deref();
    let mut actions = Vec::new();
    let range = convert::text_range(found.file.source(), params.range, found.view.features.encoding);
    let here = place::findings_at(&found, range, params);
    if wants(only, &CodeActionKind::QUICKFIX) {
        actions.extend(repairs::list(&found, &key, &here, params, tell));
        actions.extend(repairs::ignores(&found, &here, params));
    }
    if wants(only, &FIX_ALL) {
        actions.extend(fix_all_action(&found, &key, tell));
    }
    // Whom to ask comes behind everything that is done at once.
    actions.extend(offers(&found, &key, &here, range, params, &|kind| wants(only, kind)));
    Ok(Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
}

/// Answers `codeAction/resolve`.
pub(crate) fn resolve(
    view: &Arc<View>,
    mut action: CodeAction,
    token: &CancelToken,
    tell: &Sender<Event>,
) -> Result<CodeAction> {
    let Some(data) = action.data.clone().filter(|_| action.edit.is_none()) else { return Ok(action) };
    let deferred: Deferred = serde_json::from_value(data).map_err(|error| Error::invalid_params(error.to_string()))?;
    let found = match checks::findings(view, &deferred.document, token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Err(Error::content_modified()),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    action.edit = match deferred.what {
        What::FixAll => Some(fix_all(&found, tell)?.unwrap_or_default()),
        What::Fix { finding, nth } => {
            let finding = finding.find(&found.findings).ok_or_else(Error::content_modified)?;
            let fixes = fixes(&found, finding);
            // What was chosen by its title is made, and nothing else; the first one may have been offered by the rule's.
            let is_chosen = |fix: &&Fix| fix.title == action.title;
            let chosen = fixes.get(nth).filter(is_chosen).or_else(|| fixes.iter().find(is_chosen));
            let fix = chosen.or(fixes.first().filter(|_| nth == 0)).ok_or_else(Error::content_modified)?;
            edit_of(&found, fix, tell)?
        }
    };
    Ok(action)
}

/// Whether the client wants actions of `kind`: `quickfix` asks for `quickfix.any.thing` as well.
fn wants(only: Option<&[CodeActionKind]>, kind: &CodeActionKind) -> bool {
    let asks = |wanted: &CodeActionKind| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    only.is_none_or(|only| only.iter().any(asks))
}

/// The repairs of `finding`, as they can be made now.
pub(super) fn fixes(found: &FileFindings, finding: &Finding) -> Vec<Fix> {
    let settings = found.view.settings.for_path(found.file.on_disk());
    found.view.engine.fixes(&found.view.snapshot, &settings, finding)
}

/// Whether `fix` would break the syntax, where that is known soon.
fn breaks_at_once(found: &FileFindings, fix: &Fix, parsed: &mut usize) -> bool {
    let View { snapshot, .. } = &*found.view;
    let edited = fix.edits.keys().filter_map(|file| snapshot.file(*file));
    let bytes: usize = edited.map(|file| file.source().as_str().len()).sum();
    *parsed += bytes;
    let breaks = *parsed <= PARSED_AT_ONCE && !keeps_syntax(snapshot, fix, &*parser(&found.view));
    if breaks {
        say_broken(fix, found);
    }
    breaks
}

fn deferred(key: &str, what: What) -> Option<serde_json::Value> {
    serde_json::to_value(Deferred { document: key.to_owned(), what }).ok()
}

fn fix_all_action(found: &FileFindings, key: &str, tell: &Sender<Event>) -> Option<CodeAction> {
    if !found.findings.iter().any(is_safe) {
        return None;
    }
    let can_wait = found.view.features.resolve_edit;
    Some(CodeAction {
        title: "Fix all safe problems (pyteam)".to_owned(),
        kind: Some(FIX_ALL),
        edit: if can_wait { None } else { Some(fix_all(found, tell).ok()??) },
        data: can_wait.then(|| deferred(key, What::FixAll)).flatten(),
        ..CodeAction::default()
    })
}

fn is_safe(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|offer| offer.applicability == Applicability::Safe)
}

/// All safe repairs that do not get into each other's way; those that do are left for the next time.
fn fix_all(found: &FileFindings, tell: &Sender<Event>) -> Result<Option<WorkspaceEdit>> {
    let safe =
        found.findings.iter().filter(|finding| is_safe(finding)).filter_map(|finding| {
            fixes(found, finding).into_iter().find(|fix| fix.applicability == Applicability::Safe)
        });
    let safe: Vec<Fix> = safe.collect();
    let view = &found.view;
    let composed = compose(&view.snapshot, &safe.iter().collect::<Vec<_>>(), |_| true, &*parser(view));
    composed.refused.iter().for_each(|number| say_broken(&safe[*number], found));
    if composed.edits.is_empty() {
        return Ok(None);
    }
    current(view, composed.edits.keys().copied(), tell)?;
    Ok(convert::edits_by_file(view, composed.edits.iter().map(|(file, edits)| (*file, edits.as_slice()))))
}

/// The edit of a fix that leaves everything parsing, of files that are what was analysed.
fn edit_of(found: &FileFindings, fix: &Fix, tell: &Sender<Event>) -> Result<Option<WorkspaceEdit>> {
    current(&found.view, fix.edits.keys().copied(), tell)?;
    if !keeps_syntax(&found.view.snapshot, fix, &*parser(&found.view)) {
        say_broken(fix, found);
        let message = format!("the fix \"{}\" would have broken the syntax; please report this", fix.title);
        return Err(Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None });
    }
    Ok(convert::workspace_edit(&found.view, fix))
}

/// Whether all closed files among `edited` are what was analysed. Those that are not are taken in anew before the
/// client has the answer, so that its next request is about them as they are.
fn current(view: &View, edited: impl Iterator<Item = FileId>, tell: &Sender<Event>) -> Result<()> {
    let Some(outdated) = Outdated::among(view, edited) else { return Ok(()) };
    // At the end of the process there is no one to tell.
    let _ = tell.send(Event::Outdated(outdated));
    Err(Error::content_modified())
}

fn parser(view: &View) -> Box<Parse<'_>> {
    parser_of(&view.snapshot, |path| limits(&view.settings, path_of(path)))
}

fn say_broken(fix: &Fix, found: &FileFindings) {
    error!("the fix \"{}\" in {} would have broken the syntax; please report this", fix.title, found.file.path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_ask_for_what_is_below_them() {
        let kinds = |all: &[&'static str]| all.iter().map(|kind| CodeActionKind::new(kind)).collect::<Vec<_>>();
        assert!(wants(None, &FIX_ALL));
        for only in ["", "source", "source.fixAll", "source.fixAll.pyteam"] {
            assert!(wants(Some(&kinds(&[only])), &FIX_ALL), "{only}");
        }
        for only in ["quickfix", "source.fixAll.ruff", "source.fix", "source.organizeImports"] {
            assert!(!wants(Some(&kinds(&[only])), &FIX_ALL), "{only}");
        }
        assert!(!wants(Some(&kinds(&["source"])), &CodeActionKind::QUICKFIX));
    }
}
