//! `textDocument/definition`: of a queue the place where it is made; of a `get` the puts that it takes from, of a `put` the
//! gets that it gives to.

use std::sync::Arc;

use pyteam_index::known::{self, Action};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::GotoDefinition;
use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse, Location};

use crate::lsp::handlers::dispatch::{RequestContext, RequestHandler};
use crate::lsp::navigation::{channel_at, location};
use crate::lsp::state_snapshot::StateSnapshot;

pub(crate) struct DefinitionHandler;

impl RequestHandler for DefinitionHandler {
    type Protocol = GotoDefinition;

    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: GotoDefinitionParams,
        _: &RequestContext,
    ) -> Result<Option<GotoDefinitionResponse>> {
        Ok(definition(snapshot, &params))
    }
}

fn definition(snapshot: &StateSnapshot, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let pointed = channel_at(snapshot, &params.text_document_position_params)?;
    let channel = &pointed.channel;
    let other_end = match pointed.method.and_then(|method| known::action(channel.class, method)) {
        Some(Action::Put) => channel.consumers.as_slice(),
        Some(Action::Take) => channel.producers.as_slice(),
        _ => &[],
    };
    let mut all: Vec<Location> = other_end.iter().filter_map(|one| location(snapshot, one.call)).collect();
    if all.is_empty() {
        all.extend(location(snapshot, channel.origin));
    }
    Some(GotoDefinitionResponse::Array(all))
}
