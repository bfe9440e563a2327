//! `pyteam check --fix` and `--diff`.

use std::fs;

use pyteam_tests::cli::{project, run, run_on};

const BEFORE: &str = "import slow\n\nslow.fetch()  # why\nslow.send(slow.fetch(1))\n";
const SAFE: &str = "import slow\n\nslow.fetch(timeout=5)  # why\nslow.send(slow.fetch(1, timeout=5))\n";
const ALL: &str = "import slow\n\nslow.fetch(timeout=5)  # why\nslow.post(slow.fetch(1, timeout=5))\n";

#[test]
fn safe_fixes_are_applied_and_unsafe_ones_on_demand() {
    let project = project(&[("a.py", BEFORE), ("b.py", "x = 1\n")]);
    let outcome = run(&project, &["check", "--fix"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), SAFE);
    assert!(
        outcome.stdout.ends_with("Fixed 2 findings.\n1 info in 1 of 2 files; 1 fixable with --fix --unsafe-fixes\n"),
        "{outcome:#?}"
    );
    let outcome = run(&project, &["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), ALL);
    assert_eq!(outcome.stdout, "Fixed 1 finding.\nNo findings in 2 files.\n");
    // No temporary file is left behind.
    let mut names: Vec<_> = fs::read_dir(project.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".pyteam", "a.py", "b.py"]);
}

#[test]
fn unsafe_fixes_alone_are_refused() {
    let project = project(&[("a.py", BEFORE)]);
    let outcome = run(&project, &["check", "--unsafe-fixes"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:#?}");
    assert!(outcome.stderr.contains("<--fix|--diff>"), "{outcome:#?}");
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), BEFORE);
}

#[test]
fn a_diff_changes_nothing_and_says_so() {
    let project = project(&[("a.py", BEFORE)]);
    let outcome = run(&project, &["check", "--diff"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.stdout,
        "--- a.py\n+++ a.py\n@@ -1,4 +1,4 @@\n import slow\n \n-slow.fetch()  # why\n-slow.send(slow.fetch(1))\n\
         +slow.fetch(timeout=5)  # why\n+slow.send(slow.fetch(1, timeout=5))\n\n"
    );
    assert_eq!(outcome.stderr, "Would fix 2 findings.\n");
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), BEFORE);
    project.write("a.py", SAFE);
    let outcome = run(&project, &["check", "--diff"]);
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "", "Nothing to fix.\n"));
}

#[test]
fn line_ends_byte_order_mark_and_the_missing_last_line_end_stay() {
    let project = project(&[]);
    for (before, after) in [
        ("\u{feff}import slow\r\n\r\nslow.fetch()\r\n", "\u{feff}import slow\r\n\r\nslow.fetch(timeout=5)\r\n"),
        ("import slow\n\nslow.fetch()", "import slow\n\nslow.fetch(timeout=5)"),
        ("import slow\n\nx = '😀'; slow.fetch()\t# ñ\n", "import slow\n\nx = '😀'; slow.fetch(timeout=5)\t# ñ\n"),
    ] {
        project.write("a.py", before);
        run(&project, &["check", "--fix"]);
        assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), after, "{before:?}");
    }
}

#[test]
fn only_named_files_are_repaired() {
    let project = project(&[("pyproject.toml", "[project]\nname = 'x'\n"), ("a.py", BEFORE), ("b.py", BEFORE)]);
    run(&project, &["check", "--fix", "a.py"]);
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), SAFE);
    assert_eq!(fs::read_to_string(project.path("b.py")).unwrap(), BEFORE);
}

#[test]
fn repaired_standard_input_goes_to_standard_output() {
    let project = project(&[]);
    let outcome = run_on(&project, &["check", "-", "--fix", "--stdin-filename", "x.py"], BEFORE);
    assert_eq!(outcome.stdout, SAFE);
    assert!(outcome.stderr.contains("--> x.py:4:1") && outcome.stderr.contains("Fixed 2 findings."), "{outcome:#?}");
    assert!(!project.path("x.py").exists());
    // Also when there is nothing to repair: an editor replaces its text by what it gets.
    assert_eq!(run_on(&project, &["check", "-", "--fix"], "x = (\n").stdout, "x = (\n");
}

