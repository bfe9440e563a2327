//! Open documents: the editor's text is the truth for as long as a document is open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use pyteam_engine::CancelToken;
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{Document, TextRange};
use tower_lsp::ls_types::{
    Diagnostic, DidChangeTextDocumentParams, DidOpenTextDocumentParams, TextDocumentContentChangeEvent, Uri,
};
use tracing::{debug, trace, warn};

use super::checks::Checks;
use super::convert;
use super::courier::Message;
use super::event::Checked;
use super::jobs::guarded;
use super::owner::{OTHERS_AFTER, OTHERS_AFTER_BODY, Owner};
use super::pace::Pace;
use super::view::OpenView;
use crate::discover;

/// Open documents by key.
pub(crate) type Documents = BTreeMap<Arc<str>, OpenDocument>;

/// How long typing has to pause before a large text with syntax errors is parsed as a whole.
const SETTLE_AFTER: std::time::Duration = std::time::Duration::from_millis(300);

/// One open document.
pub(crate) struct OpenDocument {
    text: Document,
    /// What jobs see of it.
    pub(super) view: Arc<OpenView>,
    /// As the client counts.
    pub(super) version: i32,
    /// Edits came since the last parse.
    is_edited: bool,
    /// Its findings may have changed.
    pub(super) wants_check: bool,
    running: CancelToken,
    /// Found, and not published yet.
    pub(super) ready: Option<Checked>,
    /// What the client was told last, and for which version.
    pub(super) shown: Option<(i32, Vec<Diagnostic>)>,
    /// How soon it is told the next time.
    pub(super) pace: Pace,
}

impl OpenDocument {
    fn new(uri: Uri, version: i32, text: String, is_python: bool) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Self {
            text: Document::new(text),
            view: Arc::new(OpenView { uri, version, serial, is_python, checks: Arc::new(Checks::default()) }),
            version,
            is_edited: true,
            wants_check: is_python,
            running: CancelToken::default(),
            ready: None,
            shown: None,
            pace: Pace::new(Instant::now()),
        }
    }

    /// Whether rules look at it.
    pub(super) fn is_python(&self) -> bool {
        self.view.is_python
    }

    /// Whether `checked` says what the client knows already.
    pub(super) fn is_shown(&self, checked: &Checked) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|(version, shown)| *version == checked.version && *shown == checked.diagnostics)
    }

    /// The token of a new check; the one before need not go on.
    pub(super) fn new_check(&mut self) -> CancelToken {
        self.running.cancel();
        self.running = CancelToken::default();
        self.running.clone()
    }

    fn set_version(&mut self, version: i32) {
        self.version = version;
        let OpenView { uri, serial, is_python, checks, .. } = &*self.view;
        let (uri, checks) = (uri.clone(), Arc::clone(checks));
        self.view = Arc::new(OpenView { uri, version, serial: *serial, is_python: *is_python, checks });
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

/// Whether rules look at a document, by what the client says and by its name.
fn is_python(language: &str, key: &str) -> bool {
    language == "python" || discover::is_python(Path::new(key))
}

impl Owner {
    /// `textDocument/didOpen`.
    pub(super) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let key = convert::key(&item.uri);
        if self.documents.contains_key(&key) {
            warn!("{} was opened twice; the new text holds", item.uri.as_str());
        }
        let is_python = is_python(&item.language_id, &key);
        debug!("opened {} version {}", item.uri.as_str(), item.version);
        self.documents.insert(Arc::clone(&key), OpenDocument::new(item.uri, item.version, item.text, is_python));
        self.is_outdated = true;
        self.settings_file_changed_hands(&key);
        self.follow_folders();
    }

    /// `textDocument/didChange`.
    pub(super) fn changed(&mut self, params: &DidChangeTextDocumentParams) {
        let (uri, version) = (&params.text_document.uri, params.text_document.version);
        let encoding = self.features.encoding;
        let Some(document) = self.documents.get_mut(&convert::key(uri)) else {
            warn!("edits of {}, which was never opened, are left out", uri.as_str());
            return;
        };
        if version < document.version {
            debug!("{} went from version {} back to {version}", uri.as_str(), document.version);
        }
        for change in &params.content_changes {
            document.apply(change, encoding);
        }
        document.set_version(version);
        document.is_edited = true;
        document.wants_check = document.is_python();
        document.pace.edited(Instant::now());
        document.running.cancel();
        self.is_outdated = true;
    }

    /// `textDocument/didClose`: from now on the disk is the truth.
    pub(super) fn closed(&mut self, uri: &Uri) {
        let key = convert::key(uri);
        let Some(document) = self.documents.remove(&key) else {
            warn!("{} was closed and never opened", uri.as_str());
            return;
        };
        document.running.cancel();
        self.is_outdated = true;
        if document.shown.is_some_and(|(_, shown)| !shown.is_empty()) {
            self.client.say(Message::Publish {
                uri: document.view.uri.clone(),
                diagnostics: Vec::new(),
                version: None,
            });
        }
        if document.view.is_python {
            self.restore_from_disk(&key);
        }
        self.settings_file_changed_hands(&key);
    }

    /// Parses large documents with syntax errors as a whole, now that nobody types: what their edits left may depend
    /// on the order in which they came.
    pub(super) fn settle_documents(&mut self) {
        for (key, document) in &mut self.documents {
            if document.is_edited || !document.is_python() || !document.text.is_approximate() {
                continue;
            }
            let limits = self.configuration.limits(key);
            let workspace = &mut self.workspace;
            guarded("the parsing of a document", || workspace.set_file(key, document.text.settle(&limits)));
            self.is_outdated = true;
        }
    }

    /// Parses what was edited, however many edits there were, and brings the workspace up to date.
    pub(super) fn parse_edited(&mut self) {
        let before = self.workspace.snapshot().link().revision();
        let mut parsed_any = false;
        for (key, document) in &mut self.documents {
            if !std::mem::take(&mut document.is_edited) || !document.is_python() {
                continue;
            }
            let limits = self.configuration.limits(key);
            let workspace = &mut self.workspace;
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
        if !parsed_any {
            return;
        }
        if self.documents.values().any(|document| document.text.is_approximate()) {
            self.alarms.settle.set(Instant::now() + SETTLE_AFTER);
        }
        self.is_outdated = true;
        if self.documents.len() < 2 {
            return;
        }
        let now = Instant::now();
        let is_inside = self.workspace.snapshot().link().revision() == before;
        self.alarms.others.set(now + if is_inside { OTHERS_AFTER_BODY } else { OTHERS_AFTER });
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
