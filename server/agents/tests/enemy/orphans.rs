//! Agents that leave processes behind, and servers that are killed.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use pyteam_agents::limits::CopyLimits;
use pyteam_agents::run::{Event, Outcome, Recorded, run};
use pyteam_agents::run_log::RunLog;
use pyteam_agents::sandbox::{Level, Mechanism};
use pyteam_agents::workspace_copy::WorkspaceCopy;

use super::stage::{Disk, EDITOR, READER, Stage, answered, assert_says, failure, processes, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        // That nothing is left, every run looks itself.
        trial("orphans::of_an_agent_that_ends", || assert_eq!(answered(Stage::new("orphans", READER).run()).0, "done")),
        trial("orphans::of_an_agent_that_dies", || {
            failure(Stage::new("orphans-and-die", READER).run());
        }),
        trial("orphans::held_by_Landlock", || {
            answered(Stage::new("orphans", READER).held(Mechanism::Landlock).run());
        }),
        trial("orphans::held_by_nothing", || {
            answered(Stage::new("orphans", READER).held(Mechanism::Nothing).run());
        }),
        trial("orphans::that_breed", || assert_eq!(answered(Stage::new("breeds", READER).run()).0, "done")),
        trial("orphans::of_a_run_that_is_dropped", dropped),
        trial("orphans::of_a_server_that_is_killed", killed_server),
        trial("orphans::an_agent_that_ends_its_keeper", keeper),
    ]
}

fn dropped() {
    let mut stage = Stage::new("orphans", READER);
    "hang-turn".clone_into(&mut stage.launch().args[1]);
    let token = stage.token.clone();
    let scratch = stage.folder.path().join("scratch");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let _ = tokio::time::timeout(Duration::from_millis(800), stage.run_async()).await;
    });
    assert!(gone(&token), "{:?}", processes(&token));
    drop(runtime);
    // Its files go with it, or with the next run of this process's.
    assert!(fs::read_dir(scratch).unwrap().count() <= 1);
}

/// In a sandbox it reaches its keeper with no signal; else the mark in its environment gives it away.
fn keeper() {
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock] {
        let mut stage = Stage::new("kills-its-keeper", READER).held(by);
        match stage.run() {
            // Of its namespace's first process it is told that it was done, and nothing is.
            Outcome::Answered { answer, .. } if by == Mechanism::Bubblewrap => assert_eq!(answer.document, "done"),
            Outcome::Answered { answer, .. } => assert_eq!(answer.document, "PermissionError"),
            Outcome::Violation { .. } if stage.confinement().level() == Level::Not => {}
            other => panic!("{by:?}: {other:?}"),
        }
    }
    match Stage::new("kills-its-keeper", READER).held(Mechanism::Nothing).run() {
        Outcome::Violation { message, .. } => assert_says(&message, &["VIOLATION", "supervises it"]),
        other => panic!("{other:?}"),
    }
}

/// A server in a process of its own, which is killed in the middle of a run.
fn killed_server() {
    let token = format!("pyteam-enemy-killed-{}", std::process::id());
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["serve", &token])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It says where its copy is, when the agent works.
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut line).unwrap();
    let scratch = Path::new(line.trim());
    assert!(processes(&token).len() >= 2, "supervisor and agent: {:?}", processes(&token));
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 1);
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(gone(&token), "{:?}", processes(&token));
    // The next run clears what the dead one left.
    let workspace = tempfile::tempdir().unwrap();
    let copy = WorkspaceCopy::make(workspace.path(), &[], CopyLimits::default(), Some(scratch)).unwrap();
    assert_eq!(fs::read_dir(scratch).unwrap().count(), 1);
    copy.remove().unwrap();
    fs::remove_dir_all(scratch.parent().unwrap()).unwrap();
}

/// The server that is to be killed: runs an agent that leaves orphans and hangs.
pub(crate) fn serve(token: Option<String>) -> ! {
    let mut stage = Stage::new("hang-turn", EDITOR);
    stage.token = token.unwrap_or_default();
    let token = stage.token.clone();
    stage.launch().args[3] = token;
    let scratch = stage.folder.path().join("scratch");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let never: Option<Infallible> = runtime.block_on(async {
        let run_log =
            RunLog::create(&stage.folder.path().join("state"), None, &stage.request.workspace, "serve").unwrap();
        let workspace = Arc::new(Disk(stage.request.workspace.clone()));
        let tell = |event: Event| {
            if let Event::Recorded(Recorded::Peer { .. }) = event {
                println!("{}", scratch.display());
            }
        };
        run(&stage.request, workspace, &run_log, &tell, &stage.cancel).await;
        None
    });
    match never {
        Some(never) => match never {},
        None => std::process::exit(1),
    }
}

/// Whether all with `token` are gone within a moment.
fn gone(token: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if processes(token).is_empty() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}
