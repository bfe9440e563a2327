//! The quality enforcer: its findings, what mypy --strict would ask for, and which of its tools are configured. No
//! tool is run here.

use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_engine::Topic;
use pyteam_index::File;

use super::shared::{plain, scope, title, with_repairs};
use crate::code::{functions, is_annotated};
use crate::configured::{Set, gate, manifests};
use crate::document::{Document, count};
use crate::findings;
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Quality"));
    let found = findings::asked(view, |page| findings::is_owned(view, page) || page.topics.contains(&Topic::Typing));
    document.say(format!("{} Read from the code and its settings; no tool was run.", scope(view)));
    let broken: Vec<String> = view
        .files()
        .into_iter()
        .filter(|file| file.parsed.unanalyzed.is_some() || file.parsed.has_error)
        .map(|file| {
            let why = if file.parsed.unanalyzed.is_some() { "not analyzed" } else { "syntax errors" };
            format!("{}: {why}", view.short(&file.path))
        })
        .collect();
    document.section("Files with errors").first(&broken, 15);
    document.section("Type and style checks");
    let rows: Vec<Vec<String>> = gate(view)
        .into_iter()
        .map(|tool| {
            let set = match (&tool.set, tool.is_strict) {
                (Set::Nowhere, _) if !tool.in_ci.is_empty() => "no settings in the project root".to_owned(),
                (Set::Nowhere, _) => "not configured".to_owned(),
                (Set::In { path, how }, true) if how.is_empty() => path.clone(),
                (Set::In { path, how }, true) => format!("{path} ({how})"),
                (Set::In { path, .. }, false) => format!("{path}, without `strict = true`"),
            };
            let ci = if tool.in_ci.is_empty() { "no".to_owned() } else { tool.in_ci.join(", ") };
            vec![format!("`{}`", tool.command), set, ci]
        })
        .collect();
    let missing = rows.iter().filter(|row| row[1] == "not configured").count();
    document.table(&["tool", "configured in", "run by CI"], &rows);
    if missing > 0 {
        let manifests = manifests(view);
        let looked = if manifests.is_empty() {
            "no manifest found".to_owned()
        } else {
            format!("read: {}", crate::document::and_more(&manifests, 6))
        };
        let who = match missing {
            3 => "None of the 3 is configured".to_owned(),
            1 => "1 of 3 is not configured".to_owned(),
            _ => format!("{missing} of 3 are not configured"),
        };
        document.say(format!("{who} ({looked}). Minimal `pyproject.toml`:"));
        document.code("toml", &wanted(view));
    }
    types(&mut document, view);
    document.section("Findings");
    if found.is_empty() {
        document.clean("findings of the rules of this agent");
        return plain(document);
    }
    findings::tell(&mut document, view, &found);
    with_repairs(view, document, &found)
}

/// Settings for the tools that have none.
fn wanted(view: &View<'_>) -> String {
    let mut text = Vec::new();
    for tool in gate(view).into_iter().filter(|tool| tool.in_ci.is_empty()) {
        let lines = match (tool.name, &tool.set) {
            ("mypy", Set::Nowhere) => "[tool.mypy]\nstrict = true",
            ("black", Set::Nowhere) => "[tool.black]\nline-length = 88",
            ("ruff", Set::Nowhere) => "[tool.ruff]\nline-length = 88",
            _ => continue,
        };
        text.push(lines);
    }
    text.join("\n\n")
}

/// Functions that mypy --strict would refuse for want of annotations.
fn types(document: &mut Document, view: &View<'_>) {
    document.section("Types");
    let (mut all, mut bare) = (0, Vec::new());
    for file in view.files() {
        let found = open_functions(view, file);
        all += found.0;
        bare.extend(found.1);
    }
    if bare.is_empty() {
        if all > 0 {
            document.say(format!("{}, all annotated.", count(all, "function", "functions")));
        }
        return;
    }
    document.say(format!("{} of {all} functions lack annotations that `mypy --strict` requires:", bare.len()));
    document.first(&bare, 15);
}

fn open_functions(view: &View<'_>, file: &Arc<File>) -> (usize, Vec<String>) {
    let asked: Vec<_> = functions(file)
        .filter(|function| {
            view.inference.item(function.file, function.item).is_some_and(|(file, item, _)| {
                view.is_asked(function.file, file.absolute(function.item, item.stmt_range(function.stmt)))
            })
        })
        .collect();
    let bare = asked.iter().filter(|function| !is_annotated(view, **function));
    let bare = bare.map(|function| format!("{} `{}`", view.function_at(*function), view.function_name(*function)));
    (asked.len(), bare.collect())
}
