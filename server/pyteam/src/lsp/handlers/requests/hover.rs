//! `textDocument/hover`: first what the thing under the cursor is and what uses it, then what was found there, in a few lines.

mod finding;
mod object;

use std::sync::Arc;

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::HoverRequest;
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, Range};

use crate::lsp::convert;
use crate::lsp::handlers::dispatch::{CheckedFileHandler, RequestContext};
use crate::lsp::markup::Markup;
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

/// So many calls are named on each side, alone and above a finding: a hover is read at a glance.
const MAX_CALLS: (usize, usize) = (4, 2);

pub(crate) struct HoverHandler;

impl CheckedFileHandler for HoverHandler {
    type Protocol = HoverRequest;

    fn document(params: &HoverParams) -> Result<Option<Arc<str>>> {
        Ok(Some(convert::key(&params.text_document_position_params.text_document.uri)))
    }

    fn run(checked: &CheckedFile, params: HoverParams, _: &RequestContext) -> Result<Option<Hover>> {
        Ok(hover(checked, &params))
    }

    fn not_open(_: &StateSnapshot, _: HoverParams) -> Result<Option<Hover>> {
        Ok(None)
    }
}

fn hover(checked: &CheckedFile, params: &HoverParams) -> Option<Hover> {
    let markup = Markup::new(&checked.snapshot);
    let position = params.text_document_position_params.position;
    let range = Range { start: position, end: position };
    let offset = convert::text_range(checked.source(), range, checked.encoding()).start();
    // The innermost finding is what the user points at.
    let here = checked.findings.iter().filter(|finding| finding.range.contains_inclusive(offset));
    let finding = here.min_by_key(|finding| finding.range.len());
    let calls = if finding.is_some() { MAX_CALLS.1 } else { MAX_CALLS.0 };
    let object = object::describe(checked, offset, calls, &markup);
    let range = object.as_ref().map(|(_, range)| *range).or(finding.map(|finding| finding.range));
    let finding = finding.map(|one| finding::describe(checked, one, &markup));
    let parts: Vec<String> = object.map(|(text, _)| text).into_iter().chain(finding).collect();
    if parts.is_empty() {
        return None;
    }
    let kind = if checked.snapshot.features.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let value = parts.join(markup.between_parts());
    let range = range.map(|range| convert::range(checked.source(), range, checked.encoding()));
    Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range })
}
