//! Open documents: what is found, where, and what becomes of it.

use std::time::Duration;

use pyteam_tests::client::capabilities;
use pyteam_tests::edits::{Columns, apply, edits_for, slice};
use pyteam_tests::project::long_text;
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const LOAD: &str = "import torch\n\nmodel = torch.load(path)\n";

#[test]
fn a_finding_appears_is_fixed_and_disappears() {
    let project = Project::new(&[("a.py", LOAD)]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, LOAD);
    let found = client.published(&uri, 1);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["code"], "unsafe-model-load");
    assert_eq!(found[0]["source"], "pyteam");
    assert_eq!(found[0].get("codeDescription"), None);
    let actions = client.actions(&uri, &found[0]);
    let fix = actions.iter().find(|action| action["isPreferred"] == true).expect("a preferred fix");
    assert_eq!(fix["kind"], "quickfix");
    let fixed = apply(LOAD, edits_for(&fix["edit"], &uri), Columns::Utf16);
    assert_ne!(fixed, LOAD);
    client.did_change(&uri, 2, None, &fixed);
    assert_eq!(client.published(&uri, 2), Vec::<Value>::new());
}

#[test]
fn a_buffer_without_a_name_is_a_document() {
    // Neovim's name of it.
    let uri = "file://";
    let mut client = Client::open(&Project::new(&[]), &capabilities::pull());
    client.did_open(uri, 0, "\n");
    assert_eq!(client.pulled(uri).len(), 0);
    client.did_change(uri, 1, Some([0, 0, 0, 0]), LOAD);
    let found = client.pulled(uri);
    assert_eq!(found.len(), 1);
    assert!(!client.actions(uri, &found[0]).is_empty());
}

#[test]
fn columns_count_what_was_agreed_on() {
    let text = "import torch\n\nmodel = ('😀e\u{301}', torch.load(path))\r\n";
    for (capabilities, columns) in [(capabilities::push(), Columns::Utf16), (capabilities::pull(), Columns::Bytes)] {
        let project = Project::new(&[]);
        let uri = project.uri("a.py");
        let mut client = Client::open(&project, &capabilities);
        client.did_open(&uri, 1, text);
        let found = if columns == Columns::Utf16 { client.published(&uri, 1) } else { client.pulled(&uri) };
        assert!("torch.load(path)".contains(slice(text, &found[0]["range"], columns)), "{columns:?} {found:?}");
        // An edit behind the emoji, in the same columns: `path` becomes a comment's end.
        let start =
            u32::try_from(found[0]["range"]["start"]["character"].as_u64().expect("a number")).expect("a column");
        client.did_change(&uri, 2, Some([2, 0, 2, start]), "x = (");
        let found = if columns == Columns::Utf16 { client.published(&uri, 2) } else { client.pulled(&uri) };
        assert_eq!(found[0]["range"]["start"]["character"], 5, "{columns:?}");
    }
}

#[test]
fn many_changes_in_one_notification_build_on_one_another() {
    let project = Project::new(&[]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, "");
    let at = |line: u32, character: u32| json!({"start": {"line": line, "character": character}, "end": {"line": line, "character": character}});
    client.notify(
        "textDocument/didChange",
        &json!({
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [
                {"range": at(0, 0), "text": "import torch\n"},
                {"range": at(1, 0), "text": "torch.load()\n"},
                {"range": at(1, 11), "text": "path"},
            ],
        }),
    );
    let found = client.published(&uri, 2);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["range"]["start"]["line"], 1);
}

#[test]
fn what_does_not_fit_the_text_is_clamped() {
    let project = Project::new(&[]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, LOAD);
    client.published(&uri, 1);
    client.did_change(&uri, 2, Some([900, 0, 901, 5]), "torch.load(path)\n");
    assert_eq!(client.published(&uri, 2).len(), 2);
    client.did_change(&uri, 3, Some([2, 900, 1, 900]), "");
    client.published(&uri, 3);
    for position in [json!({"line": 900, "character": 3}), json!({"line": 2, "character": 4_000_000_000_u32})] {
        let hover = json!({"textDocument": {"uri": uri}, "position": position});
        client.request("textDocument/hover", &hover);
        client.request("textDocument/codeAction", &json!({
            "textDocument": {"uri": uri}, "range": {"start": position, "end": position}, "context": {"diagnostics": []},
        }));
    }
    assert_eq!(client.exit().0, 0);
}

