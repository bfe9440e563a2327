//! What a check is about, read from disk and not yet understood: files, manifests, settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use pyteam_display::{Shown, shown};
use pyteam_engine::settings::SettingsProblem;
use pyteam_engine::{Engine, Settings, SettingsResolver};
use pyteam_index::key_of;
use pyteam_index::project::{self, Requirements};
use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::clock::Clock;
use super::console;
use super::place::Paths;
use crate::around::{self, Cut};
use crate::cache::Key;
use crate::discover::{self, Discovered};
use crate::load::{self, Source, limits};

/// A text that stands for a file: standard input.
pub(super) struct Overlay {
    /// The file, absolute.
    pub(super) path: PathBuf,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// What a project consists of, read and not yet understood.
pub(super) struct Gathered {
    pub(super) settings: SettingsResolver,
    pub(super) pool: ThreadPool,
    pub(super) sources: Vec<Source>,
    pub(super) targets: BTreeSet<PathBuf>,
    pub(super) requirements: Vec<Requirements>,
    /// What was named: folders and files.
    pub(super) roots: Vec<String>,
    /// Files that were named and are no Python.
    pub(super) foreign: Vec<PathBuf>,
    /// Problems with paths.
    pub(super) problems: Vec<(PathBuf, String)>,
    /// Folders around the named files that were not looked through as a whole.
    pub(super) cuts: Vec<Cut>,
}

impl Gathered {
    /// Reads everything under `paths` and the projects around them: what a file means depends on files that were not
    /// named.
    pub(super) fn read(
        settings: SettingsResolver,
        paths: &[PathBuf],
        overlay: Option<Overlay>,
    ) -> anyhow::Result<Self> {
        let pool = load::pool(0, "pyteam").context("cannot start threads")?;
        let overlaid = overlay.iter().map(|overlay| &overlay.path);
        let roots = paths.iter().chain(overlaid).map(|path| key_of(path).into_owned()).collect();
        let mut clock = Clock::start();
        let excluded = |path: &Path| settings.for_path(path).is_excluded(path);
        let mut named = discover::discover(paths, &excluded);
        discover::drop_other_names(paths, &mut named.files);
        let mut targets: BTreeSet<PathBuf> = named.files.iter().cloned().collect();
        let (around, cuts) = discover_around(paths, overlay.as_ref(), &excluded);
        let mut files: BTreeSet<PathBuf> = targets.iter().cloned().chain(around.files).collect();
        if let Some(overlay) = &overlay {
            files.remove(&overlay.path);
            targets.insert(overlay.path.clone());
        }
        let files: Vec<PathBuf> = files.into_iter().collect();
        clock.lap("files found");
        let read = |path: &PathBuf| Source::read(path, limits(&settings, path));
        let mut sources: Vec<Source> = pool.install(|| files.par_iter().map(read).collect());
        if let Some(Overlay { path, bytes }) = overlay {
            let limits = limits(&settings, &path);
            sources.push(Source::new(&path, bytes, limits));
        }
        let mut manifests = named.manifests;
        manifests.extend(around.manifests);
        manifests.sort_unstable();
        manifests.dedup();
        let requirements = pool.install(|| project::read(&manifests));
        clock.lap("files read");
        let Discovered { foreign, mut problems, .. } = named;
        let unread = sources.iter().filter_map(Source::unreadable);
        problems.extend(unread.filter(|(path, _)| targets.contains(path)));
        Ok(Self { settings, pool, sources, targets, requirements, roots, foreign, problems, cuts })
    }

    /// What is wrong in the settings that hold for the files.
    pub(super) fn settings_problems(&self) -> Vec<SettingsProblem> {
        self.settings.problems()
    }

