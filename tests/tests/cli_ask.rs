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
fn mistakes_are_reported_and_no_agent_is_asked() {
    let scene = Scene::new(&[("a.py", PIPELINE), ("b.txt", "text\n")]);
    for (args, words) in [
        (
            &["python-asink-specialist"][..],
            "unknown agent `python-asink-specialist`; did you mean `python-async-specialist`?",
        ),
        (&["python-architect", "gone.py:Worker"], "file not found: gone.py"),
        (&["python-architect", "a.py:Gone"], "`Gone` not found in "),
        (&["python-architect", "a.py:99"], "has no line 99"),
        (&["python-architect", ".:Worker"], "is a directory"),
        (&["python-architect", "b.txt"], "is not a Python file"),
        (&["python-architect", "a.py", "--resume", "20200101-000000-abcd"], "remove `--resume`"),
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
    // Without words, the place alone: a finding goes to its owner, a symbol to the owner of what was found in it.
    for place in ["a.py:10", "a.py:Worker.run", "a.py"] {
        let outcome = ask(&scene, &["anyone", place]);
        assert!(outcome.stderr.contains("asking python-async-specialist"), "{place}: {outcome:#?}");
    }
}

#[test]
fn settings_that_do_not_hold_are_told() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    scene.user.write("config/pyteam.toml", "[agents\nbackend = 'x'\n");
    let outcome = ask(&scene, &["python-architect", "a.py"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stderr.contains("config/pyteam.toml:1"), "{outcome:#?}");
    let wish = "[agents]\nbackend = \"theirs\"\n\n[agents.backends.theirs]\nkind = \"acp\"\ncommand = [\"python3\"]\n";
    let scene = Scene::new(&[("a.py", PIPELINE), ("pyteam.toml", wish)]);
    let outcome = ask(&scene, &["python-architect", "a.py"]);
    assert!(outcome.stderr.contains("ignored until you trust it; see `pyteam trust --show`"), "{outcome:#?}");
}

#[test]
fn mistakes_in_the_settings_of_the_workspace_are_told_with_what_holds_instead() {
    let scene = Scene::new(&[("a.py", PIPELINE), ("pyteam.toml", "select = ['achitecture', 'messaging']\n")]);
    let outcome = ask(&scene, &["python-async-specialist", "a.py"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.contains("blocking-get-without-timeout"), "nothing is switched off: {outcome:#?}");
    let told = "warning: pyteam.toml:1:11: unknown rule or family `achitecture`; did you mean `architecture`? All of this \
                `select` is ignored until it is fixed";
    assert!(outcome.stderr.contains(told), "{outcome:#?}");
    scene.project.write("pyteam.toml", "max-depth = 'x'\n");
    scene.project.write(".pyteam/rules/odd.md", "no page\n");
    let outcome = ask(&scene, &["python-async-specialist", "a.py"]);
    for told in [
        "warning: pyteam.toml:1:13: `max-depth`: expected a whole number, found a string",
        "warning: .pyteam/rules/odd.md:",
    ] {
        assert!(outcome.stderr.contains(told), "{told}: {outcome:#?}");
    }
    scene.project.write("pyteam.toml", "max-depth = [\n");
    let outcome = ask(&scene, &["python-async-specialist", "a.py"]);
    assert_eq!(outcome.stderr.matches("pyteam.toml:").count(), 1, "{outcome:#?}");
}

#[test]
fn a_repair_that_an_agent_does_not_make_is_named_for_a_terminal_too() {
    let text = "import torch\n\nmodel = torch.load('x.pt')\n";
    let scene = Scene::new(&[("a.py", text)]);
    let answer = ask(&scene, &["python-security-reviewer", "a.py:3"]).stdout;
    let told = answer.split("in a terminal: `pyteam ").nth(1).and_then(|rest| rest.split('`').next());
    let words: Vec<&str> = told.unwrap_or_else(|| panic!("{answer}")).split(' ').collect();
    // What is said there does it.
    let outcome = scene.run(&words);
    assert!(outcome.stdout.contains("Fixed 1 finding."), "{words:?}: {outcome:#?}");
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
    assert!(answer.contains("No uncommitted changes"), "{answer}");
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
    assert!(outcome.code == 2 && outcome.stderr.contains("a session cannot continue in another one"), "{outcome:#?}");
}

#[test]
fn the_brief_says_who_is_asked_and_holds_no_secret() {
    let url = "URL = \"rtsp://admin:hunter2@camera\"\n";
    let scene = Scene::new(&[("a.py", url)]).with_agent("acp", "answer");
    let brief = ask(&scene, &["python-security-reviewer", "a.py", "Look", "--print-prompt"]).stdout;
    assert!(brief.contains("Who you are") && brief.contains("Look"), "{brief}");
    assert!(!brief.contains("hunter2"), "{brief}");
    let asked = ["python-security-reviewer", "a.py", "Look", "--print-prompt"];
    assert_eq!(brief, ask(&scene, &asked).stdout);
    let json = ask(&scene, &[&asked[..], &["--output-format", "json"]].concat()).json();
    assert_eq!((&json["prompt"], &json["agent"]), (&brief.into(), &"python-security-reviewer".into()));
}

#[test]
fn without_a_terminal_nothing_is_changed_unless_it_was_said_before() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "edit");
    let outcome = ask(&scene, &["python-async-specialist", "a.py", "Mend it"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(
        outcome.stdout.contains("+a = 2") && outcome.stderr.contains("change not applied: no terminal"),
        "{outcome:#?}"
    );
    assert!(outcome.stderr.contains("use `--yes`") && !outcome.stderr.contains("--allow"), "{outcome:#?}");
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
    assert!(
        outcome.stdout.starts_with("# ") && outcome.stderr.contains("warning: cannot write the run record: "),
        "{outcome:#?}"
    );
}

const ENGINEER: &str = "python-async-specialist";

#[test]
fn a_diff_with_wrong_numbers_lands_and_one_that_cannot_be_used_is_an_error() {
    let good = "Do this:\n\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -21,9 +21,9 @@\n-a = 1\n+a = 2\n```\n\n- done\n";
    let scene = Scene::answering(&[("a.py", "a = 1\n")], good);
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert_eq!((outcome.code, scene.text("a.py").as_deref()), (0, Some("a = 2\n")), "{outcome:#?}");
    for bad in [
        "```diff\n-a = 1\n+a = 2\n```\n",
        "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-z = 1\n+a = 2\n",
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a = 1\n b = 1\n",
    ] {
        let scene = Scene::answering(&[("a.py", "a = 1\n")], bad);
        let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
        assert_eq!((outcome.code, scene.text("a.py").as_deref()), (2, Some("a = 1\n")), "{bad}: {outcome:#?}");
        assert!(outcome.stderr.contains("answered with a diff that"), "{outcome:#?}");
    }
    let prose = Scene::answering(&[("a.py", "a = 1\n")], "Nothing to do here.\n");
    let outcome = ask(&prose, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "Nothing to do here.\n"), "{outcome:#?}");
}

#[test]
fn yes_alone_covers_neither_deletions_nor_files_that_run_by_themselves() {
    let scene = Scene::new(&[("a.py", "a = 1\n"), ("b.py", "b = 1\n")]).with_agent("acp", "delete-all");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Tidy", "--yes"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stdout.contains("! a.py: deletes this file\n--- a.py\n"), "{outcome:#?}");
    for said in ["deletes all 2 files", "deletes a.py, deletes b.py", "add `--allow-deletions`"] {
        assert!(outcome.stderr.contains(said), "{said}: {outcome:#?}");
    }
    assert!(scene.text("a.py").is_some() && scene.text("b.py").is_some());
    let shown = scene.run(&["runs", "--output-format", "json"]).json();
    let id = shown[0]["id"].as_str().unwrap().to_owned();
    let record = scene.run(&["runs", "show", &id]).stdout;
    for said in [
        "marked: deletes a.py, deletes b.py",
        "findings, proposed: ",
        "it deletes all 2 files",
        "not applied (it deletes a.py, deletes b.py, ",
    ] {
        assert!(record.contains(said), "{said}: {record}");
    }
    // The wrong flag, none, and the right one.
    assert_eq!(ask(&scene, &[ENGINEER, "a.py", "Tidy", "--yes", "--allow-autorun"]).code, 2);
    assert_eq!(ask(&scene, &[ENGINEER, "a.py", "Tidy", "--allow-deletions"]).code, 2);
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Tidy", "--yes", "--allow-deletions"]);
    assert_eq!((outcome.code, scene.text("a.py"), scene.text("b.py")), (0, None, None), "{outcome:#?}");

    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "write-autorun");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Set it up", "--yes"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stdout.contains("! conftest.py: runs automatically: pytest imports it"), "{outcome:#?}");
    assert!(outcome.stderr.contains("`--allow-autorun`") && !outcome.stderr.contains("`--allow-deletions`"));
    assert_eq!(scene.text("tests/sitecustomize_test.py"), None, "all or nothing");
    let json = ask(&scene, &[ENGINEER, "a.py", "Set it up", "--output-format", "json"]).json();
    assert_eq!(json["marked"].as_array().map(Vec::len), Some(2), "{json:#}");
    // Without a terminal, all that is needed is named at once.
    let told = ask(&scene, &[ENGINEER, "a.py", "Set it up"]).stderr;
    assert!(
        told.contains("change not applied: no terminal for confirmation. The change ") && told.contains("conftest.py"),
        "{told}"
    );
    assert!(told.contains("use `--yes` with `--allow-autorun`"), "{told}");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Set it up", "--yes", "--allow-autorun"]);
    assert!(outcome.code == 0 && scene.text("conftest.py").is_some(), "{outcome:#?}");
}

#[test]
fn half_a_change_is_not_made_without_a_terminal() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "stops-in-the-middle");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert_eq!((outcome.code, scene.text("a.py").as_deref()), (2, Some("a = 1\n")), "{outcome:#?}");
    for said in ["stopped early: its answer reached the length limit", "half a change needs confirmation in a terminal"]
    {
        assert!(outcome.stderr.contains(said), "{said}: {outcome:#?}");
    }
    assert!(outcome.stdout.contains("+a = 2"), "{outcome:#?}");
}

