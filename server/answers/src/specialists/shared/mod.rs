//! What specialists share: heads and ends of their answers, and what several of them look for.

pub(super) mod environment;
pub(super) mod finding;
pub(super) mod routes;
mod settings;
pub(super) mod tables;

use pyteam_agents::{Answer, Change};
use pyteam_engine::{Finding, Severity};

use crate::document::{Document, and_more, count};
use crate::findings;
use crate::repair;
use crate::view::View;

/// `Architecture: pipeline.py`
pub(super) fn title(view: &View<'_>, what: &str) -> String {
    view.about().map_or_else(|| what.to_owned(), |about| format!("{what}: {about}"))
}

/// An answer that changes nothing.
pub(super) fn plain(document: Document) -> Answer {
    Answer { document: document.finish(), ..Answer::default() }
}

/// An answer that ends with the fixes of its findings, and brings them along where the agent may edit.
pub(super) fn with_repairs(view: &View<'_>, mut document: Document, found: &[&Finding]) -> Answer {
    document.section("Fixes");
    let mut change = Change::default();
    if view.question.agent.rights.edit {
        let repairs = repair::compose(view, found);
        let offered = found.iter().filter(|one| one.severity > Severity::Hint && one.fix.is_some()).count();
        let left = offered.saturating_sub(repairs.titles.values().sum());
        if !repairs.change.is_empty() {
            document.say(format!("Proposed change: {}.", repairs.told().join(", ")));
        }
        if !repairs.change.is_empty() || left > 0 {
            document.say(not_fixed(view, found, left));
        }
        change = repairs.change;
    }
    document.say(findings::apply(view, found));
    Answer { document: document.finish(), change, ..Answer::default() }
}

/// Where no fix is proposed, by reason: `Not fixed: a.py:3 (no fix); b.py:4 (hint)`. Of the fixes there are, `left` could
/// not be applied together with the others.
fn not_fixed(view: &View<'_>, found: &[&Finding], left: usize) -> String {
    let places = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        let found = found.iter().filter(|one| wanted(one));
        found.map(|one| view.at(one.file, one.range.start())).collect()
    };
    let hints = places(&|one| one.severity == Severity::Hint);
    let without = places(&|one| one.severity > Severity::Hint && one.fix.is_none());
    let told =
        |places: Vec<String>, why: &str| (!places.is_empty()).then(|| format!("{} ({why})", and_more(&places, 6)));
    let left =
        (left > 0).then(|| format!("{} with a fix that could not be applied", count(left, "finding", "findings")));
    let all = [told(without, "no fix"), told(hints, "hints are not fixed"), left];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { String::new() } else { format!("Not fixed: {}.", all.join("; ")) }
}

/// `Scope: 31 files.`
pub(super) fn scope(view: &View<'_>) -> String {
    format!("Scope: {}.", looked_at(view))
}

/// `31 files` that are asked about.
pub(super) fn looked_at(view: &View<'_>) -> String {
    let files = view.files();
    let unread = files.iter().filter(|file| file.parsed.unanalyzed.is_some() || file.parsed.has_error).count();
    let mut text = count(files.len(), "file", "files");
    if unread > 0 {
        text.push_str(&format!(" ({unread} with syntax errors or unreadable)"));
    }
    text
}
