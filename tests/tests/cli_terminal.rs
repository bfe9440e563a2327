//! What a person at a terminal is told: in which order, how much, about what could not be checked, and no secret.

#![allow(clippy::print_stdout, reason = "a test prints what it measured")]

use std::fs;

use pyteam_tests::{Project, cli};

const LOOP: &str = "import queue\n\nq: queue.Queue[int] = queue.Queue()\n\n\ndef run() -> None:\n    while True:\n        print(q.get())\n";
const SECRET: &str = "Xp7-qqL9zz";

fn secret_file() -> String {
    format!(
        "import os\nimport queue\n\nq: queue.Queue[str] = queue.Queue()\nDOOR = \"rtsp://admin:{SECRET}@10.0.0.1/x\"\n\n\n\
         def run() -> None:\n    while True:\n        print(q.get(), \"rtsp://admin:{SECRET}@10.0.0.1/x\", os.getpid())\n"
    )
}

#[test]
fn the_worst_comes_first() {
    let project = cli::project(&[
        ("a.py", "import slow\n\nslow.send()\n"),
        ("b.py", LOOP),
        ("c.py", "URL = \"rtsp://admin:Xp7-qqL@10.0.0.1/x\"\n"),
    ]);
    let text = cli::run(&project, &["check"]).stdout;
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("error[") < place("warning[") && place("warning[") < place("info["), "{text}");
    // For programs, in the order of files and places.
    let codes = cli::run(&project, &["check", "--output-format", "json"]).codes();
    assert_eq!(codes.first().map(String::as_str), Some("slow-send"), "{codes:?}");
}

#[test]
fn remarks_of_one_kind_are_folded_and_nothing_is_lost() {
    let calls = "slow.send()\n".repeat(11);
    let project = cli::project(&[("a.py", &format!("import slow\n\n{calls}"))]);
    let text = cli::run(&project, &["check"]).stdout;
    assert_eq!(text.matches("info[slow-send]").count(), 3, "{text}");
    // It is no part of the last remark.
    assert!(text.contains("\n\nand 8 more of slow-send; `--select slow-send` shows all of them"), "{text}");
    assert!(text.contains("11 info in 1 file"), "{text}");
    assert_eq!(cli::run(&project, &["check", "--select", "slow-send"]).stdout.matches("info[slow-send]").count(), 11);
    assert_eq!(cli::run(&project, &["check", "--output-format", "json"]).codes().len(), 11);
    assert_eq!(cli::run(&project, &["check", "--output-format", "github"]).stdout.lines().count(), 11);
}

#[test]
fn a_file_that_does_not_parse_is_told_with_its_place() {
    for (text, place) in [
        ("x = (\n", "a.py:1"),
        ("x = 1\ndef f(:\n    pass\n", "a.py:2"),
        ("x = 1\n<<<<<<< ours\ny = 2\n=======\n>>>>>>> theirs\n", "a.py:2"),
        ("class A:\n    def f(self):\n        return [1, 2\n", "a.py:3"),
    ] {
        let project = Project::new(&[("a.py", text)]);
        let outcome = cli::run(&project, &["check"]);
        assert_eq!(outcome.code, 1, "{text:?}: {outcome:#?}");
        assert!(outcome.stdout.contains("syntax-error") && outcome.stdout.contains(place), "{text:?}: {outcome:#?}");
        assert_eq!(cli::run(&project, &["check", "--ignore", "syntax-error"]).code, 0);
    }
    let project = Project::new(&[("a.py", "x = (1)\n"), ("b.py", "")]);
    assert_eq!(cli::run(&project, &["check"]).stdout, "No findings in 2 files.\n");
}