#[test]
fn secrets_that_a_program_tells_are_neither_shown_nor_recorded() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "tells-secrets");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("cannot log in with ***"), "{outcome:#?}");
    let id = scene.run(&["runs", "--output-format", "json"]).json()[0]["id"].as_str().unwrap().to_owned();
    let (plain, json) =
        (scene.run(&["runs", "show", &id]), scene.run(&["runs", "show", &id, "--output-format", "json"]));
    assert!(plain.stdout.contains("Bearer ***"), "{plain:#?}");
    for said in [&outcome.stdout, &outcome.stderr, &plain.stdout, &json.stdout] {
        assert!(!said.contains("a1B2c3"), "{said}");
    }
}

#[test]
fn a_diff_for_programs_is_exact_unless_it_repeats_a_secret() {
    let before = "PASSWORD = \"oldsecret1x\"\na = 1\n";
    let diff = "--- a/b.py\n+++ b/b.py\n@@ -1,2 +1,2 @@\n PASSWORD = \"oldsecret1x\"\n-a = 1\n+a = '***'\n";
    let scene = Scene::answering(&[("b.py", before)], diff);
    let shown = ask(&scene, &[ENGINEER, "b.py", "Mend it", "--output-format", "json"]).json()["diff"].clone();
    let shown = shown.as_str().unwrap();
    assert!(shown.contains(" PASSWORD = \"***\"\n-a = 1\n+a = '**\\u{2a}'\n"), "{shown}");
    let scene = Scene::answering(&[("b.py", "a = 1\n")], "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a = 1\n+a = '***'\n");
    let shown = ask(&scene, &[ENGINEER, "b.py", "Mend it", "--output-format", "json"]).json()["diff"].clone();
    assert_eq!(shown, "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a = 1\n+a = '***'\n");
}

