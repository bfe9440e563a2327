//! `pyteam rules`: all rules in a table, the workspace's own among them.

use anstyle::{AnsiColor, Style};
use pyteam_display::{Shown, clipped, shown};
use pyteam_engine::{Applicability, Engine, Page, Severity};

use super::Exit;
use super::args::{Format, RulesArgs, RulesCommand};
use super::console::{self, Console};
use super::report::plural;
use super::{explain, rulebook, trial};

const HEADING: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();

pub(super) fn run(args: &RulesArgs, console: &mut Console) -> anyhow::Result<Exit> {
    if let Some(RulesCommand::Test(test)) = &args.command {
        return trial::run(test, args.output_format, console);
    }
    let engine = with_workspace_rules()?;
    let mut pages: Vec<&Page> = engine.pages().collect();
    pages.sort_by(|a, b| (&a.family, &a.code).cmp(&(&b.family, &b.code)));
    match args.output_format {
        Format::Json => {
            let json: Vec<_> = pages.iter().map(|page| explain::to_json(page, false)).collect();
            console.print_line(Shown::json(&json)?)?;
        }
        Format::Text => table(&pages, console)?,
    }
    Ok(Exit::Clean)
}

/// All rules that hold in the current directory. A page with mistakes is told, and the others are there.
pub(super) fn with_workspace_rules() -> std::io::Result<Engine> {
    let (engine, problems) = rulebook::engine(&[std::env::current_dir()?]);
    for problem in &problems {
        console::warning(Shown::text(problem.to_string()));
    }
    Ok(engine)
}

fn table(pages: &[&Page], console: &mut Console) -> anyhow::Result<()> {
    let widest = pages.iter().map(|page| page.code.len()).max().unwrap_or(0);
    let room = console::width(160).saturating_sub(widest + 24).max(20);
    let heads = shown!("  {}  {:<11} {:<6}  title", Shown::line("rule").padded(widest), "severity", "fix");
    console.print_line(console.paint(FAINT, heads))?;
    let mut family = "";
    for page in pages {
        if page.family != family {
            if !family.is_empty() {
                console.print("\n")?;
            }
            family = &page.family;
            console.print_line(console.paint(HEADING, Shown::line(family)))?;
        }
        let severity = console.paint(color_of(page.severity), Shown::from(page.severity.as_str()).padded(11));
        let fix = match page.fix {
            Some(Applicability::Safe) => "safe",
            Some(Applicability::Unsafe) => "unsafe",
            None => "-",
        };
        let code = Shown::line(&page.code).padded(widest);
        let off = if page.on_by_default { "" } else { "(off by default) " };
        let title = clipped(&page.title, room.saturating_sub(off.len()));
        console.print_line(shown!("  {}  {} {:<6}  {}{}", code, severity, fix, off, title).trimmed())?;
    }
    console.print_line(shown!("\n{}; `pyteam explain CODE` explains one.", plural(pages.len(), "rule", "rules")))?;
    Ok(())
}

fn color_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::BrightRed.on_default(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Information => AnsiColor::Blue.on_default(),
        Severity::Hint => Style::new().dimmed(),
    }
}
