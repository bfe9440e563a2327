//! What was found under the cursor: what is wrong, why it matters, what to do, and the way to the rule's page.

use pyteam_engine::Finding;

use crate::lsp::markup::Markup;
use crate::lsp::state_snapshot::CheckedFile;
use crate::pages;

/// A reason is as many sentences as fit here, and one at least.
const MAX_REASON: usize = 180;

/// The finding in a few lines.
pub(super) fn describe(checked: &CheckedFile, finding: &Finding, markup: &Markup<'_>) -> String {
    let snapshot = &checked.snapshot;
    let severity = markup.strong(finding.severity.as_str());
    let mut text = format!("{severity}: {}\n", markup.prose(&finding.message));
    let code = &*finding.code;
    let page = snapshot.engine.page(code);
    let note = finding.note.clone().or_else(|| page.map(|page| pages::sentences(&page.why, MAX_REASON)));
    if let Some(note) = note {
        text += &Markup::item(&format!("Why: {}", markup.prose(&note)));
    }
    let help = finding.help.clone().or_else(|| page.map(|page| pages::sentences(&page.remedy, MAX_REASON)));
    if let Some(help) = help {
        text += &Markup::item(&format!("What to do: {}", markup.prose(&help)));
    }
    let on_the_web = snapshot.editor.docs_base.as_ref().map(|base| format!("{}/{code}", base.trim_end_matches('/')));
    let link = match on_the_web {
        Some(target) => Some(markup.link(code, &target)),
        None => pages::on_disk(&snapshot.engine, code).and_then(|path| markup.file_link(code, &path)),
    };
    let link = link.unwrap_or_else(|| markup.code(code));
    text + &Markup::item(&format!("The rule: {link}"))
}
