//! What findings and fixes look like, for a page's snapshot.

use std::fmt::Write;

use similar::TextDiff;

use super::bench::Bench;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::runner::Engine;

/// Findings in the order of files and lines, each with what belongs to it and the preferred fix's diff.
pub(super) fn render(bench: &Bench<'_>, engine: &Engine, findings: &[&Finding]) -> String {
    let mut out = String::new();
    let mut shown: Vec<String> = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let place = place(bench, finding.file, finding.range);
        line(&mut out, format_args!("{place}: {}[{}]: {}", finding.severity, finding.code, finding.message));
        for (name, text) in [("note", &finding.note), ("help", &finding.help)] {
            if let Some(text) = text {
                line(&mut out, format_args!("  {name}: {text}"));
            }
        }
        if let Some(channel) = &finding.channel {
            line(&mut out, format_args!("  channel: {channel}"));
        }
        for related in &finding.related {
            let place = self::place(bench, related.file, related.range);
            line(&mut out, format_args!("  {place}: {}", related.message));
        }
        for (nth, fix) in bench.fixes(engine, finding).iter().enumerate() {
            let trust = match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            };
            let diff = diff(bench, fix);
            let again = shown.contains(&diff);
            let remark = if again { ", as above" } else { "" };
            line(&mut out, format_args!("  fix ({trust}{remark}): {}", fix.title));
            // The preferred one is enough to look at.
            if nth == 0 && !again {
                out.push_str(&diff);
                shown.push(diff);
            }
        }
    }
    if out.is_empty() {
        out.push_str("nothing is found\n");
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = writeln!(out, "{text}");
}

/// `worker.py:3:5`, from 1.
fn place(bench: &Bench<'_>, id: pyteam_index::FileId, range: pyteam_syntax::TextRange) -> String {
    let Some(file) = bench.snapshot().file(id) else { return "?".to_owned() };
    let lines = file.source().lines();
    let line = lines.line_of(range.start());
    let before = file.source().slice(pyteam_syntax::TextRange::new(lines.line_start(line), range.start()));
    format!("{}:{}:{}", bench.path_of(id), line + 1, before.chars().count() + 1)
}

fn diff(bench: &Bench<'_>, fix: &Fix) -> String {
    let Ok(after) = bench.apply(fix) else { return "the edits overlap\n".to_owned() };
    let mut out = String::new();
    for ((file, before), after) in bench.example().files.iter().zip(bench.texts()).zip(&after) {
        if before != after {
            let diff = TextDiff::from_lines(before.as_str(), after.as_str());
            let mut unified = diff.unified_diff();
            unified.context_radius(1).missing_newline_hint(false).header(&file.path, &file.path);
            out.push_str(&unified.to_string());
        }
    }
    // Blank context lines would end in a space, which editors strip.
    out.lines().fold(String::new(), |all, line| all + line.trim_end() + "\n")
}
