//! The workspace that a question is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::routing::Clues;
use pyteam_agents::{Agent, Change};
use pyteam_answers::{Handoff, Question, Subject};
use pyteam_display::path_line;
use pyteam_engine::settings::SettingsProblem;
use pyteam_engine::{Finding, SettingsResolver};
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, key_of};
use pyteam_syntax::position::{self, PositionEncoding};
use pyteam_syntax::{TextRange, TextSize};

use super::super::gathered::Gathered;
use super::super::place::{LineColumn, Paths};
use super::super::project::Project;
use super::super::rulebook;
use crate::agent_request::{self, Checkup, Named};
use crate::discover;

/// The workspace, read and checked.
pub(super) struct Loaded {
    pub(super) project: Project,
    pub(super) findings: Vec<(FileId, Arc<[Finding]>)>,
    /// What is wrong with its settings and its own rules.
    pub(super) mistakes: Vec<SettingsProblem>,
}

impl Loaded {
    /// Reads the workspace, and says what of it cannot be read.
    pub(super) fn read(root: &Path, paths: &Paths) -> anyhow::Result<Option<Self>> {
        let roots = [root.to_owned()];
        let (engine, mut mistakes) = rulebook::engine(&roots);
        let settings = SettingsResolver::new(engine.names().clone()).with_roots(roots.to_vec());
        let gathered = Gathered::read(settings, &roots, None)?;
        gathered.say_unread(&roots, paths);
        if gathered.problems.iter().any(|(path, _)| path == root) {
            return Ok(None);
        }
        mistakes.extend(gathered.settings_problems());
        let mut loaded = Self { project: Project::load(engine, gathered, false), findings: Vec::new(), mistakes };
        loaded.check();
        Ok(Some(loaded))
    }

    fn check(&mut self) {
        let mut by_file: Vec<(FileId, Vec<Finding>)> = Vec::new();
        // A proposed change is checked once more.
        for finding in self.project.check(true).findings {
            match by_file.last_mut() {
                Some((file, found)) if *file == finding.file => found.push(finding),
                _ => by_file.push((finding.file, vec![finding])),
            }
        }
        self.findings = by_file.into_iter().map(|(file, found)| (file, found.into())).collect();
    }

    /// What was found, to be compared.
    pub(super) fn checkup(&self, root: &Path) -> Checkup {
        Checkup::of(self.project.snapshot(), root, self.findings.iter().flat_map(|(_, found)| found.iter()))
    }

    /// Takes a change in as if it had been made, and checks it.
    pub(super) fn propose(&mut self, root: &Path, change: &Change) {
        let python = change.files.iter().filter(|file| discover::is_python(&file.path));
        self.project.propose(&python.map(|file| (root.join(&file.path), file.after.clone())).collect::<Vec<_>>());
        self.check();
    }

    pub(super) fn subject(&self, path: &Path, target: &Named) -> Result<Subject, String> {
        let symbol = target.symbol.as_deref();
        if path.is_dir() {
            return match symbol {
                None => Ok(Subject::Workspace),
                Some(name) => Err(format!("{} is a directory: give the file that defines `{name}`", path_line(path))),
            };
        }
        let file = self.project.snapshot().file_at(&key_of(path));
        let file = file.ok_or_else(|| format!("{} is not a Python file of this workspace", path_line(path)))?;
        if let Some(line) = target.line {
            return self.subject_at_line(file, line);
        }
        let Some(name) = symbol else { return Ok(Subject::File(file.id)) };
        if !agent_request::symbols_of(file).iter().any(|one| one == name) {
            return Err(format!(
                "`{name}` not found in {}: use a class, a function or `Class.method`",
                path_line(path)
            ));
        }
        Ok(Subject::Symbol(file.id, name.to_owned()))
    }

    /// The finding of that line, else the function or class around it.
    pub(super) fn subject_at_line(&self, file: &File, line: u32) -> Result<Subject, String> {
        let row = |finding: &Finding| LineColumn::of(file.source(), finding.range.start()).row;
        let found = self.findings.iter().find(|(id, _)| *id == file.id).map(|(_, found)| found);
        if let Some(at) = found.and_then(|found| found.iter().position(|finding| row(finding) == line)) {
            return Ok(Subject::Finding(file.id, at));
        }
        let start = position::Position { line: line.saturating_sub(1), character: 0 };
        let at = position::to_offset(file.source(), start, PositionEncoding::Utf8);
        let text = file.source().as_str()[usize::from(at)..].lines().next().unwrap_or_default();
        let indent = text.len() - text.trim_start().len();
        let at = at + TextSize::try_from(indent).unwrap_or_default();
        if line == 0 || file.source().as_str().lines().count() < line as usize {
            return Err(format!("{} has no line {line}", file.path));
        }
        Ok(agent_request::subject_at(file, TextRange::empty(at)))
    }

    /// What speaks for one agent or another.
    pub(super) fn clues(&self, root: &Path, subject: &Subject, goal: &str) -> Clues {
        agent_request::clues_about(self.project.snapshot(), root, subject, &self.findings, goal)
    }

    /// The rules of what is found in these files, one for each finding.
    pub(super) fn rules_found_in(&self, paths: &[PathBuf]) -> Vec<String> {
        let is_meant = |id: FileId| {
            let file = self.project.snapshot().file(id);
            file.is_some_and(|file| paths.iter().any(|path| **path == *file.on_disk()))
        };
        let found = self.findings.iter().filter(|(id, _)| is_meant(*id));
        found.flat_map(|(_, found)| found.iter().map(|finding| finding.code.to_string())).collect()
    }

    /// The finding that is pointed at.
    pub(super) fn finding(&self, subject: &Subject) -> Option<&Finding> {
        agent_request::finding_of(&self.findings, subject)
    }

    pub(super) fn question<'q>(
        &'q self,
        root: &'q Path,
        agent: &'q Agent,
        goal: &'q str,
        subject: Subject,
    ) -> Question<'q> {
        Question {
            snapshot: self.project.snapshot(),
            root,
            findings: &self.findings,
            engine: self.project.engine(),
            settings: self.project.settings(),
            agent,
            goal,
            is_in_words: false,
            subject,
            handoff: Handoff::default(),
        }
    }
}
