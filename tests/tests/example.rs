//! The example pipeline: what is planted in it is found, nothing else, and the repairs leave a program that runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pyteam_tests::program::pyteam;
use serde_json::Value;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name)
}

fn check(folder: &Path, more: &[&str]) -> Output {
    Command::new(pyteam())
        .env("PYTEAM_CACHE_DIR", "")
        .arg("check")
        .args(more)
        .arg(".")
        .current_dir(folder)
        .output()
        .expect("pyteam runs")
}

fn findings(folder: &Path, more: &[&str]) -> Vec<Value> {
    let done = check(folder, &[&["--output-format", "json"], more].concat());
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// How many findings of each rule are in each file.
fn counts(findings: &[Value]) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        let file = Path::new(finding["filename"].as_str().expect("a file name"));
        let file = file.file_name().expect("a file").to_string_lossy().into_owned();
        *counts.entry((finding["code"].as_str().expect("a code").to_owned(), file)).or_default() += 1;
    }
    counts
}

fn copied(name: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in fs::read_dir(example(name)).expect("the example").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
        }
    }
    copy
}

#[test]
fn everything_planted_is_found_and_nothing_else() {
    let planted = [
        ("bare-queue-annotation", "aggregator.py", 3),
        ("bare-queue-annotation", "camera.py", 1),
        ("bare-queue-annotation", "detector.py", 2),
        ("bare-queue-annotation", "output.py", 1),
        ("bare-queue-annotation", "pipeline.py", 4),
        ("base-class-should-be-protocol", "processors.py", 1),
        ("blocking-get-without-timeout", "output.py", 1),
        ("blocking-get-without-timeout", "pipeline.py", 1),
        ("cpu-bound-in-async", "detector.py", 1),
        ("credential-in-url-literal", "camera.py", 1),
        ("deep-inheritance", "detector.py", 1),
        ("unsafe-model-load", "model.py", 1),
        ("untyped-queue-message", "aggregator.py", 3),
        ("untyped-queue-message", "camera.py", 2),
        ("untyped-queue-message", "detector.py", 2),
        ("untyped-queue-message", "pipeline.py", 1),
    ];
    let planted: BTreeMap<_, _> =
        planted.into_iter().map(|(code, file, count)| ((code.to_owned(), file.to_owned()), count)).collect();
    assert_eq!(counts(&findings(&example("camera_pipeline"), &[])), planted);
}

#[test]
fn the_readme_counts_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README").replace('\n', " ");
    let all = findings(&example("camera_pipeline"), &[]);
    let of = |severity: &str| all.iter().filter(|one| one["severity"] == severity).count();
    let (errors, warnings, rest) = (of("error"), of("warning"), of("information"));
    let found =
        format!("{} findings: {errors} error, {warnings} warnings and {rest} of severity *information*", all.len());
    assert!(readme.contains(&found), "{found}");
    let pages = |family: &str| {
        let entries = fs::read_dir(root.join("rules").join(family)).expect("a family").flatten();
        entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "md")).count()
    };
    let families = ["concurrency", "messaging", "architecture", "security"];
    let rules: usize = families.iter().map(|family| pages(family)).sum();
    assert!(readme.contains(&format!("It has {rules} rules")), "{rules}");
    for family in families {
        let link = format!("[{family}](rules/{family}) ({})", pages(family));
        assert!(readme.contains(&link), "{link}");
    }
}

#[test]
fn findings_make_the_exit_code_one() {
    assert_eq!(check(&example("camera_pipeline"), &[]).status.code(), Some(1));
}

#[test]
fn the_repaired_example_is_clean() {
    let found = findings(&example("camera_pipeline_repaired"), &["--severity", "hint"]);
    assert_eq!(counts(&found), BTreeMap::new());
}

#[test]
fn the_repairs_leave_a_program_that_runs_and_two_waits_for_a_person_to_judge() {
    let copy = copied("camera_pipeline");
    let folder = copy.path();
    check(folder, &["--fix", "--unsafe-fixes"]);
    // How long the aggregator takes to reply is not known: a limit might end a pipeline that is well. And the output waits
    // for the message that is put behind its event.
    let left =
        ["output.py", "pipeline.py"].map(|file| (("blocking-get-without-timeout".to_owned(), file.to_owned()), 1));
    let left = BTreeMap::from(left);
    assert_eq!(counts(&findings(folder, &[])), left);
    let run = Command::new("python3").args(["main.py", "--frames", "20"]).current_dir(folder).output().expect("Python");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("camera pipeline closed: 20 frames, 3 objects"), "{said}");
    // A second time there is nothing left to do.
    let before = texts(folder);
    check(folder, &["--fix", "--unsafe-fixes"]);
    assert_eq!(texts(folder), before);
}

fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    let files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .map(|path| (path.clone(), fs::read_to_string(&path).expect("text")))
        .collect()
}

/// `tests/run` installs mypy and names it in `PYTEAM_MYPY`; alone, the test has nothing to ask.
#[test]
fn the_repairs_bring_no_new_type_error() {
    let Some(mypy) = std::env::var_os("PYTEAM_MYPY") else {
        assert!(std::env::var_os("CI").is_none(), "CI must set PYTEAM_MYPY");
        return;
    };
    let errors = |folder: &Path| -> usize {
        let done = Command::new(&mypy)
            .args(["--strict", "--no-error-summary", "--cache-dir=/dev/null", "."])
            .current_dir(folder)
            .output();
        String::from_utf8_lossy(&done.expect("mypy runs").stdout)
            .lines()
            .filter(|line| line.contains(": error:"))
            .count()
    };
    let copy = copied("camera_pipeline");
    let before = errors(copy.path());
    check(copy.path(), &["--fix", "--unsafe-fixes"]);
    assert!(errors(copy.path()) <= before);
}

/// Drawn anew by `docs/images/render.py`, which writes the text beside the picture.
#[test]
fn the_picture_of_the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shown = fs::read_to_string(root.join("docs/images/check.txt")).expect("the picture's text");
    let (command, shown) = shown.split_once('\n').expect("the command");
    let words = command.strip_prefix("$ pyteam ").expect("a command of pyteam").split(' ');
    let done = Command::new(pyteam())
        .env("PYTEAM_CACHE_DIR", "")
        .env("COLUMNS", "100")
        .args(words)
        .current_dir(&root)
        .output()
        .expect("pyteam runs");
    let printed = String::from_utf8(done.stdout).expect("text");
    let printed: String = printed.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(printed, shown, "draw docs/images/check.png anew");
}