#[test]
fn a_mask_over_a_secret_is_refused_and_a_change_of_a_secret_is_seen() {
    let before = "PASSWORD = \"oldsecret1x\"\n";
    for (new, code) in [("***", 2), ("***2", 2), ("oldsecret1x2", 0)] {
        let diff = format!("--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-{before}+PASSWORD = \"{new}\"\n");
        let scene = Scene::answering(&[("b.py", before)], &diff);
        let outcome = ask(&scene, &[ENGINEER, "b.py", "Mend it", "--yes"]);
        assert_eq!(outcome.code, code, "{outcome:#?}");
        if code == 0 {
            assert!(outcome.stdout.contains("-PASSWORD = \"***\"\n+PASSWORD = \"***\\u{32}\"\n"), "{outcome:#?}");
        } else {
            assert!(outcome.stderr.contains("would overwrite a secret in"), "{outcome:#?}");
            assert_eq!(scene.text("b.py").as_deref(), Some(before));
        }
    }
}

#[test]
fn a_part_that_cannot_be_taken_refuses_the_whole_until_the_limit_is_raised() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "leave-large");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Add it", "--yes"]);
    assert_eq!((outcome.code, scene.text("b.py")), (2, None), "{outcome:#?}");
    assert!(outcome.stderr.contains("large.txt is too large (limit 1 MB)"), "{outcome:#?}");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Add it", "--yes", "--max-file-size", "4MB"]);
    assert!(outcome.code == 0 && scene.text("large.txt").is_some() && scene.text("b.py").is_some(), "{outcome:#?}");
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "leave-large");
    let settings = fs::read_to_string(scene.user.path("config/pyteam.toml")).unwrap();
    scene.user.write("config/pyteam.toml", &format!("{settings}\n[agents.limits]\nfile-size = \"4MB\"\n"));
    assert_eq!(ask(&scene, &[ENGINEER, "a.py", "Add it", "--yes"]).code, 0);
}

