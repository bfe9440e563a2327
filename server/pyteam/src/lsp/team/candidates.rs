//! Who can be asked, for a client that lets its user choose.

use std::sync::Arc;

use pyteam_agents::routing::{self, Choice};
use serde::Serialize;

use super::ask_params::AskAgentParams;
use super::cache::TeamCache;
use super::subject::Scope;
use crate::agent_request;
use crate::lsp::state_snapshot::StateSnapshot;

/// One who can be asked.
#[derive(Debug, Serialize)]
pub(super) struct Candidate {
    /// Its name.
    pub(super) name: String,
    /// When to ask it.
    pub(super) description: String,
    /// Why it should be asked about this place; none where nothing speaks for it.
    pub(super) reason: Option<String>,
}

/// All who can be asked, those first whom the place and the words of `params` speak for.
pub(super) fn candidates(snapshot: &Arc<StateSnapshot>, cache: &TeamCache, params: &AskAgentParams) -> Vec<Candidate> {
    let Some(scope) = Scope::of(snapshot, params) else { return Vec::new() };
    let setup = cache.of(&scope.root);
    let goal = params.goal.as_deref().unwrap_or_default();
    // A place that is gone says nothing, and all agents can still be asked.
    let choices = scope.subject(&params.about).map(|(subject, _)| {
        let index = &scope.snapshot.index;
        routing::route(&setup.team, &agent_request::clues_about(index, &scope.root, &subject, &scope.own, goal))
    });
    let can_be_asked = |name: &str| setup.team.get(name).filter(|agent| setup.backend_of(agent).is_ok());
    let mut candidates = Vec::new();
    for Choice { agent, reason } in choices.unwrap_or_default() {
        if let Some(agent) = can_be_asked(&agent) {
            let (name, description) = (agent.name.clone(), agent.description.clone());
            candidates.push(Candidate { name, description, reason: Some(reason) });
        }
    }
    for agent in setup.team.in_use() {
        if can_be_asked(&agent.name).is_some() && !candidates.iter().any(|one| one.name == agent.name) {
            let (name, description) = (agent.name.clone(), agent.description.clone());
            candidates.push(Candidate { name, description, reason: None });
        }
    }
    candidates
}
