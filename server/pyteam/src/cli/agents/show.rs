//! `pyteam agents --show`: one agent, whole.

use pyteam_agents::Setup;
use pyteam_agents::agent::Speed;
use pyteam_agents::setup::Row;
use pyteam_display::{Shown, shown};

use super::super::Exit;
use super::super::args::Format;
use super::super::console::{self, Console};
use super::super::place::Paths;
use super::HEADING;

/// Prints the one that is asked under `name`, and the definitions of that name that are not.
pub(super) fn show(
    setup: &Setup,
    name: &str,
    format: Format,
    paths: &Paths,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let mut rows: Vec<Row> = setup.rows().into_iter().filter(|row| row.name == name).collect();
    rows.sort_by_key(|row| !row.in_use);
    if rows.is_empty() {
        console::error(super::super::ask::unknown(setup, name));
        return Ok(Exit::Failure);
    }
    if format == Format::Json {
        console.print_line(Shown::json(&rows)?)?;
        return Ok(Exit::Clean);
    }
    for row in &rows {
        console.print_line(console.paint(HEADING, Shown::line(&row.name)))?;
        for (label, text) in facts(row, paths) {
            console.print_line(shown!("  {:<13}{}", label, text))?;
        }
        console.print("\n")?;
    }
    let instructions = setup.team.get(name).map(|agent| agent.instructions.trim()).unwrap_or_default();
    if !instructions.is_empty() {
        console.print_line(console.paint(HEADING, "System prompt"))?;
        for line in instructions.lines() {
            console.print_line(shown!("  {}", line).trimmed())?;
        }
    }
    Ok(Exit::Clean)
}

/// What is known of it, each with its label; what is not known is left out.
fn facts(row: &Row, paths: &Paths) -> Vec<(&'static str, String)> {
    let rights = [(row.read, "read"), (row.edit, "edit"), (row.execute, "run programs")];
    let rights: Vec<&str> = rights.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect();
    let speed = row.speed.map(|speed| match speed {
        Speed::Fast => "fast: seconds",
        Speed::Medium => "medium: a minute or so",
        Speed::Slow => "slow: minutes",
    });
    let file = row.path.as_ref().map(|path| paths.shown(path));
    let reached = match &row.reason {
        None => row.backend.clone(),
        Some(reason) => format!("{}; unavailable: {}", row.backend, paths.short(reason)),
    };
    let all = [
        ("description", row.description.clone()),
        ("permissions", if rights.is_empty() { "nothing".to_owned() } else { rights.join(", ") }),
        ("model", row.model.clone().unwrap_or_default()),
        ("speed", speed.unwrap_or_default().to_owned()),
        ("produces", row.produces.join("; ")),
        ("rules", row.rules.join(", ")),
        ("files", row.owns.join(", ")),
        ("source", file.unwrap_or_else(|| row.source.to_owned())),
        ("backend", reached),
        ("note", row.remarks.join("; ")),
    ];
    all.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect()
}
