//! The changes that agents propose in an editor: shown, decided on, made, and checked again.

use std::fs;
use std::time::Duration;

use pyteam_tests::client::capabilities;
use pyteam_tests::desk::{Desk, LOADS, says};
use pyteam_tests::edits::{Columns, apply, edits_for};
use serde_json::{Value, json};

#[test]
fn a_change_is_shown_then_made_then_looked_at() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    let diff = fs::read_to_string(desk.shown_document()).expect("a diff");
    assert!(diff.contains("a.py"), "{diff}");
    assert_eq!(fs::read_to_string(desk.project.path("a.py")).expect("text"), LOADS, "nothing was written");
    desk.decide("Apply");
    let (id, params) = desk.client.server_asks("workspace/applyEdit");
    assert_eq!(params["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    let after = apply(LOADS, edits_for(&params["edit"], &desk.uri), Columns::Bytes);
    assert_ne!(after, LOADS);
    let uri = desk.uri.clone();
    desk.client.did_change(&uri, 2, None, &after);
    desk.client.reply(&id, &json!({"applied": true}));
    desk.told("applied");
    let records = desk.records();
    assert!(records.contains("\"accepted\":true"), "{records}");
}

#[test]
fn what_is_discarded_changes_nothing() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Discard");
    desk.told("change not applied");
    assert!(desk.records().contains("\"accepted\":false"));
    assert_eq!(desk.text, fs::read_to_string(desk.project.path("a.py")).expect("text"));
}

#[test]
fn a_file_that_is_edited_meanwhile_is_left_alone() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    let uri = desk.uri.clone();
    desk.client.did_change(&uri, 2, Some([0, 0, 0, 0]), "import os\n");
    desk.decide("Apply");
    desk.told("changed since the request");
    assert!(desk.client.wait(Duration::from_millis(300), |one| one["method"] == "workspace/applyEdit").is_none());
}

#[test]
fn an_editor_that_shows_changes_itself_is_asked_to_and_applies_what_was_shown() {
    for (decision, said) in [
        ("apply", "applied"),
        ("discard", "change not applied: discarded"),
        ("dismissed", "change not applied: closed without a choice"),
    ] {
        let reviews = ("experimental", json!({"pyteam": {"reviewChange": true}}));
        let mut desk = Desk::new(LOADS, Some("edit"), &[reviews]);
        desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
        let (id, params) = desk.client.server_asks("pyteam/reviewChange");
        let file = &params["files"][0];
        assert_eq!((&file["name"], &file["before"], &file["uri"]), (&json!("a.py"), &json!(LOADS), &json!(desk.uri)));
        assert!(says(&params, "title").starts_with("Apply the change of python-security-reviewer to a.py"), "{params}");
        let after = says(file, "after").to_owned();
        desk.client.reply(&id, &json!({"decision": decision}));
        if decision == "apply" {
            let (id, params) = desk.client.server_asks("workspace/applyEdit");
            assert_eq!(params["edit"].get("changeAnnotations"), None, "nothing is left to be ticked: {params}");
            assert_eq!(apply(LOADS, edits_for(&params["edit"], &desk.uri), Columns::Bytes), after);
            let uri = desk.uri.clone();
            desk.client.did_change(&uri, 2, None, &after);
            desk.client.reply(&id, &json!({"applied": true}));
        }
        desk.told(said);
    }
}

#[test]
fn an_edit_that_the_editor_refuses_says_why() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Apply");
    let (id, _) = desk.client.server_asks("workspace/applyEdit");
    desk.client.reply(&id, &json!({"applied": false, "failureReason": "a.py is read-only"}));
    desk.told("change not applied: the editor refused the edit: a.py is read-only");
}

#[test]
fn new_files_are_on_disk_and_shown() {
    let worker = "\
import queue
import threading


def work(inbox: \"queue.Queue[int]\", stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            print(inbox.get(timeout=0.1))
        except queue.Empty:
            continue


def main() -> None:
    inbox: \"queue.Queue[int]\" = queue.Queue()
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(inbox, stop))
    worker.start()
    inbox.put(1)
    stop.set()
    worker.join(timeout=5.0)
";
    for editor in ["neovim", "helix"] {
        let capabilities = capabilities::real(editor)["capabilities"].clone();
        let more: Vec<(&str, Value)> = ["window", "workspace"].map(|part| (part, capabilities[part].clone())).into();
        let mut desk = Desk::new(worker, None, &more);
        let wish = json!({"agent": "python-test-writer", "document": desk.uri});
        let params = json!({"command": "pyteam.ask", "arguments": [wish]});
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.shown_document();
        desk.shown_document();
        desk.decide("Apply Anyway");
        // What there is to read comes last, and stays in view.
        assert!(desk.shown_document().ends_with("tests/conftest.py"));
        let opened = desk.shown_document();
        let text = fs::read_to_string(&opened).expect("a file");
        assert!(opened.starts_with(desk.project.root()) && text.contains("def test_"), "{}: {text}", opened.display());
        // It is opened by an editor that does not hurry, and is read nevertheless.
        let said = desk.told("applied");
        assert!(!said.contains("differ from the proposal"), "{said}");
        // Nothing else was edited: the client was not asked to.
        assert!(desk.client.take_all().iter().all(|message| message["method"] != "workspace/applyEdit"));
    }
}