#[test]
fn documents_that_were_never_opened_and_such_as_are_opened_twice() {
    let project = Project::new(&[("a.py", LOAD)]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::pull());
    client.did_change(&uri, 2, Some([0, 0, 0, 0]), "x");
    client.did_close(&uri);
    assert_eq!(client.pulled(&uri).len(), 0);
    let hover = json!({"textDocument": {"uri": uri}, "position": {"line": 2, "character": 12}});
    assert_eq!(client.request("textDocument/hover", &hover), Value::Null);
    client.did_open(&uri, 1, "");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.pulled(&uri).len(), 1);
    client.did_close(&uri);
    client.did_close(&uri);
    assert_eq!(client.pulled(&uri).len(), 0);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn a_closed_document_is_cleared() {
    let project = Project::new(&[("a.py", LOAD)]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.published(&uri, 1).len(), 1);
    client.did_close(&uri);
    let cleared = client.server_says("textDocument/publishDiagnostics");
    assert_eq!(cleared["uri"], uri);
    assert_eq!(cleared["diagnostics"], json!([]));
}

#[test]
fn a_burst_of_edits_is_answered_once_and_rightly() {
    for text in [LOAD.to_owned(), format!("{LOAD}{}", long_text(10_000))] {
        let project = Project::new(&[]);
        let uri = project.uri("a.py");
        let mut client = Client::open(&project, &capabilities::push());
        client.did_open(&uri, 1, &text);
        client.published(&uri, 1);
        let mut row = 2;
        for number in 0..100_u32 {
            let version = i64::from(2 + 2 * number);
            client.did_change(&uri, version, Some([row, 0, row, 0]), "\n");
            row += 1;
            let (end, new) = if number % 2 == 0 { (0, "#") } else { (1, "") };
            client.did_change(&uri, version + 1, Some([row, 0, row, end]), new);
        }
        let last = client.published(&uri, 201);
        assert_eq!(last.len(), 1);
        assert_eq!(last[0]["range"]["start"]["line"], row);
        std::thread::sleep(Duration::from_millis(200));
        let publications =
            client.take_all().iter().filter(|message| message["method"] == "textDocument/publishDiagnostics").count()
                + 1;
        assert!(publications <= 5, "{publications} publications for 200 edits");
    }
}

#[test]
fn every_kind_of_uri_is_a_document() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    let folder = project.root().to_string_lossy().into_owned();
    for uri in [
        "untitled:Untitled-1".to_owned(),
        "vscode-notebook-cell:/home/me/a.ipynb#W0sZmlsZQ%3D%3D".to_owned(),
        "file:///c%3A/Users/me/a.py".to_owned(),
        format!("file://{folder}/with%20space/%C3%BC%5B1%5D.py"),
        "file:///home/me/no-extension".to_owned(),
    ] {
        client.did_open(&uri, 1, LOAD);
        let found = client.published(&uri, 1);
        assert_eq!(found.len(), 1, "{uri}");
        let actions = client.actions(&uri, &found[0]);
        assert!(edits_for(&actions[0]["edit"], &uri).is_array(), "{uri}");
        client.did_close(&uri);
    }
    // The same file, written in two ways.
    client.did_open("file:///c%3A/a.py", 1, LOAD);
    client.published("file:///c%3A/a.py", 1);
    client.did_change("file:///c:/a.py", 2, Some([2, 0, 2, 0]), "#");
    assert_eq!(client.published("file:///c%3A/a.py", 2).len(), 0);
    // Characters that some clients leave bare.
    client.did_open("file:///home/me/[b] ü/a.py", 1, LOAD);
    assert_eq!(client.published("file:///home/me/%5Bb%5D%20%C3%BC/a.py", 1).len(), 1);
}

#[test]
fn documents_in_other_languages_are_left_alone() {
    let project = Project::new(&[]);
    let uri = project.uri("notes.md");
    let mut client = Client::open(&project, &capabilities::pull());
    let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": LOAD});
    client.notify("textDocument/didOpen", &json!({"textDocument": document}));
    client.did_change(&uri, 2, Some([0, 0, 0, 0]), "x");
    assert_eq!(client.pulled(&uri).len(), 0);
}

#[test]
fn unchanged_reports_are_short() {
    let project = Project::new(&[]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::pull());
    client.did_open(&uri, 1, LOAD);
    let pull = |client: &mut Client, previous: &Value| {
        client.request("textDocument/diagnostic", &json!({"textDocument": {"uri": uri}, "previousResultId": previous}))
    };
    let first = pull(&mut client, &Value::Null);
    assert_eq!(first["kind"], "full");
    let second = pull(&mut client, &first["resultId"]);
    assert_eq!(second, json!({"kind": "unchanged", "resultId": first["resultId"]}));
    client.did_change(&uri, 2, Some([2, 0, 2, 0]), "#");
    assert_eq!(pull(&mut client, &first["resultId"])["items"], json!([]));
}
