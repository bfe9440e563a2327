//! A workspace for the tests: all Python files of a folder, with their findings.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::team::Owners;
use pyteam_agents::{Agent, Answer, Brief, Origin, Rights, Team};
use pyteam_answers::{Handoff, Question, Subject};
use pyteam_engine::{CancelToken, Engine, Finding, SettingsResolver};
use pyteam_index::{FileFacts, FileId, Snapshot, Workspace, project};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Parsed, SourceText, Unanalyzed};

/// A loaded folder.
pub(crate) struct Loaded {
    pub(crate) root: PathBuf,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) engine: Engine,
    pub(crate) settings: SettingsResolver,
    pub(crate) findings: Vec<(FileId, Arc<[Finding]>)>,
}

impl Loaded {
    /// Loads `root` and checks all its files.
    pub(crate) fn new(root: &Path) -> Self {
        let mut loaded = Self::unchecked(root);
        let mut files: Vec<_> = loaded.snapshot.files().cloned().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in files {
            let settings = loaded.settings.for_path(file.on_disk());
            let found =
                loaded.engine.check_file(&loaded.snapshot, &file, &settings, None, &CancelToken::default()).unwrap();
            loaded.findings.push((file.id, Arc::from(found)));
        }
        loaded
    }

    /// Loads `root`, without findings.
    pub(crate) fn unchecked(root: &Path) -> Self {
        let (mut python, mut manifests) = (Vec::new(), Vec::new());
        walk(root, &mut python, &mut manifests);
        let mut workspace = Workspace::new();
        let files = python.iter().map(|path| {
            let parsed = match SourceText::from_bytes(fs::read(path).unwrap()) {
                Ok(source) => parse(source, &ParseLimits::default()),
                Err(error) => Parsed::not_analyzed(SourceText::new(""), Unanalyzed::NotText(error)),
            };
            let facts = FileFacts::of(&parsed);
            (path.to_str().unwrap().to_owned(), Arc::new(parsed), Arc::new(facts))
        });
        workspace.set_files(files.collect());
        workspace.set_requirements(project::read(&manifests));
        workspace.set_complete(true);
        let engine = Engine::new(pyteam_rules::all());
        let settings = SettingsResolver::new(engine.names().clone());
        Self { root: root.to_owned(), snapshot: workspace.snapshot(), engine, settings, findings: Vec::new() }
    }

    pub(crate) fn file(&self, path: &str) -> FileId {
        self.snapshot.file_at(self.root.join(path).to_str().unwrap()).unwrap_or_else(|| panic!("{path}")).id
    }

    pub(crate) fn with<T>(
        &self,
        agent: &Agent,
        goal: &str,
        subject: Subject,
        handoff: Handoff,
        ask: impl Fn(&Question<'_>) -> T,
    ) -> T {
        ask(&Question {
            snapshot: &self.snapshot,
            root: &self.root,
            findings: &self.findings,
            engine: &self.engine,
            settings: &self.settings,
            agent,
            goal,
            is_in_words: false,
            subject,
            handoff,
        })
    }

    pub(crate) fn answer(&self, agent: &str, subject: Subject) -> Answer {
        self.with(&agent_named(agent), "Look at this", subject, Handoff::default(), pyteam_answers::answer)
    }

    pub(crate) fn brief(&self, agent: &str, subject: Subject) -> Brief {
        self.with(&agent_named(agent), "Look at this", subject, Handoff::default(), pyteam_answers::brief)
    }
}

/// An agent as the built-in team has it, as far as answers care.
pub(crate) fn agent_named(name: &str) -> Agent {
    let edit = matches!(
        name,
        "python-async-specialist" | "python-ml-specialist" | "python-quality-enforcer" | "python-test-writer"
    );
    let rights = Rights { read: true, edit, execute: false };
    let profile = Team::of_pyteam(&Owners::new()).get(name).and_then(|agent| agent.profile.clone());
    Agent { rights, profile, ..Agent::named(name, Origin::BuiltIn) }
}

/// The names of the built-in team.
pub(crate) fn team() -> Vec<&'static str> {
    pyteam_agents::team::built_in::files().map(|(name, _)| name).collect()
}

fn walk(folder: &Path, python: &mut Vec<PathBuf>, manifests: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let name = entry.file_name();
        if kind.is_dir() && !name.to_string_lossy().starts_with('.') && name != "__pycache__" {
            walk(&path, python, manifests);
        } else if kind.is_file() {
            if path.extension().is_some_and(|end| end == "py") {
                python.push(path);
            } else if project::is_manifest(&path) {
                manifests.push(path);
            }
        }
    }
}

/// A folder with these files.
pub(crate) fn folder_of(files: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (path, text) in files {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }
    let loaded = Loaded::new(&root);
    (folder, loaded)
}
