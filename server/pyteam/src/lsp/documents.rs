//! Open documents: the editor's text is the truth for as long as a document is open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use pyteam_index::Workspace;
use pyteam_syntax::document::ParseLimits;
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{Document, TextRange};
use rustc_hash::FxHashMap;
use tower_lsp::ls_types::{DidChangeTextDocumentParams, TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use tracing::{debug, trace, warn};

use super::convert;
use super::jobs::guarded;
use super::state_snapshot::{Checks, DocumentSnapshot};
use crate::discover;

/// All open documents, by key.
#[derive(Default)]
pub(crate) struct Documents(BTreeMap<Arc<str>, OpenDocument>);

struct OpenDocument {
    text: Document,
    /// What jobs see of it.
    snapshot: Arc<DocumentSnapshot>,
    /// Edits came since the last parse.
    is_edited: bool,
}

impl Documents {
    /// Opens a document.
    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let key = convert::key(&item.uri);
        if self.0.contains_key(&key) {
            warn!("{} was opened twice; the new text holds", item.uri.as_str());
        }
        debug!("opened {} version {}", item.uri.as_str(), item.version);
        let is_python = item.language_id == "python" || discover::is_python(Path::new(&*key));
        self.0.insert(key, OpenDocument::new(item.uri, item.version, item.text, is_python));
    }

    /// Applies edits, which are parsed later.
    pub(super) fn edit(&mut self, params: &DidChangeTextDocumentParams, encoding: PositionEncoding) {
        let (uri, version) = (&params.text_document.uri, params.text_document.version);
        let Some(document) = self.0.get_mut(&convert::key(uri)) else {
            warn!("edits of {}, which was never opened, are left out", uri.as_str());
            return;
        };
        let before = document.snapshot.version;
        if version < before {
            debug!("{} went from version {before} back to {version}", uri.as_str());
        }
        for change in &params.content_changes {
            document.apply(change, encoding);
        }
        document.set_version(version);
        document.is_edited = true;
    }

    /// Closes a document.
    pub(super) fn close(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The document `key`, as jobs see it.
    pub(super) fn get(&self, key: &str) -> Option<&Arc<DocumentSnapshot>> {
        self.0.get(key).map(|document| &document.snapshot)
    }

    /// Whether rules look at the document `key`.
    pub(super) fn is_python(&self, key: &str) -> bool {
        self.get(key).is_some_and(|document| document.is_python)
    }

    /// All documents, as jobs see them.
    pub(super) fn snapshots(&self) -> FxHashMap<Arc<str>, Arc<DocumentSnapshot>> {
        self.0.iter().map(|(key, document)| (Arc::clone(key), Arc::clone(&document.snapshot))).collect()
    }

    /// Where documents are on disk that `is_meant`.
    pub(super) fn paths(&self, is_meant: impl Fn(&DocumentSnapshot) -> bool) -> impl Iterator<Item = PathBuf> {
        let documents = self.0.values().filter(move |document| is_meant(&document.snapshot));
        documents.filter_map(|document| convert::file_path(&document.snapshot.uri))
    }

    /// How many are open.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether some text has syntax errors and was not parsed as a whole: what its edits left may depend on the order in
    /// which they came.
    pub(super) fn any_approximate(&self) -> bool {
        self.0.values().any(|document| document.text.is_approximate())
    }

    /// Parses what was edited, however many edits there were, into `workspace`. Whether there was something.
    pub(super) fn parse_edited(&mut self, workspace: &mut Workspace, limits: impl Fn(&str) -> ParseLimits) -> bool {
        let mut parsed_any = false;
        for (key, document) in &mut self.0 {
            if !std::mem::take(&mut document.is_edited) || !document.snapshot.is_python {
                continue;
            }
            let limits = limits(key);
            let parsed = guarded("the parsing of a document", || {
                let start = Instant::now();
                let parsed = document.text.parse(&limits);
                let parse = start.elapsed();
                workspace.set_file(key, parsed);
                trace!(%key, ?parse, total = ?start.elapsed(), "parsed and linked");
            });
            if parsed.is_none() {
                // The document may be left in any state. A new one has the same text and nothing else.
                let text = document.text.text().to_owned();
                document.text = Document::new(text);
            }
            parsed_any = true;
        }
        parsed_any
    }

    /// Parses texts as a whole that are approximate, into `workspace`.
    pub(super) fn reparse_approximate(&mut self, workspace: &mut Workspace, limits: impl Fn(&str) -> ParseLimits) {
        for (key, document) in &mut self.0 {
            if document.is_edited || !document.snapshot.is_python || !document.text.is_approximate() {
                continue;
            }
            let limits = limits(key);
            guarded("the parsing of a document", || workspace.set_file(key, document.text.reparse_full(&limits)));
        }
    }
}

impl OpenDocument {
    fn new(uri: Uri, version: i32, text: String, is_python: bool) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Self {
            text: Document::new(text),
            snapshot: Arc::new(DocumentSnapshot {
                uri,
                version,
                serial,
                is_python,
                checks: Arc::new(Checks::default()),
            }),
            is_edited: true,
        }
    }

    fn set_version(&mut self, version: i32) {
        let DocumentSnapshot { uri, serial, is_python, checks, .. } = &*self.snapshot;
        let (uri, checks) = (uri.clone(), Arc::clone(checks));
        self.snapshot = Arc::new(DocumentSnapshot { uri, version, serial: *serial, is_python: *is_python, checks });
    }

    /// Applies one change. Ranges are clamped to the text: a client that counts wrongly gets wrong text, as it
    /// would from any server, and neither an error nor a crash.
    fn apply(&mut self, change: &TextDocumentContentChangeEvent, encoding: PositionEncoding) {
        match change.range {
            None => self.text.replace_all(change.text.as_str()),
            Some(range) => {
                let start = self.text.offset(convert::position_of(range.start), encoding);
                let end = self.text.offset(convert::position_of(range.end), encoding);
                self.text.edit(TextRange::new(start.min(end), start.max(end)), &change.text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tower_lsp::ls_types::{Position, Range};

    use super::*;

    fn edited(text: &str, changes: &[(Option<[u32; 4]>, &str)], encoding: PositionEncoding) -> String {
        let mut document = OpenDocument::new("untitled:a".parse().expect("a URI"), 1, text.to_owned(), true);
        for (range, text) in changes {
            let range = range.map(|[line, character, end_line, end]| {
                Range::new(Position::new(line, character), Position::new(end_line, end))
            });
            document.apply(
                &TextDocumentContentChangeEvent { range, range_length: None, text: (*text).to_owned() },
                encoding,
            );
        }
        document.text.text().to_owned()
    }

    #[test]
    fn changes_build_on_one_another() {
        let changes = [(Some([0, 0, 0, 0]), "x\n"), (Some([1, 1, 1, 2]), "B"), (Some([9, 9, 9, 9]), "!")];
        assert_eq!(edited("abc", &changes, PositionEncoding::Utf16), "x\naBc!");
        assert_eq!(edited("abc", &[(None, "all")], PositionEncoding::Utf16), "all");
    }

    #[test]
    fn columns_are_counted_in_the_encoding_that_was_agreed_on() {
        assert_eq!(edited("'😀' + x", &[(Some([0, 7, 0, 8]), "y")], PositionEncoding::Utf16), "'😀' + y");
        assert_eq!(edited("'😀' + x", &[(Some([0, 9, 0, 10]), "y")], PositionEncoding::Utf8), "'😀' + y");
    }

    #[test]
    fn ranges_that_do_not_fit_are_clamped() {
        assert_eq!(edited("ab", &[(Some([0, 1, 0, 99]), "")], PositionEncoding::Utf16), "a");
        assert_eq!(edited("ab", &[(Some([7, 0, 3, 0]), "c")], PositionEncoding::Utf16), "abc");
        assert_eq!(edited("ab", &[(Some([0, 2, 0, 1]), "c")], PositionEncoding::Utf16), "ac");
    }
}
