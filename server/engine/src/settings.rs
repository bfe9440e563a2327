//! Settings: what a workspace wants to hear about, and how loudly.
//!
//! They come from three places, the later ones above the earlier: the built-in defaults, what the editor sends
//! ([`Layer::from_json`]), and the nearest `pyteam.toml` or `[tool.pyteam]` of a `pyproject.toml` above the file
//! ([`Layer::from_pyteam_toml`], [`Layer::from_pyproject`]). A command line may lay one more on top. What does
//! not make sense is a [`SettingsProblem`] with its place; the rest of the file holds nevertheless.

mod blocking_calls;
mod glob;
mod layer;
mod malformed;
mod node;
mod problem;
mod read;
mod resolver;
mod rule_names;
mod timeouts;
mod wording;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use self::blocking_calls::{BlockingCall, BlockingKind};
pub use self::glob::{Glob, Globs};
pub use self::layer::{Layer, ReadSettings};
pub use self::problem::{Lost, SettingsProblem, followed};
pub use self::read::KEYS;
pub use self::resolver::SettingsResolver;
pub(crate) use self::resolver::read_regular;
pub use self::rule_names::{RuleNames, closest};
pub use self::timeouts::{Seconds, Timeouts};
pub use self::wording::{mistyped_json, unknown};

use crate::finding::Severity;
use crate::page::Page;

/// So many inheritance edges inside the project are too many.
const DEFAULT_MAX_DEPTH: u32 = 3;
/// Larger files are not analyzed, in bytes.
const DEFAULT_MAX_FILE_SIZE: u64 = 2_000_000;

/// What a rule's findings are shown as, where the settings say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Not at all: the rule does not run.
    Off,
    /// As this.
    At(Severity),
}

/// Rules that do not run on some files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerFileIgnore {
    /// The files, relative to the settings' folder.
    pub files: Glob,
    /// Codes and families.
    pub rules: Vec<String>,
}

/// The settings that hold for a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Codes and families that run; `all` stands for every rule but those that are off by default, which their code alone
    /// selects. Empty means `all`.
    pub select: Vec<String>,
    /// Codes and families that do not run. A code outweighs a family: `select = ["deep-inheritance"]` holds
    /// against `ignore = ["architecture"]`.
    pub ignore: Vec<String>,
    /// Rules that do not run on some files.
    pub per_file_ignores: Vec<PerFileIgnore>,
    /// Levels by code or family; a code outweighs its family.
    pub severity: BTreeMap<String, Level>,
    /// Files and folders that are neither indexed nor checked.
    pub exclude: Globs,
    /// `deep-inheritance` reports chains of this many inheritance edges inside the project, and longer ones.
    pub max_depth: u32,
    /// The seconds that fixes write.
    pub timeouts: Timeouts,
    /// Calls that block, beside those that the rules know.
    pub blocking_calls: Vec<BlockingCall>,
    /// Larger files are not analyzed, in bytes.
    pub max_file_size: u64,
    /// The folder that globs are relative to.
    pub root: PathBuf,
    /// The file that they were read from, if any.
    pub source: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            per_file_ignores: Vec::new(),
            severity: BTreeMap::new(),
            exclude: Globs::default(),
            max_depth: DEFAULT_MAX_DEPTH,
            timeouts: Timeouts::default(),
            blocking_calls: Vec::new(),
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            root: PathBuf::new(),
            source: None,
        }
    }
}

impl Settings {
    /// The defaults with `layers` above them, lowest first. `root` is the folder that globs are relative to.
    pub fn from_layers(root: impl Into<PathBuf>, layers: &[&Layer]) -> Self {
        let mut settings = Self { root: root.into(), ..Self::default() };
        for layer in layers {
            layer.apply(&mut settings);
        }
        settings
    }

    /// How a rule's findings in the file at `path` are shown; `None` when the rule does not run there.
    pub fn severity_of(&self, page: &Page, path: impl AsRef<Path>) -> Option<Severity> {
        if !page.on_by_default && !self.names(&page.code) {
            return None;
        }
        self.level(&page.code, &page.family, page.severity, path.as_ref())
    }

    /// Whether the settings ask for a rule by its code, to select it or to say how its findings are shown: a rule that is
    /// off by default runs then. Its family and `all` do not mean it.
    fn names(&self, code: &str) -> bool {
        self.select.iter().any(|word| word == code) || self.severity.contains_key(code)
    }

