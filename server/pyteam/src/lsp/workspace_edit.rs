//! Edits of files as the client applies them.

use std::collections::HashMap;

use pyteam_engine::Fix;
use pyteam_index::FileId;
use pyteam_syntax::edit::TextEdit;
use tower_lsp::ls_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, WorkspaceEdit,
};

use super::convert;
use super::state_snapshot::StateSnapshot;

/// A fix as an edit of the workspace, with the versions of open documents where the client takes them. None
/// where a file is gone.
pub(crate) fn of_fix(snapshot: &StateSnapshot, fix: &Fix) -> Option<WorkspaceEdit> {
    of_files(snapshot, fix.edits.iter().map(|(file, edits)| (*file, edits.as_slice())))
}

/// Edits by file as an edit of the workspace.
pub(crate) fn of_files<'a>(
    snapshot: &StateSnapshot,
    edits: impl Iterator<Item = (FileId, &'a [TextEdit])>,
) -> Option<WorkspaceEdit> {
    let encoding = snapshot.features.encoding;
    let mut documents = Vec::new();
    for (file, edits) in edits {
        let file = snapshot.index.file(file)?;
        let (uri, version) = snapshot.identifier_of(&file.path)?;
        let edits = edits.iter().map(|edit| tower_lsp::ls_types::TextEdit {
            range: convert::range(file.source(), edit.range, encoding),
            new_text: edit.text.clone(),
        });
        documents.push((uri, version, edits.collect::<Vec<_>>()));
    }
    Some(if snapshot.features.document_changes {
        let changes = documents.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(changes.collect())), ..WorkspaceEdit::default() }
    } else {
        let changes: HashMap<_, _> = documents.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    })
}
