//! What the permissions allow.

use std::fs;
use std::path::Path;

use agent_client_protocol_schema::v1::{RequestPermissionOutcome, RequestPermissionRequest, ToolKind};
use serde_json::{Value, json};

use super::{Permissions, is_inside};
use crate::agent::Rights;
use crate::sandbox::Level;

const READER: Rights = Rights { read: true, edit: false, execute: false };
const EDITOR: Rights = Rights { read: true, edit: true, execute: false };
const WORKER: Rights = Rights { read: true, edit: true, execute: true };

fn request(tool: &Value, options: &[&str]) -> RequestPermissionRequest {
    let options: Vec<_> =
        options.iter().map(|kind| json!({"optionId": format!("id-{kind}"), "name": kind, "kind": kind})).collect();
    let mut call = json!({"toolCallId": "1"});
    call.as_object_mut().unwrap().extend(tool.as_object().unwrap().clone());
    serde_json::from_value(json!({"sessionId": "s", "toolCall": call, "options": options})).unwrap()
}

const ALL: [&str; 4] = ["allow_always", "allow_once", "reject_always", "reject_once"];

/// Which option is chosen.
fn choice(root: &Path, rights: Rights, level: Level, tool: &Value) -> String {
    match Permissions::new(root, rights, level).decide(&request(tool, &ALL), None).1 {
        RequestPermissionOutcome::Selected(selected) => selected.option_id.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn edits_in_the_copy_are_allowed_once_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    fs::write(root.join("a.py"), "").unwrap();
    let edit = |path: &str| json!({"kind": "edit", "title": "x", "locations": [{"path": path}]});
    let inside = root.join("a.py").to_string_lossy().into_owned();
    let up = root.join("../x.py").to_string_lossy().into_owned();
    for (rights, tool, expected) in [
        (EDITOR, edit(&inside), "id-allow_once"),
        (EDITOR, edit("a.py"), "id-allow_once"),
        (EDITOR, edit("new/folder/b.py"), "id-allow_once"),
        (EDITOR, edit("/etc/passwd"), "id-reject_once"),
        (EDITOR, edit(&up), "id-reject_once"),
        (EDITOR, edit("../x.py"), "id-reject_once"),
        (EDITOR, edit("no/../../x.py"), "id-reject_once"),
        (EDITOR, edit(".git/hooks/pre-commit"), "id-reject_once"),
        (READER, edit("a.py"), "id-reject_once"),
        (READER, json!({"kind": "read", "locations": [{"path": "a.py"}]}), "id-allow_once"),
        (READER, json!({"kind": "read", "locations": [{"path": "/etc/shadow"}]}), "id-reject_once"),
        // It calls itself reading, and shows a diff.
        (
            READER,
            json!({"kind": "read", "content": [{"type": "diff", "path": "a.py", "newText": "x"}]}),
            "id-reject_once",
        ),
        // The location is fine; what the tool is given is not.
        (
            EDITOR,
            json!({"kind": "edit", "locations": [{"path": "a.py"}], "rawInput": {"file_path": "/etc/passwd"}}),
            "id-reject_once",
        ),
        (EDITOR, json!({"kind": "edit", "rawInput": {"content": "see /etc/passwd", "path": "a.py"}}), "id-allow_once"),
        (EDITOR, json!({"kind": "fetch"}), "id-reject_once"),
        (EDITOR, json!({"kind": "switch_mode"}), "id-reject_once"),
        (WORKER, json!({"kind": "teleport"}), "id-reject_once"),
        (WORKER, json!({"title": "no kind at all"}), "id-reject_once"),
    ] {
        assert_eq!(choice(&root, rights, Level::Confined, &tool), expected, "{tool}");
    }
}

#[test]
fn programs_take_the_right_and_a_sandbox_that_holds() {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let execute = json!({"kind": "execute", "title": "pytest"});
    assert_eq!(choice(&root, WORKER, Level::Confined, &execute), "id-allow_once");
    assert_eq!(choice(&root, WORKER, Level::Not, &execute), "id-reject_once");
    assert_eq!(choice(&root, EDITOR, Level::Confined, &execute), "id-reject_once");
    // An edit that does not say where is allowed only where it cannot be elsewhere.
    let somewhere = json!({"kind": "edit"});
    assert_eq!(choice(&root, EDITOR, Level::Confined, &somewhere), "id-allow_once");
    assert_eq!(choice(&root, EDITOR, Level::Not, &somewhere), "id-reject_once");
}

#[test]
fn nothing_is_allowed_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let permissions = Permissions::new(folder.path(), EDITOR, Level::Confined);
    let request = request(&json!({"kind": "think"}), &["allow_always", "reject_always"]);
    let (decision, outcome) = permissions.decide(&request, None);
    assert!(!decision.allowed);
    assert_eq!(outcome, RequestPermissionOutcome::Cancelled);
}

#[test]
fn what_kind_a_call_was_said_to_be_earlier_counts() {
    let folder = tempfile::tempdir().unwrap();
    let permissions = Permissions::new(folder.path(), READER, Level::Confined);
    let (decision, _) = permissions.decide(&request(&json!({"title": "\u{1b}[2Jx"}), &ALL), Some(ToolKind::Edit));
    assert!(decision.is_violation && !decision.allowed);
    assert_eq!((decision.tool.as_str(), decision.title.as_str()), ("edit", "\\u{1b}[2Jx"));
}

#[cfg(unix)]
#[test]
fn a_link_leads_where_it_leads() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    fs::create_dir(root.join("real")).unwrap();
    symlink("/etc", root.join("out")).unwrap();
    symlink(root.join("real"), root.join("in")).unwrap();
    symlink("/nowhere/at/all", root.join("dangling")).unwrap();
    assert!(is_inside(&root, Path::new("in/a.py")));
    assert!(is_inside(&root, &root));
    for path in ["out/passwd", "in/../out/x", "dangling", "in/../../x", ""] {
        assert!(!is_inside(&root, Path::new(path)), "{path}");
    }
}
