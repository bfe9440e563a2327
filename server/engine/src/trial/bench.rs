//! An example as a workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_index::{FileId, Snapshot, Workspace, project};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::edit::{self, Conflict};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, Name, SourceText, Stmt};

use crate::finding::Finding;
use crate::fix::Fix;
use crate::page::{Example, Page};
use crate::runner::{CancelToken, Engine};
use crate::settings::{Layer, ReadSettings, RuleNames, Settings};

/// The folder that examples seem to lie in.
const ROOT: &str = "/example";

/// An example's files, parsed and linked.
pub(super) struct Bench<'e> {
    page: &'e Page,
    example: &'e Example,
    texts: Vec<String>,
    /// By the example's files; `None` for those that are no Python.
    ids: Vec<Option<FileId>>,
    snapshot: Arc<Snapshot>,
    settings: Settings,
}

impl<'e> Bench<'e> {
    /// The example as the page has it.
    pub(super) fn of(page: &'e Page, example: &'e Example) -> Self {
        Self::made(page, example, example.files.iter().map(|file| file.text.clone()).collect())
    }

    /// The same example with other texts.
    pub(super) fn with_texts(&self, texts: Vec<String>) -> Self {
        Self::made(self.page, self.example, texts)
    }

    fn made(page: &'e Page, example: &'e Example, texts: Vec<String>) -> Self {
        let mut workspace = Workspace::new();
        let mut manifests = Vec::new();
        let mut settings = Settings::from_layers(ROOT, &[]);
        let mut ids = Vec::new();
        for (file, text) in example.files.iter().zip(&texts) {
            let path = path(&file.path);
            if let Some(layer) = settings_layer(&path, text) {
                settings = Settings::from_layers(ROOT, &[&layer]);
            }
            if project::is_read(&path) {
                manifests.push((path.clone(), text.clone()));
            }
            ids.push(file.is_python().then(|| {
                let parsed = parse(SourceText::new(text.as_str()), &ParseLimits::default());
                workspace.set_file(&path.to_string_lossy(), Arc::new(parsed))
            }));
        }
        // What is off by default is tried all the same.
        if !page.on_by_default && settings.select.is_empty() {
            settings.select = vec!["all".to_owned(), page.code.to_string()];
        }
        workspace.set_requirements(project::from_texts(&manifests));
        workspace.set_complete(true);
        let snapshot = workspace.snapshot();
        Self { page, example, texts, ids, snapshot, settings }
    }

