//! One finding, explained at its own place, with its repair.

use pyteam_agents::{Answer, Part};
use similar::TextDiff;

use super::{plain, title};
use crate::brief::place;
use crate::document::Document;
use crate::findings;
use crate::repair;
use crate::view::View;

/// Lines of a repair that are shown.
const MOST_LINES: usize = 80;

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
    let mut diff = String::new();
    for file in &repairs.change.files {
        let path = file.path.to_string_lossy().replace('\\', "/");
        let (before, after) = (file.before.as_deref().unwrap_or_default(), file.after.as_deref().unwrap_or_default());
        let text = TextDiff::from_lines(before, after);
        diff.push_str(&text.unified_diff().context_radius(2).header(&path, &path).to_string());
    }
    let diff = findings::redacted(&diff);
    let shown: Vec<&str> = diff.lines().take(MOST_LINES).collect();
    document.code("diff", &shown.join("\n"));
    if diff.lines().count() > MOST_LINES {
        document.say(format!("and {} more lines.", diff.lines().count() - MOST_LINES));
    }
    if view.question.agent.rights.edit {
        return Answer { document: document.finish(), change: repairs.change };
    }
    document.say(format!("`{}` does not edit: take the repair from the finding's own menu.", view.question.agent.name));
    plain(document)
}
