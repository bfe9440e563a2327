//! A fix that would break the syntax gets nowhere: not by `--fix`, not by the light bulb, not by fix-all.

use std::fs;

use pyteam_tests::cli::{FETCH, SEND, project, run};
use pyteam_tests::client::{capabilities, range_of};
use pyteam_tests::edits::{Columns, apply, edits_for};
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const REQUEST_FAILED: i64 = -32803;

/// `slow.fetch()` gets a timeout that is no expression, and `slow.send()` a repair that is good.
fn broken_rule() -> [(&'static str, String); 2] {
    let broken = FETCH.1.replace("set: {timeout: '5'}", "set: {timeout: '('}");
    let good = SEND.1.replace("fix: unsafe", "fix: safe");
    [(FETCH.0, broken), (SEND.0, good)]
}

fn broken_project(text: &str) -> Project {
    let rules = broken_rule();
    let files: Vec<(&str, &str)> = rules.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let project = Project::new(&files);
    project.write("a.py", text);
    project
}

const TEXT: &str = "import slow\n\nslow.fetch()\nslow.send()\n";

fn listed(client: &mut Client, uri: &str, line: u32, only: &str) -> Vec<Value> {
    let params = json!({
        "textDocument": {"uri": uri}, "range": range_of([line, 0, line, 0]),
        "context": {"diagnostics": [], "only": [only]},
    });
    client.request("textDocument/codeAction", &params).as_array().expect("actions").clone()
}

#[test]
fn the_command_line_leaves_it_out_and_says_so() {
    let project = broken_project(TEXT);
    let outcome = run(&project, &["check", "--fix"]);
    assert!(outcome.stderr.contains("fix \"Add timeout\" of `slow-fetch` not applied: it would break"), "{outcome:#?}");
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), TEXT.replace("send", "post"));
}

#[test]
fn the_light_bulb_does_not_offer_it_or_refuses_it() {
    for (text, is_large) in [(TEXT.to_owned(), false), (format!("{TEXT}{}", "x = 1\n".repeat(12_000)), true)] {
        let project = broken_project(&text);
        let uri = project.uri("a.py");
        let mut client = Client::open(&project, &capabilities::pull());
        client.did_open(&uri, 1, &text);
        let offered =
            listed(&mut client, &uri, 2, "quickfix").into_iter().find(|action| action["title"] == "Add timeout");
        assert_eq!(offered.is_some(), is_large);
        if let Some(action) = offered {
            let id = client.ask("codeAction/resolve", &action);
            let error = client.answer(id).expect_err("an error");
            assert_eq!(error["code"], REQUEST_FAILED);
            assert!(error["message"].as_str().unwrap().contains("it would break the syntax"), "{error}");
        }
        // The one beside it is made.
        let all = listed(&mut client, &uri, 0, "source.fixAll.pyteam");
        let edit = client.request("codeAction/resolve", &all[0])["edit"].clone();
        assert_eq!(apply(&text, edits_for(&edit, &uri), Columns::Bytes), text.replace("send", "post"));
    }
    let project = broken_project(TEXT);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, TEXT);
    let offered = listed(&mut client, &uri, 2, "quickfix");
    assert!(offered.iter().all(|action| action["title"] != "Add timeout"), "{offered:?}");
    let all = listed(&mut client, &uri, 0, "source.fixAll.pyteam");
    assert_eq!(apply(TEXT, edits_for(&all[0]["edit"], &uri), Columns::Utf16), TEXT.replace("send", "post"));
}

/// Python counts the blanks of a line from its last form feed on.
#[test]
fn a_form_feed_before_a_line_is_no_indentation() {
    let forms = [
        "import queue\n\nq = queue.Queue()\n\n\ndef f():\n\x0c    while True:\n        x = q.get()\n        print(x)\n",
        "import queue\n\nq = queue.Queue()\n\n\ndef f():\n    while True:\n\x0c        x = q.get()\n        print(x)\n",
        "import queue\n\nq = queue.Queue()\n\n\ndef f():\n    while True:\n  \x0c        x = q.get(\n\x0c)\n        print(x)\n",
        "\x0cimport queue\n\nq = queue.Queue()\n\x0c\n\ndef f():\n\twhile True:\n\t\x0c\t\tx = q.get()\n\t\tprint(x)\n",
    ];
    for text in forms {
        let project = project(&[("a.py", text)]);
        let outcome = run(&project, &["check", "--fix", "--unsafe-fixes", "--severity", "hint"]);
        assert!(!outcome.stderr.contains("broken"), "{text:?}: {outcome:#?}");
        let after = fs::read_to_string(project.path("a.py")).unwrap();
        let compiled = std::process::Command::new("python3")
            .args(["-c", "import sys; compile(open('a.py', newline='').read(), 'a.py', 'exec')"])
            .current_dir(project.root())
            .output()
            .expect("python3");
        assert!(compiled.status.success(), "{after:?}\n{}", String::from_utf8_lossy(&compiled.stderr));
    }
}
