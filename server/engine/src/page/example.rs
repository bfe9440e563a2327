//! Examples, which are a rule's tests: Python with `# error: [code]` where the rule must speak, or `# ok`.

use std::ops::Range;

use super::error::PageError;
use super::markdown::{Block, Outline};
use crate::finding::Severity;

/// The name of an example's file when the page gives none.
const UNNAMED: &str = "example.py";

/// One or more files, and what must be found in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The heading above it; empty where there is none.
    pub title: String,
    /// Its first line in the page, from 1.
    pub line: u32,
    /// Its files.
    pub files: Vec<ExampleFile>,
    /// What the findings look like, as the page has it.
    pub snapshot: Option<Snapshot>,
}

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// A relative path with forward slashes.
    pub path: String,
    /// The text, with its annotations.
    pub text: String,
    /// The line of the page (from 1) that the text's first line is on.
    pub line: u32,
    /// Whether the page says that nothing is wrong with it.
    pub ok: bool,
    /// What must be found, in the order of lines.
    pub expected: Vec<Expected>,
}

/// A finding that an annotation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line of the file, from 0.
    pub line: u32,
    /// The rule's code.
    pub code: String,
    /// The severity; `None` for `# error: [code]`, which stands for any finding.
    pub severity: Option<Severity>,
    /// A part of the message, where the annotation gives one: `# error: [code] "never returns"`.
    pub message: Option<String>,
}

/// A ```` ```snapshot ```` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where its text stands in the page, in bytes.
    pub content: Range<usize>,
    /// Its text.
    pub text: String,
}

impl Example {
    /// Whether the example shows that the rule keeps quiet.
    pub fn is_ok(&self) -> bool {
        self.files.iter().all(|file| file.expected.is_empty()) && self.files.iter().any(|file| file.ok)
    }
}

impl ExampleFile {
    /// Whether it is Python.
    pub fn is_python(&self) -> bool {
        let path = std::path::Path::new(&self.path);
        path.extension().is_some_and(|extension| extension == "py" || extension == "pyi")
    }

    /// Its code as readers see it, without annotations, each line with whether `code` is found there.
    pub fn plain_lines<'a>(&'a self, code: &'a str) -> impl Iterator<Item = (&'a str, bool)> {
        self.text.lines().zip(0u32..).filter_map(move |(line, number)| {
            let is_found = self.expected.iter().any(|expected| expected.line == number && expected.code == code);
            let Some((at, ..)) = next_annotation(line) else { return Some((line, is_found)) };
            let plain = line[..at].trim_end();
            // A line of annotations alone is about the next one.
            (!plain.is_empty()).then_some((plain, is_found))
        })
    }
}

/// Reads the examples of a page.
pub(super) fn collect(text: &str, outline: &Outline, errors: &mut Vec<PageError>) -> Vec<Example> {
    let mut collector = Collector { text, examples: Vec::new(), open: false, errors };
    let sections = outline.sections.iter().filter(|section| section.is_examples());
    let blocks = sections.flat_map(|section| &section.blocks);
    blocks.for_each(|block| collector.block(block));
    let examples = collector.examples;
    for example in &examples {
        if !example.files.iter().any(|file| file.ok || !file.expected.is_empty()) {
            let start = line_start(text, example.line);
            let message = "an example needs lines with `# error: [code]`, or `# ok` as its first line";
            errors.push(PageError::at(text, start..text.len(), message));
        }
    }
    if examples.is_empty() {
        let message = "the page needs `## Examples` with at least one ```python block; they are the rule's tests";
        errors.push(PageError::at(text, outline.end()..outline.end(), message));
    }
    examples
}

struct Collector<'a> {
    text: &'a str,
    examples: Vec<Example>,
    /// Whether the last example takes more files.
    open: bool,
    errors: &'a mut Vec<PageError>,
}

