//! The handoff to QA: what is new, which cases want a test, what it depends on, what must be fast.

use pyteam_agents::Answer;

use super::routes::routes;
use super::{plain, title};
use crate::configured::test_frameworks;
use crate::document::{Document, and, and_more};
use crate::handoff::{HandoffFiles, signatures};
use crate::test_lookup::importers;
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Hand-off to qa-engineer"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 40);
    let new = work.functions(view);
    // Everything there is would be no news.
    if work.is_listed || view.question.subject != crate::Subject::Workspace {
        document.section(if work.is_listed { "New functionality" } else { "Functionality" });
        document.first_or(&signatures(view, &new), 30, "No public function or method is new or other than before.");
    }
    document.section("Test cases to cover").first_or(
        &work.cases(view),
        40,
        "Signatures and bodies name no special case.",
    );
    frameworks(&mut document, view, &work);
    document.section("Integration dependencies").first_or(
        &work.dependencies(view),
        30,
        "Nothing but the standard library, and no channel or process.",
    );
    let routes: Vec<String> = routes(view, &work.files)
        .iter()
        .map(|route| format!("{} `{}` ({})", route.method, route.path, view.function_at(route.handler)))
        .collect();
    document.section("Routes to test from outside").first(&routes, 30);
    document.section("Performance requirements").first_or(
        &work.performance(view),
        20,
        "Nobody stated one, and the code sets no rate, timeout, bound or batch size.",
    );
    document.section("Results of earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}

fn frameworks(document: &mut Document, view: &View<'_>, work: &HandoffFiles<'_>) {
    document.section("Tests there are");
    let frameworks = test_frameworks(view);
    document.say(if frameworks.is_empty() {
        "No test framework is in use; `python-test-writer` would begin with pytest.".to_owned()
    } else {
        format!("{}.", and(&frameworks))
    });
    let lines: Vec<String> = work
        .files
        .iter()
        .filter_map(|file| {
            let tests = importers(view, file.id);
            (!tests.is_empty()).then(|| format!("`{}`: {}", view.short(&file.path), and_more(&tests, 5)))
        })
        .collect();
    document.first(&lines, 20);
    let bare: Vec<String> = work
        .files
        .iter()
        .filter(|file| importers(view, file.id).is_empty() && !file.path.ends_with("__init__.py"))
        .map(|file| format!("`{}`", view.short(&file.path)))
        .collect();
    if !bare.is_empty() {
        document.say(format!("No test imports {}.", and_more(&bare, 12)));
    }
}
