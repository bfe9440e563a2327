//! Ends the server after the process that started it: an editor that crashed may leave the pipe open in a
//! child of its own, and then the end of the input never comes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use super::transport::Lifecycle;

const INTERVAL: Duration = Duration::from_secs(1);

/// Watches the client's process.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    lifecycle: Arc<Lifecycle>,
}

impl Parent {
    /// Reports a dead client to `lifecycle`.
    pub(crate) fn new(lifecycle: Arc<Lifecycle>) -> Self {
        Self { lifecycle }
    }

    /// Starts to watch `client`, the `processId` of `initialize`, where that can be done.
    pub(crate) fn watch(&self, client: Option<u32>) {
        let Some(is_alive) = client.and_then(liveness) else { return };
        let lifecycle = Arc::clone(&self.lifecycle);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(INTERVAL).await;
                if !is_alive() {
                    warn!("the client's process is gone");
                    lifecycle.client_is_gone();
                    return;
                }
            }
        });
    }
}

/// A cheap test whether `pid` lives. None where it cannot be seen now: in a container the client's number means
/// nothing, and must not end the server.
fn liveness(pid: u32) -> Option<Box<dyn Fn() -> bool + Send>> {
    #[cfg(unix)]
    if std::os::unix::process::parent_id() == pid {
        // An orphan gets another parent at once, and no number can have been used again by then.
        return Some(Box::new(move || std::os::unix::process::parent_id() == pid));
    }
    let entry = PathBuf::from(format!("/proc/{pid}"));
    entry.exists().then(|| Box::new(move || entry.exists()) as Box<dyn Fn() -> bool + Send>)
}
