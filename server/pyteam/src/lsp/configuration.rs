//! Settings and rules: where they come from, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Setup;
use pyteam_agents::team::is_agent_file;
use pyteam_engine::declarative::{is_user_rule, load_user_rules};
use pyteam_engine::settings::{RuleNames, SettingsProblem};
use pyteam_engine::{Engine, SettingsResolver};
use pyteam_index::{key_of, path_of};
use pyteam_syntax::document::ParseLimits;
use serde_json::{Map, Value};
use tower_lsp::ls_types::{ConfigurationItem, Diagnostic, MessageType};
use tracing::warn;

use super::convert;
use super::courier::Message;
use super::editor_settings::EditorSettings;
use super::owner::Owner;
use super::trouble::Trouble;
use crate::load;

/// The section that a client is asked for.
const SECTION: &str = "pyteam";

/// What holds now.
pub(crate) struct Configuration {
    /// The rules.
    pub(super) engine: Arc<Engine>,
    /// The settings.
    pub(super) settings: Arc<SettingsResolver>,
    /// What is the editor's alone.
    pub(super) editor: Arc<EditorSettings>,
    editor_problems: Vec<SettingsProblem>,
    initial: Map<String, Value>,
    asked: Map<String, Value>,
    folders: Vec<PathBuf>,
    /// Whether the engine has rules of the user's own.
    has_user_rules: bool,
    /// What is wrong with them.
    rule_problems: Vec<SettingsProblem>,
    /// What is wrong with agents' files and with settings of agents.
    team_troubles: Vec<Trouble>,
    /// What the client knows to be wrong, by file.
    shown: BTreeMap<PathBuf, Vec<Trouble>>,
}

impl Configuration {
    /// The built-in rules and settings.
    pub(crate) fn new() -> Self {
        let engine = Arc::new(Engine::new(pyteam_rules::all()));
        Self {
            settings: Arc::new(SettingsResolver::new(engine.names().clone())),
            engine,
            editor: Arc::default(),
            editor_problems: Vec::new(),
            initial: Map::new(),
            asked: Map::new(),
            folders: Vec::new(),
            has_user_rules: false,
            rule_problems: Vec::new(),
            team_troubles: Vec::new(),
            shown: BTreeMap::new(),
        }
    }

    /// The workspace's folders came or went: each may have rules of its own.
    pub(super) fn set_folders(&mut self, folders: &[PathBuf]) {
        self.folders = folders.to_vec();
        self.reload_rules();
        self.reload_team();
    }

    /// Reads anew what is wrong with the teams of the folders.
    pub(super) fn reload_team(&mut self) {
        self.team_troubles.clear();
        for folder in &self.folders {
            for trouble in Trouble::of_team(&Setup::of_user(Some(folder))) {
                // Two folders have the user's settings in common.
                if !self.team_troubles.contains(&trouble) {
                    self.team_troubles.push(trouble);
                }
            }
        }
    }

    /// `initializationOptions`: the section itself, or an object with the section in it.
    pub(super) fn set_initial(&mut self, options: Value) {
        self.initial = section(options);
        self.renew();
    }

    /// Reads the user's own rules anew, those of each folder for that folder's files.
    pub(super) fn reload_rules(&mut self) {
        let mut rules = pyteam_rules::all();
        let built_in = rules.len();
        self.rule_problems.clear();
        for folder in &self.folders {
            let taken = RuleNames::new(rules.iter().map(|rule| rule.page()));
            let found = load_user_rules(folder, &taken);
            self.rule_problems.extend(found.problems.iter().cloned());
            rules.extend(found.into_rules());
        }
        // Another engine, even with the same rules, would make everything that was found be looked for again.
        let has_user_rules = rules.len() > built_in;
        if has_user_rules || self.has_user_rules {
            self.engine = Arc::new(Engine::new(rules));
        }
        self.has_user_rules = has_user_rules;
        self.renew();
    }

    /// The limits for a file.
    pub(super) fn limits(&self, path: &str) -> ParseLimits {
        load::limits(&self.settings, path_of(path))
    }

    fn set_asked(&mut self, settings: Value) {
        self.asked = section(settings);
        self.renew();
    }

    fn renew(&mut self) {
        // What the client answers goes before what it said at the start.
        let mut editor = self.initial.clone();
        editor.extend(self.asked.clone());
        let (own, problems) = EditorSettings::read(&editor);
        (self.editor, self.editor_problems) = (Arc::new(own), problems);
        let mut settings = SettingsResolver::new(self.engine.names().clone()).with_roots(self.folders.clone());
        settings.set_editor(&Value::Object(editor));
        self.settings = Arc::new(settings);
    }

