//! Records are the user's own, are appended to, and can be read back.

use std::fs;
use std::path::Path;

use super::{RunLog, runs, show};
use crate::event::Recorded;

fn began(agent: &str) -> Recorded {
    Recorded::Began {
        agent: agent.to_owned(),
        step: None,
        backend: "acp".to_owned(),
        program: "x: /x".to_owned(),
        brief: "hash".to_owned(),
        bytes: 1,
        redactions: 2,
    }
}

fn ended(outcome: &str) -> Recorded {
    Recorded::Ended { outcome: outcome.to_owned(), message: None, exit: Some(0), session: None, milliseconds: 5 }
}

#[test]
fn what_was_recorded_is_read_back_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("state/runs");
    let first = RunLog::create(&folder, None, Path::new("/w"), "make\nit \u{1b}[31mfast").unwrap();
    first.add(&began("coder"));
    first.add(&ended("answered"));
    first.add(&Recorded::Decided { accepted: true, reason: "user".to_owned() });
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let second = RunLog::create(&folder, Some("audit"), Path::new("/w"), "look").unwrap();
    second.add(&began("architect"));
    second.add(&ended("answered"));
    second.add(&began("coder"));
    let runs = runs(&folder, 10);
    let short: Vec<_> = runs.iter().map(|run| (run.workflow.as_deref(), run.state.as_str(), run.steps.len())).collect();
    assert_eq!(short, [(Some("audit"), "running", 2), (None, "accepted", 1)]);
    assert_eq!(runs[1].goal, "make it \\u{1b}[31mfast");
    let (summary, lines) = show(&folder, first.id()).unwrap();
    assert_eq!((summary.steps[0].milliseconds, lines.len()), (Some(5), 4));
    assert!(show(&folder, "../../etc/passwd").is_err() && show(&folder, "").is_err());
    // A run goes on in the same file.
    RunLog::resume(&folder, second.id()).unwrap().add(&ended("failed"));
    assert_eq!(show(&folder, second.id()).unwrap().0.state, "failed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let file = folder.join(format!("{}.jsonl", first.id()));
        assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    }
}

#[test]
fn a_damaged_record_hides_no_other_and_a_dead_process_is_not_running() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let run_log = RunLog::create(folder, None, Path::new("/w"), "x").unwrap();
    run_log.add(&began("coder"));
    let path = folder.join(format!("{}.jsonl", run_log.id()));
    let text = fs::read_to_string(&path).unwrap();
    // No process has a number that large.
    let dead = text.replace(&format!("\"process\":{}", std::process::id()), "\"process\":2147483646");
    fs::write(&path, format!("{dead}{{\"at\":1,\"kind\":\"from-the-future\"}}\n{{broken")).unwrap();
    fs::write(folder.join("20990101-000000-abcd.jsonl"), b"\xff\n").unwrap();
    let runs = runs(folder, 10);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].state, "interrupted");
}

#[test]
fn an_older_spelling_of_an_outcome_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let run_log = RunLog::create(folder, None, Path::new("/w"), "x").unwrap();
    run_log.add(&began("coder"));
    run_log.add(&ended("canceled"));
    let path = folder.join(format!("{}.jsonl", run_log.id()));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"canceled\""), "{text}");
    fs::write(&path, text.replace("\"canceled\"", "\"cancelled\"")).unwrap();
    assert_eq!(runs(folder, 1)[0].state, "canceled");
}

#[test]
fn old_records_go() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for number in 0..510 {
        fs::write(folder.join(format!("20200101-{number:06}-abcd.jsonl")), "").unwrap();
    }
    fs::write(folder.join("20200101-000000-abcd.1.diff"), "").unwrap();
    fs::write(folder.join("notes.txt"), "").unwrap();
    let run_log = RunLog::create(folder, None, Path::new("/w"), "x").unwrap();
    run_log.keep_diff("diff");
    let names: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names.iter().filter(|name| name.to_string_lossy().ends_with(".jsonl")).count(), 501);
    assert!(!names.iter().any(|name| name == "20200101-000000-abcd.1.diff"));
    assert!(names.iter().any(|name| name == "notes.txt"));
    assert_eq!(fs::read_to_string(run_log.last_diff().unwrap()).unwrap(), "diff");
}
