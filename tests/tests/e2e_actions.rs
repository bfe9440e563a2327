//! The light bulb and the hover.

use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::client::{PATIENCE, capabilities, range_of};
use pyteam_tests::edits::{Columns, apply, edits_for};
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const TWO: &str = "import torch\n\none = torch.load(path)\ntwo = torch.load(path)\n";

/// Two of the three can be repaired without a look: what is loaded goes into `load_state_dict` and nowhere else.
const THREE: &str = "import torch\n\n\ndef restore(model, path):\n    model.load_state_dict(torch.load(path))\n    model.load_state_dict(torch.load('base.pt'))\n    return torch.load(path)\n";

/// `THREE` in a project whose torch is known, at a time when the server knows it too.
fn restoring(capabilities: &Value) -> (Client, Project, String) {
    let project = Project::new(&[("requirements.txt", "torch>=2.1,<2.6\n")]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, capabilities);
    client.did_open(&uri, 1, THREE);
    let start = Instant::now();
    while listed(&mut client, &uri, [0, 0, 0, 0], Some("source.fixAll.pyteam")).is_empty() {
        assert!(start.elapsed() < PATIENCE, "no safe repair");
        thread::sleep(Duration::from_millis(5));
    }
    (client, project, uri)
}

fn opened(capabilities: &Value, text: &str) -> (Client, Project, String) {
    let project = Project::new(&[]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, capabilities);
    client.did_open(&uri, 1, text);
    (client, project, uri)
}

fn listed(client: &mut Client, uri: &str, range: [u32; 4], only: Option<&str>) -> Vec<Value> {
    let mut context = json!({"diagnostics": []});
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let params = json!({"textDocument": {"uri": uri}, "range": range_of(range), "context": context});
    client.request("textDocument/codeAction", &params).as_array().expect("actions").clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().expect("a title")).collect()
}

