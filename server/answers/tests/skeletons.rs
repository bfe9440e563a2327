//! The tests that the test writer writes: they can be collected, and they run.

mod common;

use std::path::Path;
use std::process::Command;
use std::{fs, str};

use common::Loaded;
use pyteam_agents::Answer;
use pyteam_answers::Subject;

/// As much of pytest as the tests use, for machines without it.
const PYTEST: &str = include_str!("skeletons/pytest.py");

/// Finds tests and fixtures by their names, as pytest does.
const RUNNER: &str = include_str!("skeletons/run_tests.py");

fn write(root: &Path, answer: &Answer) {
    for file in &answer.change.files {
        let path = root.join(&file.path);
        assert!(file.before.is_none() && !path.exists(), "{} is there already", file.path.display());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.after.as_ref().unwrap()).unwrap();
    }
}

/// Runs the tests in `root`; what each came to, sorted.
fn run(root: &Path, tests: &str) -> Vec<String> {
    let tools = tempfile::tempdir().unwrap();
    let has_pytest =
        Command::new("python3").args(["-c", "import pytest"]).output().expect("python3 runs").status.success();
    if has_pytest {
        let output = Command::new("python3").args(["-m", "pytest", "-q", tests]).current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    fs::write(tools.path().join("pytest.py"), PYTEST).unwrap();
    fs::write(tools.path().join("run_tests.py"), RUNNER).unwrap();
    let output = Command::new("python3")
        .arg(tools.path().join("run_tests.py"))
        .arg(root.join(tests))
        .env("PYTHONPATH", tools.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(tools.path())
        .output()
        .unwrap();
    let said = str::from_utf8(&output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten().filter(|entry| entry.file_type().unwrap().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn the_examples_tests_run() {
    for (example, skipped) in [("camera_pipeline", 2), ("camera_pipeline_repaired", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples").join(example), &root);
        let answer = Loaded::new(&root).answer("python-test-writer", Subject::Workspace);
        write(&root, &answer);
        let lines = run(&root, "tests");
        assert_eq!(lines.iter().filter(|line| line.contains(" skipped: fill in ")).count(), skipped, "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.ends_with(" ok")).count(), lines.len() - skipped, "{lines:#?}");
        assert!(lines.iter().any(|line| line.starts_with("test_run_camera_") && line.ends_with(" ok")), "{lines:#?}");
        // What is there is left alone.
        let again = Loaded::new(&root).answer("python-test-writer", Subject::Workspace);
        assert!(again.change.is_empty(), "{}", again.document);
        assert!(again.document.contains("exists and is not changed"), "{}", again.document);
    }
}

const WORKERS: &str = include_str!("skeletons/workers.py");

#[test]
fn packages_classes_and_threads_get_tests_that_run() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("src/app")).unwrap();
    fs::write(root.join("src/app/__init__.py"), "").unwrap();
    fs::write(root.join("src/app/workers.py"), WORKERS).unwrap();
    let answer = Loaded::new(&root).answer("python-test-writer", Subject::Workspace);
    write(&root, &answer);
    let text = fs::read_to_string(root.join("tests/test_workers_pipeline.py")).unwrap();
    assert!(text.contains("from app.workers import Doubler, count_down, tick"), "{text}");
    let lines = run(&root, "tests");
    assert_eq!(
        lines,
        [
            "test_Doubler_ends_after_the_last_message_on_numbers ok",
            "test_count_down_ends_when_its_work_is_done ok",
            "test_tick_ends_when_stop_is_set ok"
        ],
        "{text}"
    );
}

#[test]
fn a_conftest_that_is_there_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("tests")).unwrap();
    fs::write(root.join("workers.py"), WORKERS).unwrap();
    fs::write(root.join("tests/conftest.py"), "WORDS = ['mine']\n").unwrap();
    let answer = Loaded::new(&root).answer("python-test-writer", Subject::Workspace);
    assert_eq!(answer.change.files.len(), 1, "{:?}", answer.change);
    write(&root, &answer);
    assert_eq!(run(&root, "tests").len(), 3);
}