    /// [`Settings::severity_of`] by code, family and the rule's own severity.
    pub fn level(&self, code: &str, family: &str, own: Severity, path: &Path) -> Option<Severity> {
        if !self.is_selected(code, family) || self.is_ignored_in(code, family, path) {
            return None;
        }
        match self.severity.get(code).or_else(|| self.severity.get(family)) {
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(*severity),
            None => Some(own),
        }
    }

    /// Whether the file or folder at `path` is excluded.
    pub fn is_excluded(&self, path: impl AsRef<Path>) -> bool {
        self.exclude.matches(&self.root, path.as_ref())
    }

    fn is_selected(&self, code: &str, family: &str) -> bool {
        // The more exact word wins; between equally exact ones, the one that keeps quiet.
        let select = if self.select.is_empty() { Some(0) } else { exactness(&self.select, code, family) };
        let ignore = exactness(&self.ignore, code, family);
        match (select, ignore) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(select), Some(ignore)) => select > ignore,
        }
    }

    fn is_ignored_in(&self, code: &str, family: &str, path: &Path) -> bool {
        let mut rules = self.per_file_ignores.iter().filter(|one| one.files.matches(&self.root, path));
        rules.any(|one| exactness(&one.rules, code, family).is_some())
    }
}

/// How exactly `words` name the rule: 2 by code, 1 by family, 0 by `all`.
fn exactness(words: &[String], code: &str, family: &str) -> Option<u8> {
    words
        .iter()
        .filter_map(|word| match word.as_str() {
            word if word == code => Some(2),
            word if word == family => Some(1),
            "all" => Some(0),
            _ => None,
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(settings: &Settings, code: &str) -> Option<Severity> {
        settings.level(code, "concurrency", Severity::Warning, Path::new("/w/src/a.py"))
    }

    #[test]
    fn a_code_outweighs_a_family_and_silence_a_tie() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut settings = Settings { ignore: words(&["concurrency"]), ..Settings::default() };
        assert_eq!(level(&settings, "x"), None);
        settings.select = words(&["all", "x"]);
        assert_eq!(level(&settings, "x"), Some(Severity::Warning));
        assert_eq!(level(&settings, "y"), None);
        settings.ignore = words(&["x"]);
        assert_eq!(level(&settings, "x"), None);
        assert_eq!(level(&settings, "y"), Some(Severity::Warning));
        settings.select = words(&["other"]);
        assert_eq!(level(&settings, "y"), None);
    }

    #[test]
    fn what_is_off_by_default_runs_where_its_code_is_named() {
        let text = "---\nseverity: warning\ndefault: off\n---\n# Late\n\n## What it does\n\n-\n\n## Why\n\n-\n\n## What to do\n\n-\n\n## Examples\n\n```python\n# ok\n```\n";
        let page = Page::shipped("concurrency/late.md", text);
        let level = |settings: &Settings| settings.severity_of(&page, "/w/a.py");
        let selecting = |words: &[&str]| Settings {
            select: words.iter().map(ToString::to_string).collect(),
            ..Settings::default()
        };
        assert_eq!(level(&Settings::default()), None);
        assert_eq!(level(&selecting(&["all"])), None);
        assert_eq!(level(&selecting(&["concurrency"])), None);
        assert_eq!(level(&selecting(&["all", "late"])), Some(Severity::Warning));
        let mut settings = Settings::default();
        settings.severity.insert("late".into(), Level::At(Severity::Hint));
        assert_eq!(level(&settings), Some(Severity::Hint));
        settings.severity.insert("late".into(), Level::Off);
        assert_eq!(level(&settings), None);
        let ignored = Settings { ignore: vec!["late".into()], ..selecting(&["late"]) };
        assert_eq!(level(&ignored), None);
    }

    #[test]
    fn levels_go_by_code_then_by_family() {
        let mut settings = Settings::default();
        settings.severity.insert("concurrency".into(), Level::Off);
        settings.severity.insert("x".into(), Level::At(Severity::Hint));
        assert_eq!(level(&settings, "x"), Some(Severity::Hint));
        assert_eq!(level(&settings, "y"), None);
    }

    #[test]
    fn rules_are_ignored_per_file() {
        let files = Glob::new("src/**").unwrap();
        let ignore = PerFileIgnore { files, rules: vec!["x".into()] };
        let settings = Settings { per_file_ignores: vec![ignore], root: "/w".into(), ..Settings::default() };
        assert_eq!(level(&settings, "x"), None);
        assert_eq!(level(&settings, "y"), Some(Severity::Warning));
        let elsewhere = settings.level("x", "concurrency", Severity::Warning, Path::new("/w/tests/a.py"));
        assert_eq!(elsewhere, Some(Severity::Warning));
    }
}
