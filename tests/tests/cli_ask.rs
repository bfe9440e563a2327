//! `pyteam ask`: whom, about what, what is printed, and what is changed.

use std::fs;
use std::process::Command;

use pyteam_tests::cli::Outcome;
use pyteam_tests::{Project, Scene};

const PIPELINE: &str = "import queue\n\n\nclass Worker:\n    def __init__(self) -> None:\n        self.jobs: queue.Queue[int] = queue.Queue(1)\n\n    def run(self) -> None:\n        while True:\n            print(self.jobs.get())\n";

fn ask(scene: &Scene, args: &[&str]) -> Outcome {
    scene.run(&[&["ask"], args].concat())
}

#[test]
fn the_index_answers_about_a_workspace_a_file_a_symbol_and_a_line() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    for target in [".", "a.py", "a.py:Worker", "a.py:Worker.run", "a.py:10"] {
        let outcome = ask(&scene, &["python-async-specialist", target]);
        assert_eq!(outcome.code, 0, "{target}: {outcome:#?}");
        assert!(outcome.stdout.starts_with("# "), "{target}: {outcome:#?}");
        assert!(outcome.stdout.contains("blocking-get-without-timeout"), "{target}: {outcome:#?}");
    }
}

#[test]
fn mistakes_are_said_and_answered_by_nobody() {
    let scene = Scene::new(&[("a.py", PIPELINE), ("b.txt", "text\n")]);
    for (args, words) in [
        (&["python-asink-specialist"][..], "Did you mean `python-async-specialist`?"),
        (&["python-architect", "gone.py:Worker"], "there is no gone.py"),
        (&["python-architect", "a.py:Gone"], "has no `Gone`"),
        (&["python-architect", "a.py:99"], "has no line 99"),
        (&["python-architect", ".:Worker"], "is a folder"),
        (&["python-architect", "b.txt"], "is no Python file"),
        (&["python-architect", "a.py", "--resume", "20200101-000000-abcd"], "leave out `--resume`"),
    ] {
        let outcome = ask(&scene, args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{args:?}: {outcome:#?}");
        assert!(outcome.stderr.contains(words), "{args:?}: {outcome:#?}");
    }
}

#[test]
fn anyone_is_whom_the_place_and_the_words_speak_for() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    let outcome = ask(&scene, &["anyone", "a.py", "Write pytest tests for this"]);
    assert!(outcome.stderr.contains("asking python-test-writer"), "{outcome:#?}");
    // Without words, the place alone: a finding goes to its owner, a symbol to whoever owns what was found in it.
    for place in ["a.py:10", "a.py:Worker.run", "a.py"] {
        let outcome = ask(&scene, &["anyone", place]);
        assert!(outcome.stderr.contains("asking python-async-specialist"), "{place}: {outcome:#?}");
    }
}

#[test]
fn settings_that_do_not_hold_are_told() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    scene.user.write("config/pyteam.toml", "[agents\nback-end = 'x'\n");
    let outcome = ask(&scene, &["python-architect", "a.py"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stderr.contains("config/pyteam.toml:1"), "{outcome:#?}");
    let wish =
        "[agents]\nback-end = \"theirs\"\n\n[agents.back-ends.theirs]\nkind = \"acp\"\ncommand = [\"python3\"]\n";
    let scene = Scene::new(&[("a.py", PIPELINE), ("pyteam.toml", wish)]);
    let outcome = ask(&scene, &["python-architect", "a.py"]);
    assert!(outcome.stderr.contains("not used until you trust it: `pyteam trust --show`"), "{outcome:#?}");
}

#[test]
fn who_goes_on_with_finished_work_is_told_what_is_not_committed() {
    let scene = Scene::new(&[("a.py", PIPELINE), ("b.py", "b = 1\n")]);
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(identity).args(args).current_dir(scene.project.root()).output().unwrap();
        assert!(done.status.success(), "{args:?}: {done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    let answer = ask(&scene, &["git-helper"]).stdout;
    assert!(answer.contains("Nothing here differs from the last commit"), "{answer}");
    scene.project.write("b.py", "b = 2\n\n\ndef added() -> None: ...\n");
    for agent in ["git-helper", "qa-engineer", "technical-writer"] {
        let answer = ask(&scene, &[agent]).stdout;
        assert!(answer.contains("`b.py` was changed") && !answer.contains("`a.py` was changed"), "{agent}: {answer}");
    }
}

#[test]
fn a_session_goes_on_where_its_run_was() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "sessions");
    let settings = fs::read_to_string(scene.user.path("config/pyteam.toml")).unwrap();
    let home = scene.user.path("agent-home").display().to_string();
    fs::create_dir(&home).unwrap();
    scene.user.write("config/pyteam.toml", &format!("{settings}home = {home:?}\n"));
    let first = ask(&scene, &["python-async-specialist", "a.py", "Look", "--output-format", "json"]);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let second = ask(&scene, &["python-async-specialist", "a.py", "Go on", "--resume", &id]);
    assert!(second.stdout.contains(first.json()["session"].as_str().expect("a session")), "{second:#?}");
    let other = ask(&scene, &["python-architect", "a.py", "Go on", "--resume", &id]);
    assert!(other.code == 2 && other.stderr.contains("left no session"), "{other:#?}");
    let elsewhere = Scene { project: Project::new(&[("a.py", "a = 1\n")]), user: scene.user };
    let outcome = ask(&elsewhere, &["python-async-specialist", "a.py", "Go on", "--resume", &id]);
    assert!(outcome.code == 2 && outcome.stderr.contains("stays with its workspace"), "{outcome:#?}");
}

