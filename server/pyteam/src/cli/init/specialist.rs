//! A specialist for one project: an agent's file that says what the project uses and consists of, as the index knows it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use pyteam_channels::objects::ObjectCall;
use pyteam_channels::topology::Topology;
use pyteam_engine::{Engine, SettingsResolver};

use super::frameworks::{self, Used};
use crate::cli::gathered::{self, Gathered};
use crate::cli::place::Paths;
use crate::cli::project::Project;
use crate::cli::report::plural;
use crate::cli::rulebook;
use crate::cli::topology::View;
use crate::topology::Graph;

/// Of more, the rest is counted.
const MAX_ENTRIES: usize = 40;

/// The text of the file.
pub(super) fn file(name: &str, root: &Path) -> anyhow::Result<String> {
    let paths = Paths::new(root.to_owned());
    let folder = root.to_owned();
    let (engine, mut mistakes) = rulebook::engine(std::slice::from_ref(&folder));
    let settings = SettingsResolver::new(engine.names().clone()).with_roots(vec![folder.clone()]);
    let gathered = Gathered::read(settings, std::slice::from_ref(&folder), None)?;
    mistakes.extend(gathered.settings_problems());
    gathered::say_mistakes(&mistakes, &paths);
    let mut project = Project::load(engine, gathered, false);
    let found = project.check(false).findings;
    let snapshot = project.snapshot();
    let is_inside = |path: &str| Path::new(path).starts_with(root);
    let graph = Graph::of_files(snapshot, &|file| is_inside(&file.path) && !file.is_test());
    let used = frameworks::used(snapshot, &is_inside);
    let view = View { snapshot, graph, paths: &paths };
    let files = snapshot.files().filter(|file| is_inside(&file.path));
    let (tests, sources): (Vec<_>, Vec<_>) = files.partition(|file| file.is_test());
    let title = root.file_name().map_or_else(|| "this project".to_owned(), |name| clean(&name.to_string_lossy()));
    let found = found.iter().filter(|one| snapshot.file(one.file).is_some_and(|file| !file.is_test()));
    let rules = rules(project.engine(), &families(&view.graph.topology, &used), found.map(|one| &*one.code).collect());
    let mut text = head(name, &title, &view, &used, &rules);
    let counted = format!(
        "It has {} and {}.",
        plural(sources.len(), "source file", "source files"),
        plural(tests.len(), "test file", "test files")
    );
    let _ = writeln!(text, "\n## What it uses\n\n{counted}\n");
    write_used(&mut text, &used);
    write_processes(&mut text, &view);
    write_channels(&mut text, &view);
    write_tests(&mut text, &used, tests.len());
    text.push_str(
        "\n## How to work\n\n\
         - Read the code before you rely on this page: `pyteam topology` shows what holds today.\n\
         - Keep message types, bounds of queues and the way each process ends as they are, unless the request is about them.\n\
         - Say which processes and channels a change touches, and who has to change with it.\n\
         - Types stay complete, and what you propose comes with a test of the kind that the project has.\n\n\
         ## What this project expects\n\n\
         <!-- Its rules, words and limits, which no index knows: write them here. -->\n",
    );
    // An agent is told what stands here: nothing hidden, and no secret.
    Ok(pyteam_display::document(&text))
}

/// Families of rules that what the project consists of speaks for.
fn families(topology: &Topology, used: &[Used]) -> Vec<&'static str> {
    let mut families = Vec::new();
    if !topology.processes.is_empty() || !topology.channels.is_empty() {
        families.extend(["concurrency", "messaging"]);
    }
    if used.iter().any(|one| one.field == "Machine learning") {
        families.push("security");
    }
    families
}

/// The rules that it owns, so that it can be asked without a model: those of these families and of the families of
/// what was found, as far as an agent of pyteam's team owns them.
fn rules(engine: &Engine, families: &[&str], found: BTreeSet<&str>) -> Vec<String> {
    let family_of = |code: &str| engine.page(code).map(|page| page.family.as_str());
    let found: BTreeSet<&str> = found.into_iter().filter_map(family_of).collect();
    let is_ours = |family: &str| families.contains(&family) || found.contains(family);
    let owned = pyteam_rules::owners().into_values().flatten();
    let owned: BTreeSet<String> = owned.filter(|code| family_of(code).is_some_and(is_ours)).collect();
    owned.into_iter().collect()
}

