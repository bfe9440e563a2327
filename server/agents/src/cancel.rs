//! The user's wish that a run should end.

use std::sync::Arc;

use tokio::sync::watch;

/// The user's wish that a run should end. Clones are the same wish.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl Cancel {
    /// A token that is not set yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Ends the run, soon. It cannot be taken back.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether the run should end.
    pub fn is_canceled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the run should end.
    pub async fn canceled(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = receiver.wait_for(|&wished| wished).await;
    }
}
