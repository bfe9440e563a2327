//! docs/agents.md shows what the built-in agents answer, each of them, and that is what they answer. `PYTEAM_UPDATE=1` writes it anew.
//!
//! The example is always asked about. `PYTEAM_SHOWN="dramatiq 2.2.1=FOLDER,frigate e3fa701=FOLDER"` says where others of the
//! page lie: dramatiq is its package as it is in the wheel, frigate a checkout without git.

#![allow(clippy::print_stdout, reason = "a test says what it left out")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use pyteam_agents::Team;
use pyteam_agents::team::built_in;
use pyteam_tests::Project;
use pyteam_tests::cli::{command, run_with};

/// Characters of a line that are shown.
const LINE: usize = 300;
/// Lines of an answer that are shown, about the example and about other projects.
const LINES: (usize, usize) = (60, 30);

const SECTION: &str = "## The whole team on ";
const TABLE: &str = "| agent | answers with |\n| --- | --- |\n";
const AGENT: &str = "<details><summary><code>";
const START: &str = "</code></summary>\n\n````markdown\n";
const END: &str = "\n````\n";
const CLOSED: &str = "\n</details>\n\n";

#[test]
fn what_the_page_shows_is_what_they_answer() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
    let text = fs::read_to_string(&page).expect("the page");
    let mut sections = text.split(SECTION);
    let mut written = with_table(sections.next().expect("what stands before"));
    for section in sections {
        let name = section.lines().next().unwrap_or_default();
        written += SECTION;
        match folder_of(name) {
            Some((folder, most)) => written += &answered(section, &folder, most),
            None => {
                println!("left out: {name}; PYTEAM_SHOWN=\"{name}=FOLDER\" says where it lies");
                written += section;
            }
        }
    }
    if std::env::var_os("PYTEAM_UPDATE").is_some() {
        fs::write(&page, &written).expect("the page is written");
        return;
    }
    for (line, (shown, answered)) in text.lines().zip(written.lines()).enumerate() {
        assert_eq!(shown, answered, "docs/agents.md:{}: PYTEAM_UPDATE=1 writes it anew", line + 1);
    }
    assert_eq!(text.len(), written.len(), "docs/agents.md: PYTEAM_UPDATE=1 writes it anew");
}

/// What stands before the answers, with the table of what each agent answers with, as its page says.
fn with_table(text: &str) -> String {
    let (before, rest) = text.split_once(TABLE).expect("the table");
    let (_, after) = rest.split_once("\n\n").expect("the end of the table");
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for agent in Team::of_pyteam().in_use() {
        let answers = agent.profile.as_ref().expect("routing").answers.clone();
        let name = format!("`{}`", agent.name);
        match rows.iter_mut().find(|(known, _)| *known == answers) {
            Some((_, names)) => names.push(name),
            None => rows.push((answers, vec![name])),
        }
    }
    let rows: Vec<_> = rows.iter().map(|(answers, names)| format!("| {} | {answers} |", names.join(", "))).collect();
    format!("{before}{TABLE}{}\n\n{after}", rows.join("\n"))
}

/// A copy of the project that a section is about, where nothing around it is seen, and how many lines are shown.
fn folder_of(name: &str) -> Option<(Project, usize)> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/camera_pipeline");
    let (from, most) = if name == "the example" { (example, LINES.0) } else { (given(name)?, LINES.1) };
    let project = Project::new(&[]);
    copy(&from, project.root());
    Some((project, most))
}

fn given(name: &str) -> Option<PathBuf> {
    let all = std::env::var("PYTEAM_SHOWN").ok()?;
    all.split(',')
        .find_map(|one| one.split_once('=').filter(|(known, _)| *known == name).map(|(_, folder)| folder.into()))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().expect("a kind") {
            kind if kind.is_dir() && entry.file_name() != ".git" => copy(&path, &to),
            kind if kind.is_file() => drop(fs::copy(&path, &to).expect("a copy")),
            _ => {}
        }
    }
}

/// The section with each agent's answer as it is now, and behind them those of agents that it does not show yet.
fn answered(section: &str, project: &Project, most: usize) -> String {
    let mut parts = section.split(AGENT);
    let mut written = parts.next().expect("the heading").to_owned();
    for part in parts {
        let (agent, rest) = part.split_once(START).expect("an agent's name");
        let (_, rest) = rest.split_once(END).expect("the end of an answer");
        let _ = write!(written, "{AGENT}{agent}{START}{}{END}{rest}", shown(&answer(project, agent), most));
    }
    for (agent, _) in built_in::files().filter(|(agent, _)| !section.contains(&format!("{AGENT}{agent}<"))) {
        let _ = write!(written, "{AGENT}{agent}{START}{}{END}{CLOSED}", shown(&answer(project, agent), most));
    }
    written
}

fn answer(project: &Project, agent: &str) -> String {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = command(project.root(), &["ask", agent, ".", "--output-format", "json"]);
    // Neither agents nor settings of the user's own.
    command.env("PYTEAM_STATE_DIR", state.path()).env("PYTEAM_CONFIG_DIR", state.path());
    let outcome = run_with(command, b"");
    assert_eq!(outcome.code, 0, "{agent}: {outcome:#?}");
    outcome.json()["document"].as_str().expect("a document").to_owned()
}

/// What is shown of an answer: so many lines, and so much of each.
fn shown(document: &str, most: usize) -> String {
    let all: Vec<&str> = document.trim_end().lines().collect();
    let cut = |line: &&str| match line.char_indices().nth(LINE) {
        Some(_) => line.chars().take(LINE - 3).chain("...".chars()).collect(),
        None => (*line).to_owned(),
    };
    let mut lines: Vec<String> = all.iter().take(most).map(cut).collect();
    if all.len() > most {
        lines.push(format!("... ({} more lines)", all.len() - most));
    }
    lines.join("\n")
}