#[test]
fn the_brief_says_who_is_asked_and_holds_no_secret() {
    let url = "URL = \"rtsp://admin:hunter2@camera\"\n";
    let scene = Scene::new(&[("a.py", url)]).with_agent("acp", "answer");
    let brief = ask(&scene, &["python-security-reviewer", "a.py", "Look", "--brief"]).stdout;
    assert!(brief.contains("Who you are") && brief.contains("Look"), "{brief}");
    assert!(!brief.contains("hunter2"), "{brief}");
    assert_eq!(brief, ask(&scene, &["python-security-reviewer", "a.py", "Look", "--brief"]).stdout);
}

#[test]
fn without_a_terminal_nothing_is_changed_unless_it_was_said_before() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "edit");
    let outcome = ask(&scene, &["python-async-specialist", "a.py", "Mend it"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains("+a = 2") && outcome.stderr.contains("nothing was changed"), "{outcome:#?}");
    assert_eq!(fs::read_to_string(scene.project.path("a.py")).unwrap(), "a = 1\n");
    let outcome = ask(&scene, &["python-async-specialist", "a.py", "Mend it", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(fs::read_to_string(scene.project.path("a.py")).unwrap(), "a = 2\n");
    let runs = scene.run(&["runs", "--output-format", "json"]).json();
    assert_eq!((&runs[0]["state"], &runs[1]["state"]), (&"accepted".into(), &"discarded".into()), "{runs:#}");
}

#[test]
fn a_reader_that_edits_is_a_violation() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("command", "command-edit");
    let outcome = ask(&scene, &["python-security-reviewer", "a.py", "Look", "--yes"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("VIOLATION"), "{outcome:#?}");
    assert_eq!(fs::read_to_string(scene.project.path("a.py")).unwrap(), "a = 1\n");
}

#[test]
fn work_is_handed_on_with_the_files_that_were_modified() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    let outcome = ask(&scene, &["git-helper", ".", "--modified", "a.py"]);
    assert!(outcome.stdout.contains("a.py"), "{outcome:#?}");
}

#[test]
fn an_answer_that_cannot_be_recorded_is_given_nevertheless() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    scene.user.write("state", "no folder\n");
    let outcome = ask(&scene, &["python-architect"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.starts_with("# ") && outcome.stderr.contains("cannot be recorded"), "{outcome:#?}");
}
