//! Findings as the editor's diagnostics.

use pyteam_engine::Finding;
use pyteam_syntax::TextRange;
use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticTag, Location, NumberOrString,
};

use super::convert;
use super::state_snapshot::{CheckedFile, StateSnapshot};

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

/// One finding of `checked` as a diagnostic.
pub(crate) fn diagnostic(checked: &CheckedFile, finding: &Finding) -> Diagnostic {
    let snapshot = &checked.snapshot;
    let features = &snapshot.features;
    let docs_base = snapshot.editor.docs_base.as_ref().filter(|_| features.code_description);
    Diagnostic {
        range: convert::range(checked.source(), finding.range, features.encoding),
        severity: Some(convert::severity(finding.severity)),
        code: Some(NumberOrString::String(finding.code.to_string())),
        code_description: docs_base.and_then(|base| {
            let href = format!("{}/{}", base.trim_end_matches('/'), finding.code);
            Some(CodeDescription { href: href.parse().ok()? })
        }),
        source: Some("pyteam".to_owned()),
        message: finding.text(),
        related_information: features
            .related_information
            .then(|| related(snapshot, finding))
            .filter(|all| !all.is_empty()),
        // A comment that suppresses nothing can go: editors grey it out.
        tags: (features.tags && *finding.code == *pyteam_engine::suppression::UNUSED)
            .then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: serde_json::to_value(Identity::of(finding)).ok(),
    }
}

fn related(snapshot: &StateSnapshot, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
    let place = |file, range: TextRange| {
        let file = snapshot.index.file(file)?;
        let (uri, _) = snapshot.identifier_of(&file.path)?;
        Some(Location { uri, range: convert::range(file.source(), range, snapshot.features.encoding) })
    };
    let all = finding.related.iter().filter_map(|related| {
        let location = place(related.file, related.range)?;
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    all.collect()
}

/// All findings of `checked` as diagnostics.
pub(crate) fn diagnostics(checked: &CheckedFile) -> Vec<Diagnostic> {
    checked.findings.iter().map(|finding| diagnostic(checked, finding)).collect()
}
