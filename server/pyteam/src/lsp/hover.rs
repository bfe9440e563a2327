//! Hovering over a finding shows the page of its rule; over a queue or pipe, who uses it.

use std::sync::Arc;

use pyteam_engine::{CancelToken, Page};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind, Range};

use super::channels;
use super::checks::{self, NoFindings};
use super::convert;
use super::view::View;

/// Answers `textDocument/hover`.
pub(crate) fn hover(view: &Arc<View>, params: &HoverParams, token: &CancelToken) -> Result<Option<Hover>> {
    let at = &params.text_document_position_params;
    let found = match checks::findings(view, &convert::key(&at.text_document.uri), token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Ok(None),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    let features = &found.view.features;
    let position = Range { start: at.position, end: at.position };
    let offset = convert::text_range(found.file.source(), position, features.encoding).start();
    // The innermost finding is what the user points at; several of one rule have one page.
    let here = found.findings.iter().filter(|finding| finding.range.contains_inclusive(offset));
    let finding = here.min_by_key(|finding| finding.range.len());
    let channel = channels::hover(&found.view, &at.text_document.uri, at.position);
    let page = finding.and_then(|finding| found.view.engine.page(&finding.code)).map(page_text);
    let (markdown, range) = match (page, channel, finding) {
        // A call that blocks and its queue stand at one place, and whoever looks there wants to know both.
        (Some(page), Some((channel, range)), _) => (format!("{page}\n\n---\n\n{channel}"), range),
        (Some(page), None, Some(finding)) => {
            (page, convert::range(found.file.source(), finding.range, features.encoding))
        }
        (None, Some((channel, range)), _) => (channel, range),
        _ => return Ok(None),
    };
    let (kind, value) =
        if features.markdown { (MarkupKind::Markdown, markdown) } else { (MarkupKind::PlainText, plain(&markdown)) };
    Ok(Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range: Some(range) }))
}

/// What a reader of code wants to know; the whole page has examples and more.
fn page_text(page: &Page) -> String {
    let Page { code, title, what, why, remedy, .. } = page;
    format!(
        "### {title}\n\n`{code}`\n\n{what}\n\n**Why**\n\n{why}\n\n**What to do**\n\n{remedy}\n\n`pyteam explain {code}` says more."
    )
}

/// Markdown for a client that shows it as it is: without the marks that only get in the way.
fn plain(markdown: &str) -> String {
    let lines = markdown.lines().filter(|line| !line.starts_with("```"));
    lines.map(|line| line.trim_start_matches('#').trim_start_matches(' ')).collect::<Vec<_>>().join("\n")
}
