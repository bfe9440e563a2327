//! Filling a brief: what a good colleague would say before asking for something.
//!
//! Only what the subject touches is looked at, so that the brief for a symbol of a large workspace is there at once.

pub(crate) mod place;
mod rules;

use pyteam_agents::{Brief, Part, Section, Weight};
use pyteam_display::visible_line;
use pyteam_index::File;
use pyteam_syntax::TextRange;

use crate::configured::{self, Set};
use crate::document::and_more;
use crate::handoff::{HandoffFiles, signatures};
use crate::packages::Imports;
use crate::question::{Question, Subject};
use crate::test_lookup;
use crate::view::View;

/// Lines of source that are shown of what is asked about.
const MAX_LINES: usize = 400;

/// The brief for a question.
pub fn brief(question: &Question<'_>) -> Brief {
    let view = View::new(question);
    let mut sections = Vec::new();
    let mut add = |title: &str, weight: Weight, parts: Vec<Part>| {
        if !parts.is_empty() {
            sections.push(Section { title: title.to_owned(), weight, parts });
        }
    };
    add("Code", Weight::Essential, source(&view));
    add("Findings", Weight::Essential, rules::found(&view));
    add("Place in the program", Weight::Context, place::place(&view));
    add("Permissions", Weight::Essential, constraints(&view));
    let is_handoff = question.handoff != crate::Handoff::default() || question.agent.takes_handoffs();
    if is_handoff {
        let work = HandoffFiles::of(&view);
        add("Modified files and new functionality", Weight::Essential, new_functionality(&view, &work));
        add("Results of the earlier steps", Weight::Essential, list(HandoffFiles::steps(&view)));
        add("Test cases", Weight::Context, list(work.cases(&view).lines()));
        add("Integration dependencies", Weight::Context, list(work.dependencies(&view)));
        add("Performance requirements", Weight::Context, list(work.performance(&view)));
    }
    add("Imports and tests", Weight::Context, imports_and_tests(&view));
    add("Rules of these findings", Weight::Context, rules::reasons(&view));
    add("Uses", Weight::Background, place::uses(&view));
    Brief { agent: question.agent.name.clone(), goal: question.goal.to_owned(), about: view.about(), sections }
}

fn list(lines: Vec<String>) -> Vec<Part> {
    if lines.is_empty() { Vec::new() } else { vec![Part::List(lines)] }
}

/// The source of what is asked about; for all of the workspace its files by name.
fn source(view: &View<'_>) -> Vec<Part> {
    let part =
        |id, range: TextRange| view.snapshot.file(id).map(|file| source_of(view, file, range)).unwrap_or_default();
    match &view.question.subject {
        Subject::Workspace => {
            let files: Vec<String> = view.all_files().iter().map(|file| code(&view.short(&file.path))).collect();
            if files.is_empty() {
                return vec![Part::Prose("The workspace has no Python files.".to_owned())];
            }
            vec![Part::Prose(format!("{} Python files: {}.", files.len(), and_more(&files, 40)))]
        }
        Subject::File(file) => {
            let range = view.snapshot.file(*file).map(|file| TextRange::up_to(file.source().len()));
            range.map(|range| part(*file, range)).unwrap_or_default()
        }
        Subject::Symbol(file, name) => match view.symbol() {
            Some(symbol) => part(*file, symbol.range),
            None => vec![Part::Prose(format!("`{name}` is not defined in `{}`.", view.path(*file)))],
        },
        Subject::Finding(id, _) => {
            let Some((finding, file)) = view.finding().zip(view.snapshot.file(*id)) else { return Vec::new() };
            let item = file.parsed.items.get(finding.anchor.item as usize);
            let range = item.map_or(finding.range, pyteam_syntax::ItemSlot::range);
            part(*id, range)
        }
    }
}

fn source_of(view: &View<'_>, file: &File, range: TextRange) -> Vec<Part> {
    let lines = file.source().lines();
    let first = lines.line_of(range.start());
    let end = lines.line_of(range.end());
    let last = end.min(first + MAX_LINES as u32 - 1);
    // Whole lines, so that the indentation is the file's.
    let text: Vec<&str> = (first..=last).map(|line| file.source().line_text(line)).collect();
    let mut parts = vec![Part::Source { path: view.short(&file.path), line: first + 1, text: text.join("\n") }];
    if last < end {
        let (count, all) = (last - first + 1, end - first + 1);
        parts.push(Part::Prose(format!("These are the first {count} of {all} lines.")));
    }
    parts
}

/// A file's name as code, on one line, whatever stands in it: a workspace must not be able to write headings of its own.
fn code(name: &str) -> String {
    format!("`{}`", visible_line(name).replace('`', "'"))
}

/// What the agent may do, and which gates its work goes through.
fn constraints(view: &View<'_>) -> Vec<Part> {
    let rights = view.question.agent.rights;
    let edit = if rights.edit {
        "You may change files of this workspace; every change is shown to the user before it is applied."
    } else {
        "You may not change files: answer in words, and show code as code."
    };
    let mut lines = vec![edit.to_owned()];
    if !rights.execute {
        lines.push("You may not run programs.".to_owned());
    }
    for tool in configured::gate(view) {
        match &tool.set {
            Set::In { path, how } if how.is_empty() => lines.push(format!("`{}` must pass ({path}).", tool.command)),
            Set::In { path, how } => lines.push(format!("`{}` must pass ({path}: {how}).", tool.command)),
            Set::Nowhere => {}
        }
    }
    let file = view.question.subject.file().and_then(|file| view.snapshot.file(file));
    let anyone =
        file.map_or_else(|| view.question.root.to_string_lossy().into_owned() + "/x.py", |file| file.path.to_string());
    if let Some(python) = view.snapshot.requirements_for(&anyone).and_then(|known| known.version("python")) {
        lines.push(format!("Python {python}."));
    }
    vec![Part::List(lines)]
}

/// Imports of the file, and how this project tests.
fn imports_and_tests(view: &View<'_>) -> Vec<Part> {
    let mut lines = Vec::new();
    if let Some(file) = view.question.subject.file().and_then(|file| view.snapshot.file(file)) {
        let imports = Imports::of(view, &[file]);
        let told = |names: Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        for (what, names) in [
            ("From this workspace", imports.own.into_keys().collect::<Vec<_>>()),
            ("From packages", imports.outside.into_keys().collect()),
            ("From the standard library", imports.standard.into_iter().collect()),
        ] {
            if !names.is_empty() {
                lines.push(format!("{what}: {}", told(names)));
            }
        }
        let tests = test_lookup::importers(view, file.id);
        lines.push(if tests.is_empty() {
            format!("No test imports `{}`.", view.short(&file.path))
        } else {
            format!("Tests that import it: {}", and_more(&tests, 8))
        });
    }
    let frameworks = configured::test_frameworks(view);
    lines.push(if frameworks.is_empty() {
        "No test framework in use.".to_owned()
    } else {
        format!("Tests: {}", frameworks.join(", "))
    });
    vec![Part::List(lines)]
}

/// What was modified, and the public functions that are new or other than before.
fn new_functionality(view: &View<'_>, work: &HandoffFiles<'_>) -> Vec<Part> {
    let mut parts = list(HandoffFiles::modified(view));
    parts.extend(list(signatures(view, &work.functions(view))));
    parts
}