#[test]
fn a_file_with_a_mistake_elsewhere_is_repaired_where_it_parses() {
    let project = project(&[("a.py", "import slow\n\nslow.fetch()\n\n\ndef f(:\n    pass\n")]);
    run(&project, &["check", "--fix"]);
    let after = fs::read_to_string(project.path("a.py")).unwrap();
    assert!(after.ends_with("def f(:\n    pass\n"), "{after}");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_read_only_files_are_left_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = project(&[("real/a.py", BEFORE), ("locked.py", BEFORE)]);
    symlink(project.path("real/a.py"), project.path("link.py")).unwrap();
    fs::set_permissions(project.path("real/a.py"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::set_permissions(project.path("locked.py"), fs::Permissions::from_mode(0o444)).unwrap();
    let outcome = run(&project, &["check", "--fix", "link.py", "locked.py"]);
    assert!(project.path("link.py").is_symlink());
    assert_eq!(fs::read_to_string(project.path("real/a.py")).unwrap(), SAFE);
    assert_eq!(fs::metadata(project.path("real/a.py")).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(fs::read_to_string(project.path("locked.py")).unwrap(), BEFORE);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("error: locked.py: not fixed: it is read-only"), "{outcome:#?}");
    // What is left is told as it is on disk.
    assert!(
        outcome.stdout.contains("--> locked.py:3:1") && outcome.stdout.contains("Fixed 2 findings."),
        "{outcome:#?}"
    );
}

#[test]
fn fixes_are_applied_once_whatever_is_repeated() {
    let project = project(&[("a.py", BEFORE)]);
    run(&project, &["check", "--fix", "a.py", "./a.py", "."]);
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), SAFE);
    let outcome = run(&project, &["check", "--fix"]);
    assert!(!outcome.stdout.contains("Fixed"), "{outcome:#?}");
}

/// To a type checker, what is first set to `None` and nothing else is `None`: each mention is an error.
#[test]
fn what_may_be_none_is_not_mentioned_once_more() {
    let class = "from multiprocessing import Process\n\n\ndef work() -> None: ...\n\n\nclass Worker:\n    def __init__(self) -> None:\n        \
                 self.process = None\n\n    def start(self) -> None:\n        self.process = Process(target=work)\n        \
                 self.process.start()\n\n    def stop(self) -> None:\n";
    let bare = format!("{class}        self.process.terminate()\n        self.process.join()\n");
    let told = format!(
        "{class}        if self.process is None:\n            return\n        self.process.terminate()\n        self.process.join()\n"
    );
    let asked = format!(
        "{class}        if self.process.is_alive():\n            self.process.terminate()\n            self.process.join()\n"
    );
    let late = told.replace(
        "        self.process = None\n",
        "        self.ready = None\n        if self.ready is None:\n            raise OSError\n        self.process = None\n",
    );
    let owned = "from multiprocessing import Process\n\n\ndef work() -> None: ...\n\n\nclass Worker:\n    def __init__(self) -> None:\n        \
                 self.process = Process(target=work)\n\n\nclass Owner:\n    def __init__(self, worker: \"Worker | None\") -> None:\n        \
                 self.worker = worker\n\n    def stop(self) -> None:\n        self.worker.process.terminate()\n        self.worker.process.join()\n";
    let withheld = [("bare.py", bare.as_str()), ("asked.py", &asked), ("late.py", &late), ("owned.py", owned)];
    let mut files = vec![("told.py", told.as_str())];
    files.extend(withheld);
    let project = project(&files);
    let said =
        run(&project, &["check", "--fix", "--unsafe-fixes", "--severity", "hint", "--output-format", "json"]).stdout;
    for (name, text) in withheld {
        assert!(said.contains(name), "{name} has no finding: {said}");
        assert_eq!(fs::read_to_string(project.path(name)).unwrap(), text, "{name}");
    }
    let text = fs::read_to_string(project.path("told.py")).unwrap();
    assert!(text.contains("self.process.join(timeout=5.0)\n        if self.process.is_alive():\n"), "{text}");
}

#[cfg(unix)]
#[test]
fn one_file_by_several_names_is_repaired_once() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let project = project(&[("d/t.py", BEFORE)]);
    symlink("d", project.path("e")).unwrap();
    let outcome = run(&project, &["check", "--fix", "d", "e", "d/t.py"]);
    assert!(outcome.stdout.contains("\nFixed 2 findings.\n"), "{outcome:#?}");
    assert_eq!(fs::read_to_string(project.path("d/t.py")).unwrap(), SAFE);
    project.write("d/t.py", BEFORE);
    fs::hard_link(project.path("d/t.py"), project.path("d/u.py")).unwrap();
    let outcome = run(&project, &["check", "--fix", "d", "e"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:#?}");
    for name in ["d/t.py", "d/u.py"] {
        assert_eq!(fs::read_to_string(project.path(name)).unwrap(), SAFE);
    }
    assert_eq!(fs::metadata(project.path("d/t.py")).unwrap().nlink(), 2);
}
