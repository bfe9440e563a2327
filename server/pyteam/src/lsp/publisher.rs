//! Publishes the diagnostics of open documents, and orders the checks that they come from.
//!
//! Where the client pulls and can be told to pull again, it pulls; else they are pushed, with the version they hold for;
//! never both for one document. Only open documents have them: a project's whole list is what `pyteam check` is for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Sender;
use pyteam_engine::CancelToken;
use tower_lsp::ls_types::{Diagnostic, Uri};

use super::client::ClientMessage;
use super::diagnostics::diagnostics;
use super::event::{Checked, Event};
use super::jobs::Jobs;
use super::publish_throttle::PublishThrottle;
use super::state_snapshot::{DocumentSnapshot, StateSnapshot};

/// What the client was told of each open document, and what it is to be told.
pub(crate) struct DiagnosticsPublisher {
    /// Where checks report to.
    events: Sender<Event>,
    documents: BTreeMap<Arc<str>, Publication>,
    /// The client pulls.
    is_pulled: bool,
}

struct Publication {
    uri: Uri,
    version: i32,
    serial: u64,
    is_python: bool,
    /// Its findings may have changed since the last check began.
    wants_check: bool,
    /// Cancels the check under way.
    running: CancelToken,
    /// Found, and not published yet.
    ready: Option<Checked>,
    /// What the client was told last, and for which version.
    shown: Option<(i32, Vec<Diagnostic>)>,
    throttle: PublishThrottle,
}

/// What there is to publish.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Messages to the client.
    pub(super) messages: Vec<ClientMessage>,
    /// When to try again, where something is held back.
    pub(super) again_at: Option<Instant>,
}

impl DiagnosticsPublisher {
    /// No document is open. Checks report to `events`.
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self { events, documents: BTreeMap::new(), is_pulled: false }
    }

    /// `is_pulled` says that the client pulls, so that nothing is pushed.
    pub(super) fn set_pulled(&mut self, is_pulled: bool) {
        self.is_pulled = is_pulled;
    }

    /// A document was opened.
    pub(super) fn opened(&mut self, key: Arc<str>, document: &DocumentSnapshot, now: Instant) {
        let publication = Publication {
            uri: document.uri.clone(),
            version: document.version,
            serial: document.serial,
            is_python: document.is_python,
            wants_check: document.is_python,
            running: CancelToken::default(),
            ready: None,
            shown: None,
            throttle: PublishThrottle::new(now),
        };
        self.documents.insert(key, publication);
    }

    /// A document was edited: a check of the text before need not go on.
    pub(super) fn edited(&mut self, key: &str, version: i32, now: Instant) {
        let Some(publication) = self.documents.get_mut(key) else { return };
        publication.version = version;
        publication.wants_check = publication.is_python;
        publication.throttle.edited(now);
        publication.running.cancel();
    }

    /// A document was closed. What takes its diagnostics off the screen.
    pub(super) fn closed(&mut self, key: &str) -> Option<ClientMessage> {
        let publication = self.documents.remove(key)?;
        publication.running.cancel();
        let is_shown = publication.shown.is_some_and(|(_, shown)| !shown.is_empty());
        is_shown.then(|| ClientMessage::PublishDiagnostics {
            uri: publication.uri,
            diagnostics: Vec::new(),
            version: None,
        })
    }

    /// Something changed that any document's findings may depend on. A client that pulls gets a message.
    pub(super) fn recheck_all(&mut self) -> Option<ClientMessage> {
        if self.is_pulled {
            return (!self.documents.is_empty()).then_some(ClientMessage::RefreshDiagnostics);
        }
        for publication in self.documents.values_mut() {
            publication.wants_check = publication.is_python;
        }
        None
    }

    /// Whether some document wants a check.
    pub(super) fn wants_checks(&self) -> bool {
        !self.is_pulled && self.documents.values().any(|publication| publication.wants_check)
    }

    /// Orders a check of every document that wants one. Its result comes as [`Event::Checked`].
    pub(super) fn start_checks(&mut self, snapshot: &Arc<StateSnapshot>, jobs: &Jobs) {
        for (key, publication) in &mut self.documents {
            if !std::mem::take(&mut publication.wants_check) {
                continue;
            }
            let (key, cancel) = (Arc::clone(key), publication.new_check());
            let (snapshot, events) = (Arc::clone(snapshot), self.events.clone());
            jobs.run(move || {
                let Ok(checked) = snapshot.check(&key, &cancel) else { return };
                let (version, serial) = (checked.document.version, checked.document.serial);
                let diagnostics = diagnostics(&checked);
                let _ = events.send(Event::Checked(Checked { key, version, serial, diagnostics }));
            });
        }
    }

    /// Takes a check's result in. It is published when the queue is empty.
    pub(super) fn checked(&mut self, checked: Checked) {
        let publication = self.documents.get_mut(&checked.key);
        if let Some(publication) = publication.filter(|publication| publication.serial == checked.serial) {
            publication.ready = Some(checked);
        }
    }

    /// Publishes what is ready and holds for the newest text, as often as each document's throttle allows.
    pub(super) fn publish(&mut self, now: Instant) -> Published {
        let mut published = Published::default();
        for publication in self.documents.values_mut() {
            let Some(ready) = publication.ready.take() else { continue };
            if ready.version < publication.version || publication.is_shown(&ready) {
                continue;
            }
            if let Some(wake) = publication.throttle.wait(now) {
                publication.ready = Some(ready);
                published.again_at = Some(published.again_at.map_or(wake, |before| before.min(wake)));
                continue;
            }
            publication.throttle.published(now);
            publication.shown = Some((ready.version, ready.diagnostics.clone()));
            published.messages.push(ClientMessage::PublishDiagnostics {
                uri: publication.uri.clone(),
                diagnostics: ready.diagnostics,
                version: Some(ready.version),
            });
        }
        published
    }
}

