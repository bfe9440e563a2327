//! All that a check needs, loaded once: files, manifests, settings, rules.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use pyteam_engine::fixes::first_fix;
use pyteam_engine::{CancelToken, Engine, Finding, FindingCache, Fix, SettingsResolver};
use pyteam_index::snapshot::File;
use pyteam_index::{FileFacts, FileId, Snapshot, Workspace, key_of};
use pyteam_syntax::{Parsed, SourceText, document};
use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator};
use rustc_hash::FxHashMap;

use super::clock::Clock;
use super::gathered::Gathered;
use super::progress::Progress;
use crate::load::{self, Loaded, Source, limits};

/// The loaded project.
pub(super) struct Project {
    engine: Engine,
    settings: SettingsResolver,
    pool: ThreadPool,
    workspace: Workspace,
    snapshot: Arc<Snapshot>,
    /// Files to check, in the order of their paths. The others are there to be looked up.
    targets: Vec<Target>,
}

struct Target {
    file: FileId,
    /// Makes a check after a repair cost what the repair changed.
    cache: FindingCache,
}

/// Findings in the order of their files and places, and the files whose check failed.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    /// A bug of ours, each with the path of the file that brought it to light.
    pub(super) crashes: Vec<String>,
    /// Whether some repaired file could not be written.
    pub(super) unwritten: bool,
}

impl Project {
    /// Parses and links what was gathered.
    pub(super) fn load(engine: Engine, gathered: Gathered, quiet: bool) -> Self {
        let Gathered { settings, pool, sources, targets, requirements, roots, .. } = gathered;
        let mut clock = Clock::start();
        let progress = Progress::new(sources.len(), quiet);
        let load = |source: Source| {
            let loaded = source.load();
            progress.tick();
            loaded
        };
        let loaded = pool.install(|| sources.into_par_iter().map(load).collect());
        progress.finish();
        clock.lap("files understood");
        let mut workspace = Workspace::new();
        workspace.set_requirements(requirements);
        workspace.set_roots(roots);
        workspace.set_files(loaded);
        workspace.set_complete(true);
        clock.lap("files linked");
        let targets: Vec<Target> = targets
            .iter()
            .map(|path| Target { file: workspace.file_id(&key_of(path)), cache: FindingCache::default() })
            .collect();
        let snapshot = workspace.snapshot();
        Self { engine, settings, pool, workspace, snapshot, targets }
    }

