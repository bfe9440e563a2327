//! Hovering: first what the thing under the cursor is and who uses it, then what was found there, in a few lines.

mod finding;
mod thing;
mod words;

use std::sync::Arc;

use pyteam_engine::CancelToken;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, Range};

use self::words::Words;
use super::checks::{self, NoFindings};
use super::convert;
use super::view::View;

/// So many calls are named on each side, alone and above a finding: a hover is read at a glance.
const CALLS: (usize, usize) = (4, 2);

/// Answers `textDocument/hover`.
pub(crate) fn hover(view: &Arc<View>, params: &HoverParams, token: &CancelToken) -> Result<Option<Hover>> {
    let at = &params.text_document_position_params;
    let found = match checks::findings(view, &convert::key(&at.text_document.uri), token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Ok(None),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    let features = &found.view.features;
    let words = Words::new(&found.view);
    let position = Range { start: at.position, end: at.position };
    let offset = convert::text_range(found.file.source(), position, features.encoding).start();
    // The innermost finding is what the user points at.
    let here = found.findings.iter().filter(|finding| finding.range.contains_inclusive(offset));
    let finding = here.min_by_key(|finding| finding.range.len());
    let calls = if finding.is_some() { CALLS.1 } else { CALLS.0 };
    let thing = thing::describe(&found.view, &found.file, offset, calls, &words);
    let range = thing.as_ref().map(|(_, range)| *range).or(finding.map(|finding| finding.range));
    let parts =
        thing.map(|(text, _)| text).into_iter().chain(finding.map(|one| finding::describe(&found, one, &words)));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let kind = if features.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let value = parts.join(words.between_parts());
    let range = range.map(|range| convert::range(found.file.source(), range, features.encoding));
    Ok(Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range }))
}
