//! `textDocument/references`: all puts and gets of a channel, and its creation if that is wanted.

use std::sync::Arc;

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::References;
use tower_lsp::ls_types::{Location, ReferenceParams};

use crate::lsp::handlers::dispatch::{RequestContext, RequestHandler};
use crate::lsp::navigation::{channel_at, location};
use crate::lsp::state_snapshot::StateSnapshot;

pub(crate) struct ReferencesHandler;

impl RequestHandler for ReferencesHandler {
    type Protocol = References;

    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: ReferenceParams,
        _: &RequestContext,
    ) -> Result<Option<Vec<Location>>> {
        Ok(references(snapshot, &params))
    }
}

fn references(snapshot: &StateSnapshot, params: &ReferenceParams) -> Option<Vec<Location>> {
    let channel = channel_at(snapshot, &params.text_document_position)?.channel;
    let calls = channel.producers.iter().chain(&channel.consumers);
    let mut all: Vec<Location> = calls.filter_map(|one| location(snapshot, one.call)).collect();
    if params.context.include_declaration {
        all.extend(location(snapshot, channel.origin));
    }
    Some(all)
}