#[cfg(unix)]
#[test]
fn the_executable_bit_lands_and_no_other() {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        |scene: &Scene, path: &str| fs::metadata(scene.project.path(path)).unwrap().permissions().mode() & 0o7777;
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "change-modes");
    let before = mode(&scene, "a.py");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Make it run", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    for shown in ["! a.py: mode 100644 -> 100755\n", "! run.sh: mode 100755\n"] {
        assert!(outcome.stdout.contains(shown), "{outcome:#?}");
    }
    assert_eq!(mode(&scene, "a.py"), before | (before & 0o444) >> 2);
    assert_eq!((mode(&scene, "run.sh") & 0o111 != 0, mode(&scene, "plain.py") & 0o111), (true, 0));
}

#[test]
fn what_a_change_does_to_the_findings_is_told_before_and_after() {
    let after = PIPELINE.replace("self.jobs.get()", "self.jobs.get(timeout=1.0)");
    let diff = "--- a/a.py\n+++ b/a.py\n@@ ... @@\n-            print(self.jobs.get())\n+            print(self.jobs.get(timeout=1.0))\n";
    let scene = Scene::answering(&[("a.py", PIPELINE)], diff);
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert_eq!((outcome.code, scene.text("a.py")), (0, Some(after)), "{outcome:#?}");
    let told = "blocking-get-without-timeout at a.py:10), 0 still there";
    assert_eq!(outcome.stderr.matches(told).count(), 2, "{outcome:#?}");
    // One that goes does not hide one that comes, and what does not parse is said first.
    let secret = "--- a/a.py\n+++ b/a.py\n@@ ... @@\n-            print(self.jobs.get())\n+            print(\"rtsp://admin:8fk2Lq93xT@10.1.2.3/cam\")\n";
    let severe = "[severity]\ncredential-in-url-literal = \"error\"\n";
    let scene = Scene::answering(&[("a.py", PIPELINE), ("pyteam.toml", severe)], secret);
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--yes"]);
    assert!(outcome.stderr.contains("this change brings a new error: a.py:10: "), "{outcome:#?}");
    assert!(outcome.stderr.contains("1 new (credential-in-url-literal at a.py:10)"), "{outcome:#?}");
    let broken =
        "--- a/a.py\n+++ b/a.py\n@@ ... @@\n-            print(self.jobs.get())\n+            print(self.jobs.get(\n";
    let scene = Scene::answering(&[("a.py", PIPELINE)], broken);
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Mend it"]);
    assert!(outcome.stderr.contains("a.py does not parse after this change"), "{outcome:#?}");
    let json = ask(&scene, &[ENGINEER, "a.py", "Mend it", "--output-format", "json"]).json();
    assert_eq!(json["findings"]["broken"], serde_json::json!(["a.py"]), "{json:#}");
}