#[test]
fn edits_come_at_once_or_when_they_are_wanted() {
    let (mut client, _project, uri) = opened(&capabilities::push(), TWO);
    let at_once = listed(&mut client, &uri, [2, 6, 2, 6], Some("quickfix"));
    let edit = &at_once[0]["edit"];
    assert!(edit["changes"][&uri].is_array(), "without documentChanges: {edit}");
    assert_eq!(at_once[0].get("data"), None);

    let (mut client, _project, lazy_uri) = opened(&capabilities::pull(), TWO);
    let lazy = listed(&mut client, &lazy_uri, [2, 6, 2, 6], Some("quickfix"));
    assert_eq!(lazy[0].get("edit"), None);
    let resolved = client.request("codeAction/resolve", &lazy[0]);
    assert_eq!(resolved["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    assert_eq!(resolved["title"], lazy[0]["title"]);
    assert_eq!(
        apply(TWO, edits_for(edit, &uri), Columns::Utf16),
        apply(TWO, edits_for(&resolved["edit"], &lazy_uri), Columns::Bytes)
    );
}

#[test]
fn an_action_outlives_edits_elsewhere_and_no_others() {
    let (mut client, _project, uri) = opened(&capabilities::pull(), TWO);
    let lazy = listed(&mut client, &uri, [3, 6, 3, 6], Some("quickfix"));
    client.did_change(&uri, 2, Some([0, 0, 0, 0]), "# a comment\n");
    let resolved = client.request("codeAction/resolve", &lazy[0]);
    assert_eq!(edits_for(&resolved["edit"], &uri)[0]["range"]["start"]["line"], 4);
    client.did_change(&uri, 3, None, "");
    let gone = client.ask("codeAction/resolve", &lazy[0]);
    assert_eq!(client.answer(gone).expect_err("an error")["code"], -32801);
}

#[test]
fn only_the_kinds_that_are_wanted_are_listed() {
    let (mut client, _project, uri) = restoring(&capabilities::push());
    let kinds = |actions: &[Value]| -> Vec<String> {
        let mut kinds: Vec<_> =
            actions.iter().map(|action| action["kind"].as_str().expect("a kind").to_owned()).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    let all = [0, 0, 9, 0];
    let every = ["quickfix", "refactor.rewrite.pyteam.ask", "source.fixAll.pyteam"];
    assert_eq!(kinds(&listed(&mut client, &uri, all, None)), every);
    assert_eq!(kinds(&listed(&mut client, &uri, all, Some("quickfix"))), ["quickfix"]);
    for only in ["source", "source.fixAll", "source.fixAll.pyteam"] {
        assert_eq!(kinds(&listed(&mut client, &uri, all, Some(only))), ["source.fixAll.pyteam"], "{only}");
    }
    assert_eq!(kinds(&listed(&mut client, &uri, all, Some("refactor"))), every[1..2]);
    for only in ["refactor.extract", "source.organizeImports", "source.fixAll.ruff"] {
        assert_eq!(listed(&mut client, &uri, all, Some(only)), Vec::<Value>::new(), "{only}");
    }
    // Nothing is wrong on the first line.
    assert_eq!(listed(&mut client, &uri, [0, 0, 0, 3], Some("quickfix")), Vec::<Value>::new());
}

#[test]
fn a_finding_can_be_silenced_on_its_line() {
    let (mut client, _project, uri) = opened(&capabilities::push(), TWO);
    client.published(&uri, 1);
    let actions = listed(&mut client, &uri, [2, 6, 2, 6], Some("quickfix"));
    let ignore = actions.iter().find(|action| action["title"] == "Ignore unsafe-model-load on this line");
    let ignore = ignore.unwrap_or_else(|| panic!("not among {:?}", titles(&actions)));
    let silenced = apply(TWO, edits_for(&ignore["edit"], &uri), Columns::Utf16);
    assert!(silenced.contains("# pyteam: ignore[unsafe-model-load]"), "{silenced}");
    client.did_change(&uri, 2, None, &silenced);
    let left = client.published(&uri, 2);
    assert_eq!(left.iter().map(|one| &one["range"]["start"]["line"]).collect::<Vec<_>>(), [3]);
}

#[test]
fn all_safe_repairs_are_one_action() {
    for capabilities in [capabilities::push(), capabilities::pull()] {
        let (mut client, _project, uri) = restoring(&capabilities);
        let mut actions = listed(&mut client, &uri, [0, 0, 0, 0], Some("source.fixAll.pyteam"));
        assert_eq!(actions.len(), 1);
        let mut action = actions.remove(0);
        if action.get("edit").is_none() {
            action = client.request("codeAction/resolve", &action);
        }
        let fixed = apply(THREE, edits_for(&action["edit"], &uri), Columns::Utf16);
        assert_eq!(fixed.matches("weights_only=True").count(), 2, "{fixed}");
        client.did_change(&uri, 2, None, &fixed);
        assert_eq!(listed(&mut client, &uri, [0, 0, 0, 0], Some("source.fixAll.pyteam")), Vec::<Value>::new());
        // What needs a look is still there, one by one.
        assert!(!listed(&mut client, &uri, [6, 12, 6, 12], Some("quickfix")).is_empty());
    }
}

#[test]
fn hovering_over_a_finding_shows_its_rule() {
    let hover_at = |client: &mut Client, uri: &str, line: u32, character: u32| {
        let position = json!({"line": line, "character": character});
        client.request("textDocument/hover", &json!({"textDocument": {"uri": uri}, "position": position}))
    };
    let (mut client, _project, uri) = opened(&capabilities::pull(), TWO);
    let hover = hover_at(&mut client, &uri, 2, 12);
    assert_eq!(hover["contents"]["kind"], "markdown");
    let text = hover["contents"]["value"].as_str().expect("text");
    assert!(text.starts_with("### Model file that can run code when it is loaded\n\n`unsafe-model-load`\n"), "{text}");
    assert!(text.contains("pyteam explain unsafe-model-load"));
    assert_eq!(hover["range"]["start"]["line"], 2);
    assert_eq!(hover_at(&mut client, &uri, 0, 2), Value::Null);

    let (mut client, _project, uri) = opened(&capabilities::push(), TWO);
    assert_eq!(hover_at(&mut client, &uri, 2, 12)["contents"]["kind"], "plaintext");
}
