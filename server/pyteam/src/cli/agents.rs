//! `pyteam agents`: who can be asked, what each may do, how each is reached, and why not.

mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use pyteam_agents::sandbox::Level;
use pyteam_agents::settings::Passage;
use pyteam_agents::setup::Row;
use pyteam_agents::{Setup, Trust};
use pyteam_display::{Shown, shown};
use serde_json::Value;

use super::Exit;
use super::args::{AgentsArgs, Format};
use super::console::{self, Console};
use super::place::Paths;
use super::report::{plural, shortened};
use super::sandbox;
use crate::agent_request;
use crate::discover;

const HEADING: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Yellow.on_default();

pub(super) fn run(args: &AgentsArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let paths = Paths::here()?;
    let root = workspace(args.path.as_deref())?;
    let setup = agent_request::setup(Some(&root));
    // What belongs to no agent's row has no other place.
    for problem in setup.team.problems.iter().chain(&setup.settings.problems) {
        console::warning(Shown::text(paths.short(&problem.to_string())));
    }
    if let Some(name) = &args.show {
        return show::show(&setup, name, args.output_format, &paths, console);
    }
    match args.output_format {
        Format::Json => console.print_line(Shown::json(&json(&setup, &root)?)?)?,
        Format::Text => {
            text(&setup, &paths, console)?;
            held(&setup, &root, console)?;
        }
    }
    Ok(Exit::Clean)
}

/// The folder that was named, else the project around the current directory.
pub(super) fn workspace(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let named_or_here = named.unwrap_or(Path::new("."));
    let folder = discover::absolute(named_or_here)?;
    anyhow::ensure!(folder.is_dir(), "{} is not a directory", named_or_here.display());
    Ok(if named.is_some() { folder } else { discover::project_root(&folder).unwrap_or(folder) })
}

fn text(setup: &Setup, paths: &Paths, console: &mut Console) -> anyhow::Result<()> {
    let (rows, same) = told(setup.rows());
    let width = console::width(120);
    let columns = Columns::of(&rows);
    let heads = columns.line(["agent", "permissions", "model", "backend"], "description", width);
    console.print_line(console.paint(FAINT, heads))?;
    for (source, heading) in [("workspace", "This workspace"), ("user", "Your own"), ("built-in", "Built in")] {
        let group: Vec<&Row> = rows.iter().filter(|row| row.source == source).collect();
        if group.is_empty() {
            continue;
        }
        let trust = match (source, setup.trust) {
            ("workspace", Trust::Unknown) => ", not trusted: read-only, cannot replace other agents (`pyteam trust`)",
            ("workspace", Trust::Changed) => ", changed since you trusted it; see `pyteam trust --show`",
            _ => "",
        };
        console.print_line(shown!("{}{}", console.paint(HEADING, heading), trust))?;
        for row in group {
            print(row, &columns, paths, width, console)?;
        }
        console.print("\n")?;
    }
    let reachable = rows.iter().filter(|row| row.reachable).count();
    console.print_line(shown!("{}, {} available.", plural(rows.len(), "agent", "agents"), reachable))?;
    if same > 0 {
        let files = if same == 1 { "1 agent file is" } else { &format!("{same} agent files are") };
        console.print_line(shown!("{} identical to the built-in agents.", *files))?;
    }
    Ok(())
}

/// The rows that tell something, and how many files of the workspace say the same as pyteam itself: one of both is told of,
/// the one that is asked.
fn told(rows: Vec<Row>) -> (Vec<Row>, usize) {
    let written_out: Vec<String> = rows.iter().filter(|row| row.is_written_out).map(|row| row.name.clone()).collect();
    let is_twin = |row: &Row| row.is_written_out || row.source == "built-in" && written_out.contains(&row.name);
    let told = rows.into_iter().filter(|row| row.in_use || !is_twin(row)).collect();
    (told, written_out.len())
}