#[test]
fn an_answer_that_did_not_read_the_request_says_so_first() {
    let scene = Scene::new(&[("a.py", PIPELINE)]);
    let team = scene.run(&["agents", "--output-format", "json"]).json();
    let names: Vec<&str> = team.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 16);
    for name in names {
        let outcome = ask(&scene, &[name, "Plan a party for the whole team"]);
        let first = outcome.stdout.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("Built-in answer (no model): it did not read your request \"Plan a party")
                && first.contains("It covers the workspace"),
            "{name}: {outcome:#?}"
        );
        let outcome = ask(&scene, &[name]);
        assert!(outcome.stdout.starts_with("# "), "{name}: {outcome:#?}");
    }
    let outcome = ask(&scene, &[ENGINEER, "a.py:10", "Why?"]);
    assert!(outcome.stdout.lines().next().unwrap().contains("\"Why?\""), "{outcome:#?}");
    // A backend reads it.
    let scene = Scene::new(&[("a.py", PIPELINE)]).with_agent("acp", "answer");
    assert!(!ask(&scene, &[ENGINEER, "a.py", "Why?"]).stdout.contains("Built-in answer"));
}

#[test]
fn a_limit_that_ends_a_run_is_named_with_how_to_raise_it() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "hang-turn");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Look", "--silence", "1s"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    for said in ["timed out after 1 s without output", "`silence = \"1h\"` under `[agents.limits]`", "`--silence 1h`"] {
        assert!(outcome.stderr.contains(said), "{said}: {outcome:#?}");
    }
    let settings = fs::read_to_string(scene.user.path("config/pyteam.toml")).unwrap();
    scene.user.write("config/pyteam.toml", &format!("{settings}limits = {{ run = 1 }}\n"));
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Look"]);
    assert!(outcome.stderr.contains("timed out after 1 s") && outcome.stderr.contains("--timeout 2h"), "{outcome:#?}");
    let outcome = ask(&scene, &[ENGINEER, "a.py", "Look", "--timeout", "soon"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("say `90s`, `30m` or `2h`"), "{outcome:#?}");
}

#[cfg(unix)]
#[test]
fn with_a_closed_standard_input_yes_is_all_that_is_asked() {
    use std::process::Stdio;
    for (args, after) in [(&["--yes"][..], "a = 2\n"), (&[][..], "a = 1\n")] {
        let scene = Scene::new(&[("a.py", "a = 1\n")]).with_agent("acp", "edit");
        let args = [&["ask", ENGINEER, "a.py", "Mend it"], args].concat();
        let output = scene.command(&args).stdin(Stdio::null()).output().unwrap();
        assert_eq!((output.status.code(), scene.text("a.py").as_deref()), (Some(0), Some(after)), "{output:?}");
    }
}
