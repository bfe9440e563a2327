//! Marks what a screen would not show or would obey in outgoing text: messages, titles, labels, hovers. It is done where
//! all messages leave, so that none can be forgotten; edits, addresses and data stay as they are.

use std::ops::Range;

use pyteam_display::{document, masked, visible, visible_line};
use serde_json::Value;

const LENGTH: &[u8] = b"Content-Length: ";
const HEADER_END: &[u8] = b"\r\n\r\n";
/// What is the client's to give back, or to write into a file.
const NOT_SHOWN: [&str; 4] = ["data", "arguments", "newText", "settings"];

/// Whole messages as they leave, with visible text.
pub(super) fn visible_messages(bytes: Vec<u8>) -> Vec<u8> {
    if !may_need_marks(&bytes) {
        return bytes;
    }
    let mut written = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(body) = next_body(&bytes, at) {
        let visible = visible_message(&bytes[body.clone()]);
        match visible {
            Some(visible) => {
                written.extend_from_slice(format!("Content-Length: {}\r\n\r\n", visible.len()).as_bytes());
                written.extend_from_slice(&visible);
            }
            None => written.extend_from_slice(&bytes[at..body.end]),
        }
        at = body.end;
    }
    written.extend_from_slice(&bytes[at..]);
    written
}

/// Most messages have nothing but plain letters, and are not looked into. Hovers and titles may repeat code with a secret in it.
fn may_need_marks(bytes: &[u8]) -> bool {
    let escapes: [&[u8]; 4] = [br"\u", br"\r", br"\b", br"\f"];
    bytes.iter().any(|byte| *byte >= 0x7f)
        || escapes.iter().any(|escape| memchr::memmem::find(bytes, escape).is_some())
        || [&br#""contents""#[..], br#""title""#].iter().any(|name| memchr::memmem::find(bytes, name).is_some())
}

/// Where the body of the message at `at` stands.
fn next_body(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at..)?.strip_prefix(LENGTH)?;
    let end = memchr::memmem::find(rest, b"\r\n")?;
    let length: usize = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    let start = at + memchr::memmem::find(&bytes[at..], HEADER_END)? + HEADER_END.len();
    (start + length <= bytes.len()).then_some(start..start + length)
}

/// The message with visible text; `None` where it is as it was.
fn visible_message(body: &[u8]) -> Option<Vec<u8>> {
    let mut message: Value = serde_json::from_slice(body).ok()?;
    let before = message.clone();
    make_visible(&mut message);
    (message != before).then(|| serde_json::to_vec(&message).ok()).flatten()
}

fn make_visible(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(make_visible),
        Value::Object(members) => {
            let is_markup = members.get("kind").is_some_and(|kind| kind == "markdown" || kind == "plaintext");
            for (name, member) in members {
                match (name.as_str(), member) {
                    (name, _) if NOT_SHOWN.contains(&name) => {}
                    ("message", Value::String(text)) => *text = visible(text),
                    ("title" | "label" | "description" | "detail", Value::String(text)) => {
                        *text = visible_line(&masked(text));
                    }
                    ("value", Value::String(text)) if is_markup => *text = document(text),
                    ("contents", Value::String(text)) => *text = document(text),
                    (_, member) => make_visible(member),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn framed(value: &Value) -> Vec<u8> {
        let body = serde_json::to_vec(value).unwrap();
        [format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes(), body].concat()
    }

    #[test]
    fn text_is_visible_and_edits_are_exact() {
        let odd = "a\u{1b}[2K\u{202e}b";
        let message = json!({"result": [
            {"title": odd, "edit": {"changes": {"file:///a": [{"newText": odd}]}}, "data": {"title": odd}},
            {"contents": {"kind": "markdown", "value": format!("`rtsp://a:hunter2@h` {odd}\nx")}},
            {"message": format!("{odd}\nx"), "relatedInformation": [{"message": odd}]},
        ]});
        let bytes = visible_messages([framed(&message), framed(&json!({"method": "x"}))].concat());
        let body = next_body(&bytes, 0).unwrap();
        let seen: Value = serde_json::from_slice(&bytes[body.clone()]).unwrap();
        let marked = "a\\u{1b}[2K\\u{202e}b";
        assert_eq!(
            seen,
            json!({"result": [
                {"title": marked, "edit": {"changes": {"file:///a": [{"newText": odd}]}}, "data": {"title": odd}},
                {"contents": {"kind": "markdown", "value": format!("`rtsp://a:***@h` {marked}\nx")}},
                {"message": format!("{marked}\nx"), "relatedInformation": [{"message": marked}]},
            ]})
        );
        assert_eq!(bytes[body.end..], framed(&json!({"method": "x"})));
    }

    #[test]
    fn plain_messages_are_not_touched() {
        let message = framed(&json!({"method": "x", "params": {"message": "abc\n"}}));
        assert_eq!(visible_messages(message.clone()), message);
        assert_eq!(visible_messages(b"\xff garbage".to_vec()), b"\xff garbage");
    }
}
