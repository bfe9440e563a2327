//! The findings at what is asked about, and what their rules' pages say of them.

use std::collections::BTreeSet;

use pyteam_agents::Part;
use pyteam_engine::{Finding, Severity};
use pyteam_index::key_of;

use crate::document::first_paragraph;
use crate::findings;
use crate::view::View;

/// Findings that are told.
const MAX_FINDINGS: usize = 40;

/// The findings, one line each with what to do.
pub(super) fn found(view: &View<'_>) -> Vec<Part> {
    let all = asked(view);
    let mut lines: Vec<String> = all
        .iter()
        .take(MAX_FINDINGS)
        .map(|finding| {
            let note = finding.note.as_deref().map(|note| format!(" Note: {}.", note.trim_end_matches('.')));
            let help = finding.help.as_deref().map(|help| format!(" Help: {}.", help.trim_end_matches('.')));
            format!(
                "{}: {} [{}]: {}.{}{}",
                view.at(finding.file, finding.range.start()),
                severity(finding),
                finding.code,
                finding.message.trim_end_matches('.'),
                note.unwrap_or_default(),
                help.unwrap_or_default()
            )
        })
        .collect();
    if all.len() > MAX_FINDINGS {
        lines.push(format!("and {} more", all.len() - MAX_FINDINGS));
    }
    if lines.is_empty() { Vec::new() } else { vec![Part::List(lines)] }
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Information => "info",
        other => other.as_str(),
    }
}

/// Of each rule that found something, why it matters and what to do, as its page says.
pub(super) fn reasons(view: &View<'_>) -> Vec<Part> {
    let all = asked(view);
    let mut seen = BTreeSet::new();
    let pages = all.iter().filter(|finding| seen.insert(finding.code.to_string()));
    let pages = pages.filter_map(|finding| view.question.engine.page(&finding.code)).take(12);
    let pages: Vec<_> = pages.collect();
    // Of many rules the first paragraphs do: the rest is on their pages.
    let is_short = pages.len() > 3;
    let told = |text: &str| if is_short { first_paragraph(text) } else { text.trim().to_owned() };
    let parts = pages.iter().map(|page| {
        let text =
            format!("[{}] {}\n\nWhy: {}\n\nWhat to do: {}", page.code, page.title, told(&page.why), told(&page.remedy));
        Part::Prose(text)
    });
    parts.collect()
}

/// The findings asked about; for a handoff those in the modified files.
fn asked<'q>(view: &View<'q>) -> Vec<&'q Finding> {
    let mut all = findings::asked(view, |_| true);
    let modified = &view.question.handoff.modified;
    if !modified.is_empty() {
        all.retain(|finding| modified.iter().any(|one| *key_of(&one.path) == view.path(finding.file)));
    }
    all
}
