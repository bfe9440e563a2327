//! Caches the teams of the workspace's folders for a moment, since the light bulb asks at every move of the cursor; and keeps
//! what the user has answered, as long as this server runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::agent_request;
use pyteam_agents::Setup;
use pyteam_agents::sandbox::Confinement;

/// So long a team is good: a change of an agent's file shows at the next look after it.
const FRESH: Duration = Duration::from_secs(2);

/// The teams of the workspace's folders.
#[derive(Debug, Default)]
pub(super) struct TeamCache {
    known: Mutex<Vec<(PathBuf, Instant, Arc<Setup>)>>,
    /// Workspaces whose user was asked whether they are trusted: once is enough.
    asked: Mutex<BTreeSet<PathBuf>>,
    /// How programs would be held that the user has accepted, by the backend's name.
    accepted: Mutex<Vec<(String, Confinement)>>,
    /// The last session of each agent in each workspace, where it can go on with it.
    sessions: Mutex<BTreeMap<(PathBuf, String), String>>,
}

impl TeamCache {
    /// The team of the workspace at `root`.
    pub(super) fn of(&self, root: &Path) -> Arc<Setup> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, at, _)| at.elapsed() < FRESH);
        if let Some((_, _, setup)) = known.iter().find(|(folder, ..)| folder == root) {
            return Arc::clone(setup);
        }
        let setup = Arc::new(agent_request::setup(Some(root)));
        known.push((root.to_owned(), Instant::now(), Arc::clone(&setup)));
        setup
    }

    /// Whether the user is to be asked for trust in the workspace at `root`: the first time.
    pub(super) fn asks_for_trust(&self, root: &Path) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(root.to_owned())
    }

    /// Whether the user has accepted that the program of `backend` is held so.
    pub(super) fn is_accepted(&self, backend: &str, confinement: &Confinement) -> bool {
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.iter().any(|(name, held)| name == backend && held == confinement)
    }

    /// Keeps that the user has accepted it, as long as this server runs.
    pub(super) fn accept(&self, backend: &str, confinement: Confinement) {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push((backend.to_owned(), confinement));
    }

    /// Keeps a session with which `agent` can go on in the workspace at `root`.
    pub(super) fn remember_session(&self, root: &Path, agent: &str, session: String) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert((root.to_owned(), agent.to_owned()), session);
    }

    /// The session with which `agent` can go on in the workspace at `root`.
    pub(super) fn session_of(&self, root: &Path, agent: &str) -> Option<String> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(&(root.to_owned(), agent.to_owned())).cloned()
    }

    /// Forgets the teams: what they rest on has changed.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
