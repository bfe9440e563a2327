//! The findings of one open document, computed once for everybody who asks.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use pyteam_engine::{CancelToken, Finding, FindingCache};
use pyteam_index::snapshot::File;
use tracing::trace;

use super::view::View;

/// Remembers the newest findings, and what makes the next ones cheap.
#[derive(Default)]
pub(crate) struct Checks {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cache: FindingCache,
    latest: Option<Arc<FileFindings>>,
}

/// The findings of one file, with the state they hold for.
pub(crate) struct FileFindings {
    /// The state.
    pub(crate) view: Arc<View>,
    /// The file.
    pub(crate) file: Arc<File>,
    /// Sorted by place.
    pub(crate) findings: Vec<Finding>,
}

/// Why there are no findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoFindings {
    /// Nobody wants them any more.
    Cancelled,
    /// It is not an open Python document.
    NotOpen,
}

/// The findings of the open document `key`, of `view` or of a newer state: whoever asked is told what holds now.
pub(crate) fn findings(view: &Arc<View>, key: &str, token: &CancelToken) -> Result<Arc<FileFindings>, NoFindings> {
    let (file, open) = view.open_file(key).ok_or(NoFindings::NotOpen)?;
    // One at a time: a second job for the same state finds the first one's result.
    let mut state = open.checks.state();
    if let Some(latest) = &state.latest
        && latest.view.generation >= view.generation
    {
        return Ok(Arc::clone(latest));
    }
    if token.is_cancelled() {
        return Err(NoFindings::Cancelled);
    }
    let settings = view.settings.for_path(file.on_disk());
    let start = Instant::now();
    let found = view.engine.check_file(&view.snapshot, file, &settings, Some(&mut state.cache), token);
    let findings = found.map_err(|_| NoFindings::Cancelled)?;
    trace!(key, took = ?start.elapsed(), "checked");
    let latest = Arc::new(FileFindings { view: Arc::clone(view), file: Arc::clone(file), findings });
    state.latest = Some(Arc::clone(&latest));
    Ok(latest)
}

impl Checks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| {
            // A job panicked in the middle: nothing that it left behind is trusted.
            self.state.clear_poison();
            let mut state = poisoned.into_inner();
            *state = State::default();
            state
        })
    }
}
