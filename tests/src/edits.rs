//! What an editor does with the edits it is given.

use serde_json::Value;

/// Whether columns count bytes or UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// `utf-8`.
    Bytes,
    /// `utf-16`.
    Utf16,
}

/// The byte offset of an LSP position.
///
/// # Panics
/// If there is no such position.
pub fn offset(text: &str, position: &Value, columns: Columns) -> usize {
    let number = |name: &str| usize::try_from(position[name].as_u64().expect("a number")).expect("a size");
    let (line, column) = (number("line"), number("character"));
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = &text[start..];
    let mut seen = 0;
    for (at, character) in rest.char_indices() {
        if seen == column {
            return start + at;
        }
        assert!(character != '\n' && seen < column, "no position {position} in {text:?}");
        seen += match columns {
            Columns::Bytes => character.len_utf8(),
            Columns::Utf16 => character.len_utf16(),
        };
    }
    assert_eq!(seen, column, "no position {position} in {text:?}");
    text.len()
}

/// The text at an LSP range.
///
/// # Panics
/// If there is no such range.
pub fn slice<'t>(text: &'t str, range: &Value, columns: Columns) -> &'t str {
    &text[offset(text, &range["start"], columns)..offset(text, &range["end"], columns)]
}

/// Applies a list of LSP text edits.
///
/// # Panics
/// If they do not fit.
pub fn apply(text: &str, edits: &Value, columns: Columns) -> String {
    let edits = edits.as_array().expect("edits").iter();
    let place = |edit: &Value, end: &str| offset(text, &edit["range"][end], columns);
    let mut edits: Vec<_> =
        edits.map(|edit| (place(edit, "start"), place(edit, "end"), edit["newText"].as_str().expect("text"))).collect();
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

/// The edits that a `WorkspaceEdit` has for `uri`, in either of its two forms.
///
/// # Panics
/// If it has none.
pub fn edits_for<'e>(edit: &'e Value, uri: &str) -> &'e Value {
    if let Some(changes) = edit.get("documentChanges") {
        let mut changes = changes.as_array().expect("changes").iter();
        return &changes.find(|change| change["textDocument"]["uri"] == uri).expect("a change of the document")["edits"];
    }
    &edit["changes"][uri]
}
