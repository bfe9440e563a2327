//! The repairs of findings as actions, and the comments that silence them.

use crossbeam_channel::Sender;
use pyteam_display::code_within;
use pyteam_engine::{Finding, Fix, builtin, suppression};
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionParams, WorkspaceEdit};

use super::place::diagnostic_of;
use super::{What, breaks_at_once, deferred, edit_of, fixes};
use crate::lsp::checks::FileFindings;
use crate::lsp::convert;
use crate::lsp::diagnostics::Identity;
use crate::lsp::event::Event;

/// For more findings at once, repairs are listed by what the finding says of them, without being computed.
const COMPUTED_AT_ONCE: usize = 8;
/// So much of a finding's code tells it from others in a title.
const SHOWN_CODE: usize = 40;

/// One repair of one finding.
struct Repair<'f> {
    finding: &'f Finding,
    /// Which of the finding's repairs.
    nth: usize,
    title: String,
    /// None where it is not computed yet.
    fix: Option<Fix>,
}

/// The repairs of the findings `here`, the nearest first.
pub(super) fn list(
    found: &FileFindings,
    key: &str,
    here: &[&Finding],
    params: &CodeActionParams,
    tell: &Sender<Event>,
) -> Vec<CodeAction> {
    let repairs = named_apart(found, repairs_of(found, here));
    // An editor that applies what is preferred applies one thing: the first repair of what is nearest.
    let action = |(at, repair): (usize, Repair<'_>)| {
        let can_wait = found.view.features.resolve_edit;
        let edit = repair.fix.filter(|_| !can_wait).and_then(|fix| edit_of(found, &fix, tell).ok().flatten());
        let what = What::Fix { finding: Identity::of(repair.finding), nth: repair.nth };
        let data = can_wait.then(|| deferred(key, what)).flatten();
        (edit.is_some() || data.is_some()).then(|| CodeAction {
            title: repair.title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic_of(found, repair.finding, params)]),
            is_preferred: Some(at == 0),
            data,
            edit,
            ..CodeAction::default()
        })
    };
    repairs.into_iter().enumerate().filter_map(action).collect()
}

/// The comments that silence the findings `here`, each once.
pub(super) fn ignores(found: &FileFindings, here: &[&Finding], params: &CodeActionParams) -> Vec<CodeAction> {
    let mut actions: Vec<CodeAction> = Vec::new();
    for finding in here {
        let Some((title, edit)) = ignore(found, finding) else { continue };
        if actions.iter().any(|action| action.edit.as_ref() == Some(&edit)) {
            continue;
        }
        actions.push(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic_of(found, finding, params)]),
            is_preferred: Some(false),
            edit: Some(edit),
            ..CodeAction::default()
        });
    }
    actions
}

fn ignore(found: &FileFindings, finding: &Finding) -> Option<(String, WorkspaceEdit)> {
    // What the runner says itself is not silenced line by line: it would be silly, or silence nothing.
    if [suppression::UNUSED, builtin::NOT_ANALYSED].contains(&&*finding.code) {
        return None;
    }
    let edit = suppression::suppress(&found.file, finding)?;
    let edit = convert::edits_by_file(&found.view, [(found.file.id, &[edit][..])].into_iter())?;
    Some((format!("Ignore {} on this line", finding.code), edit))
}

/// Each repair once: several findings may share one.
fn repairs_of<'f>(found: &FileFindings, here: &[&'f Finding]) -> Vec<Repair<'f>> {
    let can_be_repaired = || here.iter().filter(|finding| finding.fix.is_some());
    let computed = can_be_repaired().count() <= COMPUTED_AT_ONCE || !found.view.features.resolve_edit;
    let mut repairs: Vec<Repair<'f>> = Vec::new();
    let mut parsed = 0;
    for finding in can_be_repaired() {
        if !computed {
            let title = finding.fix.as_ref().map(|offer| offer.title.clone()).unwrap_or_default();
            repairs.push(Repair { finding, nth: 0, title, fix: None });
            continue;
        }
        for (nth, fix) in fixes(found, finding).into_iter().enumerate() {
            let is_there = |one: &Repair<'_>| one.fix.as_ref().is_some_and(|known| known.edits == fix.edits);
            if !repairs.iter().any(is_there) && !breaks_at_once(found, &fix, &mut parsed) {
                repairs.push(Repair { finding, nth, title: fix.title.clone(), fix: Some(fix) });
            }
        }
    }
    repairs
}

/// Where different findings have repairs of one name, the code tells which is which.
fn named_apart<'f>(found: &FileFindings, mut repairs: Vec<Repair<'f>>) -> Vec<Repair<'f>> {
    let titles: Vec<String> = repairs.iter().map(|repair| repair.title.clone()).collect();
    for repair in &mut repairs {
        if titles.iter().filter(|title| **title == repair.title).count() > 1 {
            let code = found.file.source().slice(repair.finding.range);
            repair.title = format!("{}: {}", repair.title, code_within(code, SHOWN_CODE));
        }
    }
    repairs
}