/// Front matter and introduction.
fn head(name: &str, title: &str, view: &View<'_>, used: &[Used], rules: &[String]) -> String {
    let mut about: Vec<&str> = used.iter().filter(|one| one.field != "Testing").map(|one| one.label).collect();
    about.truncate(6);
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    let (processes, channels) = (view.graph.topology.processes.len(), view.graph.topology.channels.len());
    let parts = format!(
        "{} and {}",
        plural(processes, "process or thread", "processes and threads"),
        plural(channels, "channel", "channels")
    );
    let description = format!(
        "Knows the project {title}{about}, with its {parts}. Ask it about changes that cross several of its parts."
    );
    // As JSON, a text is YAML whatever stands in it.
    let description = serde_json::Value::String(description);
    let rules = if rules.is_empty() { String::new() } else { format!("rules:\n  - {}\n", rules.join("\n  - ")) };
    format!(
        "---\nname: {name}\ndescription: {description}\ntools: Read, Grep, Glob\nproduces:\n  - Advice for this project\n{rules}---\n\n\
         # The project {title}\n\nYou know this project, and answer for what is particular about it.\n"
    )
}

fn write_used(text: &mut String, used: &[Used]) {
    let mut field = "";
    let mut line = String::new();
    for one in used {
        if one.field == field {
            let _ = write!(line, ", {} ({})", one.label, one.files);
            continue;
        }
        if !line.is_empty() {
            let _ = writeln!(text, "{line}");
        }
        field = one.field;
        line = format!("- {field}: {} ({})", one.label, plural(one.files, "file", "files"));
    }
    if line.is_empty() {
        "- Nothing that pyteam knows by name.".clone_into(&mut line);
    }
    let _ = writeln!(text, "{line}");
}

fn write_processes(text: &mut String, view: &View<'_>) {
    let processes = &view.graph.topology.processes;
    if processes.is_empty() {
        return;
    }
    text.push_str("\n## Its processes and threads\n\n");
    for process in processes.iter().take(MAX_ENTRIES) {
        let uses = |word: &str, uses: &[ObjectCall]| match uses.first() {
            Some(first) => format!("{word} at {}", clean(&view.line(first.call))),
            None => format!("{word} nowhere"),
        };
        let _ = writeln!(
            text,
            "- {} `{}`, made at {}: {}, {}",
            process.kind.as_str(),
            clean(&process.name),
            clean(&view.line(process.origin)),
            uses("started", &process.starts),
            uses("joined", &process.joins)
        );
    }
    write_rest(text, processes.len());
}

fn write_channels(text: &mut String, view: &View<'_>) {
    let channels = &view.graph.topology.channels;
    if channels.is_empty() {
        return;
    }
    text.push_str("\n## Its channels\n\n");
    for channel in channels.iter().take(MAX_ENTRIES) {
        let who = |uses: &[ObjectCall]| {
            let mut names: Vec<String> =
                uses.iter().map(|one| format!("`{}`", clean(&view.function(one.call)))).collect();
            names.sort();
            names.dedup();
            if names.is_empty() { "none found".to_owned() } else { names.join(", ") }
        };
        let bound =
            channel.bound.as_deref().map_or_else(|| "no bound".to_owned(), |bound| format!("bound `{}`", clean(bound)));
        let _ = writeln!(
            text,
            "- `{}`, a `{}` with {bound}, made at {}: {} put, {} take",
            clean(&channel.name),
            channel.class.as_str(),
            clean(&view.line(channel.origin)),
            who(&channel.producers),
            who(&channel.consumers)
        );
        for message in &channel.messages {
            let _ = writeln!(text, "  - message `{}`", clean(message));
        }
    }
    write_rest(text, channels.len());
}

fn write_rest(text: &mut String, count: usize) {
    if count > MAX_ENTRIES {
        let _ = writeln!(text, "- and {} more: `pyteam topology` lists them", count - MAX_ENTRIES);
    }
}

fn write_tests(text: &mut String, used: &[Used], tests: usize) {
    text.push_str("\n## Its tests\n\n");
    let frameworks: Vec<&str> = used.iter().filter(|one| one.field == "Testing").map(|one| one.label).collect();
    let _ = match (tests, frameworks.is_empty()) {
        (0, _) => writeln!(text, "There are none yet."),
        (_, true) => writeln!(text, "They import no test framework that pyteam knows; pytest runs plain functions."),
        (_, false) => writeln!(text, "They are written with {}.", frameworks.join(", ")),
    };
}

/// A name of the code's, as it may stand inside inline code.
fn clean(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.replace('`', "'").chars().take(200).collect()
}
