//! The runtime that runs are on: what an agent floods us with must not stand between the client and the server.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tracing::error;

use crate::load::STACK_BYTES;

/// A runtime that is started with the first task.
#[derive(Default)]
pub(super) struct AgentRuntime(Mutex<Option<Runtime>>);

impl AgentRuntime {
    /// Runs `task` on it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut runtime = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if runtime.is_none() {
            let made = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("pyteam-agents")
                .thread_stack_size(STACK_BYTES)
                .enable_all()
                .build();
            *runtime = made.inspect_err(|error| error!("there is no thread for agents: {error}")).ok();
        }
        if let Some(runtime) = &*runtime {
            runtime.spawn(task);
        }
    }
}

impl Drop for AgentRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            // A runtime may not be waited for on another one's thread. Agents' supervisors end them.
            runtime.shutdown_background();
        }
    }
}