impl Publication {
    /// Whether `checked` says what the client knows already.
    fn is_shown(&self, checked: &Checked) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|(version, shown)| *version == checked.version && *shown == checked.diagnostics)
    }

    /// The token of a new check; the one before need not go on.
    fn new_check(&mut self) -> CancelToken {
        self.running.cancel();
        self.running = CancelToken::default();
        self.running.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsp::state_snapshot::Checks;

    const KEY: &str = "/w/a.py";

    fn document(version: i32, serial: u64) -> DocumentSnapshot {
        let uri = "file:///w/a.py".parse().expect("a URI");
        DocumentSnapshot { uri, version, serial, is_python: true, checks: Arc::new(Checks::default()) }
    }

    fn checked(version: i32, serial: u64) -> Checked {
        Checked { key: KEY.into(), version, serial, diagnostics: vec![Diagnostic::default()] }
    }

    fn publisher() -> (DiagnosticsPublisher, Instant) {
        let mut publisher = DiagnosticsPublisher::new(crossbeam_channel::unbounded().0);
        let start = Instant::now();
        publisher.opened(KEY.into(), &document(1, 7), start);
        (publisher, start)
    }

    #[test]
    fn what_holds_for_the_newest_text_is_published_once() {
        let (mut publisher, start) = publisher();
        publisher.edited(KEY, 2, start);
        publisher.checked(checked(1, 7));
        assert!(publisher.publish(start).messages.is_empty());
        publisher.checked(checked(2, 6));
        assert!(publisher.publish(start).messages.is_empty());
        publisher.checked(checked(2, 7));
        assert_eq!(publisher.publish(start).messages.len(), 1);
        publisher.checked(checked(2, 7));
        assert!(publisher.publish(start).messages.is_empty());
        let gone = publisher.closed(KEY);
        assert!(matches!(gone, Some(ClientMessage::PublishDiagnostics { diagnostics, .. }) if diagnostics.is_empty()));
    }

    #[test]
    fn a_client_that_pulls_is_asked_to_and_nothing_is_checked_for_it() {
        let (mut publisher, _) = publisher();
        assert!(publisher.wants_checks() && publisher.recheck_all().is_none());
        publisher.set_pulled(true);
        assert!(!publisher.wants_checks());
        assert!(matches!(publisher.recheck_all(), Some(ClientMessage::RefreshDiagnostics)));
        publisher.closed(KEY);
        assert!(publisher.recheck_all().is_none());
    }
}
