//! Literate rule pages: one Markdown file is a rule's documentation, its metadata, its tests and, for a
//! declarative rule, its detection.
//!
//! One parser serves the pages we ship and those in a workspace's `.pyteam/rules`. A page has YAML front matter,
//! a title, the sections *What it does*, *Why*, *What to do* and *Examples*, and, for a declarative rule, a
//! ```` ```calls ```` or ```` ```query ```` block, and a ```` ```fix ```` block when it repairs. See `docs/writing-rules.md`.

pub mod calls;
mod error;
pub mod example;
mod front_matter;
mod markdown;
pub mod query;
mod yaml;

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::calls::{CallPattern, DeclaredFix};
pub use self::error::{PageError, PageErrors};
pub use self::example::{Example, ExampleFile, Expected, Snapshot};
pub use self::query::QueryPattern;

use self::front_matter::{FrontMatter, Runs};
use self::markdown::{Block, Outline};
use crate::finding::Severity;
use crate::fix::Applicability;

/// The family of the rules in a workspace's `.pyteam/rules`.
pub const PROJECT_FAMILY: &str = "project";

/// What kind of file a rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applies {
    /// Python files.
    #[default]
    Python,
    /// Agent files: Markdown with front matter below `.claude/agents` and its siblings.
    Agents,
}

/// What a rule's findings are about, for answers of agents that tell of them and do not own the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// How processes and threads end, and whether they do.
    Shutdown,
    /// What holds up an event loop or a worker.
    Blocking,
    /// Models and inference.
    Models,
    /// Credentials in the code.
    Credentials,
    /// What comes over the network.
    Network,
    /// What processes of one program share.
    BetweenProcesses,
    /// What lets others use up memory or time.
    DenialOfService,
    /// What a type checker would be told.
    Typing,
}

/// How a declarative rule finds its places.
#[derive(Clone, Debug, PartialEq)]
pub enum Declaration {
    /// Calls of resolved callees, with conditions on their arguments.
    Calls(Vec<CallPattern>),
    /// A tree-sitter query with predicates.
    Query(QueryPattern),
}

/// A rule's page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rule's code: the file's name with hyphens.
    pub code: Arc<str>,
    /// The folder's name; [`PROJECT_FAMILY`] for a workspace's own rules.
    pub family: String,
    /// Where the page was read from, as it was given.
    pub path: String,
    /// What its findings are shown as, unless the rule or the settings say otherwise.
    pub severity: Severity,
    /// How far its repairs can be trusted at best; `None` when it has none.
    pub fix: Option<Applicability>,
    /// The version that the rule came with.
    pub since: String,
    /// The member of the team that owns the rule.
    pub agent: Option<String>,
    /// What its findings are about.
    pub topics: Vec<Topic>,
    /// What kind of file it looks at.
    pub applies: Applies,
    /// Whether it runs although the settings do not name its code: `default: off` says that it does not.
    pub on_by_default: bool,
    /// The page's title, without Markdown.
    pub title: String,
    /// *What it does*, as Markdown.
    pub what: String,
    /// *Why*, as Markdown.
    pub why: String,
    /// *What to do*, as Markdown.
    pub remedy: String,
    /// The whole page below the front matter, as Markdown.
    pub markdown: String,
    /// How much of `markdown` stands before the examples, in bytes.
    pub(crate) prose_len: usize,
    /// What its findings say, for a declarative rule whose patterns do not say it themselves.
    pub message: Option<String>,
    /// Their note, likewise.
    pub note: Option<String>,
    /// Their help, likewise.
    pub help: Option<String>,
    /// How a declarative rule finds its places.
    pub declaration: Option<Declaration>,
    /// How a declarative rule repairs.
    pub repair: Option<DeclaredFix>,
    /// The examples, which are the rule's tests.
    pub examples: Vec<Example>,
}

impl Page {
    /// The page up to its examples, as Markdown.
    pub fn prose(&self) -> &str {
        self.markdown.get(..self.prose_len).unwrap_or(&self.markdown)
    }

