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

pub(super) fn answer(view: &View<'_>) -> Answer {
    let Some(finding) = view.finding() else {
        let mut document = Document::new("No such finding");
        document.say(format!("There is no finding of this number in {}.", view.about_or_workspace()));
        return plain(document);
    };
    let what = view.question.engine.page(&finding.code).map_or("Finding", |page| &page.title);
    let mut document = Document::new(&title(view, what));
    findings::explain(&mut document, view, finding);
    document.section("What the index knows of this place");
    for part in place::place(view) {
        if let Part::List(lines) = part {
            document.list(&lines);
        }
    }
    let repairs = repair::one(view, finding);
    document.section("The repair");
    if repairs.change.is_empty() {
        let reason = match finding.fix {
            Some(_) => "The repair cannot be applied as the code stands now.",
            None => "There is none that could be made mechanically and always be right.",
        };
        document.say(reason);
        return plain(document);
    }
    document.list(&repairs.lines());
    let diff = repairs.change.to_preview();
    let shown: Vec<&str> = diff.lines().take(MAX_LINES).collect();
    document.code("diff", &shown.join("\n"));
    if diff.lines().count() > MAX_LINES {
        document.say(format!("and {} more lines.", diff.lines().count() - MAX_LINES));
    }
    if view.question.agent.rights.edit {
        return Answer { document: document.finish(), change: repairs.change, ..Answer::default() };
    }
    document.say(elsewhere(view, finding));
    plain(document)
}

/// Where a repair is to be had that this agent does not make: whether an editor or a terminal asks is not known here.
fn elsewhere(view: &View<'_>, finding: &Finding) -> String {
    let is_unsafe = finding.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Unsafe);
    let options = if is_unsafe { "--fix --unsafe-fixes" } else { "--fix" };
    format!(
        "`{}` does not edit. An editor has the repair among the code actions at the finding; in a terminal \
         `pyteam check {} --select {} {options}` makes it.",
        view.question.agent.name,
        view.path(finding.file),
        finding.code
    )
}
