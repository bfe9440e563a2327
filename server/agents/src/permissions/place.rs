//! Which places a request names.

use std::path::PathBuf;

use agent_client_protocol_schema::v1::{ToolCallContent, ToolCallUpdateFields};
use serde_json::Value;

/// Names under which agents pass paths to their tools.
const KEYS: [&str; 4] = ["path", "file", "dir", "cwd"];

/// All places that a request names: where it says that it works, whose diffs it shows, and what it gives its tool.
pub(super) fn named(fields: &ToolCallUpdateFields) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = fields.locations.iter().flatten().map(|location| location.path.clone()).collect();
    for content in fields.content.iter().flatten() {
        if let ToolCallContent::Diff(diff) = content {
            places.push(diff.path.clone());
        }
    }
    if let Some(input) = &fields.raw_input {
        collect(input, false, &mut places);
    }
    places.sort();
    places.dedup();
    places
}

fn collect(value: &Value, is_path: bool, places: &mut Vec<PathBuf>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.to_lowercase();
                // `file_text` and `path_count` are no paths, but only text that looks like one is taken for one.
                let names_path = KEYS.iter().any(|known| key.ends_with(known) || key.ends_with(&format!("{known}s")))
                    || key.ends_with("path_name")
                    || key.ends_with("filename");
                collect(value, names_path, places);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, is_path, places)),
        Value::String(text) if is_path => places.push(text.strip_prefix("file://").unwrap_or(text).into()),
        _ => {}
    }
}
