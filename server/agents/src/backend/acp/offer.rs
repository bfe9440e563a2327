//! What an agent offers: its capabilities, and a session's modes and models. Read leniently, as agents differ.

use serde_json::Value;

/// Modes in which an agent changes nothing, by the names that agents give them.
const RESTRAINED: [&str; 6] = ["plan", "read-only", "readonly", "read_only", "ask", "architect"];

/// An agent's answer to `initialize`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) version: Option<i64>,
    pub(super) name: String,
    pub(super) can_load: bool,
    pub(super) can_resume: bool,
}

impl Peer {
    pub(super) fn read(answer: &Value) -> Self {
        let text = |pointer| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let name = format!("{} {}", text("/agentInfo/name"), text("/agentInfo/version"));
        let capabilities = &answer["agentCapabilities"];
        Self {
            version: answer["protocolVersion"].as_i64(),
            name: pyteam_display::sanitize(&name, 100),
            can_load: capabilities["loadSession"].as_bool() == Some(true),
            can_resume: capabilities.pointer("/sessionCapabilities/resume").is_some_and(|value| !value.is_null()),
        }
    }
}

/// How something is chosen: the method and its parameters besides the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) method: &'static str,
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) is_current: bool,
}

/// The modes of a session.
pub(super) fn modes(session: &Value) -> Vec<Choice> {
    let current = session.pointer("/modes/currentModeId").and_then(Value::as_str);
    let own = texts(session.pointer("/modes/availableModes"), "id");
    let choices: Vec<Choice> =
        own.map(|id| choice(id, "session/set_mode", vec![("modeId", id.to_owned())], current)).collect();
    if choices.is_empty() { options(session, "mode") } else { choices }
}

/// The models of a session.
pub(super) fn models(session: &Value) -> Vec<Choice> {
    let current = session.pointer("/models/currentModelId").and_then(Value::as_str);
    let own = texts(session.pointer("/models/availableModels"), "modelId");
    let choices: Vec<Choice> =
        own.map(|id| choice(id, "session/set_model", vec![("modelId", id.to_owned())], current)).collect();
    if choices.is_empty() { options(session, "model") } else { choices }
}

/// The most restrained of `modes`.
pub(super) fn restrained(modes: &[Choice]) -> Option<&Choice> {
    RESTRAINED.iter().find_map(|name| modes.iter().find(|mode| mode.value.eq_ignore_ascii_case(name)))
}

/// The model that a definition's hint means: `opus` is a word of `claude-opus-4-1`. The one in use, if it is one of them.
pub(super) fn fitting<'c>(models: &'c [Choice], hint: &str) -> Option<&'c Choice> {
    let fits = |choice: &&Choice| {
        let mut words = choice.value.split(|c: char| !c.is_alphanumeric());
        choice.value.eq_ignore_ascii_case(hint) || words.any(|word| word.eq_ignore_ascii_case(hint))
    };
    let in_use = models.iter().find(|choice| choice.is_current && fits(choice));
    in_use.or_else(|| models.iter().find(fits))
}

fn options(session: &Value, category: &str) -> Vec<Choice> {
    let mut choices = Vec::new();
    for option in session["configOptions"].as_array().into_iter().flatten() {
        let Some(id) = option["id"].as_str() else { continue };
        if option["category"].as_str() != Some(category) {
            continue;
        }
        let current = option["currentValue"].as_str();
        let groups = option["options"].as_array().into_iter().flatten();
        let values = groups.flat_map(|entry| match entry["options"].as_array() {
            Some(group) => group.iter().collect::<Vec<_>>(),
            None => vec![entry],
        });
        for value in values.filter_map(|entry| entry["value"].as_str()) {
            let params = vec![("configId", id.to_owned()), ("value", value.to_owned())];
            choices.push(choice(value, "session/set_config_option", params, current));
        }
    }
    choices
}

fn choice(value: &str, method: &'static str, params: Vec<(&'static str, String)>, current: Option<&str>) -> Choice {
    Choice { value: value.to_owned(), method, params, is_current: current == Some(value) }
}

fn texts<'a>(list: Option<&'a Value>, key: &'a str) -> impl Iterator<Item = &'a str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(move |entry| entry[key].as_str())
}

#[cfg(test)]
mod tests {
    use super::{Peer, fitting, models, modes, restrained};
    use serde_json::json;

    #[test]
    fn modes_are_found_however_they_are_offered() {
        let old = json!({"modes": {"currentModeId": "default", "availableModes": [{"id": "default"}, {"id": "plan"}]},
            "models": {"currentModelId": "a", "availableModels": [{"modelId": "a"}, {"modelId": "b"}]}});
        assert_eq!(restrained(&modes(&old)).unwrap().method, "session/set_mode");
        assert_eq!(models(&old)[1].params, [("modelId", "b".to_owned())]);
        assert!(models(&old)[0].is_current);
        let new = json!({"configOptions": [
            {"id": "m", "category": "mode", "currentValue": "ask", "options": [{"value": "ask"}, {"value": "code"}]},
            {"id": "n", "category": "model", "options": [{"group": "g", "options": [{"value": "big"}]}]}]});
        assert!(restrained(&modes(&new)).unwrap().is_current);
        assert_eq!(models(&new)[0].params, [("configId", "n".to_owned()), ("value", "big".to_owned())]);
    }

    #[test]
    fn a_hint_means_a_model_that_has_it_as_a_word() {
        let offered = json!({"models": {"currentModelId": "claude-opus-4-1", "availableModels": [
            {"modelId": "claude-sonnet-4"}, {"modelId": "claude-opus-4"}, {"modelId": "claude-opus-4-1"},
            {"modelId": "opusculum"}]}});
        let offered = models(&offered);
        assert_eq!(fitting(&offered, "opus").unwrap().value, "claude-opus-4-1");
        assert_eq!(fitting(&offered, "Sonnet").unwrap().value, "claude-sonnet-4");
        assert_eq!(fitting(&offered, "haiku"), None);
        assert_eq!(fitting(&offered, "inherit"), None);
        assert_eq!(fitting(&[], "opus"), None);
    }

    #[test]
    fn nonsense_is_no_offer() {
        for nonsense in [json!(null), json!([1]), json!({"modes": 3, "configOptions": {"a": 1}, "models": "x"})] {
            assert!(modes(&nonsense).is_empty() && models(&nonsense).is_empty());
            assert_eq!(Peer::read(&nonsense), Peer::default());
        }
    }
}
