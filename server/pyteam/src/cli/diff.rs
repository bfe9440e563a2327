//! Differences between texts, in colors.

use std::io;

use anstyle::{AnsiColor, Style};
use pyteam_display::diff::{Line, LineKind};

use super::console::Console;

/// Prints the lines of a diff, and an empty line behind them.
pub(super) fn print(lines: Vec<Line>, console: &mut Console) -> io::Result<()> {
    for Line { kind, text } in lines {
        let text = console.paint(style_of(kind), text);
        console.print_line(text)?;
    }
    console.print("\n")
}

fn style_of(kind: LineKind) -> Style {
    match kind {
        LineKind::File => Style::new().bold(),
        LineKind::Place => AnsiColor::Cyan.on_default(),
        LineKind::Same => Style::new(),
        LineKind::Removed => AnsiColor::Red.on_default(),
        LineKind::Added => AnsiColor::Green.on_default(),
        LineKind::Remark => Style::new().dimmed(),
        LineKind::Mark => AnsiColor::Yellow.on_default().bold(),
    }
}
