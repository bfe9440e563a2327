//! A question with all that it takes to answer it: names of places, what is asked about, and what is worked out once.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::MAIN_SEPARATOR;
use std::sync::Arc;

use pyteam_channels::topology::Topology;
use pyteam_engine::Finding;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::{File, FileId, Snapshot, relative_to};
use pyteam_syntax::{TextRange, TextSize};

use crate::project_files::Surroundings;
use crate::question::{Question, Subject};
use crate::symbol::Symbol;

/// A question, and what was worked out about it.
pub(crate) struct View<'q> {
    pub(crate) question: &'q Question<'q>,
    pub(crate) snapshot: &'q Snapshot,
    pub(crate) inference: Inference<'q>,
    topology: OnceCell<Topology>,
    project_files: OnceCell<Surroundings>,
    symbol: OnceCell<Option<Symbol>>,
    folders: OnceCell<BTreeSet<String>>,
}

impl<'q> View<'q> {
    pub(crate) fn new(question: &'q Question<'q>) -> Self {
        Self {
            question,
            snapshot: question.snapshot,
            inference: Inference::new(question.snapshot),
            topology: OnceCell::new(),
            project_files: OnceCell::new(),
            symbol: OnceCell::new(),
            folders: OnceCell::new(),
        }
    }

    /// All channels and processes of the workspace.
    pub(crate) fn topology(&self) -> &Topology {
        self.topology.get_or_init(|| {
            let mut topology = Topology::of(self.snapshot);
            // Numbers of files say in which order they were read; paths say the same every time.
            topology.channels.sort_by_key(|channel| self.sort_key(channel.origin));
            topology.processes.sort_by_key(|process| self.sort_key(process.origin));
            for channel in &mut topology.channels {
                channel.producers.sort_by_key(|one| self.sort_key(one.call));
                channel.consumers.sort_by_key(|one| self.sort_key(one.call));
            }
            for process in &mut topology.processes {
                process.starts.sort_by_key(|one| self.sort_key(one.call));
                process.joins.sort_by_key(|one| self.sort_key(one.call));
                process.stops.sort_by_key(|one| self.sort_key(one.call));
            }
            topology
        })
    }

    /// The files of the workspace that are no Python.
    pub(crate) fn project_files(&self) -> &Surroundings {
        self.project_files.get_or_init(|| Surroundings::read(self.question.root))
    }

    /// The folders inside the root that hold Python files, and those above them, relative to it.
    pub(crate) fn folders(&self) -> &BTreeSet<String> {
        self.folders.get_or_init(|| {
            let mut found = BTreeSet::new();
            let root = self.question.root;
            for file in self.snapshot.files().filter(|file| file.on_disk().starts_with(root)) {
                let path = self.short(&file.path);
                let mut folder = &*path;
                while let Some((above, _)) = folder.rsplit_once('/') {
                    if !found.insert(above.to_owned()) {
                        break;
                    }
                    folder = above;
                }
            }
            found
        })
    }

    /// The symbol that is asked about, where one is and where it is found.
    pub(crate) fn symbol(&self) -> Option<&Symbol> {
        let found = self.symbol.get_or_init(|| match &self.question.subject {
            Subject::Symbol(file, name) => Symbol::find(&self.inference, *file, name),
            _ => None,
        });
        found.as_ref()
    }

