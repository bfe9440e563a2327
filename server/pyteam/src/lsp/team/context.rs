//! What all runs have in common: the client, the main loop, what is remembered of teams.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use tower_lsp::Client;

use super::cache::TeamCache;
use super::runs::Runs;
use super::runtime::AgentRuntime;
use crate::lsp::event::Event;
use crate::lsp::state_snapshot::StateSnapshot;

/// How long the client and the main loop may take for what needs no person.
pub(super) const PROMPT: Duration = Duration::from_secs(10);

/// The context of runs.
pub(super) struct TeamContext {
    /// The client, for requests whose answers a run waits for.
    pub(super) client: Client,
    /// The main loop's queue.
    pub(super) events: Sender<Event>,
    /// Teams, trust and sessions.
    pub(super) cache: TeamCache,
    /// The runs that are under way.
    pub(super) runs: Runs,
    /// What they run on.
    pub(super) runtime: AgentRuntime,
}

impl TeamContext {
    /// The server's state as it is now, with all that the client has sent. Waits for the main loop; `None` where it does not
    /// answer.
    pub(super) fn snapshot(&self) -> Option<Arc<StateSnapshot>> {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        self.events.send(Event::SnapshotWanted(sender)).ok()?;
        receiver.recv_timeout(PROMPT).ok()
    }
}
