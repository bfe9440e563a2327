//! `--diff`: what repairs would change, as unified diffs.

use std::io;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::console::Console;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const HUNK: Style = AnsiColor::Cyan.on_default();
const HEADER: Style = Style::new().bold();

/// Prints the difference between two versions of the file called `path`.
pub(super) fn print(path: &str, before: &str, after: &str, console: &mut Console) -> io::Result<()> {
    let diff = TextDiff::from_lines(before, after);
    console.print_line(&console.paint(HEADER, &format!("--- {path}")))?;
    console.print_line(&console.paint(HEADER, &format!("+++ {path}")))?;
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        console.print_line(&console.paint(HUNK, &hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ("-", REMOVED),
                ChangeTag::Insert => ("+", ADDED),
                ChangeTag::Equal => (" ", Style::new()),
            };
            // `patch` wants the line ends as they are, colours want them outside.
            let line = change.value();
            let body = line.trim_end_matches(['\n', '\r']);
            console.print(&console.paint(style, &format!("{sign}{body}")))?;
            console.print(&line[body.len()..])?;
            if body.len() == line.len() {
                console.print("\n\\ No newline at end of file\n")?;
            }
        }
    }
    console.print("\n")
}
