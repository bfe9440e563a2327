//! `textDocument/diagnostic`: the client pulls. It is answered when the queue has run empty, from the newest state: what is
//! pulled is wanted as it is now, and not as it was when the request came.

use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHasher;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::DocumentDiagnosticRequest;
use tower_lsp::ls_types::{
    Diagnostic, DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
    FullDocumentDiagnosticReport, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport,
};
use tracing::info;

use crate::lsp::config_diagnostics::ConfigDiagnostic;
use crate::lsp::convert;
use crate::lsp::diagnostics::diagnostics;
use crate::lsp::event::Schedule;
use crate::lsp::handlers::dispatch::{CheckedFileHandler, RequestContext};
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

pub(crate) struct DiagnosticHandler;

impl CheckedFileHandler for DiagnosticHandler {
    type Protocol = DocumentDiagnosticRequest;
    const SCHEDULE: Schedule = Schedule::OnIdle;

    fn document(params: &DocumentDiagnosticParams) -> Result<Option<Arc<str>>> {
        Ok(Some(convert::key(&params.text_document.uri)))
    }

    fn run(
        checked: &CheckedFile,
        params: DocumentDiagnosticParams,
        _: &RequestContext,
    ) -> Result<DocumentDiagnosticReportResult> {
        Ok(report(diagnostics(checked), params.previous_result_id.as_deref()))
    }

    /// A file of configuration has problems; any other text has none.
    fn not_open(snapshot: &StateSnapshot, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let key = convert::key(&params.text_document.uri);
        if !snapshot.open.contains_key(&key) {
            info!("asked for diagnostics of {key}, which is not open");
        }
        let path = Path::new(&*key);
        let problems = snapshot.config_problems.by_file(&snapshot.settings);
        let items = problems.get(path).map_or_else(Vec::new, |problems| {
            ConfigDiagnostic::diagnostics(path, problems, snapshot.features.encoding)
        });
        Ok(report(items, params.previous_result_id.as_deref()))
    }
}

/// The list, or that it is the one with the id `previous`.
fn report(items: Vec<Diagnostic>, previous: Option<&str>) -> DocumentDiagnosticReportResult {
    let result_id = result_id(&items);
    let report = if previous == Some(&*result_id) {
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
    report.into()
}

/// The same diagnostics have the same id, and others another one.
fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = FxHasher::default();
    serde_json::to_vec(items).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
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
