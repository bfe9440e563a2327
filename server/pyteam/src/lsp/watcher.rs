//! Watches files that change on disk: the client reports them where it can, else a watcher of our own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::Sender;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use pyteam_engine::SettingsResolver;
use pyteam_engine::declarative::is_user_rule;
use pyteam_index::project;
use tower_lsp::ls_types::{DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, Registration};
use tracing::{debug, warn};

use super::client_features::ClientFeatures;
use super::config_store::SECTION;
use super::event::Event;
use super::extension::Extension;
use crate::discover;

/// What a client is asked to watch, besides the extension's files.
const GLOBS: &[&str] = &[
    "**/*.{py,pyw}",
    "**/{pyteam,pyproject,pylock,pylock.*}.toml",
    "**/*{requirements,constraints}*.{txt,in}",
    "**/requirements/*.{txt,in}",
    "**/{uv,poetry,pdm}.lock",
    "**/{Pipfile,Pipfile.lock,setup.cfg,setup.py}",
    "**/*{environment,conda}*.{yml,yaml}",
    "**/*.{bash,bat,cfg,cmd,cron,fish,ini,ksh,mk,ps1,service,sh,zsh}",
    "**/{Makefile,makefile,GNUmakefile,Procfile,justfile,crontab,Jenkinsfile,package.json,Dockerfile*,*.dockerfile,*compose*.yml,*compose*.yaml}",
    "**/.pyteam/rules/*.md",
];

/// The watcher, and what it saw.
pub(crate) struct Watcher {
    events: Sender<Event>,
    extension: Arc<dyn Extension>,
    own: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// Changed on disk, and not looked at yet.
    touched: BTreeSet<PathBuf>,
}

/// What changed on disk, by what has to be done about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DiskChanges {
    /// Files of the extension.
    pub(super) is_extension: bool,
    /// Rules of the user's own.
    pub(super) is_rules: bool,
    /// Settings files.
    pub(super) is_settings: bool,
    /// Files that name requirements.
    pub(super) manifests: Vec<PathBuf>,
    /// Folders that are there.
    pub(super) folders: Vec<PathBuf>,
    /// Python files, there or gone.
    pub(super) python: Vec<PathBuf>,
    /// What may have been a folder and is gone. It takes its files with it, and no event says so of each.
    pub(super) gone: Vec<PathBuf>,
}

/// What the client does on request only.
pub(crate) fn registrations(features: &ClientFeatures, extension: &dyn Extension) -> Vec<Registration> {
    let mut registrations = Vec::new();
    if features.watches_files {
        let globs = GLOBS.iter().chain(extension.watched_globs());
        let watchers =
            globs.map(|glob| FileSystemWatcher { glob_pattern: GlobPattern::String((*glob).to_owned()), kind: None });
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.collect() };
        registrations.push(Registration {
            id: "pyteam/files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        });
    }
    if features.register_configuration {
        registrations.push(Registration {
            id: "pyteam/settings".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(serde_json::json!({ "section": SECTION })),
        });
    }
    registrations
}

impl Watcher {
    /// A watcher of nothing yet, which sends to `events`.
    pub(crate) fn new(events: Sender<Event>, extension: Arc<dyn Extension>) -> Self {
        Self { events, extension, own: None, watched: BTreeSet::new(), touched: BTreeSet::new() }
    }

    /// Watches `folders`, each by itself and not what is below it: a virtual environment's ten thousand folders need no
    /// watching.
    pub(super) fn watch(&mut self, folders: impl IntoIterator<Item = PathBuf>) {
        if self.own.is_none() {
            match self.start() {
                Ok(watcher) => self.own = Some(watcher),
                Err(error) => {
                    warn!("files that change on disk go unnoticed: {error}");
                    return;
                }
            }
        }
        let Some(watcher) = &mut self.own else { return };
        for folder in folders {
            if self.watched.contains(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder);
                }
                Err(error) => debug!("{} cannot be watched: {error}", folder.display()),
            }
        }
    }

    fn start(&self) -> notify::Result<RecommendedWatcher> {
        let (events, extension) = (self.events.clone(), Arc::clone(&self.extension));
        notify::recommended_watcher(move |change: notify::Result<notify::Event>| {
            let event = match change {
                Ok(change) if change.need_rescan() => Event::WatchLost,
                Ok(change) => match relevant(change, &*extension) {
                    paths if paths.is_empty() => return,
                    paths => Event::PathsTouched(paths),
                },
                Err(error) => {
                    debug!("the file watcher failed: {error}");
                    return;
                }
            };
            let _ = events.send(event);
        })
    }

    /// Notes paths that changed, to be looked at together.
    pub(super) fn touched(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.touched.extend(paths);
    }

    /// Whether some path is noted.
    pub(super) fn has_touched(&self) -> bool {
        !self.touched.is_empty()
    }

    /// What the noted paths mean.
    pub(super) fn take_changes(&mut self) -> DiskChanges {
        let mut changes = DiskChanges::default();
        for path in std::mem::take(&mut self.touched) {
            let is_settings = SettingsResolver::is_settings_file(&path);
            changes.is_settings |= is_settings;
            changes.is_extension |= is_settings || self.extension.is_own_file(&path);
            changes.is_rules |= is_user_rule(&path);
            if project::is_read(&path) {
                changes.manifests.push(path.clone());
            }
            if path.is_dir() && discover::is_source_folder(&path) {
                changes.folders.push(path.clone());
            }
            if path.extension().is_none() && !path.exists() {
                changes.gone.push(path.clone());
            }
            if discover::is_python(&path) {
                changes.python.push(path);
            }
        }
        changes
    }
}

/// The paths of a change that can matter. Reading a file is no change, and nor is what an editor or a compiler
/// writes beside it.
fn relevant(change: notify::Event, extension: &dyn Extension) -> BTreeSet<PathBuf> {
    if matches!(change.kind, EventKind::Access(_)) {
        return BTreeSet::new();
    }
    let matters = |path: &PathBuf| {
        discover::is_python(path)
            || SettingsResolver::is_settings_file(path)
            || project::is_read(path)
            || is_user_rule(path)
            || extension.is_own_file(path)
            || is_or_was_folder(path)
    };
    change.paths.into_iter().filter(matters).collect()
}

fn is_or_was_folder(path: &Path) -> bool {
    path.extension().is_none() && discover::is_source_folder(path) && !path.is_file()
}