#[test]
fn a_change_that_the_client_does_not_show_says_where_it_is() {
    let mut desk = Desk::new(LOADS, Some("edit"), &[]);
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let path = says(&params, "message").split("Diff: ").nth(1).expect("a path").to_owned();
    assert!(fs::read_to_string(&path).expect("a diff").contains("+++ b/a.py"), "{path}");
    desk.client.reply(&id, &json!({"title": "Discard"}));
    desk.told("change not applied");
}

#[test]
fn an_edit_that_never_arrives_is_not_praised() {
    let mut desk = Desk::with_windows(LOADS, Some("edit"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    desk.decide("Apply");
    let (id, _) = desk.client.server_asks("workspace/applyEdit");
    desk.client.reply(&id, &json!({"applied": true}));
    let told = desk.told("applied");
    assert!(told.contains("differ from the proposal"), "{told}");
}

/// An editor that makes files and confirms annotated edits by itself.
fn confirming(scenario: &str) -> Desk {
    let annotations = ("workspace.workspaceEdit.changeAnnotationSupport", json!({"groupsOnLabel": true}));
    let kinds = ("workspace.workspaceEdit.resourceOperations", json!(["create", "rename", "delete"]));
    let document = ("window.showDocument", json!({"support": true}));
    Desk::new(LOADS, Some(scenario), &[annotations, kinds, document])
}

#[test]
fn deletions_and_files_that_run_by_themselves_are_confirmed_apart() {
    for (scenario, marks) in [
        ("delete-all", &["it deletes a.py"][..]),
        ("write-autorun", &["it writes conftest.py (pytest imports it before any test)", "tests/sitecustomize.py"]),
    ] {
        let mut desk = confirming(scenario);
        desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
        desk.shown_document();
        let (id, params) = desk.client.server_asks("window/showMessageRequest");
        for mark in marks {
            assert!(says(&params, "message").contains(mark), "{params}");
        }
        assert_eq!(says(&params["actions"][0], "title"), "Discard", "{params}");
        if scenario == "delete-all" {
            desk.client.reply(&id, &json!({"title": "Apply Anyway"}));
            let (id, _) = desk.client.server_asks("workspace/applyEdit");
            desk.client.reply(&id, &json!({"applied": false, "failureReason": "discarded by the user"}));
            desk.told("discarded by the user");
        } else {
            desk.client.reply(&id, &json!({"title": "Discard"}));
            desk.told("change not applied");
        }
        assert!(desk.records().contains("\"kind\":\"marked\""), "{}", desk.records());
    }
}

#[cfg(unix)]
#[test]
fn a_mode_that_no_edit_carries_is_told_and_set() {
    use std::os::unix::fs::PermissionsExt;
    let mut desk = confirming("only-a-mode");
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.shown_document();
    desk.shown_document();
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    assert!(says(&params, "message").contains("it sets the mode of a.py to 100644 -> 100755"), "{params}");
    desk.client.reply(&id, &json!({"title": "Apply Anyway"}));
    desk.told("applied");
    let mode = fs::metadata(desk.project.path("a.py")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o100, 0o100);
}

#[test]
fn what_a_change_does_to_the_findings_is_told_by_name() {
    let mut desk = Desk::with_windows(LOADS, Some("break-it"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.shown_document();
    desk.shown_document();
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&params, "message").to_owned();
    let broken = question.find("a.py does not parse after this change").expect("what is bad");
    assert!(broken < question.find("findings: ").expect("all of it"), "{question}");
    desk.client.reply(&id, &json!({"title": "Discard"}));
    desk.told("change not applied");
    assert!(desk.records().contains("\"broken\":[\"a.py\"]"), "{}", desk.records());
}
