//! What one source of settings says; what it does not say is left to the layer below.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::blocking_calls::BlockingCall;
use super::glob::Globs;
use super::malformed::Malformed;
use super::node::{Node, Value};
use super::problem::SettingsProblem;
use super::read::{Origin, read};
use super::rule_names::RuleNames;
use super::timeouts::{Seconds, Timeouts};
use super::{Level, PerFileIgnore, Settings};

/// Settings from one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// See [`Settings::select`].
    pub select: Option<Vec<String>>,
    /// See [`Settings::ignore`].
    pub ignore: Option<Vec<String>>,
    /// See [`Settings::per_file_ignores`].
    pub per_file_ignores: Option<Vec<PerFileIgnore>>,
    /// See [`Settings::severity`]. Codes that a lower layer sets and this one does not keep their level.
    pub severity: BTreeMap<String, Level>,
    /// See [`Settings::exclude`].
    pub exclude: Option<Globs>,
    /// See [`Settings::max_depth`].
    pub max_depth: Option<u32>,
    /// By key, see [`Timeouts`].
    pub timeouts: BTreeMap<String, Seconds>,
    /// See [`Settings::blocking_calls`]. Those of a lower layer stay, but for those that this one describes anew.
    pub blocking_calls: Vec<BlockingCall>,
    /// See [`Settings::max_file_size`].
    pub max_file_size: Option<u64>,
    /// The file they were read from.
    pub source: Option<PathBuf>,
}

/// A text of settings, read.
#[derive(Debug)]
pub enum ReadSettings {
    /// The file says something; what does not make sense is among the problems, the rest is in the layer.
    Layer(Box<Layer>, Vec<SettingsProblem>),
    /// The file has nothing for us, as a `pyproject.toml` without `[tool.pyteam]`.
    Nothing,
    /// The text is no valid TOML: all that is wrong with it, which is one thing at least.
    Malformed(Vec<SettingsProblem>),
}

impl Layer {
    /// Reads a `pyteam.toml`. `rules` are the names that may be used.
    pub fn from_pyteam_toml(path: &Path, text: &str, rules: &RuleNames) -> ReadSettings {
        Self::from_toml(path, text, &[], rules)
    }

    /// Reads `[tool.pyteam]` of a `pyproject.toml`.
    pub fn from_pyproject(path: &Path, text: &str, rules: &RuleNames) -> ReadSettings {
        // Most `pyproject.toml` are not for us, and what is wrong with them is not ours to tell.
        if !text.contains("pyteam") {
            return ReadSettings::Nothing;
        }
        match Self::from_toml(path, text, &["tool", "pyteam"], rules) {
            ReadSettings::Malformed(_) if !text.contains("tool.pyteam") => ReadSettings::Nothing,
            read => read,
        }
    }

    fn from_toml(path: &Path, text: &str, keys: &[&str], rules: &RuleNames) -> ReadSettings {
        // Spans count from behind a byte order mark, so it is only looked through.
        let (text_at, body) = text.strip_prefix('\u{feff}').map_or((0, text), |body| (3, body));
        let problem_at = |span: Range<usize>, message: String| {
            SettingsProblem::at(path, text, span.start + text_at..span.end + text_at, message)
        };
        let (table, errors) = DeTable::parse_recoverable(body);
        let node = Node::from_toml(table);
        let malformed = Malformed::of(body, &errors, &node);
        let Some(node) = node.descend(keys) else {
            return malformed.map_or(ReadSettings::Nothing, |found| {
                let errors = found.errors.into_iter();
                ReadSettings::Malformed(errors.map(|(span, error)| problem_at(span, not_toml(&error))).collect())
            });
        };
        let (mut layer, mut objections) = read(node, Origin::File, rules);
        if let Some(found) = &malformed {
            objections.retain(|objection| found.is_untouched(objection));
        }
        let problems = objections.into_iter().map(|objection| match objection.span {
            Some(span) => problem_at(span, objection.message).losing(objection.lost),
            None => SettingsProblem::unplaced(path, objection.message).losing(objection.lost),
        });
        let mut problems: Vec<_> = problems.collect();
        let Some(found) = malformed else {
            layer.source = Some(path.to_owned());
            return ReadSettings::Layer(Box::new(layer), problems);
        };
        problems.extend(found.errors.into_iter().map(|(span, error)| problem_at(span, not_toml(&error))));
        problems.sort_by_key(|problem| (problem.line, problem.column));
        ReadSettings::Malformed(problems)
    }

    /// Reads what an editor sends: an object of the same shape, with keys in kebab-case or camelCase, by itself
    /// or under `pyteam`. `null` and the editor extension's own keys say nothing.
    pub fn from_json(value: &serde_json::Value, rules: &RuleNames) -> (Self, Vec<SettingsProblem>) {
        let value = value.get("pyteam").unwrap_or(value);
        let node = Node::from_json(value);
        if matches!(node.value, Value::Null) {
            return (Self::default(), Vec::new());
        }
        let (layer, objections) = read(node, Origin::Editor, rules);
        let problems = objections
            .into_iter()
            .map(|objection| SettingsProblem::unplaced("", objection.message).losing(objection.lost));
        (layer, problems.collect())
    }

    pub(super) fn apply(&self, settings: &mut Settings) {
        fn set<T: Clone>(slot: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                slot.clone_from(value);
            }
        }
        set(&mut settings.select, self.select.as_ref());
        set(&mut settings.ignore, self.ignore.as_ref());
        set(&mut settings.per_file_ignores, self.per_file_ignores.as_ref());
        set(&mut settings.exclude, self.exclude.as_ref());
        set(&mut settings.max_depth, self.max_depth.as_ref());
        set(&mut settings.max_file_size, self.max_file_size.as_ref());
        if self.source.is_some() {
            settings.source.clone_from(&self.source);
        }
        for (code, level) in &self.severity {
            settings.severity.insert(code.clone(), *level);
        }
        settings.blocking_calls.retain(|one| self.blocking_calls.iter().all(|own| own.path != one.path));
        settings.blocking_calls.extend(self.blocking_calls.iter().cloned());
        for (key, seconds) in &self.timeouts {
            if let Some(slot) = Timeouts::slot(&mut settings.timeouts, key) {
                *slot = *seconds;
            }
        }
    }
}

fn not_toml(error: &str) -> String {
    format!("invalid TOML: {error}; these settings are not used")
}
