//! Rewrites what some clients send and the protocol crate's types cannot parse. One value that does not parse would have
//! the whole message refused; with `initialize`, that is the whole server.

use serde_json::{Map, Value};
use tower_lsp::ls_types::{ClientCapabilities, InitializeParams};
use tracing::info;

/// The message as the protocol crate can take it.
pub(super) fn sanitize_message(body: Vec<u8>, is_initialize: bool) -> Vec<u8> {
    let body = encode_uris(body);
    if is_initialize { sanitize_initialize(&body).unwrap_or(body) } else { body }
}

/// Leaves out members of `initialize` that do not parse: values that are newer than the types, such as
/// `"trace": "compact"`, are better not understood than not served. None where nothing has to be left out.
fn sanitize_initialize(body: &[u8]) -> Option<Vec<u8>> {
    let mut message: Value = serde_json::from_slice(body).ok()?;
    let parses = |params: &Value| serde_json::from_value::<InitializeParams>(params.clone()).is_ok();
    if parses(&message["params"]) {
        return None;
    }
    let params = message["params"].as_object_mut()?;
    if let Some(capabilities) = params.get_mut("capabilities").and_then(Value::as_object_mut) {
        for (section, members) in capabilities {
            let Some(members) = members.as_object_mut() else { continue };
            members.retain(|name, member| {
                let alone = Map::from_iter([(name.clone(), member.clone())]);
                let alone = Map::from_iter([(section.clone(), Value::Object(alone))]);
                let is_understood = serde_json::from_value::<ClientCapabilities>(Value::Object(alone)).is_ok();
                if !is_understood {
                    info!("the client's capability {section}.{name} is not understood, and left out: {member}");
                }
                is_understood
            });
        }
    }
    // What the client must send stays, to be refused with the crate's own words.
    for name in ["trace", "clientInfo", "locale", "workDoneToken", "processId"] {
        let Some(member) = params.remove(name) else { continue };
        let alone = serde_json::json!({"capabilities": {}, name: member});
        if parses(&alone) {
            params.insert(name.to_owned(), member);
        } else {
            info!("the member `{name}` of `initialize` is not understood, and left out: {member}");
        }
    }
    serde_json::to_vec(&message).ok()
}

/// Percent-encodes what some clients leave bare in file URIs (`[`, `|`, blanks, letters beyond ASCII): the URI
/// type of the protocol crate refuses them, and would refuse the whole message with them.
fn encode_uris(body: Vec<u8>) -> Vec<u8> {
    const START: &[u8] = b"\"file://";
    let is_bare =
        |b: u8| !b.is_ascii() || matches!(b, b' ' | b'[' | b']' | b'{' | b'}' | b'|' | b'^' | b'`' | b'<' | b'>');
    let mut out: Option<Vec<u8>> = None;
    let mut copied = 0;
    for start in memchr::memmem::find_iter(&body, START) {
        let rest = &body[start + 1..];
        let Some(len) = memchr::memchr2(b'"', b'\\', rest) else { continue };
        // A string with escapes in it is a text that happens to begin like a URI.
        if rest[len] == b'\\' || !rest[..len].iter().any(|b| is_bare(*b)) {
            continue;
        }
        let out = out.get_or_insert_with(|| Vec::with_capacity(body.len() + 64));
        out.extend_from_slice(&body[copied..=start]);
        for &b in &rest[..len] {
            if is_bare(b) {
                out.extend_from_slice(format!("%{b:02X}").as_bytes());
            } else {
                out.push(b);
            }
        }
        copied = start + 1 + len;
    }
    match out {
        Some(mut out) => {
            out.extend_from_slice(&body[copied..]);
            out
        }
        None => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_characters_in_file_uris_are_encoded_and_texts_are_left_alone() {
        let sanitized = |body: &str| String::from_utf8(encode_uris(body.as_bytes().to_vec())).expect("UTF-8");
        assert_eq!(sanitized(r#"{"uri":"file:///a[1]/ü.py","x":1}"#), r#"{"uri":"file:///a%5B1%5D/%C3%BC.py","x":1}"#);
        for same in
            [r#"{"uri":"file:///a%5B1%5D.py"}"#, r#"{"text":"x = \"file:///a b\""}"#, r#"{"text":"file://a b\n"}"#]
        {
            assert_eq!(sanitized(same), same);
        }
    }

    #[test]
    fn what_is_not_understood_of_initialize_is_left_out() {
        let message =
            |params: Value| serde_json::to_vec(&serde_json::json!({"jsonrpc": "2.0", "params": params})).expect("JSON");
        assert_eq!(sanitize_initialize(&message(serde_json::json!({"capabilities": {}, "trace": "verbose"}))), None);
        let odd = serde_json::json!({
            "processId": null,
            "trace": "compact",
            "locale": "en",
            "capabilities": {
                "window": {"workDoneProgress": true},
                "textDocument": {"hover": {"contentFormat": ["html"]}, "diagnostic": {}},
            },
        });
        let sanitized = sanitize_initialize(&message(odd)).expect("something was left out");
        let sanitized: Value = serde_json::from_slice(&sanitized).expect("JSON");
        let left = serde_json::json!({
            "processId": null,
            "locale": "en",
            "capabilities": {"window": {"workDoneProgress": true}, "textDocument": {"diagnostic": {}}},
        });
        assert_eq!(sanitized["params"], left);
    }
}
