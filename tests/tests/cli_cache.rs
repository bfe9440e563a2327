//! What `pyteam check` keeps: the second answer is the first one, and nothing that matters is ever taken for the same.

use std::fs;
use std::path::Path;

use pyteam_tests::Project;
use pyteam_tests::cli::{Outcome, command, project, run_with};

struct Case {
    project: Project,
    cache: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let project = project(&[("app.py", "import slow\n\nslow.fetch()\n"), ("other.py", "x = 1\n")]);
        Self { project, cache: tempfile::tempdir().expect("a folder") }
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let mut command = command(self.project.root(), args);
        command.env("PYTEAM_CACHE_DIR", self.cache.path());
        run_with(command, b"")
    }

    fn entries(&self) -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(self.cache.path()).expect("the cache").flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|end| end == "entry")).collect()
    }

    /// Replaces what is kept, so that an answer tells where it comes from.
    fn poison(&self) {
        for path in self.entries() {
            let text = fs::read(&path).expect("an entry");
            let head = "pyteam cache 1\n".len();
            let mut answer = text[head + 32..].to_vec();
            answer.extend(b"(kept)\n");
            let hash = blake3::hash(&answer);
            fs::write(&path, [&text[..head], hash.as_bytes(), &answer].concat()).expect("a write");
        }
    }
}

#[test]
fn the_second_answer_comes_from_the_cache() {
    let case = Case::new();
    let first = case.run(&["check", "."]);
    assert_eq!(first.code, 1, "{first:?}");
    assert_eq!(case.entries().len(), 1);
    case.poison();
    let second = case.run(&["check", "."]);
    assert_eq!((second.code, second.stdout), (1, format!("{}(kept)\n", first.stdout)));
    let without = case.run(&["check", "--no-cache", "."]);
    assert_eq!((without.code, without.stdout), (1, first.stdout));
}

#[test]
fn whatever_the_answer_rests_on_makes_it_another_one() {
    let case = Case::new();
    let kept = |args: &[&str]| case.run(args).stdout.contains("(kept)");
    case.run(&["check", "."]);
    case.poison();
    assert!(kept(&["check", "."]));
    assert!(!kept(&["check", "app.py"]));
    assert!(!kept(&["check", ".", "--severity", "warning"]));
    assert!(!kept(&["check", ".", "--output-format", "github"]));
    let write = |path: &str, text: &str| {
        case.run(&["cache", "clean"]);
        case.run(&["check", "."]);
        case.poison();
        assert!(kept(&["check", "."]), "{path}");
        case.project.write(path, text);
        let what = format!("{path} was written");
        assert!(!kept(&["check", "."]), "{what}");
    };
    write("other.py", "x = 2\n");
    write("new.py", "");
    write("requirements.txt", "torch==2.1\n");
    write("pyteam.toml", "ignore = [\"slow-send\"]\n");
    let rule = pyteam_tests::cli::FETCH.1.replace("It waits.", "It waits and waits.");
    write(".pyteam/rules/slow_fetch.md", &rule);
    fs::remove_file(case.project.root().join("new.py")).expect("a file");
    assert!(!kept(&["check", "."]));
}

#[test]
fn what_changes_files_is_not_kept() {
    let case = Case::new();
    case.run(&["check", "--diff", "."]);
    case.run(&["check", "--fix", "."]);
    assert!(!case.cache.path().join("CACHEDIR.TAG").exists());
    // Nor is a failure.
    case.project.write("pyteam.toml", "select = 3\n");
    assert_eq!(case.run(&["check", "."]).code, 2);
    assert!(!case.cache.path().join("CACHEDIR.TAG").exists());
}

#[test]
fn a_damaged_cache_is_thrown_away() {
    let case = Case::new();
    let first = case.run(&["check", "."]);
    for damage in [&b""[..], b"pyteam cache 1\n", b"no cache at all", b"pyteam cache 0\nof another version"] {
        for path in case.entries() {
            fs::write(&path, damage).expect("a write");
        }
        let again = case.run(&["check", "."]);
        assert_eq!((again.code, &again.stdout), (first.code, &first.stdout));
        assert_eq!(case.entries().len(), 1);
    }
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_else() {
    let case = Case::new();
    let file = case.cache.path().join("file");
    fs::write(&file, "").expect("a file");
    let mut command = command(case.project.root(), &["check", "."]);
    command.env("PYTEAM_CACHE_DIR", file.join("below"));
    let outcome = run_with(command, b"");
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
}

#[test]
fn the_cache_can_be_found_and_emptied() {
    let case = Case::new();
    case.run(&["check", "."]);
    assert_eq!(Path::new(case.run(&["cache", "dir"]).stdout.trim()), case.cache.path());
    let cleaned = case.run(&["cache", "clean"]);
    assert!(cleaned.stdout.starts_with("Removed 1 entry ("), "{cleaned:?}");
    assert!(case.entries().is_empty());
    assert!(case.run(&["cache", "clean"]).stdout.starts_with("Removed 0 entries"));
}

#[test]
fn many_checks_at_once_agree() {
    let case = Case::new();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| case.run(&["check", "."]))).collect();
        runs.into_iter().map(|run| run.join().expect("a run")).collect()
    });
    assert!(outcomes.iter().all(|one| one.code == 1 && one.stdout == outcomes[0].stdout && one.stderr.is_empty()));
    assert_eq!(case.entries().len(), 1);
}