    /// What is wrong with settings, the user's own rules and agents, by file. What the editor set has an empty path.
    fn troubles(&self) -> BTreeMap<PathBuf, Vec<Trouble>> {
        let settings = self.settings.problems();
        // A file that is no TOML is none for the reader of agents' settings either, which need not be said twice.
        let is_unread =
            |trouble: &&Trouble| settings.iter().any(|problem| !problem.is_part() && problem.path == trouble.path);
        let team = self.team_troubles.iter().filter(|trouble| !is_unread(trouble)).cloned();
        let problems = settings.iter().chain(&self.editor_problems).chain(&self.rule_problems).map(Trouble::from);
        let mut by_file: BTreeMap<PathBuf, Vec<Trouble>> = BTreeMap::new();
        for trouble in problems.chain(team) {
            by_file.entry(trouble.path.clone()).or_default().push(trouble);
        }
        by_file
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

impl Owner {
    /// Asks the client for its settings, if it answers such questions.
    pub(super) fn ask_settings(&mut self) {
        if self.features.configuration {
            let item = ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) };
            self.client.say(Message::AskSettings(vec![item]));
        }
    }

    /// `workspace/didChangeConfiguration`. Clients that can be asked send little or nothing with it.
    pub(super) fn settings_changed(&mut self, settings: &Value) {
        if self.features.configuration {
            self.ask_settings();
        } else {
            self.set_client_settings(settings.clone());
        }
    }

    /// The answer to [`Owner::ask_settings`].
    pub(super) fn settings_answered(&mut self, answers: Vec<Value>) {
        if let Some(answer) = answers.into_iter().next() {
            self.set_client_settings(answer);
        }
    }

    fn set_client_settings(&mut self, settings: Value) {
        if self.configuration.asked != section(settings.clone()) {
            let before = self.configuration.editor.code_lens;
            self.configuration.set_asked(settings);
            self.everything_changed();
            if self.features.lens_refresh && self.configuration.editor.code_lens != before {
                self.client.say(Message::RefreshLenses);
            }
        }
    }

    /// Settings or rules changed: nothing that was found holds any more.
    pub(super) fn everything_changed(&mut self) {
        self.is_outdated = true;
        self.recheck_all();
    }

    /// A document was opened or closed: problems of a settings file are pulled where it is open, and pushed
    /// where it is not, by a client that pulls.
    pub(super) fn settings_file_changed_hands(&self, key: &str) {
        let path = Path::new(key);
        let (Some(problems), Some(uri)) = (self.configuration.shown.get(path), convert::uri(key)) else { return };
        if self.features.pull {
            let is_pulled = self.documents.contains_key(key);
            let problems = if is_pulled { &[][..] } else { problems };
            let diagnostics = Trouble::diagnostics(path, problems, self.features.encoding);
            self.client.say(Message::Publish { uri, diagnostics, version: None });
        }
    }

    /// Shows what is wrong with settings, on the files themselves, and says what is new of it.
    pub(super) fn show_settings_problems(&mut self) {
        // Settings are read when a file below them is looked at.
        for folder in &self.folders {
            self.configuration.settings.for_folder(folder);
        }
        let problems = self.configuration.troubles();
        if problems == self.configuration.shown {
            return;
        }
        let shown = std::mem::take(&mut self.configuration.shown);
        let paths: BTreeSet<&PathBuf> = problems.keys().chain(shown.keys()).collect();
        for path in paths {
            let (now, before) = (problems.get(path), shown.get(path));
            if now == before {
                continue;
            }
            let (now_all, before_all) = (now.map_or(&[][..], Vec::as_slice), before.map_or(&[][..], Vec::as_slice));
            if let Some(news) = Trouble::news(path, now_all, before_all, &self.folders) {
                warn!("{news}");
                self.client.say(Message::Show(MessageType::WARNING, format!("pyteam: {news}")));
            }
            let key = key_of(path);
            let is_pulled = self.features.pull && self.documents.contains_key(&*key);
            if let (false, Some(uri)) = (path.as_os_str().is_empty() || is_pulled, convert::uri(&key)) {
                let diagnostics =
                    now.map_or_else(Vec::new, |now| Trouble::diagnostics(path, now, self.features.encoding));
                self.client.say(Message::Publish { uri, diagnostics, version: None });
            }
        }
        self.configuration.shown = problems;
    }

    /// What is wrong with the settings file `key`, for a client that pulls.
    pub(super) fn settings_diagnostics_at(&self, key: &str) -> Vec<Diagnostic> {
        let path = Path::new(key);
        if !SettingsResolver::is_settings_file(path) && !is_user_rule(path) && !is_agent_file(path) {
            return Vec::new();
        }
        let problems = self.configuration.troubles();
        problems.get(path).map_or_else(Vec::new, |here| Trouble::diagnostics(path, here, self.features.encoding))
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