impl Collector<'_> {
    fn block(&mut self, block: &Block) {
        match (block.language.as_str(), &block.label) {
            ("snapshot", _) => self.snapshot(block),
            ("python", None) => {
                self.start(block);
                self.file(UNNAMED, block);
                self.open = false;
            }
            (_, Some(path)) => {
                if !is_plain(path) {
                    let message = format!("`{path}` must be a path inside the example's folder");
                    self.errors.push(PageError::at(self.text, block.range.clone(), message));
                    return;
                }
                let goes_on = self.open
                    && self.examples.last().is_some_and(|example| {
                        example.title == block.heading && example.files.iter().all(|file| file.path != *path)
                    });
                if !goes_on {
                    self.start(block);
                    self.open = true;
                }
                self.file(path, block);
            }
            // Other blocks illustrate.
            _ => {}
        }
    }

    fn start(&mut self, block: &Block) {
        let line = line_of(self.text, block.content.start);
        self.examples.push(Example { title: block.heading.clone(), line, files: Vec::new(), snapshot: None });
    }

    fn file(&mut self, path: &str, block: &Block) {
        let line = line_of(self.text, block.content.start);
        let first = block.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let ok = block.flags.iter().any(|flag| flag == "ok") || is_ok_comment(first);
        let mut expected = Vec::new();
        for (at, text) in block.text.lines().enumerate() {
            if let Err(message) = read_line(text, at as u32, &mut expected) {
                let start = line_start(self.text, line + at as u32);
                self.errors.push(PageError::at(self.text, start..start + text.len(), message));
            }
        }
        if ok && !expected.is_empty() {
            let message = "the file is marked `# ok` and yet has lines that are not; drop one of the two";
            self.errors.push(PageError::at(self.text, block.range.clone(), message));
        }
        let Some(example) = self.examples.last_mut() else { return };
        example.files.push(ExampleFile { path: path.to_owned(), text: block.text.clone(), line, ok, expected });
    }

    fn snapshot(&mut self, block: &Block) {
        self.open = false;
        match self.examples.last_mut() {
            Some(example) if example.snapshot.is_none() => {
                example.snapshot = Some(Snapshot { content: block.content.clone(), text: block.text.clone() });
            }
            _ => {
                let message = "a snapshot belongs right behind the example that it shows, and each has one at most";
                self.errors.push(PageError::at(self.text, block.range.clone(), message));
            }
        }
    }
}

/// Whether a path stays inside its folder.
fn is_plain(path: &str) -> bool {
    !path.starts_with('/')
        && !path.contains(['\\', ':'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn is_ok_comment(line: &str) -> bool {
    let Some(comment) = line.trim().strip_prefix('#') else { return false };
    let comment = comment.trim_start();
    comment.strip_prefix("ok").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':', ',', '.']))
}

/// Reads the annotations of one line. Those of a line that holds nothing else are for the next line.
fn read_line(text: &str, line: u32, expected: &mut Vec<Expected>) -> Result<(), String> {
    let mut rest = text;
    let mut own_line = true;
    while let Some((at, after, severity)) = next_annotation(rest) {
        own_line &= rest[..at].trim().is_empty();
        if own_line {
            // Annotations one below the other are all for the line of code below them.
            expected.iter_mut().filter(|before| before.line == line).for_each(|before| before.line += 1);
        }
        let line = if own_line { line + 1 } else { line };
        let end = after.find(']').ok_or("the annotation is not closed; write `# error: [code]`")?;
        let codes = &after[..end];
        rest = &after[end + 1..];
        let message = quoted(rest)?;
        for code in codes.split(',').map(str::trim) {
            if code.is_empty() || code.contains(char::is_whitespace) {
                return Err(format!("`{codes}` is no code; write `# error: [code]`"));
            }
            expected.push(Expected { line, code: code.to_owned(), severity, message: message.clone() });
        }
    }
    Ok(())
}

/// Where the next annotation starts, what follows its bracket, and the severity it names.
fn next_annotation(text: &str) -> Option<(usize, &str, Option<Severity>)> {
    let kinds = [
        ("error", None),
        ("warning", Some(Severity::Warning)),
        ("information", Some(Severity::Information)),
        ("hint", Some(Severity::Hint)),
    ];
    text.match_indices('#').find_map(|(at, _)| {
        let comment = text[at + 1..].trim_start();
        kinds.iter().find_map(|(word, severity)| {
            let after = comment.strip_prefix(word)?.strip_prefix(':')?.trim_start().strip_prefix('[')?;
            Some((at, after, *severity))
        })
    })
}

/// The quoted text right behind an annotation.
fn quoted(rest: &str) -> Result<Option<String>, &'static str> {
    let Some(rest) = rest.trim_start().strip_prefix('"') else { return Ok(None) };
    let end = rest.find('"').ok_or("the message behind the annotation has no closing quote")?;
    Ok(Some(rest[..end].to_owned()))
}

/// The line of `offset`, from 1.
fn line_of(text: &str, offset: usize) -> u32 {
    text[..offset.min(text.len())].matches('\n').count() as u32 + 1
}

/// Where a line (from 1) starts.
fn line_start(text: &str, line: u32) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1) as usize);
    lines.map(str::len).sum()
}
