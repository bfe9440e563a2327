//! Files that change on disk: the client tells of them where it can, else a watcher of our own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use pyteam_agents::team::is_agent_file;
use pyteam_engine::SettingsResolver;
use pyteam_engine::declarative::is_user_rule;
use pyteam_index::{key_of, project};
use tower_lsp::ls_types::{
    DidChangeWatchedFilesRegistrationOptions, FileEvent, FileSystemWatcher, GlobPattern, Registration, Uri,
    WorkspaceFoldersChangeEvent,
};
use tracing::{debug, warn};

use super::convert;
use super::courier::Message;
use super::event::Event;
use super::owner::Owner;
use crate::discover;

/// Changes are taken together for this time: a checkout of another branch touches hundreds of files.
const TOGETHER: Duration = Duration::from_millis(50);

/// What a client is asked to watch.
const GLOBS: &[&str] = &[
    "**/*.{py,pyw}",
    "**/{pyteam,pyproject,pylock,pylock.*}.toml",
    "**/*{requirements,constraints}*.{txt,in}",
    "**/requirements/*.{txt,in}",
    "**/{uv,poetry,pdm}.lock",
    "**/{Pipfile,Pipfile.lock,setup.cfg,setup.py}",
    "**/*{environment,conda}*.{yml,yaml}",
    "**/.pyteam/rules/*.md",
    "**/.{claude,github,gemini}/agents/**/*.md",
    "**/.opencode/{agent,agents}/*.md",
];

/// The state of watching.
#[derive(Default)]
pub(crate) struct Watching {
    own: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// Changed on disk, and not looked at yet.
    touched: BTreeSet<PathBuf>,
}

impl Owner {
    /// Registers for what the client does on request only.
    pub(super) fn register(&mut self) {
        let mut registrations = Vec::new();
        if self.features.watches_files {
            let watchers = GLOBS
                .iter()
                .map(|glob| FileSystemWatcher { glob_pattern: GlobPattern::String((*glob).to_owned()), kind: None });
            let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.collect() };
            registrations.push(Registration {
                id: "pyteam/files".to_owned(),
                method: "workspace/didChangeWatchedFiles".to_owned(),
                register_options: serde_json::to_value(options).ok(),
            });
        }
        if self.features.register_configuration {
            registrations.push(Registration {
                id: "pyteam/settings".to_owned(),
                method: "workspace/didChangeConfiguration".to_owned(),
                register_options: Some(serde_json::json!({ "section": "pyteam" })),
            });
        }
        if !registrations.is_empty() {
            self.client.say(Message::Register(registrations));
        }
    }

    /// Watches `folders` where the client does not watch for us. Each by itself and not what is below it: a
    /// virtual environment's ten thousand folders need no watching.
    pub(super) fn watch_folders(&mut self, folders: BTreeSet<PathBuf>) {
        if self.features.watches_files {
            return;
        }
        if self.watching.own.is_none() {
            let events = self.tell.clone();
            let watcher = notify::recommended_watcher(move |change: notify::Result<notify::Event>| {
                let news = match change {
                    Ok(change) if change.need_rescan() => Event::WatchLost,
                    Ok(change) => match relevant(change) {
                        paths if paths.is_empty() => return,
                        paths => Event::PathsTouched(paths),
                    },
                    Err(error) => {
                        debug!("the file watcher said: {error}");
                        return;
                    }
                };
                let _ = events.send(news);
            });
            match watcher {
                Ok(watcher) => self.watching.own = Some(watcher),
                Err(error) => {
                    warn!("files that change on disk go unnoticed: {error}");
                    return;
                }
            }
        }
        let Some(watcher) = &mut self.watching.own else { return };
        for folder in folders {
            if self.watching.watched.contains(&folder) {
                continue;
            }
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watching.watched.insert(folder);
                }
                Err(error) => debug!("{} cannot be watched: {error}", folder.display()),
            }
        }
    }

    /// `workspace/didChangeWatchedFiles`.
    pub(super) fn files_changed(&mut self, changes: &[FileEvent]) {
        self.paths_touched(changes.iter().filter_map(|change| convert::file_path(&change.uri)).collect());
    }

    /// Notes paths, to be looked at together.
    pub(super) fn paths_touched(&mut self, paths: BTreeSet<PathBuf>) {
        if !paths.is_empty() {
            self.watching.touched.extend(paths);
            self.alarms.disk.set(Instant::now() + TOGETHER);
        }
    }

    /// `textDocument/didSave`. Clients that do not watch files tell at least of what they wrote themselves.
    pub(super) fn saved(&mut self, uri: &Uri) {
        self.paths_touched(convert::file_path(uri).into_iter().filter(|path| !discover::is_python(path)).collect());
    }

    /// Looks at what changed on disk.
    pub(super) fn follow_disk(&mut self) {
        let touched = std::mem::take(&mut self.watching.touched);
        let any = |is: fn(&Path) -> bool| touched.iter().any(|path| is(path));
        if any(|path| is_agent_file(path) || SettingsResolver::is_settings_file(path)) {
            self.configuration.reload_team();
            self.is_outdated = true;
        }
        if any(is_user_rule) {
            self.configuration.reload_rules();
            self.everything_changed();
        }
        if any(SettingsResolver::is_settings_file) {
            self.configuration.settings.clear();
            self.everything_changed();
        }
        let manifests: Vec<PathBuf> = touched.iter().filter(|path| project::is_manifest(path)).cloned().collect();
        if !manifests.is_empty() {
            self.reload_manifests(&manifests);
        }
        for folder in touched.iter().filter(|path| path.is_dir() && discover::is_source_folder(path)) {
            self.watch_folders(BTreeSet::from([folder.clone()]));
            self.take_folder(folder.clone());
        }
        let is_open = |path: &PathBuf| self.documents.contains_key(&*key_of(path));
        let mut python: Vec<PathBuf> = touched.iter().filter(|path| discover::is_python(path)).cloned().collect();
        // A folder that is gone takes its files with it, and no event says so of each.
        let gone = touched.iter().filter(|path| path.extension().is_none() && !path.exists());
        for folder in gone {
            python.extend(self.index.known.iter().filter(|file| file.starts_with(folder)).cloned());
        }
        python.retain(|path| !is_open(path));
        if !python.is_empty() {
            self.reload(python);
        }
    }

    /// `workspace/didChangeWorkspaceFolders`.
    pub(super) fn folders_changed(&mut self, change: &WorkspaceFoldersChangeEvent) {
        let removed: Vec<PathBuf> =
            change.removed.iter().filter_map(|folder| convert::file_path(&folder.uri)).collect();
        let added = change.added.iter().filter_map(|folder| convert::file_path(&folder.uri));
        let folders = &mut self.given.folders;
        folders.retain(|folder| !removed.contains(folder));
        for folder in added {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        self.follow_folders();
    }
}

/// The paths of a change that can matter. Reading a file is no change, and nor is what an editor or a compiler
/// writes beside it.
fn relevant(change: notify::Event) -> BTreeSet<PathBuf> {
    if matches!(change.kind, EventKind::Access(_)) {
        return BTreeSet::new();
    }
    let matters = |path: &PathBuf| {
        discover::is_python(path)
            || SettingsResolver::is_settings_file(path)
            || project::is_manifest(path)
            || is_user_rule(path)
            || is_agent_file(path)
            // A folder, or what was one.
            || (path.extension().is_none() && discover::is_source_folder(path) && !path.is_file())
    };
    change.paths.into_iter().filter(matters).collect()
}
