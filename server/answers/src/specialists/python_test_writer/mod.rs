//! The test writer: tests that run real stages over real queues. Each asserts what the code says of itself: the messages
//! it sends, and that it ends within a bound when it is told to.

mod stage;
mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyteam_agents::{Answer, Change, FileChange};
use pyteam_index::{File, key_of};
use pyteam_syntax::SourceText;
use pyteam_syntax::document::{ParseLimits, parse};

use self::stage::{Passed, Stage};
use super::shared::{plain, scope, title};
use crate::code::module_name;
use crate::configured::{test_frameworks, uses_pytest};
use crate::document::{Document, and_more, count};
use crate::pipeline::{Pipeline, made_besides};
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Tests for processes and channels"));
    let pipeline = Pipeline::of(view);
    let mut stages: BTreeMap<String, Vec<Stage>> = BTreeMap::new();
    // Why, and who.
    let mut left_out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for process in &pipeline.processes {
        match Stage::of(view, process) {
            Ok(stage) => {
                let of_file = stages.entry(view.path(stage.file)).or_default();
                if !of_file.iter().any(|known| known.name == stage.name) {
                    of_file.push(stage);
                }
            }
            Err(reason) => {
                let who = format!("`{}` ({})", crate::pipeline::name(view, process), view.site(process.origin));
                left_out.entry(reason).or_default().push(who);
            }
        }
    }
    if pipeline.processes.is_empty() {
        document.say(format!("No process or thread to test. {}", scope(view)));
        let (_, lost) = made_besides(view, &pipeline);
        if !lost.is_empty() {
            document.say("Created, but not followed further:");
            document.list(&lost);
        }
        document.say("For untested public functions, ask `python-testing-specialist`.");
        return plain(document);
    }
    let missing = missing(&stages);
    let mut change = Change::default();
    let mut told = Vec::new();
    for (path, of_file) in &stages {
        let Some(file) = of_file.first().and_then(|stage| view.snapshot.file(stage.file)) else { continue };
        match write(view, file, of_file) {
            Ok((more, tests)) => {
                let path = more.first().map(|file| file.path.display().to_string()).unwrap_or_default();
                told.push(format!("`{path}`: {}", and_more(&tests, 6)));
                for file in more {
                    if !change.files.iter().any(|known| known.path == file.path) {
                        change.files.push(file);
                    }
                }
            }
            Err(reason) => left_out.entry(reason).or_default().push(format!("`{path}`")),
        }
    }
    change.files.sort_by(|a, b| a.path.cmp(&b.path));
    if told.is_empty() {
        document.say("A test can run none of the processes and threads as they are (reasons below). It can run a module-level function that gets its queues and a stop event as parameters.");
    } else {
        document.say(format!(
            "{} for {}. Each test runs the real code with real queues; nothing is mocked.",
            count(told.len(), "test file", "test files"),
            count(stages.values().map(Vec::len).sum(), "stage", "stages")
        ));
        document.section("Proposed change").list(&told);
        document.say("Run:");
        document.code("sh", &format!("python -m pytest {} -k pipeline", tests_folder(view)));
        if !uses_pytest(&test_frameworks(view)) {
            document.say("This project uses unittest; these tests need pytest.");
        }
    }
    if !told.is_empty() {
        document.section("Fixtures to fill in (their tests are skipped until then)").first(&missing, 20);
    }
    let left_out: Vec<String> =
        left_out.into_iter().map(|(reason, who)| format!("{reason}: {}", and_more(&who, 6))).collect();
    document.section("Not covered").first(&left_out, 20);
    if !view.question.agent.rights.edit {
        return plain(document);
    }
    Answer { document: document.finish(), change, ..Answer::default() }
}

/// What the stages take that only a person can make, a line each.
fn missing(stages: &BTreeMap<String, Vec<Stage>>) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, of_file) in stages {
        for stage in of_file {
            let params = stage.params.iter().filter_map(|param| match &param.passed {
                Passed::Missing(what) => Some(format!("`{what}`")),
                _ => None,
            });
            let params: Vec<String> = params.collect();
            if !params.is_empty() {
                lines.push(format!("{} of `{}` ({path})", and_more(&params, 6), stage.name));
            }
        }
    }
    lines
}

/// The new files for one module's stages, its tests first, and the tests' names; or why there are none.
fn write(view: &View<'_>, file: &Arc<File>, stages: &[Stage]) -> Result<(Vec<FileChange>, Vec<String>), String> {
    let (module, import_root) = module_name(view, file).ok_or("not importable by name")?;
    let stem = module.rsplit('.').next().unwrap_or(&module);
    let folder = tests_folder(view);
    let path = format!("{folder}/test_{stem}_pipeline.py");
    if exists(view, &path) {
        return Err(format!("`{path}` exists and is not changed"));
    }
    let has_tests = crate::test_lookup::tests(view).iter().any(|test| {
        view.short(&test.path).starts_with(&format!("{folder}/"))
            && crate::packages::Imports::of(view, &[*test]).own.values().any(|id| {
                view.snapshot
                    .file(*id)
                    .and_then(|own| module_name(view, own))
                    .is_some_and(|(_, root)| root == import_root)
            })
    });
    let conftest = format!("{folder}/conftest.py");
    let relative = view.short(&import_root);
    let needs_path = !has_tests && !import_root.is_empty();
    let outside = relative.starts_with('/');
    if needs_path && outside && import_root != *key_of(view.question.root) {
        return Err(format!("imported from `{import_root}`, above this directory: ask there"));
    }
    let relative = if outside { String::new() } else { relative };
    // An existing conftest is not replaced: the tests then extend the path themselves.
    let own_conftest = needs_path && !exists(view, &conftest);
    let written = text::tests(&module, stages, (needs_path && !own_conftest).then_some(&*relative));
    if parse(SourceText::new(written.text.as_str()), &ParseLimits::default()).has_error {
        return Err("no test can be written for its signature".to_owned());
    }
    let new = |path: String, text: String| FileChange {
        path: PathBuf::from(path),
        after: Some(text),
        ..FileChange::default()
    };
    let mut files = vec![new(path, written.text)];
    if own_conftest {
        files.push(new(conftest, text::conftest(&relative)));
    }
    Ok((files, written.names))
}

fn exists(view: &View<'_>, path: &str) -> bool {
    let full = view.question.root.join(path);
    view.snapshot.file_at(&key_of(&full)).is_some() || full.symlink_metadata().is_ok()
}

/// The folder in the root that this project's tests stand in, `tests` where there is none yet.
fn tests_folder(view: &View<'_>) -> &'static str {
    let has =
        |folder: &str| crate::test_lookup::tests(view).iter().any(|test| view.short(&test.path).starts_with(folder));
    if !has("tests/") && has("test/") { "test" } else { "tests" }
}
