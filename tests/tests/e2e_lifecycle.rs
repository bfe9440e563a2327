//! Start and end, also of clients that do not behave.

use std::time::{Duration, Instant};

use pyteam_tests::client::{PATIENCE, capabilities};
use pyteam_tests::project::long_text;
use pyteam_tests::{Client, Manners, Project};
use serde_json::{Value, json};

const LOAD: &str = "import torch\n\nmodel = torch.load(path)\n";

/// What exiting may take, with room for a machine that is busy with other tests. The budget of 50 ms is the
/// benches' to hold.
const SOON: Duration = Duration::from_secs(2);

#[test]
fn real_editors_are_understood() {
    for (editor, encoding, pulls) in [("helix", "utf-8", false), ("neovim", "utf-8", true), ("vscode", "utf-16", true)]
    {
        let project = Project::new(&[("a.py", LOAD)]);
        let mut params = capabilities::real(editor);
        // The recorded process is long gone, and so is its folder.
        params["processId"] = std::process::id().into();
        params["rootPath"] = project.root().to_string_lossy().into();
        if editor != "helix" {
            params["rootUri"] = project.uri("").into();
            params["workspaceFolders"] = json!([{"uri": project.uri(""), "name": "project"}]);
        }
        let mut client = Client::start(Manners::Polite, &json!({}));
        client.initialize_with(&params);
        assert_eq!(client.capabilities["positionEncoding"], encoding, "{editor}");
        assert_eq!(client.capabilities["textDocumentSync"]["change"], 2, "{editor}");
        assert_eq!(client.capabilities["diagnosticProvider"].is_object(), pulls, "{editor}");
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, LOAD);
        let diagnostics = if pulls { client.pulled(&uri) } else { client.published(&uri, 1) };
        assert_eq!(diagnostics.len(), 1, "{editor}: {diagnostics:?}");
        assert_eq!(diagnostics[0]["source"], "pyteam");
        let actions = client.actions(&uri, &diagnostics[0]);
        assert!(!actions.is_empty(), "{editor}");
        if pulls {
            let pushed =
                client.take_all().into_iter().find(|message| message["method"] == "textDocument/publishDiagnostics");
            assert_eq!(pushed, None, "{editor} pulls, and must not be pushed to");
        }
        let (code, took) = client.exit();
        assert_eq!(code, 0, "{editor}");
        assert!(took < SOON, "{editor}: {took:?}");
    }
}

#[test]
fn initialize_is_answered_before_anything_is_read() {
    let project = Project::new(&[("a.py", LOAD)]);
    let mut client = Client::start(Manners::Polite, &json!({}));
    let start = Instant::now();
    client.initialize(&project, &capabilities::push(), &Value::Null);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(client.capabilities["diagnosticProvider"], Value::Null);
}

#[test]
fn exit_without_shutdown_is_an_error() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    client.notify("exit", &Value::Null);
    assert_eq!(client.ended().0, 1);
}

#[test]
fn shutdown_and_exit_in_one_breath_are_no_error() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    client.ask("shutdown", &Value::Null);
    client.notify("exit", &Value::Null);
    assert_eq!(client.ended().0, 0);
}

#[test]
fn exit_before_initialize_is_an_error() {
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.notify("exit", &Value::Null);
    assert_eq!(client.ended().0, 1);
}

#[test]
fn requests_after_shutdown_are_invalid_and_before_initialize_too_early() {
    let project = Project::new(&[]);
    let mut client = Client::start(Manners::Polite, &json!({}));
    let hover = json!({"textDocument": {"uri": project.uri("a.py")}, "position": {"line": 0, "character": 0}});
    let early = client.ask("textDocument/hover", &hover);
    assert_eq!(client.answer(early).expect_err("an error")["code"], -32002);
    client.initialize(&project, &capabilities::push(), &Value::Null);
    client.request("shutdown", &Value::Null);
    let late = client.ask("textDocument/hover", &hover);
    assert_eq!(client.answer(late).expect_err("an error")["code"], -32600);
    client.notify("exit", &Value::Null);
    assert_eq!(client.ended().0, 0);
}

#[test]
fn a_client_that_vanishes_ends_the_server() {
    let project = Project::new(&[("a.py", LOAD)]);
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&project.uri("a.py"), 1, LOAD);
    client.vanish();
    assert_eq!(client.ended().0, 1);
}

