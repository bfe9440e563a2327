//! `workspace/executeCommand`.

mod topology;

use std::sync::Arc;

use serde_json::Value;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::ExecuteCommandParams;
use tower_lsp::ls_types::request::ExecuteCommand;

use crate::lsp::capabilities::{RESTART_INDEX, TOPOLOGY};
use crate::lsp::event::Event;
use crate::lsp::handlers::dispatch::{RequestContext, RequestHandler};
use crate::lsp::state_snapshot::StateSnapshot;

pub(crate) struct ExecuteCommandHandler;

impl RequestHandler for ExecuteCommandHandler {
    type Protocol = ExecuteCommand;

    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: ExecuteCommandParams,
        context: &RequestContext,
    ) -> Result<Option<Value>> {
        let command = params.command.as_str();
        if command == RESTART_INDEX {
            // The receiver is gone only while the process ends.
            let _ = context.events.send(Event::RestartIndex);
            return Ok(None);
        }
        if command == TOPOLOGY {
            return Ok(Some(topology::document(snapshot).into()));
        }
        if !context.extension.commands().contains(&command) {
            return Err(Error::invalid_params(format!("unknown command `{command}`")));
        }
        context.extension.execute(snapshot, command, &params.arguments)
    }
}
