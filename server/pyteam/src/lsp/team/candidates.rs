//! Who can be asked, for a client that lets its user choose.

use std::sync::Arc;

use pyteam_agents::routing::{self, Choice};
use serde::Serialize;

use super::request::{Wish, own_findings, root_of, subject};
use crate::agent_request;
use crate::lsp::convert;
use crate::lsp::view::View;

/// One who can be asked.
#[derive(Debug, Serialize)]
pub(crate) struct Candidate {
    /// Its name.
    pub(crate) name: String,
    /// When to ask it.
    pub(crate) description: String,
    /// Why it should be asked about this place; none where nothing speaks for it.
    pub(crate) reason: Option<String>,
}

/// All who can be asked, those first whom the place and the words of `wish` speak for.
pub(crate) fn candidates(view: &Arc<View>, wish: &Wish) -> Vec<Candidate> {
    let key = wish.document.as_ref().map(convert::key);
    let Some(root) = root_of(view, key.as_deref()) else { return Vec::new() };
    let setup = view.roster.of(&root);
    let own = own_findings(view, key.as_deref());
    let goal = wish.goal.as_deref().unwrap_or_default();
    // A place that is gone says nothing, and everybody can still be asked.
    let choices = subject(view, key.as_deref(), &wish.about, &own).map(|(subject, _)| {
        routing::route(&setup.team, &agent_request::clues_about(&view.snapshot, &root, &subject, &own, goal))
    });
    let can_be_asked = |name: &str| setup.team.get(name).filter(|agent| setup.back_end_of(agent).is_ok());
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