/// Says how each backend's program would be held.
fn held(setup: &Setup, root: &Path, console: &mut Console) -> anyhow::Result<()> {
    let width = console::width(120);
    let measured = sandbox::measured(setup, root);
    if !measured.is_empty() {
        console.print("\n")?;
        console.print_line(console.paint(HEADING, "Sandbox"))?;
    }
    for (name, confinement) in measured {
        let passage = match setup.settings.unconfined.passage(confinement.level()) {
            Passage::Free => "",
            Passage::Asked => "; asks before it is started",
            Passage::Closed => "; not started",
        };
        let style = if confinement.level() == Level::Confined { Style::new() } else { BAD };
        note(&format!("{name}:"), &format!("{}{passage}", confinement.explanation()), style, width, console)?;
    }
    Ok(())
}

/// Every row, with how the program behind it would be held.
fn json(setup: &Setup, root: &Path) -> anyhow::Result<Value> {
    let measured: BTreeMap<String, Value> =
        sandbox::measured(setup, root).into_iter().map(|(name, held)| (name, sandbox::json(&held))).collect();
    let rows = setup.rows().into_iter().map(|row| {
        let mut value = serde_json::to_value(&row)?;
        value["sandbox"] = measured.get(&row.backend).cloned().unwrap_or(Value::Null);
        Ok(value)
    });
    rows.collect::<anyhow::Result<Vec<Value>>>().map(Value::from)
}

/// How wide the three rights are.
const RIGHTS: usize = 15;

/// How wide the columns are.
struct Columns {
    name: usize,
    model: usize,
    backend: usize,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
        Self {
            name: widest(&|row| row.name.chars().count()).min(40),
            model: widest(&|row| row.model.as_ref().map_or(0, |model| model.chars().count()))
                .max("model".len())
                .min(24),
            backend: widest(&|row| row.backend.chars().count()).max("backend".len()).min(24),
        }
    }

    /// One line of the table: name, rights, model and backend, and what fits of the description.
    fn line(&self, [name, rights, model, backend]: [&str; 4], description: &str, width: usize) -> Shown {
        let facts = shown!(
            "  {}  {} {}  {}",
            Shown::line(name).padded(self.name),
            Shown::line(rights).padded(RIGHTS),
            Shown::line(model).padded(self.model),
            Shown::line(backend).padded(self.backend)
        );
        let room = width.saturating_sub(facts.as_str().chars().count() + 2);
        let description = if room >= 20 { shortened(description, room) } else { String::new() };
        shown!("{}  {}", facts, description).trimmed()
    }
}

fn print(row: &Row, columns: &Columns, paths: &Paths, width: usize, console: &mut Console) -> anyhow::Result<()> {
    let rights = [(row.read, "read"), (row.edit, "edit"), (row.execute, "run")];
    let [read, edit, execute] = rights.map(|(may, word)| if may { word } else { "-" });
    let rights = format!("{read:<5}{edit:<5}{execute:<5}");
    let model = row.model.as_deref().unwrap_or("-");
    let line = columns.line([&row.name, &rights, model, &row.backend], &row.description, width);
    console.print_line(if row.reachable { line } else { console.paint(FAINT, line) })?;
    if let Some(path) = &row.path {
        let path = shown!("    {}", paths.shown(path));
        console.print_line(console.paint(FAINT, path))?;
    }
    if let Some(reason) = &row.reason {
        note("unavailable:", paths.short(reason), BAD, width, console)?;
    }
    // Of pyteam's own team there is no file that could be mended.
    for remark in row.remarks.iter().filter(|_| row.path.is_some()) {
        note("note:", paths.short(remark), FAINT, width, console)?;
    }
    Ok(())
}

/// A sentence below a row, broken into lines.
fn note(label: &str, text: &str, style: Style, width: usize, console: &mut Console) -> anyhow::Result<()> {
    let mut lines = vec![format!("    {label}")];
    for word in Shown::text(text).as_str().split_whitespace() {
        let fits = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() <= width);
        match lines.last_mut() {
            Some(line) if fits => line.push_str(&format!(" {word}")),
            _ => lines.push(format!("      {word}")),
        }
    }
    for line in lines {
        console.print_line(console.paint(style, Shown::line(line)))?;
    }
    Ok(())
}
