//! Which settings hold for a file: those of the nearest settings file above it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Settings;
use super::layer::{Layer, ReadSettings};
use super::problem::SettingsProblem;
use super::rule_names::RuleNames;

/// Finds and remembers the settings of every folder. It can be shared between threads.
#[derive(Debug, Default)]
pub struct SettingsResolver {
    rules: RuleNames,
    editor: Layer,
    editor_problems: Vec<SettingsProblem>,
    overrides: Layer,
    roots: Vec<PathBuf>,
    explicit: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By folder.
    folders: BTreeMap<PathBuf, Arc<Settings>>,
    /// By settings file. `None` for files that have nothing for us.
    layers: BTreeMap<PathBuf, Option<Arc<Layer>>>,
    /// Layers of files that have been good once. They outlive [`SettingsResolver::clear`], so that a file which is
    /// being typed in does not switch everything on.
    good: BTreeMap<PathBuf, Arc<Layer>>,
    problems: BTreeMap<PathBuf, Vec<SettingsProblem>>,
}

impl SettingsResolver {
    /// A resolver that knows these rules.
    pub fn new(rules: RuleNames) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The workspace folders: editor settings' globs are relative to them.
    #[must_use]
    pub fn with_roots(mut self, roots: Vec<PathBuf>) -> Self {
        self.roots = roots;
        self.clear();
        self
    }

    /// Lays `layer` on top of all files' settings.
    #[must_use]
    pub fn with_overrides(mut self, layer: Layer) -> Self {
        self.overrides = layer;
        self.clear();
        self
    }

