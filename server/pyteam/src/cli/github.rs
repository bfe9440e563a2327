//! `--output-format github`: workflow commands that GitHub Actions turns into annotations.

use std::borrow::Cow;
use std::io;

use pyteam_display::shown;
use pyteam_engine::Severity;

use super::console::Console;
use super::place::LineColumn;
use super::report::Report;

/// Prints a line per finding.
pub(super) fn print(report: &Report<'_>, console: &mut Console) -> io::Result<()> {
    for finding in report.findings {
        let Some(file) = report.file(finding.file) else { continue };
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        let start = LineColumn::of(file.source(), finding.range.start());
        let end = LineColumn::of(file.source(), finding.range.end());
        // GitHub reads columns of one line only.
        let end_column = if start.row == end.row { format!(",endColumn={}", end.column) } else { String::new() };
        let place = shown!("line={},col={},endLine={}{}", start.row, start.column, end.row, end_column);
        console.print_line(shown!(
            "::{} title={},file={},{}::{}",
            command,
            escape_property(&format!("pyteam ({})", finding.code)),
            escape_property(report.paths.short(&file.path)),
            place,
            escape(&finding.text())
        ))?;
    }
    Ok(())
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

fn escape_property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(escape("100%\nof it: a, b"), "100%25%0Aof it: a, b");
        assert_eq!(escape_property("a:b,c\r"), "a%3Ab%2Cc%0D");
    }
}
