//! Settings that only an editor has: how what was found is offered there. Rules know nothing of them.

use std::sync::Arc;

use pyteam_engine::settings::{SettingsProblem, mistyped_json, unknown};
use serde_json::{Map, Value};

/// When something is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Everywhere.
    Always,
    /// Where something was found.
    Findings,
    /// Nowhere.
    Never,
}

impl When {
    fn of(name: &str) -> Option<Self> {
        match name {
            "always" => Some(Self::Always),
            "findings" => Some(Self::Findings),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// What the editor's user has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EditorSettings {
    /// Where rules' pages stand on the web: a rule's code is put behind it.
    pub(crate) docs_base: Option<Arc<str>>,
    /// Lenses above functions and classes in which something was found.
    pub(crate) code_lens: When,
    /// Code actions that ask an agent.
    pub(crate) ask_actions: When,
    /// Inlay hints.
    pub(crate) inlay_hints: When,
}

impl Default for EditorSettings {
    fn default() -> Self {
        // Without findings, a list of actions that ask stands between the user and what other servers offer: Neovim shows
        // the servers' actions in the order in which the servers were started, whatever their kinds are.
        Self { docs_base: None, code_lens: When::Findings, ask_actions: When::Findings, inlay_hints: When::Always }
    }
}

impl EditorSettings {
    /// Reads the members of the section `pyteam`. What does not make sense is left at its default, and told.
    pub(super) fn read(section: &Map<String, Value>) -> (Self, Vec<SettingsProblem>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        let mut wrong = |message: String| problems.push(SettingsProblem::unplaced("", message).of_part());
        for (name, value) in section.iter().filter(|(_, value)| !value.is_null()) {
            let (slot, choices) = match name.as_str() {
                "docsBase" | "docs-base" => {
                    match value.as_str() {
                        Some(base) => settings.docs_base = (!base.is_empty()).then(|| base.into()),
                        None => wrong(mistyped_json(name, "a string", value)),
                    }
                    continue;
                }
                "codeLens" | "code-lens" => (&mut settings.code_lens, &["findings", "never"][..]),
                "askActions" | "ask-actions" => (&mut settings.ask_actions, &["always", "findings", "never"][..]),
                "inlayHints" | "inlay-hints" => (&mut settings.inlay_hints, &["always", "never"][..]),
                _ => continue,
            };
            let Some(text) = value.as_str() else {
                wrong(mistyped_json(name, "a string", value));
                continue;
            };
            match When::of(text).filter(|_| choices.contains(&text)) {
                Some(when) => *slot = when,
                None => wrong(format!("`{name}`: {}", unknown("value", text, choices))),
            }
        }
        (settings, problems)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(section: &Value) -> (EditorSettings, Vec<String>) {
        let (settings, problems) = EditorSettings::read(section.as_object().expect("an object"));
        (settings, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn both_spellings_are_read() {
        for section in [
            json!({"docsBase": "https://x", "codeLens": "never", "askActions": "always", "inlayHints": "never"}),
            json!({"docs-base": "https://x", "code-lens": "never", "ask-actions": "always", "inlay-hints": "never"}),
        ] {
            let (settings, problems) = read(&section);
            assert_eq!((settings.docs_base.as_deref(), settings.code_lens), (Some("https://x"), When::Never));
            assert_eq!((settings.ask_actions, settings.inlay_hints), (When::Always, When::Never));
            assert_eq!(problems, Vec::<String>::new());
        }
        let nothing = json!({"docsBase": null, "codeLens": null, "select": 3});
        assert_eq!(read(&nothing), (EditorSettings::default(), Vec::new()));
    }

    #[test]
    fn what_does_not_make_sense_is_told_and_left_at_its_default() {
        let section = json!({"askActions": "findigns", "codeLens": "always", "docsBase": 3, "inlayHints": ["never"]});
        let (settings, problems) = read(&section);
        assert_eq!(settings, EditorSettings::default());
        assert_eq!(
            problems,
            [
                "`askActions`: unknown value `findigns`; did you mean `findings`?",
                "`codeLens`: unknown value `always`; expected one of `findings`, `never`",
                "`docsBase`: expected a string, found a number",
                "`inlayHints`: expected a string, found a list",
            ]
        );
    }
}
