//! What no well-behaved project holds: every file is accounted for, nothing hangs, nothing crashes.

use std::fs;

#[cfg(unix)]
use pyteam_tests::cli::run_as_a_user;
use pyteam_tests::cli::{Outcome, project, run, run_on};

const GOOD: &str = "import slow\n\nslow.fetch()\n";

/// Checks a project of one odd file, `odd.py`, and a good one, whose finding must be there whatever happens.
fn check(odd: &[u8]) -> Outcome {
    let project = project(&[("good.py", GOOD)]);
    fs::write(project.path("odd.py"), odd).unwrap();
    let outcome = run(&project, &["check", "--output-format", "json", "--select", "all"]);
    assert!(outcome.code == 1, "{}: {}", outcome.code, outcome.stderr);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    let json = outcome.json();
    let mut findings = json.as_array().unwrap().iter();
    assert!(findings.any(|one| one["code"] == "slow-fetch" && one["filename"].as_str().unwrap().ends_with("good.py")));
    outcome
}

/// What is said about the odd file.
fn said(outcome: &Outcome) -> Vec<(String, String)> {
    let json = outcome.json();
    let odd = json.as_array().unwrap().iter().filter(|one| one["filename"].as_str().unwrap().ends_with("odd.py"));
    odd.map(|one| (one["code"].as_str().unwrap().to_owned(), one["message"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn half_typed_code_is_no_reason_to_be_silent_elsewhere() {
    for odd in [
        "def f(",
        "class A(B:\n",
        "x = [1, 2\n\n",
        "import\nfrom . import\n",
        "f'{",
        "'''",
        "\\",
        "@",
        "match x:\n case",
        "\t \n",
    ] {
        let said = said(&check(odd.as_bytes()));
        assert!(said.iter().all(|(code, _)| code == "syntax-error"), "{odd:?}: {said:?}");
        assert_eq!(said.len(), usize::from(!["\\", "\t \n"].contains(&odd)), "{odd:?}: {said:?}");
    }
    // What parses is checked, what does not is not.
    let outcome = check(b"import slow\n\nslow.fetch()\n\n\ndef f(:\n");
    let codes: Vec<String> = said(&outcome).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["slow-fetch", "syntax-error"]);
}

#[test]
fn bytes_that_are_no_text_are_told() {
    for odd in [&b"x = 1\n\0\n"[..], b"\xff\xfex\0=\0", b"x = '\xe9'\n", b"\xef\xbb", b"\x80"] {
        let said = said(&check(odd));
        assert_eq!(said.len(), 1, "{odd:?}");
        assert_eq!(said[0].0, "file-not-analyzed", "{odd:?}");
    }
    assert_eq!(said(&check(b"")), []);
    assert_eq!(said(&check(b"\xef\xbb\xbf")), []);
}

#[test]
fn all_line_ends_count() {
    for odd in [
        "import slow\r\n\r\nslow.fetch()\r\n",
        "\u{feff}import slow\n\nslow.fetch()",
        "import slow\n\nslow.fetch()\u{c}\n",
    ] {
        let outcome = check(odd.as_bytes());
        let json = outcome.json();
        let odd_one =
            json.as_array().unwrap().iter().find(|one| one["filename"].as_str().unwrap().ends_with("odd.py")).unwrap();
        assert_eq!((&odd_one["location"]["row"], &odd_one["location"]["column"]), (&3.into(), &1.into()), "{odd:?}");
    }
    check(b"import slow\r\rslow.fetch()\r");
}

#[test]
fn ten_megabytes_on_one_line_are_not_analyzed() {
    let string = format!("x = '{}'\n", "y".repeat(10_000_000));
    let list = format!("x = [{}]\n", "1, ".repeat(3_400_000));
    for odd in [string, list] {
        let said = said(&check(odd.as_bytes()));
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].0, "file-not-analyzed");
        assert!(said[0].1.contains("MB") || said[0].1.contains("bytes") || said[0].1.contains("large"), "{said:?}");
    }
    // Just within the limit, on one line.
    check(format!("x = '{}'; import slow; slow.fetch()\n", "y".repeat(1_900_000)).as_bytes());
    check(format!("x = [{}]\n", "1, ".repeat(600_000)).as_bytes());
}

#[test]
fn deep_nesting_is_survived() {
    let depth = 100_000;
    for odd in [
        format!("x = {}{}\n", "(".repeat(depth), ")".repeat(depth)),
        "(".repeat(depth),
        "[{(".repeat(depth),
        format!("x = {}1\n", "not ".repeat(depth)),
        format!("x = 1{}\n", " + 1".repeat(depth)),
        format!("x{}\n", ".y".repeat(depth)),
        format!("x{}\n", "()".repeat(depth)),
        format!("x = {}1\n", "lambda: ".repeat(depth)),
        (0..1000).fold(String::new(), |text, level| text + &" ".repeat(level) + "if x:\n"),
        "if x: pass\n".to_owned() + &"elif x: pass\n".repeat(20_000),
        format!("f'{}'\n", "{x}".repeat(50_000)),
    ] {
        check(odd.as_bytes());
    }
}

#[test]
fn a_long_line_is_shown_in_part() {
    let project = project(&[]);
    let line = format!("import slow; x = '{}'; slow.fetch(); y = '{}'\n", "y".repeat(100_000), "é".repeat(100_000));
    project.write("a.py", &line);
    let outcome = run(&project, &["check"]);
    assert!(outcome.stdout.contains("--> a.py:1:100022"), "{}", &outcome.stdout[..200]);
    assert!(outcome.stdout.len() < 4_000, "{}", outcome.stdout.len());
}

#[cfg(unix)]
#[test]
fn odd_entries_of_a_folder_are_accounted_for() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let project = project(&[("good.py", GOOD), ("folder.py/inner.py", GOOD)]);
    symlink(project.root(), project.path("loop")).unwrap();
    symlink(project.path("self.py"), project.path("self.py")).unwrap();
    symlink(project.path("nowhere.py"), project.path("dangling.py")).unwrap();
    fs::write(project.root().join(OsStr::from_bytes(b"caf\xe9.py")), GOOD).unwrap();
    let made = Command::new("mkfifo").args([project.path("pipe.py"), project.path("setup.cfg")]).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    let outcome = run(&project, &["check", "--output-format", "json"]);
    let count = |code: &str| outcome.codes().iter().filter(|found| **found == code).count();
    // The three good files, and the pipe, the circle and the link to nowhere.
    assert_eq!((count("slow-fetch"), count("file-not-analyzed")), (3, 3), "{outcome:#?}");
    assert_eq!(outcome.stderr, "");
    // A pipe that is named itself is told, not waited for.
    let outcome = run(&project, &["check", "--output-format", "json", "pipe.py"]);
    assert_eq!(outcome.codes(), ["file-not-analyzed"], "{outcome:#?}");
    assert_eq!(run(&project, &["check", "dangling.py"]).code, 2);
    assert_eq!(run(&project, &["check", "folder.py", "--output-format", "json"]).codes(), ["slow-fetch"]);
    // A file whose name is no text is repaired like any other.
    let outcome = run(&project, &["check", "--fix"]);
    assert_eq!(outcome.stderr, "", "{outcome:#?}");
    let text = fs::read_to_string(project.root().join(OsStr::from_bytes(b"caf\xe9.py"))).unwrap();
    assert!(text.contains("timeout=5"), "{text}");
    // Settings that are a pipe are told, not waited for.
    let made = Command::new("mkfifo").arg(project.path("pyteam.toml")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    let outcome = run(&project, &["check"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("not a regular file"), "{outcome:#?}");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let project = project(&[("good.py", GOOD), ("secret.py", GOOD), ("closed/a.py", GOOD)]);
    fs::set_permissions(project.path("secret.py"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(project.root(), fs::Permissions::from_mode(0o755)).unwrap();
    // Root may read everything.
    if let Some(outcome) = run_as_a_user(&project, &["check", "--output-format", "json"]) {
        assert_eq!(outcome.codes(), ["slow-fetch", "file-not-analyzed"], "{outcome:#?}");
        assert!(outcome.stderr.contains("warning: closed: Permission denied"), "{outcome:#?}");
        assert_eq!(run_as_a_user(&project, &["check", "closed"]).unwrap().code, 2);
    }
    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn odd_manifests_and_settings_do_no_harm() {
    let project = project(&[("good.py", GOOD)]);
    for (name, text) in [
        ("requirements.txt", "\0\n-r requirements.txt\n===\n"),
        ("setup.py", "setup(install_requires=[("),
        ("setup.cfg", "[options\n"),
        ("Pipfile", "]["),
        ("uv.lock", "[[package]]\nname = 3"),
        ("environment.yml", "dependencies:\n\t- : :"),
    ] {
        project.write(name, text);
    }
    fs::create_dir(project.path("poetry.lock")).unwrap();
    let outcome = run(&project, &["check", "--output-format", "json", "good.py"]);
    assert_eq!((outcome.code, outcome.codes()), (1, vec!["slow-fetch".to_owned()]), "{outcome:#?}");
    for text in ["[tool.pyteam]\nselect = 3\n", "[tool.pyteam]\nexclude = ['[']\n", "\u{0}[tool.pyteam]"] {
        project.write("pyproject.toml", text);
        let outcome = run(&project, &["check"]);
        assert_eq!(outcome.code, 2, "{text:?}: {outcome:#?}");
        assert!(outcome.stderr.starts_with("error: pyproject.toml:"), "{text:?}: {outcome:#?}");
    }
}

#[test]
fn standard_input_may_be_anything() {
    let project = project(&[]);
    for (odd, is_broken) in
        [("", false), ("\u{0}", false), ("def f(", true), ("\u{feff}", false), ("\r\r\r", false), ("🐍", true)]
    {
        let outcome = run_on(&project, &["check", "-", "--output-format", "json"], odd);
        assert_eq!(outcome.code, i32::from(is_broken), "{odd:?}: {outcome:#?}");
        assert_eq!(outcome.codes().iter().any(|code| code == "syntax-error"), is_broken, "{odd:?}: {outcome:#?}");
    }
}
