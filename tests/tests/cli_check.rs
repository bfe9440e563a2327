//! `pyteam check`: formats, exit codes, what is shown and what fails.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use pyteam_tests::cli::{self, command, project, run, run_on};

const TWO: &str = "import slow\n\nslow.send(\"é😀\"); slow.fetch()\n";

#[test]
fn text_shows_the_place_the_line_and_what_to_do() {
    let project = project(&[("src/a.py", TWO)]);
    let outcome = run(&project, &["check"]);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    let expected = "\
warning[slow-fetch]: `slow.fetch` waits for ever
 --> src/a.py:3:18
  |
3 | slow.send(\"é😀\"); slow.fetch()
  |                   ^^^^^^^^^^^^
  |
  = help: pass `timeout`
  = fix: Add timeout (--fix)

info[slow-send]: `slow.send` is old
 --> src/a.py:3:1
  |
3 | slow.send(\"é😀\"); slow.fetch()
  | ^^^^^^^^^^^^^^^^
  |
  = fix: Use post (--fix --unsafe-fixes)

1 warning, 1 info in 1 file; 1 fixable with --fix, 1 more with --fix --unsafe-fixes
";
    assert_eq!(outcome.stdout, expected);
    assert_eq!(outcome.stderr, "");
    let quiet = run(&project, &["check", "-q"]);
    assert_eq!(
        Some(quiet.stdout.trim_end()),
        expected.rsplit_once("\n1 warning").map(|(findings, _)| findings.trim_end())
    );
    let colored = run(&project, &["check", "--color", "always"]);
    assert!(colored.stdout.contains("\u{1b}["), "{colored:#?}");
}

#[test]
fn a_clean_project_is_clean() {
    let project = project(&[("a.py", "x = 1\n")]);
    let outcome = run(&project, &["check", "."]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "No findings in 1 file.\n"));
    assert_eq!(run(&project, &["check", "-q"]).stdout, "");
    assert_eq!(run(&project, &["check", "--output-format", "json"]).stdout, "[]\n");
}

#[test]
fn json_has_ruffs_shape_and_more() {
    let project = project(&[("a.py", TWO)]);
    let outcome = run(&project, &["check", "--output-format", "json"]);
    let json = outcome.json();
    assert_eq!(outcome.codes(), ["slow-send", "slow-fetch"]);
    let finding = &json[1];
    let path = fs::canonicalize(project.path("a.py")).unwrap();
    assert_eq!(finding["filename"], path.to_str().unwrap());
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["message"], "`slow.fetch` waits for ever");
    assert_eq!((&finding["location"]["row"], &finding["location"]["column"]), (&3.into(), &18.into()));
    assert_eq!(finding["end_location"]["column"], 30);
    assert_eq!(finding["fix"]["applicability"], "safe");
    assert_eq!(finding["fix"]["message"], "Add timeout");
    assert_eq!(finding["fix"]["edits"][0]["content"], "timeout=5");
    assert_eq!(finding["fix"]["edits"][0]["location"]["column"], 29);
    assert_eq!(finding["fix"]["edits"][0]["filename"], path.to_str().unwrap());
    // The page of the workspace's own rule.
    assert!(
        finding["url"].as_str().is_some_and(|url| url.starts_with("file://") && url.contains("/.pyteam/rules/")),
        "{finding}"
    );
    assert!(finding["source_line"].as_str().is_some_and(|line| line.contains("slow.fetch")), "{finding}");
    for key in ["agent", "channel"] {
        assert_eq!(finding.get(key), Some(&serde_json::Value::Null), "{key}");
    }
    assert_eq!(finding["related"], serde_json::json!([]));
}

#[test]
fn github_and_sarif_name_every_finding() {
    let project = project(&[("src/a.py", TWO)]);
    let github = run(&project, &["check", "--output-format", "github"]);
    assert_eq!(
        github.stdout.lines().nth(1),
        Some(
            "::warning title=pyteam (slow-fetch),file=src/a.py,line=3,col=18,endLine=3,endColumn=30::`slow.fetch` waits for ever%0Ahelp: pass `timeout`"
        )
    );
    assert!(github.stdout.starts_with("::notice "));
    let sarif = run(&project, &["check", "--output-format", "sarif"]).json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["results"][1]["ruleId"], "slow-fetch");
    let index = run["results"][1]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "slow-fetch");
    let place = &run["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/a.py");
    assert_eq!(place["region"]["startColumn"], 18);
    let root = run["originalUriBaseIds"]["SRCROOT"]["uri"].as_str().unwrap();
    assert!(root.starts_with("file:///") && root.ends_with('/'), "{root}");
}

