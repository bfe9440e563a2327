//! Whether the user trusts a workspace whose own settings name programs: asked once, about what is shown.

use pyteam_agents::user_dirs::NO_STATE;
use pyteam_agents::{Consent, Environment, UserDirs, consent};
use tower_lsp::ls_types::MessageType;

use super::agent_run::AgentRun;
use super::dialog::choose;

/// What is chosen to trust it.
const TRUST: &str = "Trust";

/// Where the workspace's own settings name programs, asks once whether the user trusts it. Says whether that is so now.
pub(super) async fn is_given_now(run: &AgentRun) -> bool {
    let root = run.root();
    if run.task.setup.trust.is_given() {
        return false;
    }
    // What the user is shown is what is trusted, and nothing that came into its place meanwhile.
    let shown = Consent::fingerprint(root);
    let wishes = consent::wishes(root, &Environment::of_process());
    if wishes.is_empty() || !run.request.context.cache.asks_for_trust(root) {
        return false;
    }
    let question = format!(
        "{} asks for what would run with your privileges: {}. Trust this workspace?",
        root.display(),
        wishes.iter().map(|wish| wish.trim_end_matches('.')).collect::<Vec<_>>().join("; ")
    );
    let choices = [TRUST.to_owned(), "Do Not Trust".to_owned()];
    let chosen = tokio::select! {
        chosen = choose(run.client(), question, &choices) => chosen,
        () = run.request.cancel.canceled() => None,
    };
    if chosen.as_deref() != Some(TRUST) {
        return false;
    }
    let given = Consent::of(&UserDirs::of_user()).map(|consent| consent.give_as_shown(root, &shown));
    match given {
        Some(Ok(None)) => {
            let text = "what the workspace asks for changed meanwhile, so it is not trusted; ask again";
            run.show_message(MessageType::WARNING, text.to_owned()).await;
        }
        Some(Ok(Some(_))) => return true,
        Some(Err(error)) => run.show_message(MessageType::ERROR, format!("cannot save the decision: {error}")).await,
        None => run.show_message(MessageType::ERROR, NO_STATE.to_owned()).await,
    }
    false
}
