//! docs/agents.md lists what each built-in agent answers with, and shows two answers in full: that is what they answer.
//! `PYTEAM_UPDATE=1` writes the page anew. The answers of all agents are snapshots of `server/answers/tests`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use pyteam_agents::Team;
use pyteam_agents::team::Owners;
use pyteam_tests::Project;
use pyteam_tests::cli::{command, run_with};

/// The agents whose answers are shown.
const SHOWN: [&str; 2] = ["python-architect", "python-async-specialist"];

const TABLE: &str = "| agent | answers with |\n| --- | --- |\n";
const SECTION: &str = "## Answers about the example\n";

#[test]
fn what_the_page_shows_is_what_they_answer() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
    let text = fs::read_to_string(&page).expect("the page");
    let (before, _) = text.split_once(SECTION).expect("the section");
    let mut written = with_table(before) + SECTION;
    let project = example();
    for agent in SHOWN {
        let _ = write!(written, "\n### {agent}\n\n````markdown\n{}\n````\n", answer(&project, agent).trim_end());
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
    for agent in Team::of_pyteam(&Owners::new()).in_use() {
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

/// A copy of the example, where nothing around it is seen.
fn example() -> Project {
    let project = Project::new(&[]);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/camera_pipeline"), project.root());
    project
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().expect("a kind") {
            kind if kind.is_dir() => copy(&path, &to),
            kind if kind.is_file() => drop(fs::copy(&path, &to).expect("a copy")),
            _ => {}
        }
    }
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
