//! The handoff to devops: what has to run, what it needs, how it ends.

use std::collections::BTreeSet;

use pyteam_agents::Answer;

use super::python_automation_specialist as automation;
use super::shared::{plain, title};
use crate::configured::manifests;
use crate::document::{Document, count};
use crate::handoff::HandoffFiles;
use crate::pipeline::{self, Pipeline, endings, made_besides, signals_told};
use crate::view::View;
use pyteam_channels::topology::ProcessKind;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: DevOps"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 30);
    document.section("Processes");
    let pipeline = Pipeline::of(view);
    let entry = entry_points(view);
    document.first(&entry, 10);
    let processes: Vec<String> = pipeline
        .processes
        .iter()
        .filter(|one| one.kind == ProcessKind::Process)
        .map(|process| {
            let ends = endings(view, process);
            let ends = if ends.is_empty() { "no stop found".to_owned() } else { format!("stops: {}", ends.join("; ")) };
            let start = process.start_method.map(|method| format!(", start method `{method}`")).unwrap_or_default();
            format!("process `{}` ({}){start}; {ends}", pipeline::name(view, process), view.site(process.origin))
        })
        .collect();
    document.first(&processes, 20);
    let threads = pipeline.processes.len() - processes.len();
    if threads > 0 {
        document.say(format!("and {}.", count(threads, "thread", "threads")));
    }
    let (others, lost) = made_besides(view, &pipeline);
    document.list(&others);
    document.list(&lost.iter().map(|line| format!("not followed: {line}")).collect::<Vec<_>>());
    if entry.is_empty() && pipeline.processes.is_empty() && others.is_empty() && lost.is_empty() {
        document.clean("entry points, processes and threads");
    }
    document.section("Shutdown");
    document.say(signals_told(view));
    document.section("Requirements");
    let manifests = manifests(view);
    document.say(if manifests.is_empty() {
        "No manifest lists the packages; imported are:".to_owned()
    } else {
        format!("Manifests: {}.", crate::document::and_more(&manifests, 8))
    });
    document.first(&packages(view, &work), 30);
    automation::environment(&mut document, view);
    automation::docker(&mut document, view);
    automation::ci(&mut document, view);
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}

/// Files that are run: those with `if __name__ == "__main__"`, and scripts that the manifest names.
fn entry_points(view: &View<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for file in view.files().into_iter().filter(|file| !view.is_test(file)) {
        let guard = file.parsed.items.iter().enumerate().find(|(index, slot)| {
            matches!(slot.item.stmt(slot.item.root()), pyteam_syntax::Stmt::If { test, .. } if {
                let text = file.text_at(*index as u32, slot.item.expr_range(*test));
                text.contains("__name__") && text.contains("__main__")
            })
        });
        if let Some((_, slot)) = guard {
            found.insert(format!("`python {}` ({})", view.short(&file.path), view.at(file.id, slot.start)));
        }
    }
    let scripts = view.project_files().get("pyproject.toml").and_then(|file| file.text.parse::<toml::Table>().ok());
    if let Some(scripts) = scripts.as_ref().and_then(|table| table.get("project")?.get("scripts")?.as_table()) {
        found.extend(
            scripts
                .iter()
                .map(|(name, target)| format!("`{name}` ({}, pyproject.toml)", target.as_str().unwrap_or("?"))),
        );
    }
    found.into_iter().collect()
}

fn packages(view: &View<'_>, work: &HandoffFiles<'_>) -> Vec<String> {
    work.dependencies(view).into_iter().filter(|line| line.starts_with("packages")).collect()
}
