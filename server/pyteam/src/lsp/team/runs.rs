//! The runs that are under way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyteam_agents::run::Cancel;
use tower_lsp::ls_types::ProgressToken;

/// All of them.
#[derive(Default)]
pub(super) struct Runs {
    state: Mutex<RunsState>,
}

#[derive(Default)]
struct RunsState {
    count: u32,
    all: Vec<(RunInfo, Cancel)>,
}

/// A run that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunInfo {
    /// Its number.
    pub(super) id: u32,
    /// Who was asked.
    pub(super) agent: String,
}

impl Runs {
    /// Begins a run of `agent`: its number, and what cancels it.
    pub(super) fn begin(&self, agent: &str) -> (u32, Cancel) {
        let mut state = self.lock();
        state.count += 1;
        let (id, cancel) = (state.count, Cancel::new());
        state.all.push((RunInfo { id, agent: agent.to_owned() }, cancel.clone()));
        (id, cancel)
    }

    /// The run `id` has ended, however it did.
    pub(super) fn end(&self, id: u32) {
        self.lock().all.retain(|(run, _)| run.id != id);
    }

    /// All that are under way, the oldest first.
    pub(super) fn list(&self) -> Vec<RunInfo> {
        self.lock().all.iter().map(|(run, _)| run.clone()).collect()
    }

    /// Ends the runs that `is_meant` says, soon. Whether there was one.
    pub(super) fn cancel(&self, is_meant: impl Fn(&RunInfo) -> bool) -> bool {
        let state = self.lock();
        let meant = state.all.iter().filter(|(run, _)| is_meant(run));
        meant.inspect(|(_, cancel)| cancel.cancel()).count() > 0
    }

    fn lock(&self) -> MutexGuard<'_, RunsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of the progress of run `id`.
pub(super) fn progress_token(id: u32) -> ProgressToken {
    ProgressToken::String(format!("pyteam/run/{id}"))
}