#[test]
fn severities_decide_what_is_shown_and_what_fails() {
    let project = project(&[("a.py", "import slow\n\nslow.send()\n")]);
    let outcome = |args: &[&str]| {
        let outcome = run(&project, &[&["check", "--output-format", "json"], args].concat());
        (outcome.code, outcome.codes().len())
    };
    assert_eq!(outcome(&[]), (0, 1));
    assert_eq!(outcome(&["--severity", "warning"]), (0, 0));
    assert_eq!(outcome(&["--severity", "hint"]), (0, 1));
    assert_eq!(outcome(&["--fail-on", "information"]), (1, 1));
    assert_eq!(outcome(&["--fail-on", "information", "--exit-zero"]), (0, 1));
    // What fails is shown.
    assert_eq!(outcome(&["--severity", "error", "--fail-on", "info"]), (1, 1));
    project.write("a.py", "import slow\n\nslow.fetch()\n");
    assert_eq!(outcome(&[]), (1, 1));
    assert_eq!(outcome(&["--severity", "error"]), (0, 0));
    assert_eq!(outcome(&["--exit-zero"]), (0, 1));
}

#[test]
fn rules_are_chosen_by_code_and_family() {
    let project = project(&[("a.py", TWO)]);
    let codes = |args: &[&str]| run(&project, &[&["check", "--output-format", "json"], args].concat()).codes();
    assert_eq!(codes(&["--select", "slow-send"]), ["slow-send"]);
    assert_eq!(codes(&["--select", "project", "--ignore", "slow-send"]), ["slow-fetch"]);
    assert_eq!(codes(&["--ignore", "slow-send,slow-fetch"]), [""; 0]);
    let wrong = run(&project, &["check", "--select", "slow-sent"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("did you mean `slow-send`?"), "{wrong:#?}");
}

#[test]
fn settings_hold_and_their_mistakes_are_told_with_their_place() {
    let project = project(&[
        ("a.py", TWO),
        ("gen/b.py", TWO),
        ("pyproject.toml", "[tool.pyteam]\nignore = ['slow-send']\nexclude = ['gen']\n"),
    ]);
    let args = ["check", "--output-format", "json"];
    assert_eq!(run(&project, &args).codes(), ["slow-fetch"]);
    // Files that are named themselves are always checked.
    assert_eq!(run(&project, &[&args[..], &["gen/b.py"]].concat()).codes(), ["slow-fetch"]);
    for (text, place) in [
        ("[tool.pyteam]\nignore = ['slow-sent']\n", "pyproject.toml:2:"),
        ("[tool.pyteam]\nunknown-key = 1\n", "pyproject.toml:2:1"),
        ("[tool.pyteam\n", "pyproject.toml:1:"),
    ] {
        project.write("pyproject.toml", text);
        let outcome = run(&project, &args);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{text}");
        assert!(outcome.stderr.starts_with("error: pyproject.toml"), "{outcome:#?}");
        assert!(outcome.stderr.contains(place), "{text}: {outcome:#?}");
    }
}

#[test]
fn a_missing_path_is_a_failure_and_the_others_are_checked() {
    let project = project(&[("a.py", TWO)]);
    let outcome = run(&project, &["check", "a.py", "no/such.py", "--output-format", "json"]);
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.codes().len(), 2);
    assert!(outcome.stderr.contains("file not found: no/such.py"), "{outcome:#?}");
    assert_eq!(run(&project, &["check", "--output-format", "yaml"]).code, 2);
}

#[test]
fn one_file_is_checked_with_its_project_around_it() {
    let project = project(&[
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("pkg/__init__.py", ""),
        ("pkg/tools.py", "from slow import fetch\n"),
        ("pkg/main.py", "from pkg.tools import fetch\n\nfetch()\n"),
    ]);
    let outcome = run(&project, &["check", "pkg/main.py", "--output-format", "json"]);
    assert_eq!(outcome.codes(), ["slow-fetch"], "{outcome:#?}");
    // The rest of the project is looked up, not checked.
    project.write("pkg/tools.py", "from slow import fetch\n\nfetch()\n");
    assert_eq!(run(&project, &["check", "pkg/main.py", "--output-format", "json"]).codes(), ["slow-fetch"]);
    // The same from a folder below.
    let below = cli::run_with(command(&project.path("pkg"), &["check", "-q", "main.py"]), b"");
    assert!(below.stdout.contains("--> main.py:3:1"), "{below:#?}");
}