    /// The finding that is asked about.
    pub(crate) fn finding(&self) -> Option<&'q Finding> {
        let Subject::Finding(file, index) = &self.question.subject else { return None };
        self.findings_of(*file).get(*index)
    }

    /// All findings of a file.
    pub(crate) fn findings_of(&self, file: FileId) -> &'q [Finding] {
        let found = self.question.findings.iter().find(|(id, _)| *id == file);
        found.map_or(&[], |(_, findings)| findings)
    }

    /// What is asked about, for a title: `pipeline.py`, `Pipeline.run (pipeline.py:70)`; nothing for all of it.
    pub(crate) fn about(&self) -> Option<String> {
        match &self.question.subject {
            Subject::Workspace => None,
            Subject::File(file) => Some(self.path(*file)),
            Subject::Symbol(file, name) => Some(match self.symbol() {
                Some(symbol) => format!("{name} ({})", self.at(*file, symbol.range.start())),
                None => format!("{name} ({})", self.path(*file)),
            }),
            Subject::Finding(file, _) => Some(match self.finding() {
                Some(finding) => format!("{} ({})", finding.code, self.at(*file, finding.range.start())),
                None => self.path(*file),
            }),
        }
    }

    /// The same, where it stands in a sentence.
    pub(crate) fn about_or_workspace(&self) -> String {
        self.about().unwrap_or_else(|| "the workspace".to_owned())
    }

    /// A file's path, relative to the root where it is inside.
    pub(crate) fn path(&self, file: FileId) -> String {
        self.snapshot.file(file).map_or_else(String::new, |file| pyteam_display::visible_line(&self.short(&file.path)))
    }

    /// A path, relative to the root where it is inside, with `/` between its parts.
    pub(crate) fn short(&self, path: &str) -> String {
        relative_to(path, self.question.root).unwrap_or(path).replace(MAIN_SEPARATOR, "/")
    }

    /// The number of a line, from 1.
    pub(crate) fn line(&self, file: FileId, offset: TextSize) -> u32 {
        self.snapshot.file(file).map_or(1, |file| file.source().lines().line_of(offset) + 1)
    }

    /// `pipeline.py:38`
    pub(crate) fn at(&self, file: FileId, offset: TextSize) -> String {
        format!("{}:{}", self.path(file), self.line(file, offset))
    }

    /// `pipeline.py:38` of an expression.
    pub(crate) fn site(&self, site: Site) -> String {
        self.range_of(site).map_or_else(|| self.path(site.file), |range| self.at(site.file, range.start()))
    }

    /// Where an expression stands in its file.
    pub(crate) fn range_of(&self, site: Site) -> Option<TextRange> {
        let file = self.snapshot.file(site.file)?;
        Some(file.absolute(site.item, file.parsed.items.get(site.item as usize)?.item.expr_range(site.expr)))
    }

    /// The text of an expression.
    pub(crate) fn text_of(&self, site: Site) -> &str {
        let Some((file, item, _)) = self.inference.item(site.file, site.item) else { return "" };
        file.text_at(site.item, item.expr_range(site.expr))
    }

    /// What sorts places the same way every time: path, then offset.
    pub(crate) fn sort_key(&self, site: Site) -> (String, TextSize) {
        (self.path(site.file), self.range_of(site).map(TextRange::start).unwrap_or_default())
    }

    /// `run_detector`, `Pipeline.run`
    pub(crate) fn function_name(&self, function: FunctionRef) -> String {
        let name = self.inference.function(function).map_or("", |definition| definition.name.as_str());
        match self.inference.class_of(function) {
            // A class inside of a function or a `try` may have no name here.
            Some(class) if !self.class_name(class).is_empty() => format!("{}.{name}", self.class_name(class)),
            _ => name.to_owned(),
        }
    }

    /// The name of a class.
    pub(crate) fn class_name(&self, class: ClassRef) -> &'static str {
        self.inference.class(class).map_or("", |definition| definition.name.as_str())
    }

    /// `detector.py:77`
    pub(crate) fn function_at(&self, function: FunctionRef) -> String {
        let range = self.inference.function(function).map(|definition| definition.name_range);
        self.in_item(function.file, function.item, range)
    }

    /// `detector.py:24`
    pub(crate) fn class_at(&self, class: ClassRef) -> String {
        let range = self.inference.class(class).map(|definition| definition.name_range);
        self.in_item(class.file, class.item, range)
    }

    fn in_item(&self, file: FileId, item: u32, range: Option<TextRange>) -> String {
        match (self.snapshot.file(file), range) {
            (Some(found), Some(range)) => self.at(file, found.absolute(item, range).start()),
            _ => self.path(file),
        }
    }

    /// The function around an expression: `Pipeline.run`, or `the module`.
    pub(crate) fn around(&self, site: Site) -> String {
        let function = self.inference.enclosing_function(site);
        function.map_or_else(|| "the module".to_owned(), |function| self.function_name(function))
    }

    /// All files inside the root that are asked about, in the order of their paths.
    pub(crate) fn files(&self) -> Vec<&'q Arc<File>> {
        match self.question.subject.file() {
            Some(file) => self.snapshot.file(file).into_iter().collect(),
            None => self.all_files(),
        }
    }

    /// All files inside the root, in the order of their paths.
    pub(crate) fn all_files(&self) -> Vec<&'q Arc<File>> {
        let root = self.question.root;
        let mut files: Vec<_> = self.snapshot.files().filter(|file| file.on_disk().starts_with(root)).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// How far one file is from another: folders that they do not share, then the path.
    pub(crate) fn distance(&self, from: FileId, to: FileId) -> (usize, String) {
        let (from, to) = (self.path(from), self.path(to));
        let shared = from.split('/').zip(to.split('/')).take_while(|(one, other)| one == other).count();
        (from.split('/').count() + to.split('/').count() - 2 * shared, to)
    }

    /// Whether a file is a test, judged by the part of its path below the root.
    pub(crate) fn is_test(&self, file: &File) -> bool {
        let inside = relative_to(&file.path, self.question.root);
        pyteam_index::snapshot::is_test_path(inside.unwrap_or(&file.path))
    }

    /// Whether something at `range` of `file` is asked about.
    pub(crate) fn is_asked(&self, file: FileId, range: TextRange) -> bool {
        match &self.question.subject {
            Subject::Workspace => {
                self.snapshot.file(file).is_some_and(|file| file.on_disk().starts_with(self.question.root))
            }
            Subject::File(asked) => *asked == file,
            Subject::Symbol(asked, _) => {
                *asked == file && self.symbol().is_some_and(|symbol| symbol.range.contains_range(range))
            }
            Subject::Finding(asked, _) => {
                *asked == file && self.finding().is_some_and(|finding| finding.range.intersect(range).is_some())
            }
        }
    }

    /// Whether an expression is asked about.
    pub(crate) fn is_asked_site(&self, site: Site) -> bool {
        self.range_of(site).is_some_and(|range| self.is_asked(site.file, range))
    }
}
