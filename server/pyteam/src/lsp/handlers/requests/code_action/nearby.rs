//! Which findings a request for code actions is about, and the client's own copies of their diagnostics.

use pyteam_engine::Finding;
use pyteam_syntax::TextRange;
use tower_lsp::ls_types::{CodeActionParams, Diagnostic};

use crate::lsp::diagnostics;
use crate::lsp::state_snapshot::CheckedFile;

/// How near a finding is to what was asked about. The nearest are offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// The cursor or the selection touches it.
    Touched,
    /// It begins on one of the lines.
    OnTheLine,
    /// The client names it.
    Named,
}

/// The findings that a request for `range` is about: those that it touches, those that begin on its lines, and those that
/// the client names. Neovim 0.12 and Helix name only what the cursor stands in, and their users stand anywhere on a line.
pub(super) fn findings_at<'f>(
    checked: &'f CheckedFile,
    range: TextRange,
    params: &CodeActionParams,
) -> Vec<&'f Finding> {
    let lines = checked.source().lines();
    let (first, mut last) = (lines.line_of(range.start()), lines.line_of(range.end()));
    // A selection of whole lines ends at the beginning of the next one.
    if last > first && lines.line_start(last) == range.end() {
        last -= 1;
    }
    let nearness = |finding: &Finding| {
        if touches(finding.range, range) {
            Some(Nearness::Touched)
        } else if (first..=last).contains(&lines.line_of(finding.range.start())) {
            Some(Nearness::OnTheLine)
        } else {
            theirs(checked, finding, params).map(|_| Nearness::Named)
        }
    };
    let mut here: Vec<_> = checked
        .findings
        .iter()
        .filter_map(|finding| Some((nearness(finding)?, distance(finding.range, range), finding)))
        .collect();
    here.sort_by_key(|(nearness, distance, finding)| (*nearness, *distance, finding.range.len()));
    here.into_iter().map(|(_, _, finding)| finding).collect()
}

/// The client's own copy of the diagnostic if it sent one, since some clients match actions by it; else ours.
pub(super) fn diagnostic_of(checked: &CheckedFile, finding: &Finding, params: &CodeActionParams) -> Diagnostic {
    theirs(checked, finding, params).cloned().unwrap_or_else(|| diagnostics::diagnostic(checked, finding))
}

fn theirs<'p>(checked: &CheckedFile, finding: &Finding, params: &'p CodeActionParams) -> Option<&'p Diagnostic> {
    if params.context.diagnostics.is_empty() {
        return None;
    }
    let ours = diagnostics::diagnostic(checked, finding);
    params.context.diagnostics.iter().find(|theirs| theirs.code == ours.code && theirs.range == ours.range)
}

fn touches(one: TextRange, other: TextRange) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

/// How many bytes lie between both.
fn distance(one: TextRange, other: TextRange) -> u32 {
    let gap = |left: TextRange, right: TextRange| u32::from(right.start()).saturating_sub(left.end().into());
    gap(one, other).max(gap(other, one))
}
