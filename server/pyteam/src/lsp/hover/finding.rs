//! What was found under the cursor: what is wrong, why it matters, what to do, and the way to the rule's page.

use pyteam_engine::Finding;

use super::words::Words;
use crate::lsp::checks::FileFindings;
use crate::pages;

/// A reason is as many sentences as fit here, and one at least.
const MOST_REASON: usize = 180;

/// The finding in a few lines.
pub(super) fn describe(found: &FileFindings, finding: &Finding, words: &Words<'_>) -> String {
    let view = &found.view;
    let severity = words.strong(finding.severity.as_str());
    let mut text = format!("{severity}: {}\n", words.prose(&finding.message));
    let code = &*finding.code;
    let page = view.engine.page(code);
    if let Some(page) = page {
        text += &Words::item(&format!("Why: {}", words.prose(&pages::sentences(&page.why, MOST_REASON))));
    }
    let help = finding.help.clone().or_else(|| page.map(|page| pages::sentences(&page.remedy, MOST_REASON)));
    if let Some(help) = help {
        text += &Words::item(&format!("What to do: {}", words.prose(&help)));
    }
    let on_the_web = view.editor.docs_base.as_ref().map(|base| format!("{}/{code}", base.trim_end_matches('/')));
    let link = match on_the_web {
        Some(target) => Some(words.link(code, &target)),
        None => pages::on_disk(&view.engine, code).and_then(|path| words.file_link(code, &path)),
    };
    let link = link.unwrap_or_else(|| words.code(code));
    text + &Words::item(&format!("The rule: {link}"))
}
