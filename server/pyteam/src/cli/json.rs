//! `--output-format json`: an array in ruff's shape, with `severity`, `agent`, `channel`, `note`, `help`, `function`, `source_line`
//! and `related` added.

use std::io;

use pyteam_display::Shown;
use pyteam_engine::{Fix, Role};
use pyteam_index::snapshot::File;
use pyteam_syntax::TextRange;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::console::Console;
use super::enclosing;
use super::place::LineColumn;
use super::report::Report;
use super::text::Secrets;
use crate::pages;

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'a str,
    severity: &'a str,
    filename: &'a str,
    location: LineColumn,
    end_location: LineColumn,
    message: &'a str,
    note: Option<&'a str>,
    help: Option<&'a str>,
    fix: Option<JsonFix<'a>>,
    /// The page of the rule, where it is on disk.
    url: Option<String>,
    agent: Option<&'a str>,
    channel: Option<&'a str>,
    /// The function that it stands in, by its dotted name.
    function: Option<String>,
    /// The line that it begins on.
    source_line: String,
    related: Vec<JsonRelated<'a>>,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    applicability: pyteam_engine::Applicability,
    message: &'a str,
    edits: Vec<JsonEdit<'a>>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    content: &'a str,
    filename: &'a str,
    location: LineColumn,
    end_location: LineColumn,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    filename: &'a str,
    location: LineColumn,
    end_location: LineColumn,
    message: &'a str,
    role: Role,
}

/// Prints the array, one finding after the other: thousands of them need not stand in memory twice.
pub(super) fn print(report: &Report<'_>, console: &mut Console) -> io::Result<()> {
    console.print("[")?;
    let mut separator = "\n";
    let mut secrets = Secrets::new(report);
    let mut urls: FxHashMap<&str, Option<String>> = FxHashMap::default();
    for (index, finding) in report.findings.iter().enumerate() {
        let Some(file) = report.file(finding.file) else { continue };
        let (location, end_location) = places(file, finding.range);
        let related = finding.related.iter().filter_map(|one| {
            let file = report.file(one.file)?;
            let (location, end_location) = places(file, one.range);
            Some(JsonRelated { filename: &file.path, location, end_location, message: &one.message, role: one.role })
        });
        let json = JsonFinding {
            code: &finding.code,
            severity: finding.severity.as_str(),
            filename: &file.path,
            location,
            end_location,
            message: &finding.message,
            note: finding.note.as_deref(),
            help: finding.help.as_deref(),
            fix: report.fix(index).map(|fix| json_fix(report, fix)),
            url: urls.entry(&finding.code).or_insert_with(|| url(report, &finding.code)).clone(),
            agent: report.page(finding).and_then(|page| page.agent.as_deref()),
            channel: finding.channel.as_deref(),
            function: enclosing::function(file, finding),
            source_line: secrets.line(file, finding),
            related: related.collect(),
        };
        console.print(separator)?;
        console.print("  ")?;
        // Line ends inside strings are escaped, so this only indents.
        console.print(Shown::json(&json)?.indented("  "))?;
        separator = ",\n";
    }
    console.print(if separator == "\n" { "]\n" } else { "\n]\n" })
}

/// The page of a rule, as a link.
fn url(report: &Report<'_>, code: &str) -> Option<String> {
    pages::on_disk(report.engine, code).map(|path| format!("file://{}", path.display()))
}

fn json_fix<'a>(report: &Report<'a>, fix: &'a Fix) -> JsonFix<'a> {
    let mut edits = Vec::new();
    for (id, changes) in &fix.edits {
        let Some(file) = report.file(*id) else { continue };
        edits.extend(changes.iter().map(|edit| {
            let (location, end_location) = places(file, edit.range);
            JsonEdit { content: &edit.text, filename: &file.path, location, end_location }
        }));
    }
    JsonFix { applicability: fix.applicability, message: &fix.title, edits }
}

fn places(file: &File, range: TextRange) -> (LineColumn, LineColumn) {
    (LineColumn::of(file.source(), range.start()), LineColumn::of(file.source(), range.end()))
}
