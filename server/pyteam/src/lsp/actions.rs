//! The light bulb: repairs of findings, comments that silence them, and all safe repairs at once.

mod place;
mod repairs;

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_engine::{Applicability, CancelToken, Finding, Fix};
use pyteam_index::FileId;
use pyteam_syntax::TextRange;
use pyteam_syntax::edit::{TextEdit, normalize};
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, WorkspaceEdit,
};

use super::checks::{self, FileFindings, NoFindings};
use super::convert;
use super::diagnostics::Identity;
use super::team::offers;
use super::view::View;

/// All safe repairs of a document.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.pyteam");

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
        actions.extend(repairs::list(&found, &key, &here, params));
        actions.extend(repairs::ignores(&found, &here, params));
    }
    if wants(only, &FIX_ALL) {
        actions.extend(fix_all_action(&found, &key));
    }
    // Whom to ask comes behind everything that is done at once.
    actions.extend(offers(&found, &key, &here, range, params, &|kind| wants(only, kind)));
    Ok(Some(actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()))
}

/// Answers `codeAction/resolve`.
pub(crate) fn resolve(view: &Arc<View>, mut action: CodeAction, token: &CancelToken) -> Result<CodeAction> {
    let Some(data) = action.data.clone().filter(|_| action.edit.is_none()) else { return Ok(action) };
    let deferred: Deferred = serde_json::from_value(data).map_err(|error| Error::invalid_params(error.to_string()))?;
    let found = match checks::findings(view, &deferred.document, token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Err(Error::content_modified()),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    action.edit = match deferred.what {
        What::FixAll => Some(fix_all(&found).unwrap_or_default()),
        What::Fix { finding, nth } => {
            let finding = finding.find(&found.findings).ok_or_else(Error::content_modified)?;
            let fixes = fixes(&found, finding);
            let fix = fixes.get(nth).or(fixes.first()).ok_or_else(Error::content_modified)?;
            convert::workspace_edit(&found.view, fix)
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
    let settings = found.view.settings.for_path(&*found.file.path);
    found.view.engine.fixes(&found.view.snapshot, &settings, finding)
}

fn deferred(key: &str, what: What) -> Option<serde_json::Value> {
    serde_json::to_value(Deferred { document: key.to_owned(), what }).ok()
}

fn fix_all_action(found: &FileFindings, key: &str) -> Option<CodeAction> {
    if !found.findings.iter().any(is_safe) {
        return None;
    }
    let can_wait = found.view.features.resolve_edit;
    Some(CodeAction {
        title: "Fix all safe problems (pyteam)".to_owned(),
        kind: Some(FIX_ALL),
        edit: if can_wait { None } else { Some(fix_all(found)?) },
        data: can_wait.then(|| deferred(key, What::FixAll)).flatten(),
        ..CodeAction::default()
    })
}

fn is_safe(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|offer| offer.applicability == Applicability::Safe)
}

/// All safe repairs that do not get into each other's way; those that do are left for the next time.
fn fix_all(found: &FileFindings) -> Option<WorkspaceEdit> {
    let mut taken: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for finding in found.findings.iter().filter(|finding| is_safe(finding)) {
        let fixes = fixes(found, finding);
        if let Some(fix) = fixes.iter().find(|fix| fix.applicability == Applicability::Safe) {
            take(&mut taken, fix);
        }
    }
    for edits in taken.values_mut() {
        normalize(edits);
    }
    if taken.is_empty() {
        return None;
    }
    convert::edits_by_file(&found.view, taken.iter().map(|(file, edits)| (*file, edits.as_slice())))
}

/// Takes all edits of `fix`, or none of them.
fn take(taken: &mut BTreeMap<FileId, Vec<TextEdit>>, fix: &Fix) {
    // Two fixes may need the same import: the same edit twice is one.
    let clashes = |one: &TextEdit, other: &TextEdit| one != other && overlaps(one.range, other.range);
    let is_free = fix.edits.iter().all(|(file, edits)| {
        let taken = taken.get(file).map_or(&[][..], Vec::as_slice);
        edits.iter().all(|edit| !taken.iter().any(|other| clashes(edit, other)))
    });
    if is_free {
        for (file, edits) in &fix.edits {
            taken.entry(*file).or_default().extend(edits.iter().cloned());
        }
    }
}

/// Two insertions at one place overlap too: nobody knows which goes first.
fn overlaps(one: TextRange, other: TextRange) -> bool {
    match one.intersect(other) {
        Some(common) => !common.is_empty() || one.is_empty() || other.is_empty(),
        None => false,
    }
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

    #[test]
    fn a_fix_is_taken_whole_or_not_at_all() {
        let fix = |edits: &[(u32, u32, &str)]| {
            let mut fix = Fix::new("", Applicability::Safe);
            for (start, end, text) in edits {
                fix.push(FileId(0), TextEdit::replace(TextRange::new((*start).into(), (*end).into()), *text));
            }
            fix
        };
        let mut taken = BTreeMap::new();
        take(&mut taken, &fix(&[(0, 0, "import x\n"), (10, 12, "a")]));
        take(&mut taken, &fix(&[(0, 0, "import x\n"), (12, 14, "b")]));
        take(&mut taken, &fix(&[(0, 0, "import y\n"), (20, 21, "c")]));
        take(&mut taken, &fix(&[(13, 15, "d")]));
        let mut edits = taken.remove(&FileId(0)).expect("edits");
        normalize(&mut edits);
        let texts: Vec<_> = edits.iter().map(|edit| edit.text.as_str()).collect();
        assert_eq!(texts, ["import x\n", "a", "b"]);
    }
}
