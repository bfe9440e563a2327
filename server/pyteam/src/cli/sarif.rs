//! `--output-format sarif`: SARIF 2.1.0, as GitHub's code scanning and other viewers read it.

use std::fmt::Write;
use std::io;
use std::path::Path;

use pyteam_display::Shown;
use pyteam_engine::{Finding, Fix, Page, Severity};
use pyteam_index::path_of;
use pyteam_index::snapshot::File;
use pyteam_syntax::{TextRange, TextSize};
use serde_json::{Value, json};

use super::console::Console;
use super::place::LineColumn;
use super::report::Report;

/// Paths are relative to this name, which stands for the current directory.
const BASE: &str = "SRCROOT";

/// Prints one run.
pub(super) fn print(report: &Report<'_>, console: &mut Console) -> io::Result<()> {
    let mut pages: Vec<&Page> = report.findings.iter().filter_map(|finding| report.page(finding)).collect();
    pages.sort_by(|a, b| a.code.cmp(&b.code));
    pages.dedup_by(|a, b| a.code == b.code);
    let results: Vec<Value> = report
        .findings
        .iter()
        .enumerate()
        .filter_map(|(index, finding)| result(report, finding, report.fix(index), &pages))
        .collect();
    let mut base = uri(report.paths.folder());
    if !base.ends_with('/') {
        base.push('/');
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pyteam",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": pages.iter().map(|page| rule(page)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { BASE: { "uri": base } },
            "results": results,
        }],
    });
    console.print_line(Shown::json(&log)?)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    }
}

fn rule(page: &Page) -> Value {
    json!({
        "id": &*page.code,
        "shortDescription": { "text": page.title },
        "fullDescription": { "text": page.what.trim() },
        "help": { "text": page.remedy.trim(), "markdown": page.markdown.trim() },
        "defaultConfiguration": { "level": level(page.severity) },
        "properties": { "tags": [page.family], "agent": page.agent },
    })
}

fn result(report: &Report<'_>, finding: &Finding, fix: Option<&Fix>, pages: &[&Page]) -> Option<Value> {
    let file = report.file(finding.file)?;
    let mut result = json!({
        "ruleId": &*finding.code,
        "level": level(finding.severity),
        "message": { "text": finding.text() },
        "locations": [{ "physicalLocation": location(report, file, finding.range) }],
        // The line's text, so that a finding that only moved stays the same alert.
        "partialFingerprints": { "pyteam/v1": fingerprint(finding, file) },
    });
    if let Ok(index) = pages.binary_search_by(|page| page.code.cmp(&finding.code)) {
        result["ruleIndex"] = json!(index);
    }
    let related: Vec<Value> = finding
        .related
        .iter()
        .filter_map(|one| {
            let place = location(report, report.file(one.file)?, one.range);
            Some(json!({ "physicalLocation": place, "message": { "text": one.message } }))
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(fix) = fix {
        result["fixes"] = json!([sarif_fix(report, fix)]);
    }
    if let Some(channel) = &finding.channel {
        result["properties"] = json!({ "channel": channel });
    }
    Some(result)
}

fn location(report: &Report<'_>, file: &File, range: TextRange) -> Value {
    json!({ "artifactLocation": artifact(report, file), "region": region(file, range) })
}

fn artifact(report: &Report<'_>, file: &File) -> Value {
    let short = report.paths.short(&file.path);
    if short.len() < file.path.len() {
        json!({ "uri": escape(&path_of(short)), "uriBaseId": BASE })
    } else {
        json!({ "uri": uri(&file.on_disk()) })
    }
}

fn region(file: &File, range: TextRange) -> Value {
    let place = |offset: TextSize| LineColumn::of(file.source(), offset);
    let (start, end) = (place(range.start()), place(range.end()));
    json!({ "startLine": start.row, "startColumn": start.column, "endLine": end.row, "endColumn": end.column })
}

fn sarif_fix(report: &Report<'_>, fix: &Fix) -> Value {
    let changes = fix.edits.iter().filter_map(|(id, edits)| {
        let file = report.file(*id)?;
        let replacements = edits
            .iter()
            .map(|edit| json!({ "deletedRegion": region(file, edit.range), "insertedContent": { "text": edit.text } }));
        Some(json!({
            "artifactLocation": artifact(report, file),
            "replacements": replacements.collect::<Vec<_>>(),
        }))
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

/// FNV-1a over what stays the same when code moves. A hash of the standard library may change with the compiler.
fn fingerprint(finding: &Finding, file: &File) -> String {
    let line = file.source().lines().line_of(finding.range.start());
    let parts = [&*finding.code, file.source().line_text(line).trim(), &*finding.message];
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.join("\0").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// A `file:` URI of an absolute path.
fn uri(path: &Path) -> String {
    let path = escape(path);
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{path}")
}

/// Percent-encodes what may not stand in a path of a URI, which is bytes.
fn escape(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut escaped = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => escaped.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b'+' | b'@' | b'=' => {
                escaped.push(char::from(*byte));
            }
            // Writing into a string cannot fail.
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_escaped() {
        assert_eq!(uri(Path::new("/a b/ñ.py")), "file:///a%20b/%C3%B1.py");
        assert_eq!(uri(&path_of(r"/inv\xff.py")), if cfg!(unix) { "file:///inv%FF.py" } else { "file:///inv/xff.py" });
        if cfg!(windows) {
            assert_eq!(uri(Path::new("C:\\x\\y.py")), "file:///C%3A/x/y.py");
        }
    }
}
