//! One finding, explained at its own place, with its repair.

use pyteam_agents::{Answer, Part};
use pyteam_engine::{Applicability, Finding};

use super::{plain, title};
use crate::brief::place;
use crate::document::Document;
use crate::findings;
use crate::repair;
use crate::view::View;

/// Lines of a repair that are shown.
const MAX_LINES: usize = 80;

pub(in crate::specialists) fn answer(view: &View<'_>) -> Answer {
    let Some(finding) = view.finding() else {
        let mut document = Document::new("Unknown finding");
        document.say(format!("No finding has this number in {}.", view.about_or_workspace()));
        return plain(document);
    };
    let what = view.question.engine.page(&finding.code).map_or("Finding", |page| &page.title);
    let mut document = Document::new(&title(view, what));
    findings::explain(&mut document, view, finding);
    document.section("Context");
    for part in place::place(view) {
        if let Part::List(lines) = part {
            document.list(&lines);
        }
    }
    let repairs = repair::one(view, finding);
    document.section("Fix");
    if repairs.change.is_empty() {
        let reason = match finding.fix {
            Some(_) => "The fix cannot be applied to the current code.",
            None => "No automatic fix.",
        };
        document.say(reason);
        return plain(document);
    }
    document.list(&repairs.told());
    let diff = repairs.change.to_preview();
    let shown: Vec<&str> = diff.lines().take(MAX_LINES).collect();
    document.code("diff", &shown.join("\n"));
    if diff.lines().count() > MAX_LINES {
        document.say(format!("and {} more lines", diff.lines().count() - MAX_LINES));
    }
    if view.question.agent.rights.edit {
        return Answer { document: document.finish(), change: repairs.change, ..Answer::default() };
    }
    document.say(elsewhere(view, finding));
    plain(document)
}

/// How to apply a fix that this agent does not: whether an editor or a terminal asks is not known here.
fn elsewhere(view: &View<'_>, finding: &Finding) -> String {
    let is_unsafe = finding.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Unsafe);
    let options = if is_unsafe { "--fix --unsafe-fixes" } else { "--fix" };
    format!(
        "`{}` is read-only. Apply the fix with the code action at the finding, or in a terminal: \
         `pyteam check {} --select {} {options}`.",
        view.question.agent.name,
        view.path(finding.file),
        finding.code
    )
}
