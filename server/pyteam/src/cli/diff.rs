//! Differences between texts, in colours.

use std::io;

use anstyle::{AnsiColor, Style};
use pyteam_display::diff::{Kind, Line};

use super::console::Console;

/// Prints the lines of a diff, and an empty line behind them.
pub(super) fn print(lines: Vec<Line>, console: &mut Console) -> io::Result<()> {
    for Line { kind, text } in lines {
        let text = console.paint(style_of(kind), text);
        console.print_line(text)?;
    }
    console.print("\n")
}

fn style_of(kind: Kind) -> Style {
    match kind {
        Kind::File => Style::new().bold(),
        Kind::Place => AnsiColor::Cyan.on_default(),
        Kind::Same => Style::new(),
        Kind::Removed => AnsiColor::Red.on_default(),
        Kind::Added => AnsiColor::Green.on_default(),
        Kind::Remark => Style::new().dimmed(),
        Kind::Mark => AnsiColor::Yellow.on_default().bold(),
    }
}
