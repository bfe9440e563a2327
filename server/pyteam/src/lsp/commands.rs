//! `workspace/executeCommand`.

use serde_json::Value;
use tower_lsp::jsonrpc::Error;
use tower_lsp::ls_types::ExecuteCommandParams;

use super::event::Ask;
use super::owner::Owner;
use super::team;

const RESTART_INDEX: &str = "pyteam.restartIndex";

/// All commands.
pub(crate) const ALL: &[&str] = &[RESTART_INDEX, team::ASK, team::ASK_ANOTHER, team::AGENTS, team::CANCEL];

impl Owner {
    /// Carries a command out.
    pub(super) fn command(&mut self, ask: Ask<ExecuteCommandParams, Option<Value>>) {
        let Some(ask) = self.team_command(ask) else { return };
        match ask.params.command.as_str() {
            RESTART_INDEX => {
                self.configuration.settings.clear();
                self.start_indexing();
                ask.answer(Ok(None));
            }
            unknown => {
                let message = format!("there is no command `{unknown}`");
                ask.answer(Err(Error::invalid_params(message)));
            }
        }
    }
}