    /// The rules.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }
    /// The settings.
    pub(super) fn settings(&self) -> &SettingsResolver {
        &self.settings
    }
    /// All files as they are now.
    pub(super) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }
    /// How many files are checked.
    pub(super) fn target_count(&self) -> usize {
        self.targets.len()
    }
    /// The one file that is checked, if it is only one.
    pub(super) fn only_target(&self) -> Option<&Arc<File>> {
        match &*self.targets {
            [target] => self.snapshot.file(target.file),
            _ => None,
        }
    }
    /// Whether `file` is among those to be checked.
    pub(super) fn is_target(&self, file: FileId) -> bool {
        self.targets.iter().any(|target| target.file == file)
    }
    /// Checks all targets on all processors. `again` says that it will be done once more, after repairs.
    pub(super) fn check(&mut self, again: bool) -> Checked {
        let Self { engine, settings, pool, snapshot, targets, .. } = self;
        let token = CancelToken::default();
        let mut clock = Clock::start();
        let results: Vec<Result<Vec<Finding>, String>> = pool.install(|| {
            targets
                .par_iter_mut()
                .filter_map(|Target { file, cache }| {
                    let file = snapshot.file(*file)?;
                    let settings = settings.for_path(file.on_disk());
                    let cache = again.then_some(cache);
                    let check = || engine.check_file(snapshot, file, &settings, cache, &token);
                    Some(match catch_unwind(AssertUnwindSafe(check)) {
                        Ok(Ok(findings)) => Ok(findings),
                        Ok(Err(_)) => Ok(Vec::new()),
                        Err(_) => Err(file.path.to_string()),
                    })
                })
                .collect()
        });
        clock.lap("files checked");
        let mut checked = Checked::default();
        for result in results {
            match result {
                Ok(findings) => checked.findings.extend(findings),
                Err(path) => checked.crashes.push(path),
            }
        }
        checked
    }

    /// Adds where files stop to parse.
    pub(super) fn add_syntax_errors(&self, checked: &mut Checked) {
        let broken = self.targets.iter().filter_map(|target| self.snapshot.file(target.file));
        let found = broken
            .filter(|file| file.parsed.has_error)
            .filter_map(|file| self.engine.syntax_error(file, &self.settings.for_path(file.on_disk())));
        let found: Vec<Finding> = found.collect();
        if found.is_empty() {
            return;
        }
        checked.findings.extend(found);
        let order: FxHashMap<FileId, usize> =
            self.targets.iter().enumerate().map(|(at, target)| (target.file, at)).collect();
        checked.findings.sort_by_key(|finding| (order.get(&finding.file).copied(), finding.range.start()));
    }

    /// The preferred repair of each finding that `wanted` accepts, computed on all processors.
    pub(super) fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>> {
        let fix_of = |finding: &Finding| {
            let file = self.snapshot.file(finding.file)?;
            let settings = self.settings.for_path(file.on_disk());
            first_fix(&self.engine, &self.snapshot, &settings, finding, wanted)
        };
        self.pool.install(|| findings.par_iter().map(fix_of).collect())
    }

    /// Syntax of new texts.
    pub(super) fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> {
        let parse = |(id, text): (FileId, String)| {
            let limits = limits(&self.settings, self.snapshot.file(id)?.on_disk());
            Some((id, Arc::new(document::parse(SourceText::new(text), &limits))))
        };
        self.pool.install(|| texts.into_par_iter().filter_map(parse).collect())
    }

    /// Takes new versions of files in.
    pub(super) fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>) {
        let load = |(id, parsed): (FileId, Arc<Parsed>)| {
            let facts = Arc::new(FileFacts::of(&parsed));
            Some((self.snapshot.file(id)?.path.to_string(), parsed, facts))
        };
        let loaded = self.pool.install(|| files.into_par_iter().filter_map(load).collect());
        self.take_in(loaded);
    }

    fn take_in(&mut self, files: Vec<Loaded>) {
        // While the old snapshot shares the workspace's parts, each change would copy them.
        self.snapshot = Arc::default();
        self.workspace.set_files(files);
        self.snapshot = self.workspace.snapshot();
    }

    /// Takes other texts of files in, as if they stood on disk; none for a file that is gone. New ones are checked, too.
    pub(super) fn propose(&mut self, texts: &[(PathBuf, Option<String>)]) {
        let source = |(path, text): &(PathBuf, Option<String>)| {
            let text = text.as_ref()?.clone();
            Some(Source::new(path, text.into_bytes(), limits(&self.settings, path)).load())
        };
        let loaded = self.pool.install(|| texts.par_iter().filter_map(source).collect());
        self.snapshot = Arc::default();
        for (path, text) in texts {
            let name = key_of(path);
            if text.is_none() {
                self.workspace.remove_file(&name);
                continue;
            }
            let file = self.workspace.file_id(&name);
            if !self.targets.iter().any(|target| target.file == file) && !self.settings.for_path(path).is_excluded(path)
            {
                self.targets.push(Target { file, cache: FindingCache::default() });
            }
        }
        self.take_in(loaded);
    }

    /// Takes `files` in as they are on disk.
    pub(super) fn reload(&mut self, files: &[FileId]) {
        let files = files.iter().filter_map(|id| self.snapshot.file(*id));
        let load = |file: &Arc<File>| load::load_file(&file.on_disk(), &limits(&self.settings, file.on_disk()));
        let loaded = self.pool.install(|| files.map(load).collect());
        self.take_in(loaded);
    }
}
