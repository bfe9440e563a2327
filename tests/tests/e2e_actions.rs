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

/// The actions at `range`, of a client that names `diagnostics`.
fn listed_naming(client: &mut Client, uri: &str, range: [u32; 4], diagnostics: &[Value]) -> Vec<Value> {
    let context = json!({"diagnostics": diagnostics});
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
    // Whom to ask comes last.
    let last = listed(&mut client, &uri, all, None).into_iter().rev().take_while(|action| action["kind"] == every[1]);
    assert_eq!(last.count(), listed(&mut client, &uri, all, Some("refactor")).len());
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
    let ignore = actions.iter().find(|action| action["title"] == "Suppress unsafe-model-load on this line");
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
fn repairs_are_offered_from_anywhere_on_the_line() {
    for capabilities in
        [capabilities::pull(), capabilities::push(), capabilities::real("helix")["capabilities"].clone()]
    {
        let (mut client, _project, uri) = opened(&capabilities, TWO);
        let here = listed(&mut client, &uri, [2, 6, 2, 6], Some("quickfix"));
        assert!(titles(&here).contains(&"Suppress unsafe-model-load on this line"), "{:?}", titles(&here));
        assert_eq!(here.len(), 2, "{:?}", titles(&here));
        assert_eq!(here[0]["isPreferred"], true);
        // At the line's beginning, behind its end, and over all of it.
        for range in [[2, 0, 2, 0], [2, 0, 2, 1], [2, 22, 2, 22], [2, 0, 3, 0]] {
            let there = listed(&mut client, &uri, range, Some("quickfix"));
            assert_eq!(titles(&there), titles(&here), "{range:?}");
        }
        assert_eq!(listed(&mut client, &uri, [1, 0, 1, 0], Some("quickfix")), Vec::<Value>::new());
    }
}

#[test]
fn what_the_client_names_is_offered_once_and_what_is_nearest_first() {
    let text = "import torch\n\n\nfirst, other = torch.load('a.pt'), torch.load('b.pt')\n";
    let (mut client, _project, uri) = opened(&capabilities::pull(), text);
    let named = client.pulled(&uri);
    assert_eq!(named.len(), 2);
    let repairs = |actions: &[Value]| -> Vec<String> {
        let all = actions.iter().filter(|action| action["data"].is_object());
        all.map(|action| action["title"].as_str().expect("a title").to_owned()).collect()
    };
    // From elsewhere, by name.
    let named_there = listed_naming(&mut client, &uri, [0, 0, 0, 0], &named);
    let titles = repairs(&named_there);
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[0].ends_with(": torch.load('a.pt')") && titles[1].ends_with(": torch.load('b.pt')"), "{titles:?}");
    // One comment silences both.
    let ignored = named_there.iter().filter(|action| action["title"] == "Suppress unsafe-model-load on this line");
    assert_eq!(ignored.count(), 1);
    // On the line, the cursor at the second: that one first, and it alone is preferred.
    let here = listed_naming(&mut client, &uri, [3, 45, 3, 45], &named);
    let preferred: Vec<_> = here.iter().filter(|action| action["isPreferred"] == true).collect();
    assert_eq!(repairs(&here), [titles[1].as_str(), titles[0].as_str()]);
    assert_eq!((preferred.len(), &preferred[0]["title"]), (1, &here[0]["title"]));
    // Each repairs what it says.
    let resolved = client.request("codeAction/resolve", &here[0]);
    let fixed = apply(text, edits_for(&resolved["edit"], &uri), Columns::Bytes);
    assert!(fixed.contains("torch.load('a.pt'), torch.load('b.pt', weights_only=True)"), "{fixed}");
    // Another server's diagnostics at the same place are none of ours.
    let mut theirs = named[0].clone();
    theirs["code"] = json!("F401");
    assert_eq!(repairs(&listed_naming(&mut client, &uri, [0, 0, 0, 0], &[theirs])), [""; 0]);
}