    /// Says which paths cannot be read. One of `roots`, that was asked for, is a failure; one inside is a gap.
    pub(super) fn say_unread(&self, roots: &[PathBuf], paths: &Paths) {
        for (path, reason) in &self.problems {
            let is_missing = reason == load::NOT_FOUND;
            let path_shown = paths.shown(path);
            let message =
                if is_missing { shown!("{}: {}", reason, path_shown) } else { shown!("{}: {}", path_shown, reason) };
            if roots.contains(path) {
                console::error(message);
            } else if is_missing {
                console::warning(message);
            } else {
                console::warning(shown!("{}; make it readable, or add it to `exclude`", message));
            }
        }
    }

    /// Says where there is no Python: in folders, and in files that were named. The user may have meant others.
    pub(super) fn say_empty(&self, roots: &[PathBuf], paths: &Paths) {
        for path in &self.foreign {
            console::warning(shown!("{}: not a Python file; skipped", paths.shown(path)));
        }
        let told = |root: &Path| self.problems.iter().any(|(path, _)| path == root);
        // Its files may have been found under another name of the folder.
        let by_its_own_name = |root: &Path| {
            let file_in = |root: &Path, file: &Path| file.canonicalize().is_ok_and(|file| file.starts_with(root));
            root.canonicalize().is_ok_and(|root| self.targets.iter().any(|file| file_in(&root, file)))
        };
        for root in roots.iter().filter(|root| root.is_dir() && !told(root)) {
            if !self.targets.iter().any(|file| file.starts_with(root)) && !by_its_own_name(root) {
                console::warning(shown!("no Python files found under {}", paths.shown(root)));
            }
        }
    }

    /// Adds to `key` all that a check of these files rests on.
    pub(super) fn identify(&self, engine: &Engine, key: &mut Key) {
        self.pool
            .install(|| self.sources.par_iter().map(Source::hash).collect::<Vec<_>>())
            .iter()
            .for_each(|hash| key.add(hash));
        let mut seen: BTreeSet<*const Settings> = BTreeSet::new();
        for target in &self.targets {
            key.add(target.as_os_str().as_encoded_bytes());
            let settings = self.settings.for_path(target);
            // Which settings hold for a file is told by the file's place and by the settings' own root.
            if seen.insert(Arc::as_ptr(&settings)) {
                key.add(format!("{settings:?}"));
            }
        }
        key.add(format!("{:?}", self.requirements));
        key.add(format!("{:?}", self.roots));
        engine.pages().for_each(|page| key.add(format!("{page:?}")));
    }
}

/// Says what is wrong in settings and rules, with what is left out because of it: for commands that go on. `pyteam check`
/// stops instead.
pub(super) fn say_mistakes(mistakes: &[SettingsProblem], paths: &Paths) {
    for mistake in mistakes {
        let message = mistake.clone().with_consequence().to_string();
        console::warning(Shown::text(paths.short(&message)));
    }
}

/// What is around `paths`: the projects that they are parts of, and of files without one the folders that they are in.
fn discover_around(
    paths: &[PathBuf],
    overlay: Option<&Overlay>,
    excluded: &(dyn Fn(&Path) -> bool + Sync),
) -> (Discovered, Vec<Cut>) {
    let mut projects = BTreeSet::new();
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in paths.iter().chain(overlay.map(|overlay| &overlay.path)) {
        match discover::project_root(path) {
            Some(root) => drop(projects.insert(root)),
            None if path.is_dir() => {}
            None => {
                if let Some(folder) = around::folder_of(path) {
                    folders.entry(folder).or_default().push(path.clone());
                }
            }
        }
    }
    let is_named = |folder: &Path| paths.iter().any(|path| folder.starts_with(path));
    projects.retain(|root| !is_named(root));
    let mut found = discover::discover(&projects.into_iter().collect::<Vec<_>>(), excluded);
    let mut cuts = Vec::new();
    for (folder, files) in folders.iter().filter(|(folder, _)| !is_named(folder)) {
        let around = around::look_around(folder, files, excluded);
        found.files.extend(around.found.files);
        found.manifests.extend(around.found.manifests);
        cuts.extend(around.cut);
    }
    (found, cuts)
}