#[test]
fn standard_input_stands_for_a_file() {
    let project = project(&[
        ("a.py", "x = 1\n"),
        ("pyproject.toml", "[tool.pyteam]\nper-file-ignores = { 'tests/**' = ['slow-fetch'] }\n"),
    ]);
    let args = ["check", "-", "--output-format", "json", "--stdin-filename"];
    let outcome = run_on(&project, &[&args[..], &["a.py"]].concat(), TWO);
    assert_eq!(outcome.codes(), ["slow-send", "slow-fetch"]);
    assert!(outcome.json()[0]["filename"].as_str().unwrap().ends_with("/a.py"));
    assert_eq!(run_on(&project, &[&args[..], &["tests/new.py"]].concat(), TWO).codes(), ["slow-send"]);
    let unnamed = run_on(&project, &["check", "-"], TWO);
    assert!(unnamed.stdout.contains("--> -:3:18"), "{unnamed:#?}");
    assert_eq!(run_on(&project, &["check", "-", "a.py"], TWO).code, 2);
    assert_eq!(run_on(&project, &["check", "-"], "").code, 0);
}

#[test]
fn a_reader_that_stops_reading_sees_no_panic() {
    let lines = "slow.fetch()\n".repeat(5_000);
    let project = project(&[("a.py", &format!("import slow\n{lines}"))]);
    let mut child = command(project.root(), &["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut start = [0; 100];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut start).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

const CHAIN: &str = "class A:\n    def a(self):\n        return 1\n\n\nclass B(A):\n    def b(self):\n        return 1\n\n\nclass C(B):\n    def c(self):\n        return 1\n";
const LEAF: &str = "from base import C\n\n\nclass D(C):\n    def d(self):\n        return 1\n";

/// Files in a folder that nothing marks as a project.
fn unmarked(files: &[(&str, &str)]) -> pyteam_tests::Project {
    pyteam_tests::Project::new(files)
}

#[test]
fn a_file_without_a_project_is_checked_with_its_folder() {
    let folder = unmarked(&[
        ("base.py", CHAIN),
        ("leaf.py", LEAF),
        ("requirements.txt", "torch==2.7.1\n"),
        ("load.py", "import torch\n\nmodel = torch.load('x')\n"),
        ("pkg/__init__.py", ""),
        ("pkg/deep/__init__.py", ""),
        ("pkg/deep/leaf.py", LEAF),
    ]);
    for file in ["leaf.py", "pkg/deep/leaf.py"] {
        assert_eq!(run(&folder, &["check", file, "--output-format", "json"]).codes(), ["deep-inheritance"], "{file}");
    }
    // Standard input is a file as well, and manifests belong to the folder.
    let piped = run_on(&folder, &["check", "-", "--stdin-filename", "new.py", "--output-format", "json"], LEAF);
    assert_eq!(piped.codes(), ["deep-inheritance"]);
    assert_eq!(run(&folder, &["check", "load.py", "--output-format", "json"]).codes(), [""; 0]);
    // Only what was named is reported.
    let outcome = run(&folder, &["check", "base.py"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "No findings in 1 file.\n"));
    let outcome = run(&folder, &["check", "base.py", "leaf.py", "--output-format", "json"]);
    assert_eq!(outcome.codes(), ["deep-inheritance"]);
}

#[test]
fn a_folder_with_too_much_in_it_is_not_read_for_one_file_and_that_is_said() {
    let folder = unmarked(&[("base.py", CHAIN), ("leaf.py", LEAF)]);
    for number in 0..=1000 {
        folder.write(&format!("other/f{number}.py"), "");
    }
    let outcome = run(&folder, &["check", "leaf.py", "--output-format", "json"]);
    // What stands beside the file is read all the same.
    assert_eq!(outcome.codes(), ["deep-inheritance"]);
    assert!(
        outcome.stderr.contains("has too many files to read all, so only the files directly in it were read"),
        "{}",
        outcome.stderr
    );
    assert_eq!(run(&folder, &["check", "-q", "leaf.py"]).stderr, "");
    folder.write("pyteam.toml", "");
    assert_eq!(run(&folder, &["check", "leaf.py"]).stderr, "");
}
