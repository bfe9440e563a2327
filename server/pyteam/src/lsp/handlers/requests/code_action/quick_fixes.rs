//! The fixes of findings as code actions, and the comments that suppress findings.

use crossbeam_channel::Sender;
use pyteam_display::code_within;
use pyteam_engine::{Finding, Fix, builtin, suppression};
use tower_lsp::ls_types::{CodeAction, CodeActionKind, WorkspaceEdit};

use super::deferred::{Deferred, DeferredEdit};
use super::nearby::diagnostic_of;
use crate::lsp::diagnostics::Identity;
use crate::lsp::event::Event;
use crate::lsp::extension::CodeActionSite;
use crate::lsp::fixes::{self, breaks_at_once, edit_of};
use crate::lsp::state_snapshot::CheckedFile;
use crate::lsp::workspace_edit;

/// For more findings at once, fixes are listed by the titles that the findings have for them, without being computed.
const MAX_COMPUTED: usize = 8;
/// So many characters of a finding's code tell it from others in a title.
const MAX_CODE: usize = 40;

/// One fix of one finding.
struct QuickFix<'f> {
    finding: &'f Finding,
    /// Which of the finding's fixes.
    nth: usize,
    title: String,
    /// `None` where it is not computed yet.
    fix: Option<Fix>,
}

/// The fixes of the findings at `site`, the nearest first.
pub(super) fn fixes(site: &CodeActionSite<'_>, events: &Sender<Event>) -> Vec<CodeAction> {
    let checked = site.checked;
    let quick_fixes = named_apart(checked, quick_fixes(checked, &site.findings));
    // An editor that applies what is preferred applies one thing: the first fix of what is nearest.
    let action = |(at, quick_fix): (usize, QuickFix<'_>)| {
        let can_wait = checked.snapshot.features.resolve_edit;
        let edit = quick_fix.fix.filter(|_| !can_wait).and_then(|fix| edit_of(checked, &fix, events).ok().flatten());
        let what = DeferredEdit::Fix { finding: Identity::of(quick_fix.finding), nth: quick_fix.nth };
        let data = can_wait.then(|| Deferred::of(checked, what)).flatten();
        (edit.is_some() || data.is_some()).then(|| CodeAction {
            title: quick_fix.title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic_of(checked, quick_fix.finding, site.params)]),
            is_preferred: Some(at == 0),
            data,
            edit,
            ..CodeAction::default()
        })
    };
    quick_fixes.into_iter().enumerate().filter_map(action).collect()
}

/// The comments that suppress the findings at `site`, each once.
pub(super) fn suppressions(site: &CodeActionSite<'_>) -> Vec<CodeAction> {
    let mut actions: Vec<CodeAction> = Vec::new();
    for finding in &site.findings {
        let Some((title, edit)) = suppression_of(site.checked, finding) else { continue };
        if actions.iter().any(|action| action.edit.as_ref() == Some(&edit)) {
            continue;
        }
        actions.push(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic_of(site.checked, finding, site.params)]),
            is_preferred: Some(false),
            edit: Some(edit),
            ..CodeAction::default()
        });
    }
    actions
}

fn suppression_of(checked: &CheckedFile, finding: &Finding) -> Option<(String, WorkspaceEdit)> {
    // What the runner reports itself is not suppressed line by line: the comment would be reported, or suppress nothing.
    if [suppression::UNUSED, builtin::NOT_ANALYZED].contains(&&*finding.code) {
        return None;
    }
    let edit = suppression::suppress(&checked.file, finding)?;
    let edit = workspace_edit::of_files(&checked.snapshot, [(checked.file.id, &[edit][..])].into_iter())?;
    Some((format!("Suppress {} on this line", finding.code), edit))
}

/// Each fix once: several findings may share one.
fn quick_fixes<'f>(checked: &CheckedFile, findings: &[&'f Finding]) -> Vec<QuickFix<'f>> {
    let can_be_fixed = || findings.iter().filter(|finding| finding.fix.is_some());
    let computed = can_be_fixed().count() <= MAX_COMPUTED || !checked.snapshot.features.resolve_edit;
    let mut quick_fixes: Vec<QuickFix<'f>> = Vec::new();
    let mut parsed = 0;
    for finding in can_be_fixed() {
        if !computed {
            let title = finding.fix.as_ref().map(|offer| offer.title.clone()).unwrap_or_default();
            quick_fixes.push(QuickFix { finding, nth: 0, title, fix: None });
            continue;
        }
        for (nth, fix) in fixes::fixes(checked, finding).into_iter().enumerate() {
            let is_there = |one: &QuickFix<'_>| one.fix.as_ref().is_some_and(|known| known.edits == fix.edits);
            if !quick_fixes.iter().any(is_there) && !breaks_at_once(checked, &fix, &mut parsed) {
                quick_fixes.push(QuickFix { finding, nth, title: fix.title.clone(), fix: Some(fix) });
            }
        }
    }
    quick_fixes
}

/// Where different findings have fixes of one title, the code tells which is which.
fn named_apart<'f>(checked: &CheckedFile, mut quick_fixes: Vec<QuickFix<'f>>) -> Vec<QuickFix<'f>> {
    let titles: Vec<String> = quick_fixes.iter().map(|one| one.title.clone()).collect();
    for quick_fix in &mut quick_fixes {
        if titles.iter().filter(|title| **title == quick_fix.title).count() > 1 {
            let code = checked.source().slice(quick_fix.finding.range);
            quick_fix.title = format!("{}: {}", quick_fix.title, code_within(code, MAX_CODE));
        }
    }
    quick_fixes
}
