//! Holds the settings and the rules: what the client sent, what the user's own rules are, and what comes of both.

use std::path::PathBuf;
use std::sync::Arc;

use pyteam_engine::declarative::load_user_rules;
use pyteam_engine::settings::RuleNames;
use pyteam_engine::{Engine, SettingsResolver};
use pyteam_index::path_of;
use pyteam_syntax::document::ParseLimits;
use serde_json::{Map, Value};

use super::config_diagnostics::{ConfigDiagnostic, ConfigProblems};
use super::editor_settings::EditorSettings;
use crate::load;

/// The section of a client's settings that is pyteam's.
pub(crate) const SECTION: &str = "pyteam";

/// The settings and rules that hold now.
pub(crate) struct ConfigStore {
    engine: Arc<Engine>,
    settings: Arc<SettingsResolver>,
    editor: Arc<EditorSettings>,
    problems: Arc<ConfigProblems>,
    /// `initializationOptions`.
    initial: Map<String, Value>,
    /// What the client answered or sent since.
    answered: Map<String, Value>,
    folders: Vec<PathBuf>,
    /// Whether the engine has rules of the user's own.
    has_user_rules: bool,
}

impl ConfigStore {
    /// The built-in rules and settings.
    pub(crate) fn new() -> Self {
        let engine = Arc::new(Engine::new(pyteam_rules::all()));
        Self {
            settings: Arc::new(SettingsResolver::new(engine.names().clone())),
            engine,
            editor: Arc::default(),
            problems: Arc::default(),
            initial: Map::new(),
            answered: Map::new(),
            folders: Vec::new(),
            has_user_rules: false,
        }
    }

    /// The rules.
    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The rules' settings.
    pub(super) fn settings(&self) -> &Arc<SettingsResolver> {
        &self.settings
    }

    /// The editor's own settings.
    pub(super) fn editor(&self) -> &Arc<EditorSettings> {
        &self.editor
    }

    /// What is wrong, besides what the settings know themselves.
    pub(super) fn problems(&self) -> &Arc<ConfigProblems> {
        &self.problems
    }

    /// The limits for a file.
    pub(super) fn limits(&self, key: &str) -> ParseLimits {
        load::limits(&self.settings, path_of(key))
    }

    /// The workspace's folders came or went: each may have rules of its own.
    pub(super) fn set_folders(&mut self, folders: &[PathBuf]) {
        self.folders = folders.to_vec();
        self.reload_rules();
    }

    /// Takes in what is wrong with an extension's files.
    pub(super) fn set_extension_problems(&mut self, problems: Vec<ConfigDiagnostic>) {
        Arc::make_mut(&mut self.problems).extension = problems;
    }

    /// `initializationOptions`: the section itself, or an object with the section in it.
    pub(super) fn set_initial(&mut self, options: Value) {
        self.initial = section(options);
        self.renew();
    }

    /// What the client answered or sent. Whether it is anything new.
    pub(super) fn set_answered(&mut self, settings: Value) -> bool {
        let answered = section(settings);
        let is_new = answered != self.answered;
        if is_new {
            self.answered = answered;
            self.renew();
        }
        is_new
    }

    /// Has settings files read anew when they are asked for.
    pub(super) fn forget_files(&mut self) {
        self.settings.clear();
    }

    /// Reads the user's own rules anew, those of each folder for that folder's files.
    pub(super) fn reload_rules(&mut self) {
        let mut rules = pyteam_rules::all();
        let built_in = rules.len();
        let mut problems = Vec::new();
        for folder in &self.folders {
            let taken = RuleNames::new(rules.iter().map(|rule| rule.page()));
            let found = load_user_rules(folder, &taken);
            problems.extend(found.problems.iter().cloned());
            rules.extend(found.into_rules());
        }
        Arc::make_mut(&mut self.problems).rules = problems;
        // Another engine, even with the same rules, would make everything that was found be looked for again.
        let has_user_rules = rules.len() > built_in;
        if has_user_rules || self.has_user_rules {
            self.engine = Arc::new(Engine::new(rules));
        }
        self.has_user_rules = has_user_rules;
        self.renew();
    }

    fn renew(&mut self) {
        // What the client answers goes before what it said at the start.
        let mut editor = self.initial.clone();
        editor.extend(self.answered.clone());
        let (own, problems) = EditorSettings::read(&editor);
        self.editor = Arc::new(own);
        Arc::make_mut(&mut self.problems).editor = problems;
        let mut settings = SettingsResolver::new(self.engine.names().clone()).with_roots(self.folders.clone());
        settings.set_editor(&Value::Object(editor));
        self.settings = Arc::new(settings);
    }
}

/// The section, whether it comes alone or inside an object.
fn section(settings: Value) -> Map<String, Value> {
    match settings {
        Value::Object(mut all) => match all.remove(SECTION) {
            Some(Value::Object(section)) => section,
            Some(_) => Map::new(),
            None => all,
        },
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_section_comes_alone_or_inside_an_object() {
        let alone = section(json!({"select": ["all"]}));
        assert_eq!(alone, section(json!({"pyteam": {"select": ["all"]}, "other": 1})));
        assert!(section(json!({"pyteam": null})).is_empty());
        assert!(section(Value::Null).is_empty());
    }
}