#[test]
fn what_could_not_be_checked_is_told() {
    let project = Project::new(&[("readme.txt", "text\n"), ("a/b.py", "x = 1\n")]);
    fs::create_dir(project.path("empty")).unwrap();
    for (args, code, words) in [
        (&["check", "empty"][..], 0, "warning: no Python files found under empty"),
        (&["check", "readme.txt"], 0, "warning: readme.txt: not a Python file; skipped"),
        (&["check", "gone.py"], 2, "error: file not found: gone.py"),
        (&["check", "--unsafe-fixes"], 2, "<--fix|--diff>"),
    ] {
        let outcome = cli::run(&project, args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{args:?}: {outcome:#?}");
        assert!(outcome.stderr.contains(words), "{args:?}: {outcome:#?}");
    }
    // What is there beside it is checked.
    let outcome = cli::run(&project, &["check", "gone.py", "a"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, "No findings in 1 file.\n"), "{outcome:#?}");
}

/// A worker of a queue that it makes itself, and whose messages are of no type.
const UNTYPED: &str = "import queue\n\njobs = queue.Queue()\n\n\ndef work() -> None:\n    jobs.put({\"id\": 1})\n    jobs.put({\"id\": 2})\n    print(jobs.get(timeout=1)[\"id\"])\n";

#[test]
fn queues_of_one_name_in_files_of_one_name_are_two() {
    let project = Project::new(&[("billing/worker.py", UNTYPED), ("mail/worker.py", UNTYPED)]);
    let text = cli::run(&project, &["check", "--select", "untyped-queue-message"]).stdout;
    assert_eq!(text.matches("2 findings on this channel are shown together").count(), 2, "{text}");
    for place in ["billing/worker.py:7:5", "mail/worker.py:7:5"] {
        assert!(text.contains(&format!("--> {place}")), "{place}: {text}");
    }
}

#[test]
fn what_a_fix_takes_along_is_counted_as_it_was_promised() {
    let project = Project::new(&[("a.py", UNTYPED)]);
    let options = &["check", "--select", "untyped-queue-message"];
    let promised = cli::run(&project, options).stdout;
    assert!(promised.ends_with("; 2 fixable with --fix --unsafe-fixes\n"), "{promised}");
    let fix = |option: &str| cli::run(&project, &[&options[..], &[option, "--unsafe-fixes"]].concat());
    assert_eq!(fix("--diff").stderr, "Would fix 2 findings.\n");
    assert_eq!(fix("--fix").stdout, "Fixed 2 findings.\nNo findings in 1 file.\n");
}

#[test]
fn fixes_of_files_that_are_not_checked_are_told() {
    let project = Project::new(&[
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("queues.py", "import queue\n\njobs = queue.Queue()\n"),
        (
            "a.py",
            "from queues import jobs\n\n\ndef work() -> None:\n    jobs.put({\"id\": 1})\n    print(jobs.get(timeout=1)[\"id\"])\n",
        ),
    ]);
    let outcome = cli::run(&project, &["check", "a.py", "--diff", "--unsafe-fixes"]);
    let told = "1 fix edits files outside the checked paths; skipped: pass their directory, too.\nNothing to fix.\n";
    assert_eq!(outcome.stderr, told, "{outcome:#?}");
    assert_eq!(cli::run(&project, &["check", ".", "--diff", "--unsafe-fixes"]).stderr, "Would fix 1 finding.\n");
}

#[test]
fn a_format_that_a_diff_has_not_is_refused() {
    let project = cli::project(&[("a.py", "import slow\n\nslow.fetch()\n")]);
    for format in ["json", "sarif", "github"] {
        let outcome = cli::run(&project, &["check", "--diff", "--output-format", format]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{format}: {outcome:#?}");
        assert!(outcome.stderr.contains("`--diff` prints a diff"), "{format}: {outcome:#?}");
    }
    assert_eq!(cli::run(&project, &["check", "--diff", "--output-format", "text"]).code, 1);
}

#[test]
fn where_nothing_was_checked_nothing_is_printed_in_any_format() {
    let project = Project::new(&[("a.py", "x = 1\n")]);
    for format in ["text", "json", "sarif", "github"] {
        let check = |path: &str| {
            let outcome = cli::run(&project, &["check", path, "--output-format", format]);
            (outcome.code, outcome.stdout)
        };
        assert_eq!(check("gone.py"), (2, String::new()), "{format}");
        project.write("pyteam.toml", "slect = []\n");
        assert_eq!(check("a.py"), (2, String::new()), "{format}");
        project.remove("pyteam.toml");
        assert_eq!(check("a.py").0, 0, "{format}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_no_clean_end() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(&[("a.py", "x = 1\n"), ("locked.py", "x = 1\n"), ("b/c.py", "x = 1\n")]);
    fs::set_permissions(project.root(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(project.path("locked.py"), fs::Permissions::from_mode(0o000)).unwrap();
    let check = |args: &[&str]| cli::run_as_a_user(&project, &[&["check"], args].concat());
    let Some(outcome) = check(&[]) else {
        println!("skipped: no user here may run pyteam and not read everything");
        return;
    };
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("warning: locked.py: Permission denied; make it readable, or add it to `exclude`"),
        "{outcome:#?}"
    );
    let outcome = check(&["locked.py", "a.py"]).unwrap();
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("error: locked.py: Permission denied"), "{outcome:#?}");
    assert_eq!(check(&["a.py", "b"]).unwrap().code, 0);
    // What is no file at all is a note.
    project.remove("locked.py");
    std::os::unix::fs::symlink("user@host.1", project.path(".#a.py")).unwrap();
    assert_eq!(check(&[]).unwrap().code, 0);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(&[("a.py", "x = 1\n"), ("locked/b.py", "x = 1\n")]);
    let locked = project.path("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(project.root(), fs::Permissions::from_mode(0o755)).unwrap();
    if let Some(outcome) = cli::run_as_a_user(&project, &["check"]) {
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, "No findings in 1 file.\n"), "{outcome:#?}");
        assert!(outcome.stderr.contains("warning: locked: Permission denied"), "{outcome:#?}");
        let outcome = cli::run_as_a_user(&project, &["check", "locked"]).unwrap();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:#?}");
        assert!(outcome.stderr.contains("error: locked: Permission denied"), "{outcome:#?}");
    } else {
        println!("skipped: no user here may run pyteam and not read everything");
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_secret_is_shown_nowhere() {
    let files = [
        secret_file(),
        // Put together by Python.
        format!("import os\n\nurl = (\n    \"rtsp://admin:\"\n    \"{SECRET}@10.0.0.1/x\"\n)\nprint(os.getpid())\n"),
        format!("import os\n\nurl = f\"rtsp://admin:{SECRET}@{{os.getpid()}}/x\"\n"),
        format!("import os\n\nurl = os.getenv(\"URL\", \"rtsp://admin:{SECRET}@10.0.0.1/x\")\n"),
        format!("import os\r\n\r\nurl = os.getenv(\"URL\", default=\"rtsp://admin:{SECRET}@10.0.0.1/x\")\r\n"),
    ];
    for text in &files {
        let project = Project::new(&[("a.py", text)]);
        for args in [
            &["check"][..],
            &["check", "--color", "always"],
            &["check", "--output-format", "json"],
            &["check", "--output-format", "sarif"],
            &["check", "--output-format", "github"],
            &["check", "--diff", "--unsafe-fixes"],
            &["topology"],
            &["ask", "python-security-reviewer", "a.py"],
            &["ask", "python-async-specialist"],
        ] {
            let outcome = cli::run(&project, args);
            assert!(!outcome.stdout.is_empty() || args.contains(&"topology"), "{args:?}: {outcome:#?}");
            assert!(!outcome.stdout.contains(SECRET) && !outcome.stderr.contains(SECRET), "{args:?}: {outcome:#?}");
        }
        let checked = cli::run(&project, &["check"]).stdout;
        assert!(checked.contains("credential-in-url-literal") && checked.contains("***"), "{checked}");
        assert!(
            cli::run(&project, &["check", "--diff", "--unsafe-fixes"]).stdout.contains("`***` stands for a secret")
        );
        // What is written is the file's own text.
        cli::run(&project, &["check", "--fix", "--unsafe-fixes", "--select", "concurrency"]);
        assert!(fs::read_to_string(project.path("a.py")).unwrap().contains(SECRET));
    }
}

#[test]
fn messages_are_bounded() {
    let long = format!("\"{}\"", "a, ".repeat(54_000));
    let project = Project::new(&[(
        "a.py",
        &format!(
            "import queue\nimport subprocess\n\nq: queue.Queue[str] = queue.Queue(1)\n\n\ndef run() -> None:\n    while True:\n        q.put({long})\n        q.get(*[{long}])\n        subprocess.run([{long}])\n"
        ),
    )]);
    let outcome = cli::run(&project, &["check", "--output-format", "json"]);
    let json = outcome.json();
    let findings = json.as_array().unwrap();
    assert!(!findings.is_empty(), "{outcome:#?}");
    for finding in findings {
        let related = finding["related"].as_array().unwrap().iter().map(|one| &one["message"]);
        for text in [&finding["message"], &finding["help"]].into_iter().chain(related) {
            let length = text.as_str().unwrap_or_default().chars().count();
            assert!(length <= 500, "{length}: {text}");
        }
    }
    let text = cli::run(&project, &["check"]).stdout;
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(text.contains('…'), "{text}");
}

#[test]
fn the_team_has_heads() {
    let project = Project::new(&[("a.py", "x = 1\n")]);
    let text = cli::run(&project, &["agents"]).stdout;
    let head = text.lines().next().unwrap_or_default();
    for word in ["agent", "permissions", "model", "backend", "description"] {
        assert!(head.contains(word), "{head}");
    }
}
