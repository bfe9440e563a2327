//! An agent's change as an edit of the client's.

use std::collections::HashMap;
use std::path::Path;

use pyteam_agents::{Change, FileChange};
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{SourceText, TextRange, TextSize};
use similar::{DiffTag, TextDiff};
use tower_lsp::ls_types::{
    AnnotatedTextEdit, ChangeAnnotation, CreateFile, DeleteFile, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, ResourceOp, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};

use crate::lsp::convert;
use crate::lsp::view::View;

/// The name of the annotation that asks for a confirmation.
const CONFIRM: &str = "pyteam";

/// What the client shows before it applies anything, where it can.
pub(super) struct Confirm<'a> {
    /// Of all of it, in short.
    pub(super) label: &'a str,
    /// What it does to the findings, and what wants a look of its own.
    pub(super) description: String,
}

/// `change` to the workspace at `root`, with the versions that `view` knows. An error is for the
/// user: this client cannot make the change.
pub(super) fn workspace_edit(
    view: &View,
    root: &Path,
    change: &Change,
    confirm: Option<&Confirm<'_>>,
) -> Result<WorkspaceEdit, String> {
    let features = &view.features;
    let is_structural = |file: &&FileChange| file.before.is_none() || file.after.is_none();
    if !features.creates_files
        && let Some(file) = change.files.iter().find(is_structural)
    {
        let path = file.path.display();
        return Err(format!("this editor cannot make or remove {path} for us: use `pyteam ask` in a terminal"));
    }
    if !features.document_changes && !features.creates_files {
        let edits = change.files.iter().filter_map(|file| {
            let (uri, _) = name(view, root, file)?;
            Some((uri, text_edits(file, features.encoding)))
        });
        return Ok(WorkspaceEdit { changes: Some(edits.collect::<HashMap<_, _>>()), ..WorkspaceEdit::default() });
    }
    let mut annotations: HashMap<String, ChangeAnnotation> = HashMap::new();
    let cautions = change.cautions();
    let mut operations = Vec::new();
    for file in &change.files {
        if file.before == file.after {
            continue;
        }
        let marks: Vec<String> =
            cautions.iter().filter(|caution| caution.path == file.path).map(ToString::to_string).collect();
        let annotation = confirm.map(|confirm| annotate(&mut annotations, confirm, &marks.join("; ")));
        let (uri, version) = name(view, root, file).ok_or_else(|| format!("{} has no name", file.path.display()))?;
        if file.after.is_none() {
            let gone = DeleteFile { uri, options: None, annotation_id: annotation.clone() };
            operations.push(DocumentChangeOperation::Op(ResourceOp::Delete(gone)));
            continue;
        }
        if file.before.is_none() {
            let made = CreateFile { uri: uri.clone(), options: None, annotation_id: annotation.clone() };
            operations.push(DocumentChangeOperation::Op(ResourceOp::Create(made)));
        }
        let edits = text_edits(file, features.encoding).into_iter().map(|text_edit| match &annotation {
            Some(id) => OneOf::Right(AnnotatedTextEdit { text_edit, annotation_id: id.clone() }),
            None => OneOf::Left(text_edit),
        });
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.collect(),
        }));
    }
    Ok(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        change_annotations: confirm.map(|_| annotations),
        ..WorkspaceEdit::default()
    })
}

/// The name of the annotation of a file: one for all, and one of its own for each that is marked.
fn annotate(annotations: &mut HashMap<String, ChangeAnnotation>, confirm: &Confirm<'_>, mark: &str) -> String {
    let (name, label) = match mark {
        "" => (CONFIRM.to_owned(), confirm.label.to_owned()),
        mark => (format!("{CONFIRM}: {mark}"), format!("Look at this: it {mark}")),
    };
    annotations.entry(name.clone()).or_insert_with(|| ChangeAnnotation {
        label,
        needs_confirmation: Some(true),
        description: Some(confirm.description.clone()),
    });
    name
}

fn name(view: &View, root: &Path, file: &FileChange) -> Option<(Uri, Option<i32>)> {
    let path = root.join(&file.path);
    let key = path.to_string_lossy();
    match view.open.get(&*key) {
        Some(open) => Some((open.uri.clone(), Some(open.version))),
        None => Some((convert::uri(&key)?, None)),
    }
}

/// What makes one text of the other, in whole lines, so that marks and cursors elsewhere stay where they are.
fn text_edits(file: &FileChange, encoding: PositionEncoding) -> Vec<TextEdit> {
    let before = file.before.as_deref().unwrap_or_default();
    let after = file.after.as_deref().unwrap_or_default();
    let source = SourceText::new(before);
    let diff = TextDiff::from_lines(before, after);
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
