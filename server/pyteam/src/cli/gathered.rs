//! What a check is about, read from disk and not yet understood: files, manifests, settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use pyteam_engine::settings::SettingsProblem;
use pyteam_engine::{Engine, Settings, SettingsResolver};
use pyteam_index::project::{self, Requirements};
use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::clock::Clock;
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
        let Discovered { foreign, problems, .. } = named;
        Ok(Self { settings, pool, sources, targets, requirements, foreign, problems, cuts })
    }

    /// What is wrong in the settings that hold for the files.
    pub(super) fn settings_problems(&self) -> Vec<SettingsProblem> {
        self.settings.problems()
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
        engine.pages().for_each(|page| key.add(format!("{page:?}")));
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
