//! Whether the user trusts a workspace whose own settings name programs: asked once, about what is shown.

use pyteam_agents::{Consent, Environment, UserDirs, consent};
use tower_lsp::ls_types::MessageType;

use super::conduct::Conduct;
use super::dialog::choose;
use crate::lsp::event::Event;

/// What is chosen to trust it.
const TRUST: &str = "Trust this workspace";

impl Conduct {
    /// Where the workspace's own settings name programs, asks once whether the user trusts it. Whether the request begins
    /// anew, with what the workspace wants.
    pub(super) async fn is_trusted_now(&self) -> bool {
        let root = &self.made.root;
        if self.made.setup.trust.is_given() {
            return false;
        }
        // What the user is shown is what is trusted, and nothing that came into its place meanwhile.
        let shown = Consent::fingerprint(root);
        let wishes = consent::wishes(root, &Environment::of_process());
        if wishes.is_empty() || !self.made.roster.asks_for_trust(root) {
            return false;
        }
        let question = format!(
            "{} asks for what would run with your rights: {}. Do you trust this workspace?",
            root.display(),
            wishes.iter().map(|wish| wish.trim_end_matches('.')).collect::<Vec<_>>().join("; ")
        );
        let choices = [TRUST.to_owned(), "Do not trust".to_owned()];
        let chosen = tokio::select! {
            chosen = choose(&self.client, question, &choices) => chosen,
            () = self.work.cancel.cancelled() => None,
        };
        if chosen.as_deref() != Some(TRUST) {
            return false;
        }
        let given = Consent::of(&UserDirs::of_user()).map(|consent| consent.give_as_shown(root, &shown));
        match given {
            Some(Ok(None)) => {
                let text = "what the workspace asks for has changed meanwhile; it is not trusted. Ask again";
                self.say(MessageType::WARNING, text.to_owned()).await;
            }
            Some(Ok(Some(_))) => return self.events.send(Event::AgentWanted(self.work.wish.clone())).is_ok(),
            Some(Err(error)) => self.say(MessageType::ERROR, format!("that cannot be kept: {error}")).await,
            None => self.say(MessageType::ERROR, "there is no folder to keep that in".to_owned()).await,
        }
        false
    }
}
