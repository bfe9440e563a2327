//! The transport: broken messages, slow requests, cancellation.

#![allow(clippy::print_stderr, reason = "a test prints what it measured")]

use std::time::{Duration, Instant};

use pyteam_tests::client::capabilities;
use pyteam_tests::project::long_text;
use pyteam_tests::wire::{frame, frame_text};
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const LOAD: &str = "import torch\n\nmodel = torch.load(path)\n";

fn refusal(client: &mut Client) -> Value {
    client.wait_for("a refusal", |message| message.get("error").is_some() && message["id"].is_null())["error"]["code"]
        .take()
}

/// The server lives and knows its documents.
fn assert_serves(client: &mut Client, project: &Project) {
    let uri = project.uri("check.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.published(&uri, 1).len(), 1);
    client.did_close(&uri);
}

#[test]
fn invalid_json_is_refused_and_survived() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    for (broken, code) in [
        ("{\"jsonrpc\": \"2.0\", \"method\":", -32700),
        ("", -32700),
        ("not json", -32700),
        ("[{\"jsonrpc\": \"2.0\", \"method\": \"exit\"}]", -32600),
        ("{\"jsonrpc\": \"2.0\", \"method\": 5}", -32600),
        ("{}", -32600),
        ("7", -32600),
    ] {
        client.send_bytes(&frame_text(broken));
        assert_eq!(refusal(&mut client), code, "{broken}");
    }
    let mut no_text = frame_text("abcd");
    let len = no_text.len();
    no_text[len - 2] = 0xff;
    client.send_bytes(&no_text);
    assert_eq!(refusal(&mut client), -32700);
    assert_serves(&mut client, &project);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn a_length_that_lies_costs_one_message() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    let message = r#"{"jsonrpc":"2.0","method":"textDocument/didSave","params":{}}"#;
    for lie in [message.len() - 9, message.len() + 5, message.len() + 40] {
        client.send_bytes(format!("Content-Length: {lie}\r\n\r\n{message}").as_bytes());
        assert_serves(&mut client, &project);
        assert_eq!(refusal(&mut client), -32700, "{lie}");
    }
    for header in ["Content-Length: -5\r\n\r\n", "Content-Length: 99999999999\r\n\r\n", "Content-Length: x\r\n\r\n"] {
        client.send_bytes(header.as_bytes());
        assert_eq!(refusal(&mut client), -32700, "{header}");
        assert_serves(&mut client, &project);
    }
    client.send_bytes(b"some program's own words\n");
    assert_serves(&mut client, &project);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn unknown_methods_and_malformed_parameters_are_errors_of_their_own() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    let unknown = client.ask("textDocument/unheardOf", &json!({}));
    assert_eq!(client.answer(unknown).expect_err("an error")["code"], -32601);
    let malformed = client.ask("textDocument/hover", &json!({"textDocument": 5}));
    assert_eq!(client.answer(malformed).expect_err("an error")["code"], -32602);
    client.notify("$/unheardOf", &json!({}));
    client.notify("textDocument/didChange", &json!({"nonsense": true}));
    let command = client.ask("workspace/executeCommand", &json!({"command": "pyteam.unheardOf"}));
    assert_eq!(client.answer(command).expect_err("an error")["code"], -32602);
    assert_serves(&mut client, &project);
}

#[test]
fn slow_requests_do_not_hold_up_an_edit() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    // A cold check of each takes long: that is the slow request, and there are more of them than slots.
    let text = format!("{}{LOAD}", long_text(24_000));
    let big: Vec<String> = (0..8).map(|number| project.uri(&format!("big{number}.py"))).collect();
    let small = project.uri("small.py");
    client.did_open(&small, 1, LOAD);
    client.published(&small, 1);
    let start = Instant::now();
    for uri in &big {
        client.did_open(uri, 1, &text);
    }
    let everything = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99_999, "character": 0}});
    let asked: Vec<u64> = big
        .iter()
        .map(|uri| {
            client.ask(
                "textDocument/codeAction",
                &json!({
                    "textDocument": {"uri": uri}, "range": everything, "context": {"diagnostics": []},
                }),
            )
        })
        .collect();
    client.did_change(&small, 2, Some([2, 0, 2, 0]), "#");
    let hover = client
        .ask("textDocument/hover", &json!({"textDocument": {"uri": small}, "position": {"line": 2, "character": 12}}));
    // The hover's answer knows of the edit that was sent before it, and neither waited for all slow ones.
    assert_eq!(client.answer(hover).expect("an answer"), Value::Null);
    let quick = start.elapsed();
    for id in asked {
        assert!(!client.answer(id).expect("an answer").as_array().expect("actions").is_empty());
    }
    let all = start.elapsed();
    assert_eq!(client.published(&small, 2).len(), 0);
    eprintln!("edit and hover behind 8 slow requests: {quick:?} of {all:?}");
}

#[test]
fn a_canceled_request_is_answered_as_canceled() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    let uri = project.uri("big.py");
    let text = format!("{}{LOAD}", long_text(24_000));
    let hover = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}});
    // All in one write, so that the cancellation is there before the answer can be.
    let mut bytes = frame(&json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {
        "textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text},
    }}));
    bytes.extend(frame(&json!({"jsonrpc": "2.0", "id": 700, "method": "textDocument/hover", "params": hover})));
    bytes.extend(frame(&json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 700}})));
    bytes.extend(frame(&json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 12345}})));
    client.send_bytes(&bytes);
    assert_eq!(client.answer(700).expect_err("canceled")["code"], -32800);
    assert_eq!(client.published(&uri, 1).len(), 1);
    assert_serves(&mut client, &project);
}

#[test]
fn a_client_that_stops_reading_does_not_stop_the_server() {
    let project = Project::new(&[]);
    let mut client = Client::open(&project, &capabilities::push());
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    // The test's reader always reads; what can be seen here is that hundreds of answers are none lost.
    let position = json!({"textDocument": {"uri": uri}, "position": {"line": 2, "character": 12}});
    let asked: Vec<u64> = (0..500).map(|_| client.ask("textDocument/hover", &position)).collect();
    for id in asked {
        assert!(client.answer(id).expect("an answer").is_object());
    }
    let (code, took) = client.exit();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(2), "{took:?}");
}
