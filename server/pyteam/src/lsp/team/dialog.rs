//! Questions to the user.

use std::collections::HashMap;
use std::time::Duration;

use tower_lsp::Client;
use tower_lsp::ls_types::{MessageActionItem, MessageType};

/// How long a person may take.
pub(super) const PATIENCE: Duration = Duration::from_mins(30);

/// What the user chooses of `choices`; `None` without a choice.
pub(super) async fn choose(client: &Client, question: String, choices: &[String]) -> Option<String> {
    let items = choices.iter().map(|title| MessageActionItem { title: title.clone(), properties: HashMap::default() });
    let asked = client.show_message_request(MessageType::INFO, question, Some(items.collect()));
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?.map(|item| item.title)
}
