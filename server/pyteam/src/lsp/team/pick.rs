//! Lets the user choose whom to ask.

use std::sync::Arc;

use tower_lsp::ls_types::MessageType;

use super::ask_params::AskAgentParams;
use super::candidates::candidates;
use super::context::TeamContext;
use super::dialog::choose;
use super::run_task;
use crate::lsp::state_snapshot::StateSnapshot;

/// Asks whom to ask about `params`, which names none, and starts that run.
pub(super) fn pick(context: &Arc<TeamContext>, snapshot: &Arc<StateSnapshot>, mut params: AskAgentParams) {
    let names: Vec<String> =
        candidates(snapshot, &context.cache, &params).into_iter().map(|candidate| candidate.name).collect();
    let (context, features) = (Arc::clone(context), Arc::clone(&snapshot.features));
    let runtime = Arc::clone(&context);
    runtime.runtime.spawn(async move {
        if names.is_empty() {
            context.client.show_message(MessageType::INFO, "pyteam: no agent is available here").await;
        } else if let Some(name) = choose(&context.client, "Select an agent".to_owned(), &names).await {
            params.agent = name;
            context.cache.forget();
            run_task::start(&context, params, &features);
        }
    });
}
