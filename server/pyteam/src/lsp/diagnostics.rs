//! Findings as the editor's diagnostics, and how they get there.
//!
//! Where the client pulls and can be told to pull again, it pulls; else they are pushed, with the version they
//! hold for; never both for one document. Only open documents have them: a project's whole list is what
//! `pyteam check` is for.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use pyteam_engine::{CancelToken, Finding};
use pyteam_syntax::TextRange;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticTag, DocumentDiagnosticParams,
    DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport, Location, NumberOrString,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport, UnchangedDocumentDiagnosticReport,
};
use tracing::info;

use super::checks::{self, FileFindings, NoFindings};
use super::convert;
use super::courier::Message;
use super::event::{Ask, Checked, Event};
use super::owner::Owner;
use super::view::View;

/// What leads from a diagnostic back to its finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    code: String,
    item: u32,
    node: u32,
    start: u32,
    end: u32,
}

impl Identity {
    /// The identity of `finding`.
    pub(crate) fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.to_string(),
            item: finding.anchor.item,
            node: finding.anchor.node,
            start: finding.range.start().into(),
            end: finding.range.end().into(),
        }
    }

    /// The finding, if it is still there; after an edit elsewhere, at another place in the same item.
    pub(crate) fn find<'a>(&self, findings: &'a [Finding]) -> Option<&'a Finding> {
        let exact = findings.iter().find(|finding| Self::of(finding) == *self);
        exact.or_else(|| {
            let alike = |finding: &&Finding| {
                *finding.code == *self.code
                    && finding.anchor.item == self.item
                    && finding.anchor.node == self.node
                    && u32::from(finding.range.len()) == self.end - self.start
            };
            findings.iter().find(alike)
        })
    }
}

/// One finding of `found` as a diagnostic.
pub(crate) fn diagnostic(found: &FileFindings, finding: &Finding) -> Diagnostic {
    let view = &found.view;
    let features = &view.features;
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let docs_base = view.editor.docs_base.as_ref().filter(|_| features.code_description);
    Diagnostic {
        range: convert::range(found.file.source(), finding.range, features.encoding),
        severity: Some(convert::severity(finding.severity)),
        code: Some(NumberOrString::String(finding.code.to_string())),
        code_description: docs_base.and_then(|base| {
            let href = format!("{}/{}", base.trim_end_matches('/'), finding.code);
            Some(CodeDescription { href: href.parse().ok()? })
        }),
        source: Some("pyteam".to_owned()),
        message,
        related_information: features.related_information.then(|| related(view, finding)).filter(|all| !all.is_empty()),
        // A comment that suppresses nothing can go: editors grey it out.
        tags: (features.tags && *finding.code == *pyteam_engine::suppression::UNUSED)
            .then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: serde_json::to_value(Identity::of(finding)).ok(),
    }
}

fn related(view: &View, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
    let place = |file, range: TextRange| {
        let file = view.snapshot.file(file)?;
        let (uri, _) = view.name_of(&file.path)?;
        Some(Location { uri, range: convert::range(file.source(), range, view.features.encoding) })
    };
    let all = finding.related.iter().filter_map(|related| {
        let location = place(related.file, related.range)?;
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    all.collect()
}

fn diagnostics(found: &FileFindings) -> Vec<Diagnostic> {
    found.findings.iter().map(|finding| diagnostic(found, finding)).collect()
}

/// Answers a pull.
fn pull(
    view: &Arc<View>,
    params: &DocumentDiagnosticParams,
    others: Vec<Diagnostic>,
    token: &CancelToken,
) -> Result<DocumentDiagnosticReportResult> {
    let items = match checks::findings(view, &convert::key(&params.text_document.uri), token) {
        Ok(found) => diagnostics(&found),
        Err(NoFindings::NotOpen) => others,
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    let result_id = result_id(&items);
    let report = if params.previous_result_id.as_ref() == Some(&result_id) {
        DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        })
    } else {
        DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
        })
    };
    Ok(report.into())
}

/// The same diagnostics have the same id, and others another one.
fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = FxHasher::default();
    serde_json::to_vec(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

impl Owner {
    /// Answers the pulls that wait for the queue to run empty: what they ask for is the newest state.
    pub(super) fn answer_pulls(&mut self) {
        if self.pulls.is_empty() {
            return;
        }
        let view = self.view();
        self.index.somebody_was_served = true;
        for ask in std::mem::take(&mut self.pulls) {
            let view = Arc::clone(&view);
            let others = self.settings_diagnostics_at(&convert::key(&ask.params.text_document.uri));
            self.jobs.answer(ask, move |params, token| pull(&view, &params, others, token));
        }
    }

    /// Keeps a pull until then.
    pub(super) fn pulled(&mut self, ask: Ask<DocumentDiagnosticParams, DocumentDiagnosticReportResult>) {
        if !self.documents.contains_key(&convert::key(&ask.params.text_document.uri)) {
            info!("asked for diagnostics of {}, which is not open", ask.params.text_document.uri.as_str());
        }
        self.pulls.push(ask);
    }

    /// Orders a check of every document that wants one.
    pub(super) fn start_checks(&mut self) {
        if self.features.pull || !self.documents.values().any(|document| document.wants_check) {
            return;
        }
        let view = self.view();
        for (key, document) in &mut self.documents {
            if !std::mem::take(&mut document.wants_check) {
                continue;
            }
            let token = document.new_check();
            let (view, key, events) = (Arc::clone(&view), Arc::clone(key), self.tell.clone());
            self.jobs.run(move || {
                let Ok(found) = checks::findings(&view, &key, &token) else { return };
                let Some(open) = found.view.open.get(&key) else { return };
                let (version, serial, diagnostics) = (open.version, open.serial, diagnostics(&found));
                let _ = events.send(Event::Checked(Checked { path: key, version, serial, diagnostics }));
            });
        }
    }

    /// Takes a check's result in. It is published when the queue is empty.
    pub(super) fn checked(&mut self, checked: Checked) {
        let document = self.documents.get_mut(&checked.path);
        if let Some(document) = document.filter(|document| document.view.serial == checked.serial) {
            document.ready = Some(checked);
        }
    }

    /// Publishes what is ready and holds for the newest text, at the document's [pace](super::pace).
    pub(super) fn publish_ready(&mut self, now: Instant) {
        for document in self.documents.values_mut() {
            let Some(ready) = document.ready.take() else { continue };
            if ready.version < document.version || document.is_shown(&ready) {
                continue;
            }
            if let Some(wake) = document.pace.wait(now) {
                document.ready = Some(ready);
                self.alarms.publish.set(wake);
                continue;
            }
            self.index.somebody_was_served = true;
            document.pace.published(now);
            document.shown = Some((ready.version, ready.diagnostics.clone()));
            self.client.say(Message::Publish {
                uri: document.view.uri.clone(),
                diagnostics: ready.diagnostics,
                version: Some(ready.version),
            });
        }
    }

    /// Brings all open documents up to date: something changed that any of them may depend on.
    pub(super) fn recheck_all(&mut self) {
        if self.features.pull {
            if !self.documents.is_empty() {
                self.client.say(Message::RefreshDiagnostics);
            }
            return;
        }
        for document in self.documents.values_mut() {
            document.wants_check = document.is_python();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_id_tells_lists_apart() {
        let one = vec![Diagnostic::default()];
        assert_eq!(result_id(&one), result_id(&one.clone()));
        assert_ne!(result_id(&one), result_id(&[]));
    }
}
