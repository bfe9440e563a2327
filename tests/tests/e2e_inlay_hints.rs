//! Inlay hints: what flows through a queue, and what a process runs.

use pyteam_tests::client::capabilities;
use pyteam_tests::{Client, Manners, Project};
use serde_json::{Value, json};

const WORKER: &str = include_str!("e2e_inlay_hints/worker.py");

const MAIN: &str = include_str!("e2e_inlay_hints/main.py");

/// The hints of lines `from` to `to`, as `line:column label`.
fn hints(client: &mut Client, uri: &str, [from, to]: [u32; 2]) -> Vec<String> {
    let range = json!({"start": {"line": from, "character": 0}, "end": {"line": to, "character": 0}});
    let params = json!({"textDocument": {"uri": uri}, "range": range});
    let all = client.request("textDocument/inlayHint", &params);
    let hints = all.as_array().map_or(&[][..], Vec::as_slice).iter();
    let shown = hints.map(|hint| {
        let (at, label) = (&hint["position"], hint["label"].as_str().expect("a label"));
        if let Some(tooltip) = hint.get("tooltip") {
            assert!(label.ends_with('…') && label.chars().count() <= 42, "{hint}");
            assert!(tooltip["value"].as_str().expect("a tooltip").chars().count() > 40, "{hint}");
        }
        format!("{}:{} {label}", at["line"], at["character"])
    });
    shown.collect()
}

#[test]
fn what_flows_and_what_runs_is_shown() {
    let project = Project::new(&[("worker.py", WORKER), ("main.py", MAIN)]);
    let mut client = Client::open(&project, &capabilities::push());
    let (main, worker) = (project.uri("main.py"), project.uri("worker.py"));
    client.did_open(&main, 1, MAIN);
    client.did_open(&worker, 1, WORKER);
    // All files are in.
    client.published(&main, 1);
    client.published(&worker, 1);
    assert_eq!(hints(&mut client, &worker, [0, 99]), [r#"2:26 : None | Result | {"id": int, "text": "a…"#]);
    let all = ["20:18 runs crunch", "22:19 runs Printer", r#"24:18 : {"id": int, "text": "a", "priority…"#];
    assert_eq!(hints(&mut client, &main, [0, 99]), all);
    // The client asks for what is in view.
    assert_eq!(hints(&mut client, &main, [21, 23]), all[1..2]);
    let edited = MAIN.replace("    tasks.put(None)\n", "    tasks.put(None)\n    later = 3\n    tasks.put(later)\n");
    client.did_change(&main, 2, None, &edited);
    assert_eq!(hints(&mut client, &main, [25, 99]), ["28:19 : int"]);
}

#[test]
fn hints_are_asked_for_again_when_all_files_are_in() {
    let project = Project::new(&[("worker.py", WORKER), ("main.py", MAIN)]);
    let path = ["workspace", "inlayHint", "refreshSupport"];
    let mut client = Client::open(&project, &capabilities::with(capabilities::push(), &path, json!(true)));
    let worker = project.uri("worker.py");
    client.did_open(&worker, 1, WORKER);
    client.server_asks("workspace/inlayHint/refresh");
    // The queue is made in another file.
    assert_eq!(hints(&mut client, &worker, [0, 99]).len(), 1);
}

#[test]
fn hints_can_be_switched_off() {
    let project = Project::new(&[("main.py", MAIN)]);
    let uri = project.uri("main.py");
    for (choice, is_shown) in [("always", true), ("never", false)] {
        let mut client = Client::start(Manners::Polite, &Value::Null);
        client.initialize(&project, &capabilities::push(), &json!({"inlayHints": choice}));
        assert_eq!(client.capabilities["inlayHintProvider"], true);
        client.did_open(&uri, 1, MAIN);
        assert_eq!(!hints(&mut client, &uri, [0, 99]).is_empty(), is_shown);
    }
}
