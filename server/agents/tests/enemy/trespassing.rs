//! Agents that write where they must not, or ask for what they must not get.

use std::fs;

use libtest_mimic::Trial;
use pyteam_agents::run::{Event, Outcome, Recorded};
use pyteam_agents::sandbox::{Level, Mechanism};

use super::stage::{EDITOR, READER, Stage, answered, assert_says, failure, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("trespassing::outside_the_shadow_Bubblewrap", || outside(Mechanism::Bubblewrap)),
        trial("trespassing::outside_the_shadow_Landlock", || outside(Mechanism::Landlock)),
        trial("trespassing::less_than_is_wanted_is_not_started", not_held),
        trial("trespassing::deeper_than_a_path_can_be_long", digs),
        trial("trespassing::into_git", into_git),
        trial("trespassing::links_are_not_followed", links),
        trial("trespassing::a_reader_that_edits", reader_edits),
        trial("trespassing::a_reader_that_asks_to_edit", reader_asks),
        trial("trespassing::own_settings_are_no_edit", own_settings),
        trial("trespassing::a_file_that_changed_meanwhile", stale),
        trial("trespassing::a_placeholder_put_back", placeholder),
        trial("trespassing::permissions_it_must_not_get", permissions),
        trial("trespassing::a_diff_to_somewhere_else", escape),
        trial("trespassing::a_reader_command_that_edits", reader_command),
    ]
}

/// What the user has not accepted is not started, whatever else is there.
fn not_held() {
    let mut stage = Stage::new("just-edit", EDITOR).held(Mechanism::Nothing);
    for least in [Level::Partly, Level::Confined] {
        stage.request.least = least;
        let message = failure(stage.run());
        assert_says(&message, &["scripted was not started", "not confined", "unconfined = \"allow\""]);
    }
    assert!(stage.recorded(|happened| matches!(happened, Recorded::Began { .. }).then_some(())).is_empty());
}

fn outside(by: Mechanism) {
    let victim = tempfile::tempdir().unwrap();
    let file = victim.path().join("victim.py");
    fs::write(&file, "intact\n").unwrap();
    let mut stage = Stage::new("write-outside", EDITOR).held(by).argument(victim.path());
    let outcome = stage.run();
    stage.assert_untouched();
    if stage.confinement().level() == Level::Not {
        return;
    }
    // A link may be made, and leads nowhere.
    let document = refused(outcome, &["out is a link"]);
    assert!(!document.contains("done"), "{document}");
    assert_eq!(document.split(' ').count(), 9, "{document}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "intact\n");
    assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 1);
}

/// Its copy is removed all the same: that nothing is left, every run looks itself.
fn digs() {
    let mut stage = Stage::new("digs", EDITOR);
    let (document, change, _) = answered(stage.run());
    assert_eq!(document, "done");
    assert!(change.is_empty());
}

fn into_git() {
    let mut stage = Stage::new("write-git", EDITOR);
    refused(stage.run(), &[".env belongs to", "; .git belongs to", "; .vscode belongs to", "as a whole or not at all"]);
    stage.assert_untouched();
}

/// A change that is refused; what it said all the same.
#[track_caller]
pub(crate) fn refused(outcome: Outcome, says: &[&str]) -> String {
    match outcome {
        Outcome::Refused { message, document } => {
            assert_says(&message, says);
            document
        }
        other => panic!("{other:?}"),
    }
}

fn links() {
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("b.py"), "secret = 1\n").unwrap();
    let mut stage = Stage::new("leave-links", EDITOR).argument(secret.path());
    refused(stage.run(), &["a.py is a link", "pipe is not a file", "binary.py is not text", "folder is a link"]);
    stage.assert_untouched();
}

fn reader_edits() {
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        let mut stage = Stage::new("just-edit", READER).held(by);
        match stage.run() {
            Outcome::Violation { message, document } => {
                assert_says(
                    &message,
                    &["VIOLATION", "python-engineer may not edit", "~ a.py", "+ new.py", "no changes were applied"],
                );
                assert_eq!(document, "I made it better.");
            }
            other => panic!("{other:?}"),
        }
        stage.assert_untouched();
        let run_log = stage.run_log.as_ref().unwrap();
        let (summary, _) = pyteam_agents::run_log::show(&stage.folder.path().join("state"), run_log.id()).unwrap();
        assert_eq!(summary.state, "violation");
    }
}

fn reader_asks() {
    let mut stage = Stage::new("edit", READER);
    let (document, change, remarks) = answered(stage.run());
    assert_eq!(document, "was not allowed");
    assert!(change.is_empty());
    assert_says(&remarks[0], &["it asked once to edit", "was refused"]);
}

fn own_settings() {
    let mut stage = Stage::new("own-settings", READER);
    let (document, change, _) = answered(stage.run());
    assert_eq!(document, "I looked.");
    assert!(change.is_empty());
}

fn stale() {
    let mut stage = Stage::new("just-edit", EDITOR).on_event(|event, _, workspace| {
        if let Event::Recorded(Recorded::Peer { .. }) = event {
            fs::write(workspace.join("a.py"), "a = 'typed meanwhile'\n").unwrap();
        }
    });
    match stage.run() {
        Outcome::Refused { message, document } => {
            assert_says(&message, &["a.py changed while the agent worked", "ask again"]);
            assert_eq!(document, "I made it better.");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read_to_string(stage.request.workspace.join("a.py")).unwrap(), "a = 'typed meanwhile'\n");
}

fn placeholder() {
    let mut stage = Stage::new("placeholder", EDITOR);
    match stage.run() {
        Outcome::Refused { message, .. } => assert_says(&message, &["overwrite a secret in a.py with its placeholder"]),
        other => panic!("{other:?}"),
    }
    stage.assert_untouched();
}

fn permissions() {
    let mut stage = Stage::new("permissions", EDITOR);
    let (document, ..) = answered(stage.run());
    assert_eq!(document, "once no no no no no no no no once no");
    let reasons = stage.recorded(|happened| match happened {
        Recorded::Permission(decision) => Some(decision.reason.clone()),
        _ => None,
    });
    assert_eq!(reasons.len(), 11);
    assert!(reasons.iter().all(|reason| !reason.is_empty()));
}

fn escape() {
    let mut stage = Stage::new("command-escape", EDITOR);
    assert_says(&failure(stage.run()), &["a diff that names ../../escaped.py", "No changes were applied"]);
    stage.assert_untouched();
    assert!(!stage.folder.path().join("escaped.py").exists());
}

fn reader_command() {
    let mut stage = Stage::new("command-diff", READER);
    assert!(matches!(stage.run(), Outcome::Violation { .. }));
    stage.assert_untouched();
}
