//! Which places a request names, and whether they are in the shadow.

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use agent_client_protocol_schema::v1::{ToolCallContent, ToolCallUpdateFields};
use serde_json::Value;

use crate::shadow::is_admitted;

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

/// Whether `place`, absolute or relative to `root`, is `root` or in it after all `..` and links, and nothing that is kept
/// from agents. `root` is canonical.
pub fn is_inside(root: &Path, place: &Path) -> bool {
    if place.as_os_str().is_empty() {
        return false;
    }
    let Ok(real) = real_path(&root.join(place)) else { return false };
    match real.strip_prefix(root) {
        Ok(inside) => inside.as_os_str().is_empty() || is_admitted(inside),
        Err(_) => false,
    }
}

/// `path` as the kernel would go there. What does not exist yet cannot be a link, but may go up again.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir => real.push(part),
            Component::Normal(name) => {
                real.push(name);
                match fs::symlink_metadata(&real) {
                    Ok(meta) if meta.is_symlink() => {
                        // Also fails for a link to nowhere: whatever is written there would be made there.
                        real = fs::canonicalize(&real)?;
                    }
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(real)
}
