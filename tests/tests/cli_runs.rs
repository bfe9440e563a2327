//! `pyteam runs`: what the record says, newest first.

use std::fs;

use pyteam_tests::cli::{Outcome, command, run_with};

const FIRST: &str = r#"{"at":1735689600000,"kind":"opened","id":"20250101-000000-aaaa","workflow":null,"workspace":"/w","goal":"make it fast","process":2147483646,"version":"0.1.0"}
{"at":1735689600100,"kind":"began","agent":"python-engineer","step":null,"backend":"acp","program":"x: /x","brief":"00","bytes":10,"redactions":1}
{"at":1735689600200,"kind":"permission","tool":"edit","title":"Edit a.py","places":["a.py"],"allowed":true,"reason":"it edits in its copy","is_violation":false}
{"at":1735689600300,"kind":"changed","hash":"00","files":["~ a.py"]}
{"at":1735689601400,"kind":"ended","outcome":"answered","message":null,"exit":0,"session":"s","milliseconds":1400}
{"at":1735689602000,"kind":"decided","accepted":true,"reason":"the user"}
"#;

const SECOND: &str = r#"{"at":1735776000000,"kind":"opened","id":"20250102-000000-bbbb","workflow":"audit","workspace":"/w","goal":"look","process":2147483646,"version":"0.1.0"}
{"at":1735776000100,"kind":"began","agent":"security-reviewer","step":"review","backend":"acp","program":"x: /x","brief":"00","bytes":10,"redactions":0}
"#;

fn runs(args: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let records = folder.path().join("runs");
    fs::create_dir(&records).expect("a folder");
    fs::write(records.join("20250101-000000-aaaa.jsonl"), FIRST).expect("a record");
    fs::write(records.join("20250102-000000-bbbb.jsonl"), SECOND).expect("a record");
    let mut command = command(folder.path(), args);
    command.env("PYTEAM_STATE_DIR", folder.path());
    run_with(command, b"")
}

#[test]
fn runs_are_listed_newest_first() {
    let listed = runs(&["runs"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "run ID                outcome      agent                   request",
            "20250102-000000-bbbb  interrupted  audit (1 step)          look",
            "20250101-000000-aaaa  accepted     python-engineer         make it fast",
        ]
    );
    let json = runs(&["runs", "--output-format", "json", "--limit", "1"]).json();
    assert_eq!(json.as_array().expect("a list").len(), 1);
    assert_eq!(json[0]["id"], "20250102-000000-bbbb");
    assert_eq!(json[0]["workflow"], "audit");
    assert_eq!(json[0]["state"], "interrupted");
    assert_eq!(json[0]["steps"][0]["agent"], "security-reviewer");
}

#[test]
fn one_run_is_shown_with_all_that_happened() {
    let shown = runs(&["runs", "show", "20250101-000000-aaaa"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in [
        "make it fast in /w",
        "2025-01-01 00:00:00  python-engineer via acp (x: /x): 10 bytes of prompt, 1 secret redacted",
        "allowed edit: Edit a.py (it edits in its copy)",
        "proposes ~ a.py",
        "answered after 1.4 s",
        "applied (the user)",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let json = runs(&["runs", "show", "20250101-000000-aaaa", "--output-format", "json"]).json();
    assert_eq!(json["steps"][0]["permissions"]["allowed"], 1);
    assert_eq!(json["events"].as_array().expect("a list").len(), 6);
    for wrong in ["20250103-000000-cccc", "../20250101-000000-aaaa", ""] {
        let missing = runs(&["runs", "show", wrong]);
        assert_eq!(missing.code, 2, "{missing:?}");
        assert!(missing.stderr.contains("run `pyteam runs` for a list"), "{missing:?}");
    }
}

#[test]
fn no_other_caller_starts_the_jail() {
    let alone = runs(&["jail", "supervise", "--unknown", "--", "true"]);
    assert_eq!((alone.code, alone.stderr.contains("unknown argument")), (125, true), "{alone:?}");
    assert!(!runs(&["--help"]).stdout.contains("jail"));
}
