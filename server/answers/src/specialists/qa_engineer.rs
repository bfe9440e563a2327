//! The handoff to QA: what is new, which cases want a test, what it depends on, what must be fast.

use pyteam_agents::Answer;

use super::shared::routes::routes;
use super::shared::{plain, title};
use crate::configured::test_frameworks;
use crate::document::{Document, and, and_more};
use crate::handoff::{HandoffFiles, signatures};
use crate::test_lookup::importers;
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: QA"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 40);
    let new = work.functions(view);
    // Everything there is would be no news.
    if work.is_listed || view.question.subject != crate::Subject::Workspace {
        document.section(if work.is_listed { "New functionality" } else { "Functionality" });
        document.first_or_clean(&signatures(view, &new), 30, "new or changed public functions");
    }
    work.cases(view).write(&mut document);
    frameworks(&mut document, view, &work);
    document.section("Integration dependencies").first_or_clean(
        &work.dependencies(view),
        30,
        "dependencies besides the standard library",
    );
    let routes: Vec<String> = routes(view, &work.files)
        .iter()
        .map(|route| format!("{} `{}` ({})", route.method, route.path, view.function_at(route.handler)))
        .collect();
    document.section("Routes").first(&routes, 30);
    document.section("Performance requirements").first_or_clean(
        &work.performance(view),
        20,
        "performance requirements (stated, or as rate, timeout, size or batch size in the code)",
    );
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}

fn frameworks(document: &mut Document, view: &View<'_>, work: &HandoffFiles<'_>) {
    document.section("Existing tests");
    let frameworks = test_frameworks(view);
    document.say(if frameworks.is_empty() {
        "No test framework in use (`python-test-writer` writes pytest).".to_owned()
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