#[test]
fn a_client_that_vanishes_inside_a_message_ends_the_server() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    client.send_bytes(b"Content-Length: 500\r\n\r\n{\"jsonrpc\":");
    client.vanish();
    assert_eq!(client.ended().0, 1);
}

/// The editor crashed, and its pipe is held open by another process.
#[cfg(target_os = "linux")]
#[test]
fn a_dead_editor_ends_the_server() {
    let project = Project::new(&[]);
    let mut editor = std::process::Command::new("sleep").arg("600").spawn().expect("a process");
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.initialize_with(&json!({
        "processId": editor.id(),
        "rootUri": project.uri(""),
        "capabilities": capabilities::push(),
    }));
    editor.kill().expect("a living process");
    editor.wait().expect("a dead process");
    assert_eq!(client.ended().0, 1);
}

#[test]
fn a_client_that_never_answers_is_served() {
    let project = Project::new(&[("a.py", LOAD)]);
    let mut params = capabilities::real("vscode");
    params["processId"] = std::process::id().into();
    params["rootUri"] = project.uri("").into();
    params["workspaceFolders"] = json!([{"uri": project.uri(""), "name": "project"}]);
    let mut client = Client::start(Manners::Silent, &json!({}));
    client.initialize_with(&params);
    client.server_says("client/registerCapability");
    client.server_says("workspace/configuration");
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.pulled(&uri).len(), 1);
    client.did_change(&uri, 2, Some([2, 0, 2, 0]), "#");
    assert_eq!(client.pulled(&uri).len(), 0);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn exit_does_not_wait_for_indexing() {
    let project = Project::new(&[]);
    let text = long_text(4000);
    for number in 0..150 {
        project.write(&format!("package{}/module{number}.py", number % 10), &text);
    }
    let progress = capabilities::with(capabilities::push(), &["window", "workDoneProgress"], true.into());
    let mut client = Client::open(&project, &progress);
    let begun = client.wait(PATIENCE, |message| message["method"] == "$/progress");
    assert_eq!(begun.expect("progress")["params"]["value"]["kind"], "begin");
    let (code, took) = client.exit();
    assert_eq!(code, 0);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn indexing_can_be_canceled() {
    let project = Project::new(&[("zz.py", LOAD)]);
    let text = long_text(4000);
    for number in 0..150 {
        project.write(&format!("package{}/module{number}.py", number % 10), &text);
    }
    let progress = capabilities::with(capabilities::push(), &["window", "workDoneProgress"], true.into());
    let mut client = Client::open(&project, &progress);
    let begun = client.server_says("$/progress");
    assert_eq!(begun["value"]["cancellable"], true);
    client.notify("window/workDoneProgress/cancel", &json!({"token": begun["token"]}));
    let end = client.wait_for("the end", |message| message["params"]["value"]["kind"] == "end");
    assert_eq!(end["params"]["token"], begun["token"]);
    let uri = project.uri("zz.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.published(&uri, 1).len(), 1);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn clients_that_are_newer_than_the_protocol_crate_are_served() {
    let project = Project::new(&[]);
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.initialize_with(&json!({
        "processId": std::process::id(),
        "rootUri": project.uri(""),
        "trace": "compact",
        "capabilities": {"textDocument": {
            "hover": {"contentFormat": ["markdown", "html"]},
            "publishDiagnostics": {"markupMessageSupport": true},
        }},
    }));
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.published(&uri, 1).len(), 1);
}

#[test]
fn the_log_goes_where_it_is_told_to() {
    let project = Project::new(&[]);
    let log = project.path("server.log");
    let mut command = std::process::Command::new(pyteam_tests::program::pyteam());
    command.env("PYTEAM_LOG_FILE", &log).env("PYTEAM_LOG", "pyteam=debug");
    let mut client = Client::start_with(Manners::Polite, &json!({}), &mut command);
    client.initialize(&project, &capabilities::push(), &Value::Null);
    client.did_open(&project.uri("a.py"), 1, LOAD);
    client.published(&project.uri("a.py"), 1);
    assert_eq!(client.exit().0, 0);
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("DEBUG pyteam::lsp") && log.contains("ends with code 0"), "{log}");
}
