//! Questions to the user.

use std::collections::HashMap;
use std::time::Duration;

use crossbeam_channel::Sender;
use tower_lsp::Client;
use tower_lsp::ls_types::{MessageActionItem, MessageType};

use super::request::Wish;
use crate::lsp::event::Event;

/// How long a person may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(30);

/// A wish that lacks an agent, and who can be asked.
#[derive(Debug)]
pub(crate) struct Pick {
    pub(super) wish: Wish,
    pub(super) names: Vec<String>,
}

/// Lets the user choose whom to ask.
pub(crate) async fn pick(pick: Pick, client: Client, events: Sender<Event>) {
    let Pick { mut wish, names } = pick;
    if names.is_empty() {
        client.show_message(MessageType::INFO, "pyteam: there is nobody to ask here").await;
        return;
    }
    if let Some(name) = choose(&client, "Whom do you want to ask?".to_owned(), &names).await {
        wish.agent = name;
        let _ = events.send(Event::AgentWanted(wish));
    }
}

/// What the user chooses of `choices`; none where he does not.
pub(super) async fn choose(client: &Client, question: String, choices: &[String]) -> Option<String> {
    let items = choices.iter().map(|title| MessageActionItem { title: title.clone(), properties: HashMap::default() });
    let asked = client.show_message_request(MessageType::INFO, question, Some(items.collect()));
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?.map(|item| item.title)
}