    /// Parses a page. The last two parts of `path` name the family and the rule: `concurrency/missing_main_guard.md`.
    /// All mistakes are told at once, in the order of the page.
    pub fn parse(path: &str, text: &str) -> Result<Self, PageErrors> {
        let (code, family) = names(path);
        let mut errors = Vec::new();
        let (front, body_at) = front_matter::read(text, &mut errors);
        let outline = markdown::outline(text, body_at, &mut errors);
        let mut page = Self::assemble(path, code, family, front, &outline, &mut errors);
        text[body_at..].trim_start().clone_into(&mut page.markdown);
        let start = text.len() - page.markdown.len();
        let examples = outline.sections.iter().find(|section| section.is_examples());
        page.prose_len = examples.map_or(text.len(), |section| section.heading.start).saturating_sub(start);
        page.declare(text, &outline, &mut errors);
        page.examples = example::collect(text, &outline, &mut errors);
        if errors.is_empty() {
            return Ok(page);
        }
        errors.sort_by_key(|error| error.range.start());
        Err(PageErrors(errors))
    }

    /// A page that is part of the program. A mistake in it is a mistake of ours, which the rules' tests show.
    ///
    /// # Panics
    /// If the page has mistakes.
    #[expect(clippy::panic, reason = "the pages are compiled in, and a test parses each")]
    pub fn shipped(path: &str, text: &str) -> Self {
        match Self::parse(path, text) {
            Ok(page) => page,
            Err(errors) => {
                let errors: Vec<String> = errors.iter().map(|error| format!("{path}:{error}")).collect();
                panic!("a shipped page has mistakes:\n{}", errors.join("\n"));
            }
        }
    }

    fn assemble(
        path: &str,
        code: Arc<str>,
        family: String,
        front: FrontMatter,
        outline: &Outline,
        errors: &mut Vec<PageError>,
    ) -> Self {
        Self {
            code,
            family,
            path: path.to_owned(),
            severity: front.severity,
            fix: front.fix.applicability(),
            since: front.since,
            agent: front.agent,
            topics: front.topics,
            applies: front.applies,
            on_by_default: front.default == Runs::On,
            title: outline.title.clone(),
            what: outline.section("What it does", errors),
            why: outline.section("Why", errors),
            remedy: outline.section("What to do", errors),
            markdown: String::new(),
            prose_len: 0,
            message: front.message,
            note: front.note,
            help: front.help,
            declaration: None,
            repair: None,
            examples: Vec::new(),
        }
    }

    /// Reads the blocks that make a rule declarative.
    fn declare(&mut self, text: &str, outline: &Outline, errors: &mut Vec<PageError>) {
        let mut declared: Option<&Block> = None;
        let mut repaired: Option<&Block> = None;
        for block in outline.blocks() {
            let slot = match block.language.as_str() {
                "calls" | "query" => &mut declared,
                "fix" => &mut repaired,
                _ => continue,
            };
            if slot.is_some() {
                let message = "a page has one detection and at most one fix; make this a page of its own";
                errors.push(PageError::at(text, block.range.clone(), message));
                continue;
            }
            *slot = Some(block);
        }
        if let Some(block) = declared {
            self.declaration = match block.language.as_str() {
                "query" => query::read(text, block, errors).map(Declaration::Query),
                _ => calls::read_patterns(text, block, self.message.is_some(), errors).map(Declaration::Calls),
            };
        }
        if let Some(block) = repaired {
            let is_query = declared.is_some_and(|block| block.language == "query");
            self.repair = calls::read_fix(text, block, is_query, errors);
        }
        if let (Some(block), "query", None) = (declared, declared.map_or("", |block| &block.language), &self.message) {
            let message = "a query needs a `message` in the front matter; `{capture}` stands for a capture's text";
            errors.push(PageError::at(text, block.range.clone(), message));
        }
        let told = match (declared, repaired, self.fix) {
            (None, Some(block), _) => {
                Some((block, "a `fix` block needs a `calls` or `query` block: code that finds places also fixes them"))
            }
            (Some(block), None, Some(_)) => Some((
                block,
                "the front matter promises a fix, but there is no `fix` block; add one or say `fix: none`",
            )),
            (_, Some(block), None) => Some((
                block,
                "the page has a `fix` block, but its front matter says `fix: none`; say `safe` or `unsafe`",
            )),
            _ => None,
        };
        if let Some((block, message)) = told {
            errors.push(PageError::at(text, block.range.clone(), message));
        }
    }
}

/// Code and family by the page's path.
fn names(path: &str) -> (Arc<str>, String) {
    let path = Path::new(path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let family = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    (Arc::from(stem.replace('_', "-")), family.into_owned())
}

#[cfg(test)]
mod tests;