    /// Takes this file's settings for everything, wherever it lies.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.explicit = Some(path.into());
        self.clear();
        self
    }

    /// Takes the editor's settings in; they lie under those of files.
    pub fn set_editor(&mut self, value: &serde_json::Value) {
        (self.editor, self.editor_problems) = Layer::from_json(value, &self.rules);
        self.clear();
    }

    /// Forgets what was read, because a settings file changed.
    pub fn clear(&self) {
        let mut state = self.state();
        state.folders.clear();
        state.layers.clear();
        state.problems.clear();
    }

    /// The settings for the file at `path`.
    pub fn for_path(&self, path: impl AsRef<Path>) -> Arc<Settings> {
        let folder = path.as_ref().parent().unwrap_or(Path::new(""));
        self.for_folder(folder)
    }

    /// The settings for files in `folder`.
    pub fn for_folder(&self, folder: &Path) -> Arc<Settings> {
        let mut state = self.state();
        if let Some(settings) = state.folders.get(folder) {
            return Arc::clone(settings);
        }
        let layer = match &self.explicit {
            Some(file) => self.layer(&mut state, file),
            None => folder.ancestors().find_map(|folder| self.nearest(&mut state, folder)),
        };
        let below = layer.as_ref().and_then(|layer| layer.source.as_deref()).and_then(Path::parent);
        let root = below.map_or_else(|| self.root_of(folder), Path::to_owned);
        let none = Layer::default();
        let file = layer.as_deref().unwrap_or(&none);
        let settings = Arc::new(Settings::from_layers(root, &[&self.editor, file, &self.overrides]));
        state.folders.insert(folder.to_owned(), Arc::clone(&settings));
        settings
    }

    /// All problems of the settings that were read so far, by file.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let state = self.state();
        self.editor_problems.iter().chain(state.problems.values().flatten()).cloned().collect()
    }

    /// The settings files that were read so far.
    pub fn files(&self) -> Vec<PathBuf> {
        let state = self.state();
        state.layers.iter().filter(|(_, layer)| layer.is_some()).map(|(path, _)| path.clone()).collect()
    }

    /// Whether a change of the file at `path` changes settings.
    pub fn is_settings_file(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == "pyteam.toml" || name == "pyproject.toml")
    }

    fn nearest(&self, state: &mut State, folder: &Path) -> Option<Arc<Layer>> {
        // In one folder, the file that is for us alone goes first.
        self.layer(state, &folder.join("pyteam.toml")).or_else(|| self.layer(state, &folder.join("pyproject.toml")))
    }

    fn layer(&self, state: &mut State, path: &Path) -> Option<Arc<Layer>> {
        if let Some(layer) = state.layers.get(path) {
            return layer.clone();
        }
        let layer = self.read(state, path);
        state.layers.insert(path.to_owned(), layer.clone());
        layer
    }

    fn read(&self, state: &mut State, path: &Path) -> Option<Arc<Layer>> {
        let bytes = match read_regular(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let asked_for = self.explicit.as_deref() == Some(path);
                // A file that is there and cannot be read is told; one that is not there is the usual case.
                if asked_for
                    || !matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
                {
                    let message = format!("cannot read these settings, so they are not used: {error}");
                    state.problems.insert(path.to_owned(), vec![SettingsProblem::unplaced(path, message)]);
                }
                return None;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            let message = "invalid UTF-8; these settings are not used";
            state.problems.insert(path.to_owned(), vec![SettingsProblem::unplaced(path, message)]);
            return state.good.get(path).cloned();
        };
        let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
        let read = if is_pyproject {
            Layer::from_pyproject(path, &text, &self.rules)
        } else {
            Layer::from_pyteam_toml(path, &text, &self.rules)
        };
        match read {
            ReadSettings::Nothing => None,
            ReadSettings::Layer(layer, problems) => {
                let layer = Arc::from(layer);
                state.good.insert(path.to_owned(), Arc::clone(&layer));
                state.problems.insert(path.to_owned(), problems);
                Some(layer)
            }
            ReadSettings::Malformed(mut problems) => {
                let last = state.good.get(path).cloned();
                if last.is_some() {
                    for problem in &mut problems {
                        problem.message = problem.message.replace("are not used", "stay as they were");
                    }
                }
                state.problems.insert(path.to_owned(), problems);
                // Even a broken file says where the project's root is.
                Some(last.unwrap_or_else(|| Arc::new(Layer { source: Some(path.to_owned()), ..Layer::default() })))
            }
        }
    }

    /// The longest workspace folder around `folder`, or the folder itself.
    fn root_of(&self, folder: &Path) -> PathBuf {
        let around = self.roots.iter().filter(|root| folder.starts_with(root));
        around.max_by_key(|root| root.as_os_str().len()).map_or_else(|| folder.to_owned(), Clone::clone)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked while reading settings left at worst a gap, which is read again.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a regular file. Opening a named pipe would wait for a writer.
pub(crate) fn read_regular(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("this is not a regular file"));
    }
    std::fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn the_nearest_file_holds_and_ours_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "pyproject.toml", "[tool.pyteam]\nmax-depth = 4\n");
        write(root, "a/pyproject.toml", "[project]\nname = 'x'\n");
        write(root, "b/pyteam.toml", "max-depth = 5\nexclude = ['gen']\n");
        write(root, "b/pyproject.toml", "[tool.pyteam]\nmax-depth = 6\n");
        let resolver = SettingsResolver::new(RuleNames::default());
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 4);
        assert_eq!(resolver.for_path(root.join("a/x.py")).max_depth, 4);
        let b = resolver.for_path(root.join("b/c/x.py"));
        assert_eq!((b.max_depth, b.root.clone()), (5, root.join("b")));
        assert!(b.is_excluded(root.join("b/c/gen/x.py")));
        assert_eq!(resolver.files().len(), 2);
        assert!(resolver.problems().is_empty());
    }

    #[test]
    fn a_broken_file_leaves_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let resolver = SettingsResolver::new(RuleNames::default());
        write(root, "pyteam.toml", "max-depth = \n");
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 3);
        assert!(resolver.problems()[0].message.contains("not used"));
        write(root, "pyteam.toml", "max-depth = 7\n");
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 3, "nothing is read again before `clear`");
        resolver.clear();
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 7);
        write(root, "pyteam.toml", "max-depth = [\n");
        resolver.clear();
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 7);
        assert!(resolver.problems()[0].message.contains("stay as they were"));
        std::fs::remove_file(root.join("pyteam.toml")).unwrap();
        resolver.clear();
        assert_eq!(resolver.for_path(root.join("x.py")).max_depth, 3);
        assert!(resolver.problems().is_empty());
    }

    #[test]
    fn the_editor_lies_below_files_and_the_command_line_above() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "pyteam.toml", "max-depth = 4\n");
        let overrides = Layer { select: Some(vec!["all".into()]), ..Layer::default() };
        let mut resolver =
            SettingsResolver::new(RuleNames::default()).with_roots(vec![root.to_owned()]).with_overrides(overrides);
        resolver.set_editor(&serde_json::json!({ "maxDepth": 9, "maxFileSize": 5, "select": ["x"] }));
        let settings = resolver.for_path(root.join("a/x.py"));
        assert_eq!((settings.max_depth, settings.max_file_size), (4, 5));
        assert_eq!(settings.select, ["all"]);
        std::fs::remove_file(root.join("pyteam.toml")).unwrap();
        resolver.clear();
        let settings = resolver.for_path(root.join("a/x.py"));
        assert_eq!((settings.max_depth, settings.root.as_path()), (9, root));
    }

    #[test]
    fn a_file_that_is_asked_for_holds_everywhere_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "other.toml", "max-depth = 8\n");
        let resolver = SettingsResolver::new(RuleNames::default()).with_file(root.join("other.toml"));
        assert_eq!(resolver.for_path("/elsewhere/x.py").max_depth, 8);
        let resolver = SettingsResolver::new(RuleNames::default()).with_file(root.join("none.toml"));
        assert_eq!(resolver.for_path("/elsewhere/x.py").max_depth, 3);
        assert_eq!(resolver.problems().len(), 1);
    }
}
