//! `pyteam explain FILE:LINE`: all that is known of the findings of a line.

use std::cell::OnceCell;
use std::io;
use std::path::PathBuf;

use pyteam_display::shown;
use pyteam_engine::settings::Layer;
use pyteam_engine::{Finding, Related, Role, SettingsResolver};
use pyteam_index::key_of;
use pyteam_index::snapshot::File;
use pyteam_syntax::TextRange;

use super::super::console::{self, Console};
use super::super::enclosing;
use super::super::gathered::Gathered;
use super::super::place::{LineColumn, Paths};
use super::super::project::Project;
use super::super::report::Report;
use super::super::rulebook;
use super::super::text;
use super::super::text::Secrets;
use crate::discover;

/// A line of a file, as the user names it.
pub(super) struct Place {
    file: PathBuf,
    line: u32,
}

impl Place {
    /// `a.py:12`, `a.py:12:5`, with a colon behind it or not, as it is copied from a report.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(':');
        let mut parts = text.rsplitn(3, ':');
        let last = parts.next()?.parse::<u32>();
        let middle = parts.next();
        let rest = parts.next();
        let (file, line) = match (rest, middle, last) {
            (Some(file), Some(line), Ok(_)) if line.parse::<u32>().is_ok() => (file, line.parse().ok()?),
            (Some(drive), Some(file), Ok(line)) => return Some(Self { file: format!("{drive}:{file}").into(), line }),
            (None, Some(file), Ok(line)) => (file, line),
            _ => return None,
        };
        Some(Self { file: file.into(), line })
    }

    /// Prints the findings of the line, each with its story. False where the file cannot be checked.
    pub(super) fn run(&self, console: &mut Console) -> anyhow::Result<bool> {
        let paths = Paths::here()?;
        let path = discover::absolute(&self.file)?;
        let (engine, _) = rulebook::engine(std::slice::from_ref(&path));
        let settings = SettingsResolver::new(engine.names().clone())
            .with_roots(vec![paths.folder().to_owned()])
            .with_overrides(Layer::default());
        let gathered = Gathered::read(settings, std::slice::from_ref(&path), None)?;
        gathered.say_unread(std::slice::from_ref(&path), &paths);
        if !gathered.problems.is_empty() && gathered.targets.is_empty() {
            return Ok(false);
        }
        let mut project = Project::load(engine, gathered, true);
        let mut found = project.check(false).findings;
        let key = key_of(&path).into_owned();
        let Some(file) = project.snapshot().files().find(|file| *file.path == *key).cloned() else {
            console::error(shown!("not a Python file: {}", paths.shown(&path)));
            return Ok(false);
        };
        found.retain(|finding| finding.file == file.id && self.is_on(&file, finding.range));
        if found.is_empty() {
            console.print_line(shown!("No findings at {}:{}.", paths.shown(&path), self.line))?;
            return Ok(true);
        }
        found.sort_by_key(Finding::rank);
        let report = Report {
            snapshot: project.snapshot(),
            engine: project.engine(),
            paths: &paths,
            findings: &found,
            fixes: &[],
            secrets: OnceCell::new(),
        };
        text::print(&report, &[], console)?;
        for finding in &found {
            tell(&report, &file, finding, console)?;
        }
        Ok(true)
    }

    fn is_on(&self, file: &File, range: TextRange) -> bool {
        let first = LineColumn::of(file.source(), range.start()).row;
        let last = LineColumn::of(file.source(), range.end()).row;
        first <= self.line && self.line <= last
    }
}

/// Prints the story of a finding: its evidence as steps, then what the page of its rule says.
fn tell(report: &Report<'_>, file: &File, finding: &Finding, console: &mut Console) -> io::Result<()> {
    let mut secrets = Secrets::new(report);
    let mut steps: Vec<String> = Vec::new();
    let place = |file: &File, range: TextRange| {
        format!("{}:{}", report.paths.short(&file.path), LineColumn::of(file.source(), range.start()).row)
    };
    let mut all: Vec<&Related> = finding.related.iter().collect();
    all.sort_by_key(|one| order(one.role));
    for one in all.iter().filter(|one| one.role != Role::Other) {
        let Some(there) = report.file(one.file) else { continue };
        let line = secrets.line_at(there, one.range);
        steps.push(format!("{} {}: `{line}`", place(there, one.range), does(one.role)));
    }
    if !steps.is_empty() {
        let inside = enclosing::function(file, finding).map_or_else(String::new, |name| format!(" in `{name}`"));
        let line = secrets.line(file, finding);
        steps.push(format!("{}{inside} is the call that is reported: `{line}`", place(file, finding.range)));
        console.print_line(shown!("How it happens"))?;
        for (number, step) in steps.iter().enumerate() {
            console.print_line(shown!("  {}. {}", number + 1, step))?;
        }
        console.print("\n")?;
    }
    if let Some(page) = report.page(finding) {
        console.print_line(shown!("Why it matters"))?;
        console.print_line(shown!("  {}", page.why.split_whitespace().collect::<Vec<_>>().join(" ")))?;
        console.print_line(shown!("\nFor the whole page: pyteam explain {}\n", finding.code))?;
    }
    Ok(())
}

/// In which order the parts of a story are told.
fn order(role: Role) -> u8 {
    match role {
        Role::Starts => 0,
        Role::CanRaise | Role::CanEndLoop | Role::CanBlock | Role::Blocks => 1,
        Role::Ends => 2,
        Role::Holds => 3,
        Role::Other => 4,
    }
}

fn does(role: Role) -> &'static str {
    match role {
        Role::Starts => "starts the other side",
        Role::CanRaise => "can raise before the wait is ended",
        Role::CanEndLoop => "can raise and end the loop of the other side",
        Role::CanBlock => "can block forever",
        Role::Blocks => "blocks",
        Role::Ends => "would end the wait",
        Role::Holds => "holds a lock meanwhile",
        Role::Other => "belongs to it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_copied() {
        let read = |text: &str| Place::parse(text).map(|place| (place.file.display().to_string(), place.line));
        assert_eq!(read("a/b.py:12"), Some(("a/b.py".to_owned(), 12)));
        assert_eq!(read("a/b.py:12:5"), Some(("a/b.py".to_owned(), 12)));
        assert_eq!(read("a/b.py:12:5:"), Some(("a/b.py".to_owned(), 12)));
        assert_eq!(read(r"C:\a.py:3"), Some((r"C:\a.py".to_owned(), 3)));
        assert_eq!(read("blocking-get-without-timeout"), None);
        assert_eq!(read("[join-before-drain]:"), None);
    }
}
