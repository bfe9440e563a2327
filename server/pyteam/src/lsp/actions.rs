//! The light bulb: repairs of findings, comments that silence them, and all safe repairs at once.

use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_engine::fixes::{Parse, compose, keeps_syntax, parser as parser_of};
use pyteam_engine::{Applicability, CancelToken, Finding, Fix, builtin, suppression};
use pyteam_index::{FileId, path_of};
use pyteam_syntax::TextRange;
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, Diagnostic, NumberOrString,
    WorkspaceEdit,
};
use tracing::error;

use super::checks::{self, FileFindings, NoFindings};
use super::closed::Outdated;
use super::convert;
use super::diagnostics::{self, Identity};
use super::event::Event;
use super::indexing::limits;
use super::team::offers;
use super::view::View;

/// All safe repairs of a document.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.pyteam");

/// For more findings at once, repairs are listed by what the finding says of them, without being computed.
const COMPUTED_AT_ONCE: usize = 8;

/// Up to so many bytes of text that a fix changes, it is not even offered if it would break the syntax.
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
    if wants(only, &CodeActionKind::QUICKFIX) {
        let range = convert::text_range(found.file.source(), params.range, found.view.features.encoding);
        let here: Vec<_> = found.findings.iter().filter(|finding| touches(finding.range, range)).collect();
        let computed = here.iter().filter(|finding| finding.fix.is_some()).count() <= COMPUTED_AT_ONCE;
        let fixes = here.iter().flat_map(|finding| fix_actions(&found, &key, finding, params, computed, tell));
        actions.extend(fixes);
        actions.extend(here.iter().filter_map(|finding| ignore_action(&found, finding, params)));
    }
    let range = convert::text_range(found.file.source(), params.range, found.view.features.encoding);
    let here: Vec<_> = found.findings.iter().filter(|finding| touches(finding.range, range)).collect();
    let diagnostic = |finding: &Finding| diagnostic_of(&found, finding, params);
    actions.extend(offers(&found, &key, &here, range, params, &diagnostic, &|kind| wants(only, kind)));
    if wants(only, &FIX_ALL) {
        actions.extend(fix_all_action(&found, &key, tell));
    }
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

fn touches(one: TextRange, other: TextRange) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

fn fixes(found: &FileFindings, finding: &Finding) -> Vec<Fix> {
    let settings = found.view.settings.for_path(found.file.on_disk());
    found.view.engine.fixes(&found.view.snapshot, &settings, finding)
}

fn fix_actions(
    found: &FileFindings,
    key: &str,
    finding: &Finding,
    params: &CodeActionParams,
    computed: bool,
    tell: &Sender<Event>,
) -> Vec<CodeAction> {
    let Some(offer) = &finding.fix else { return Vec::new() };
    let can_wait = found.view.features.resolve_edit;
    let offers: Vec<(String, Option<WorkspaceEdit>)> = if computed || !can_wait {
        let fixes = fixes(found, finding).into_iter();
        let offered = |fix: Fix| match can_wait {
            true if breaks_at_once(found, &fix) => None,
            true => Some((fix.title, None)),
            false => Some((fix.title.clone(), Some(edit_of(found, &fix, tell).ok()??))),
        };
        fixes.filter_map(offered).collect()
    } else {
        vec![(offer.title.clone(), None)]
    };
    let actions = offers.into_iter().enumerate().map(|(nth, (title, edit))| {
        let what = What::Fix { finding: Identity::of(finding), nth };
        CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic_of(found, finding, params)]),
            is_preferred: Some(nth == 0),
            data: edit.is_none().then(|| deferred(key, what)).flatten(),
            edit,
            ..CodeAction::default()
        }
    });
    actions.filter(|action| action.edit.is_some() || action.data.is_some()).collect()
}

/// Whether `fix` would break the syntax, where that is known soon.
fn breaks_at_once(found: &FileFindings, fix: &Fix) -> bool {
    let View { snapshot, .. } = &*found.view;
    let edited = fix.edits.keys().filter_map(|file| snapshot.file(*file));
    let bytes: usize = edited.map(|file| file.source().as_str().len()).sum();
    let breaks = bytes <= PARSED_AT_ONCE && !keeps_syntax(snapshot, fix, &*parser(&found.view));
    if breaks {
        say_broken(fix, found);
    }
    breaks
}

fn deferred(key: &str, what: What) -> Option<serde_json::Value> {
    serde_json::to_value(Deferred { document: key.to_owned(), what }).ok()
}

/// The client's own copy of the diagnostic if it sent one: some clients match actions by it.
fn diagnostic_of(found: &FileFindings, finding: &Finding, params: &CodeActionParams) -> Diagnostic {
    let ours = diagnostics::diagnostic(found, finding);
    let code = Some(NumberOrString::String(finding.code.to_string()));
    let theirs = params.context.diagnostics.iter().find(|theirs| theirs.code == code && theirs.range == ours.range);
    theirs.cloned().unwrap_or(ours)
}

fn ignore_action(found: &FileFindings, finding: &Finding, params: &CodeActionParams) -> Option<CodeAction> {
    // What the runner says itself is not silenced line by line: it would be silly, or silence nothing.
    if [suppression::UNUSED, builtin::NOT_ANALYSED].contains(&&*finding.code) {
        return None;
    }
    let edit = suppression::suppress(&found.file, finding)?;
    Some(CodeAction {
        title: format!("Ignore {} on this line", finding.code),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic_of(found, finding, params)]),
        is_preferred: Some(false),
        edit: Some(convert::edits_by_file(&found.view, [(found.file.id, &[edit][..])].into_iter())?),
        ..CodeAction::default()
    })
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