    pub(super) fn example(&self) -> &'e Example {
        self.example
    }

    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// All findings of all files, in the order of files.
    pub(super) fn check(&self, engine: &Engine) -> Vec<Finding> {
        self.check_all(engine, &self.snapshot)
    }

    /// The same in another state of the files.
    pub(super) fn check_all(&self, engine: &Engine, snapshot: &Snapshot) -> Vec<Finding> {
        let files = self.ids.iter().flatten().filter_map(|id| snapshot.file(*id));
        let check = |file| engine.check_file(snapshot, file, &self.settings, None, &CancelToken::new());
        files.flat_map(|file| check(file).unwrap_or_default()).collect()
    }

    pub(super) fn fixes(&self, engine: &Engine, finding: &Finding) -> Vec<Fix> {
        engine.fixes(&self.snapshot, &self.settings, finding)
    }

    /// Which of the example's files it is.
    pub(super) fn index_of(&self, id: FileId) -> Option<usize> {
        self.ids.iter().position(|one| *one == Some(id))
    }

    /// The path of a file, as the example has it.
    pub(super) fn path_of(&self, id: FileId) -> &str {
        self.index_of(id).map_or("?", |at| self.example.files[at].path.as_str())
    }

    /// The line (from 0) of its file that a finding is on.
    pub(super) fn line_of(&self, finding: &Finding) -> u32 {
        let file = self.snapshot.file(finding.file);
        file.map_or(0, |file| file.source().lines().line_of(finding.range.start()))
    }

    /// The line of the page that a finding is on.
    pub(super) fn page_line(&self, finding: &Finding) -> u32 {
        let at = self.index_of(finding.file);
        at.map_or(self.example.line, |at| self.example.files[at].line + self.line_of(finding))
    }

    /// The first line (from 0) of a file that does not parse.
    pub(super) fn first_error(&self, at: usize) -> Option<u32> {
        let file = self.snapshot.file((*self.ids.get(at)?)?)?;
        if !file.parsed.has_error {
            return None;
        }
        let lines = file.source().lines();
        let broken = file.parsed.items.iter().find_map(|slot| {
            let item = &slot.item;
            let expr = item.expr_ids().find(|id| matches!(item.expr(*id), Expr::Error));
            let stmt = item.stmt_ids().find(|id| matches!(item.stmt(*id), Stmt::Error));
            let range = expr.map(|id| item.expr_range(id)).or_else(|| stmt.map(|id| item.stmt_range(id)));
            range.or(item.has_error().then(|| item.stmt_range(item.root()))).map(|range| range.start() + slot.start)
        });
        Some(broken.map_or(0, |offset| lines.line_of(offset)))
    }

    /// Whether any file does not parse.
    pub(super) fn has_error(&self) -> bool {
        (0..self.texts.len()).any(|at| self.first_error(at).is_some())
    }

    /// A keyword argument that some call passes twice: a syntax error that the parser does not see.
    pub(super) fn repeated_keyword(&self) -> Option<Name> {
        let slots = self.snapshot.files().flat_map(|file| &file.parsed.items);
        slots
            .flat_map(|slot| slot.item.expr_ids().map(|id| slot.item.expr(id)))
            .filter_map(|expr| match expr {
                Expr::Call { args, .. } => Some(args),
                _ => None,
            })
            .find_map(|args| {
                let names: Vec<Name> = args
                    .iter()
                    .filter_map(|arg| match arg.kind {
                        ArgKind::Keyword(name) => Some(name),
                        _ => None,
                    })
                    .collect();
                names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)).map(|(_, name)| *name)
            })
    }

    /// The texts after a fix.
    pub(super) fn apply(&self, fix: &Fix) -> Result<Vec<String>, Conflict> {
        let mut texts = self.texts.clone();
        for (id, edits) in &fix.edits {
            let at = self.index_of(*id).ok_or(Conflict::OutOfRange)?;
            texts[at] = edit::apply(&texts[at], edits)?;
        }
        Ok(texts)
    }

    /// The example with a fix applied.
    pub(super) fn after(&self, fix: &Fix) -> Result<Self, Conflict> {
        Ok(self.with_texts(self.apply(fix)?))
    }

    /// All comments, counted.
    pub(super) fn comments(&self) -> BTreeMap<String, usize> {
        let mut comments = BTreeMap::new();
        for file in self.snapshot.files() {
            for comment in &file.parsed.comments {
                *comments.entry(file.source().slice(*comment).trim().to_owned()).or_default() += 1;
            }
        }
        comments
    }
}

/// Where a file of an example seems to lie.
pub(super) fn path(relative: &str) -> PathBuf {
    Path::new(ROOT).join(relative)
}

/// The settings in a file of an example, if it is a settings file at its root.
fn settings_layer(path: &Path, text: &str) -> Option<Layer> {
    let name = path.strip_prefix(ROOT).ok()?.to_str()?;
    let read = match name {
        "pyteam.toml" => Layer::from_pyteam_toml(path, text, &RuleNames::default()),
        "pyproject.toml" => Layer::from_pyproject(path, text, &RuleNames::default()),
        _ => return None,
    };
    match read {
        ReadSettings::Layer(layer, _) => Some(*layer),
        ReadSettings::Nothing | ReadSettings::Malformed(_) => None,
    }
}