#[test]
fn a_hover_says_what_is_there_and_what_is_wrong_with_it() {
    let hover_at = |client: &mut Client, uri: &str, line: u32, character: u32| {
        let position = json!({"line": line, "character": character});
        client.request("textDocument/hover", &json!({"textDocument": {"uri": uri}, "position": position}))
    };
    let (mut client, _project, uri) = opened(&capabilities::pull(), TWO);
    let hover = hover_at(&mut client, &uri, 2, 12);
    assert_eq!(hover["contents"]["kind"], "markdown");
    let text = hover["contents"]["value"].as_str().expect("text");
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines[0].starts_with("**information**: "), "{text}");
    assert!(lines[1].starts_with("- Why: ") && lines[2].starts_with("- What to do: "), "{text}");
    assert_eq!(lines.len(), 4, "{text}");
    // The link leads to the rule's page, from which others can be reached.
    let target =
        lines[3].strip_prefix("- The rule: [unsafe-model-load](file://").and_then(|rest| rest.strip_suffix(')'));
    let page = std::fs::read_to_string(target.unwrap_or_else(|| panic!("{text}"))).expect("a page");
    assert!(page.starts_with("# Unsafe deserialization of a model file"), "{page}");
    assert_eq!(hover["range"]["start"]["line"], 2);
    assert_eq!(hover_at(&mut client, &uri, 0, 2), Value::Null);

    let (mut client, _project, uri) = opened(&capabilities::push(), TWO);
    let plain = hover_at(&mut client, &uri, 2, 12);
    assert_eq!(plain["contents"]["kind"], "plaintext");
    let text = plain["contents"]["value"].as_str().expect("text");
    assert!(!text.contains("**") && !text.contains("file://"), "{text}");
}

#[test]
fn a_hover_links_to_the_web_where_the_settings_say_so() {
    let project = Project::new(&[]);
    let uri = project.uri("a.py");
    let mut client = Client::start(pyteam_tests::Manners::Polite, &json!({}));
    client.initialize(&project, &capabilities::pull(), &json!({"docsBase": "https://docs.example.org/rules/"}));
    client.did_open(&uri, 1, TWO);
    let position = json!({"line": 2, "character": 12});
    let hover = client.request("textDocument/hover", &json!({"textDocument": {"uri": uri}, "position": position}));
    let text = hover["contents"]["value"].as_str().expect("text");
    assert!(text.contains("[unsafe-model-load](https://docs.example.org/rules/unsafe-model-load)"), "{text}");
}

const PIPELINE: &str = include_str!("e2e_actions/pipeline.py");

#[test]
fn a_hover_on_a_queue_a_process_or_an_event_says_who_uses_it() {
    let project = Project::new(&[]);
    let uri = project.uri("sub/a.py");
    let mut client = Client::open(&project, &capabilities::pull());
    client.did_open(&uri, 1, PIPELINE);
    let mut hover_at = |line: u32, character: u32| {
        let position = json!({"line": line, "character": character});
        let hover = client.request("textDocument/hover", &json!({"textDocument": {"uri": uri}, "position": position}));
        hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("no hover: {hover}")).to_owned()
    };
    // `tasks` of the put, where nothing was found: all there is to say of the queue.
    let queue = hover_at(14, 6);
    let link = |line: u32| format!("[sub/a.py:{line}]({uri}#L{line})");
    for part in [
        format!("**`tasks`**: `multiprocessing.queues.Queue`, maxsize 8, created in {}\n", link(11)),
        format!("- **sent** in {}: `tasks.put({{'kind': 'update', 'frame_number': 1…`\n", link(15)),
        format!("- **sent** in {}: `tasks.put(None)`\n", link(16)),
        format!("- **received** in {}: `tasks.get()`, in process work\n", link(7)),
        "- messages: `None`, `{".to_owned(),
    ] {
        assert!(queue.contains(&part), "{part}\n{queue}");
    }
    // The same queue where a finding stands on it: the queue first, and no more than a screen of both.
    let both = hover_at(6, 16);
    let (thing, finding) = both.split_once("\n---\n").unwrap_or_else(|| panic!("{both}"));
    assert!(thing.starts_with("**`tasks`**") && finding.contains("blocking-get-without-timeout](file://"), "{both}");
    assert!(both.lines().count() <= 16, "{both}");
    let process = hover_at(12, 6);
    for part in [format!("**`work`**: `process`, created in {}\n", link(13)), format!("- **joined** in {}", link(19))] {
        assert!(process.contains(&part), "{part}\n{process}");
    }
    let event = hover_at(5, 15);
    for part in [
        format!("**`stop`**: `multiprocessing.Event`, created in {}\n", link(12)),
        format!("- **set** in {}: `stop.set()`", link(17)),
        format!("- **waited for** in {}", link(18)),
        format!("- **tested** in {}: `stop.is_set()`, in process work", link(6)),
    ] {
        assert!(event.contains(&part), "{part}\n{event}");
    }
}
