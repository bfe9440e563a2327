//! An agent's change as an edit of the client's.

use std::collections::HashMap;
use std::path::Path;

use pyteam_agents::{Change, FileChange};
use pyteam_display::diff::line_diff;
use pyteam_display::path_line;
use pyteam_index::key_of;
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{SourceText, TextRange, TextSize};
use similar::DiffTag;
use tower_lsp::ls_types::{
    DeleteFile, DocumentChangeOperation, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    ResourceOp, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};

use crate::lsp::convert;
use crate::lsp::state_snapshot::StateSnapshot;

/// `change` to the workspace at `root`, with the versions that `state` knows. New files are no part of it, and there may be
/// nothing else. An error is for the user: this client cannot make the change.
pub(super) fn workspace_edit(
    state: &StateSnapshot,
    root: &Path,
    change: &Change,
) -> Result<Option<WorkspaceEdit>, String> {
    let features = &state.features;
    let is_there = |file: &&FileChange| file.before.is_some();
    let removed = change.files.iter().filter(is_there).find(|file| file.after.is_none());
    if !features.creates_files
        && let Some(file) = removed
    {
        let path = path_line(&file.path);
        return Err(format!("this editor cannot delete files for the server ({path}); use `pyteam ask` in a terminal"));
    }
    if !change.files.iter().any(|file| is_there(&file) && file.before != file.after) {
        return Ok(None);
    }
    if !features.document_changes && !features.creates_files {
        let edits = change.files.iter().filter(is_there).map(|file| {
            let (uri, _) = name(state, root, file)?;
            Ok((uri, text_edits(file, features.encoding)))
        });
        let changes = Some(edits.collect::<Result<HashMap<_, _>, String>>()?);
        return Ok(Some(WorkspaceEdit { changes, ..WorkspaceEdit::default() }));
    }
    let mut operations = Vec::new();
    for file in change.files.iter().filter(is_there).filter(|file| file.before != file.after) {
        let (uri, version) = name(state, root, file)?;
        if file.after.is_none() {
            let gone = DeleteFile { uri, options: None, annotation_id: None };
            operations.push(DocumentChangeOperation::Op(ResourceOp::Delete(gone)));
            continue;
        }
        let edits = text_edits(file, features.encoding).into_iter().map(OneOf::Left);
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.collect(),
        }));
    }
    let document_changes = Some(DocumentChanges::Operations(operations));
    Ok(Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() }))
}

fn name(state: &StateSnapshot, root: &Path, file: &FileChange) -> Result<(Uri, Option<i32>), String> {
    let path = root.join(&file.path);
    let key = key_of(&path);
    match state.open.get(&*key) {
        Some(open) => Ok((open.uri.clone(), Some(open.version))),
        None => {
            let uri =
                convert::uri(&key).ok_or_else(|| format!("{} has no URI in this editor", path_line(&file.path)))?;
            Ok((uri, None))
        }
    }
}

/// What makes one text of the other, in whole lines, so that marks and cursors elsewhere stay where they are.
fn text_edits(file: &FileChange, encoding: PositionEncoding) -> Vec<TextEdit> {
    let before = file.before.as_deref().unwrap_or_default();
    let after = file.after.as_deref().unwrap_or_default();
    let source = SourceText::new(before);
    let diff = line_diff(before, after);
    let lengths = |lines: &[&str]| -> Vec<usize> {
        let mut at = 0;
        let mut starts = vec![0];
        starts.extend(lines.iter().map(|line| {
            at += line.len();
            at
        }));
        starts
    };
    let old: Vec<&str> = diff.iter_old_slices().collect();
    let new: Vec<&str> = diff.iter_new_slices().collect();
    let (old, new) = (lengths(&old), lengths(&new));
    let offset = |at: usize| TextSize::try_from(at).unwrap_or_default();
    diff.ops()
        .iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .map(|op| {
            let (from, to) = (op.old_range(), op.new_range());
            let range = TextRange::new(offset(old[from.start]), offset(old[from.end]));
            let range: Range = convert::range(&source, range, encoding);
            TextEdit { range, new_text: after[new[to.start]..new[to.end]].to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_whole_lines() {
        let change = |before: &str, after: &str| FileChange {
            path: "a.py".into(),
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
            executable: None,
        };
        let edits = text_edits(&change("a\nb\nc\n", "a\nB\nc\nd\n"), PositionEncoding::Utf16);
        let shown: Vec<_> =
            edits.iter().map(|edit| (edit.range.start.line, edit.range.end.line, edit.new_text.as_str())).collect();
        assert_eq!(shown, [(1, 2, "B\n"), (3, 3, "d\n")]);
        assert!(text_edits(&change("x\r\n", "x\r\n"), PositionEncoding::Utf8).is_empty());
    }
}
