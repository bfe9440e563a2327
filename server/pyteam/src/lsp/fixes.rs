//! The fixes of an open document's findings, as edits that the client may apply.

use crossbeam_channel::Sender;
use pyteam_engine::fixes::{Parse, compose, keeps_syntax, parser as parser_of};
use pyteam_engine::{Applicability, Finding, Fix};
use pyteam_index::{FileId, path_of};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{CodeActionKind, WorkspaceEdit};
use tracing::error;

use super::event::Event;
use super::stale_files::StaleFiles;
use super::state_snapshot::{CheckedFile, StateSnapshot};
use super::workspace_edit;
use crate::load::limits;

/// The code action of all safe fixes of a document.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.pyteam");

/// So many bytes of text are parsed for one request, to offer no fix that would break the syntax; the rest is looked at
/// when a fix is chosen.
const MAX_PARSED_BYTES: usize = 64 << 10;
/// The protocol's code for a request that is right and cannot be done.
const REQUEST_FAILED: i64 = -32803;

/// The fixes of `finding`, as they can be made now.
pub(crate) fn fixes(checked: &CheckedFile, finding: &Finding) -> Vec<Fix> {
    let settings = checked.snapshot.settings.for_path(checked.file.on_disk());
    checked.snapshot.engine.fixes(&checked.snapshot.index, &settings, finding)
}

/// Whether the finding has a fix that changes nothing that the program does.
pub(crate) fn is_safe(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|offer| offer.applicability == Applicability::Safe)
}

/// Whether `fix` would break the syntax, where that is known soon. `parsed` counts the bytes of one request.
pub(crate) fn breaks_at_once(checked: &CheckedFile, fix: &Fix, parsed: &mut usize) -> bool {
    let index = &checked.snapshot.index;
    let edited = fix.edits.keys().filter_map(|file| index.file(*file));
    let bytes: usize = edited.map(|file| file.source().as_str().len()).sum();
    *parsed += bytes;
    let breaks = *parsed <= MAX_PARSED_BYTES && !keeps_syntax(index, fix, &*parser(&checked.snapshot));
    if breaks {
        log_broken(fix, checked);
    }
    breaks
}

/// All safe fixes that do not get into each other's way; those that do are left for the next time. `None` if there are none.
pub(crate) fn fix_all(checked: &CheckedFile, events: &Sender<Event>) -> Result<Option<WorkspaceEdit>> {
    let safe =
        checked.findings.iter().filter(|finding| is_safe(finding)).filter_map(|finding| {
            fixes(checked, finding).into_iter().find(|fix| fix.applicability == Applicability::Safe)
        });
    let safe: Vec<Fix> = safe.collect();
    let snapshot = &checked.snapshot;
    let composed = compose(&snapshot.index, &safe.iter().collect::<Vec<_>>(), |_| true, &*parser(snapshot));
    composed.refused.iter().for_each(|number| log_broken(&safe[*number], checked));
    if composed.edits.is_empty() {
        return Ok(None);
    }
    require_current(snapshot, composed.edits.keys().copied(), events)?;
    Ok(workspace_edit::of_files(snapshot, composed.edits.iter().map(|(file, edits)| (*file, edits.as_slice()))))
}

/// The edit of a fix. Refused where it would break the syntax, or where a closed file is not what was analyzed.
pub(crate) fn edit_of(checked: &CheckedFile, fix: &Fix, events: &Sender<Event>) -> Result<Option<WorkspaceEdit>> {
    let snapshot = &checked.snapshot;
    require_current(snapshot, fix.edits.keys().copied(), events)?;
    if !keeps_syntax(&snapshot.index, fix, &*parser(snapshot)) {
        log_broken(fix, checked);
        let message = format!("fix \"{}\" not applied: it would break the syntax; please report it", fix.title);
        return Err(Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: message.into(), data: None });
    }
    Ok(workspace_edit::of_fix(snapshot, fix))
}

/// Refuses where a closed file among `edited` is not what was analyzed. Such files are taken in anew before the client has
/// the answer, so that its next request is about them as they are.
fn require_current(
    snapshot: &StateSnapshot,
    edited: impl Iterator<Item = FileId>,
    events: &Sender<Event>,
) -> Result<()> {
    let Some(stale) = StaleFiles::among(snapshot, edited) else { return Ok(()) };
    // The receiver is gone only while the process ends.
    let _ = events.send(Event::StaleFiles(stale));
    Err(Error::content_modified())
}

fn parser(snapshot: &StateSnapshot) -> Box<Parse<'_>> {
    parser_of(&snapshot.index, |path| limits(&snapshot.settings, path_of(path)))
}

fn log_broken(fix: &Fix, checked: &CheckedFile) {
    error!("the fix \"{}\" in {} would have broken the syntax; please report this", fix.title, checked.file.path);
}
