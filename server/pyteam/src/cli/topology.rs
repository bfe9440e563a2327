//! `pyteam topology`: processes, channels and messages of a project.

mod json;

use std::path::Path;

use pyteam_channels::topology::Topology;
use pyteam_display::{Shown, shown};
use pyteam_engine::SettingsResolver;
use pyteam_index::Snapshot;
use pyteam_index::infer::Site;

use super::args::{TopologyArgs, TopologyFormat};
use super::console::Console;
use super::gathered::{self, Gathered};
use super::place::{LineColumn, Paths};
use super::project::Project;
use super::report::plural;
use super::{Exit, rulebook};
use crate::discover;
use crate::topology::{Graph, diagram};

/// Prints the topology of the project at `args.path`.
pub(super) fn run(args: &TopologyArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let paths = Paths::here()?;
    let root = discover::absolute(&args.path)?;
    let roots = std::slice::from_ref(&root);
    let (engine, mut mistakes) = rulebook::engine(roots);
    let settings = SettingsResolver::new(engine.names().clone()).with_roots(vec![paths.folder().to_owned()]);
    let gathered = Gathered::read(settings, roots, None)?;
    gathered.say_unread(roots, &paths);
    if gathered.problems.iter().any(|(path, _)| *path == root) {
        return Ok(Exit::Failure);
    }
    mistakes.extend(gathered.settings_problems());
    gathered::say_mistakes(&mistakes, &paths);
    gathered.say_empty(roots, &paths);
    let project = Project::load(engine, gathered, false);
    let snapshot = project.snapshot();
    let view = View { snapshot, graph: Graph::within(snapshot, roots), paths: &paths };
    match args.output_format {
        TopologyFormat::Json => json::print(&view, console)?,
        TopologyFormat::Mermaid => console.print(Shown::text(diagram::mermaid(&view.graph)))?,
        TopologyFormat::Dot => console.print(Shown::text(diagram::dot(&view.graph)))?,
        TopologyFormat::Text => text(&view, &root, console)?,
    }
    Ok(Exit::Clean)
}

/// A topology with what it takes to say where things are.
pub(super) struct View<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) graph: Graph<'a>,
    pub(super) paths: &'a Paths,
}

impl View<'_> {
    /// File and place of an expression.
    fn place(&self, site: Site) -> (String, LineColumn) {
        let Some(file) = self.snapshot.file(site.file) else {
            return (String::new(), LineColumn { column: 1, row: 1 });
        };
        let start = file.absolute(site.item, file.item(site.item).expr_range(site.expr)).start();
        (self.paths.short(&file.path).to_owned(), LineColumn::of(file.source(), start))
    }

    /// The function around a call, or the module.
    pub(super) fn function(&self, call: Site) -> String {
        self.graph.function(call).unwrap_or_else(|| "the module".to_owned())
    }

    /// File and line of an expression.
    pub(super) fn line(&self, site: Site) -> String {
        let (file, place) = self.place(site);
        format!("{file}:{}", place.row)
    }
}

fn text(view: &View<'_>, root: &Path, console: &mut Console) -> anyhow::Result<()> {
    let Topology { channels, processes } = &view.graph.topology;
    for process in processes {
        console.print_line(shown!(
            "{} {}  ({})",
            process.kind.as_str(),
            process.name.as_str(),
            view.line(process.origin)
        ))?;
        for (what, uses) in [("started", &process.starts), ("joined", &process.joins), ("terminated", &process.stops)] {
            let places: Vec<String> = uses.iter().map(|one| view.line(one.call)).collect();
            let places = if places.is_empty() { "nowhere".to_owned() } else { places.join(", ") };
            if what != "terminated" || !uses.is_empty() {
                console.print_line(shown!("    {:<10} {}", what, places))?;
            }
        }
    }
    for channel in channels {
        console.print_line(shown!(
            "{} {}  ({})",
            channel.short_class(),
            channel.name.as_str(),
            view.line(channel.origin)
        ))?;
        for (what, uses) in [("put", &channel.producers), ("get", &channel.consumers)] {
            for one in uses {
                console.print_line(shown!(
                    "    {:<10} {} in {}",
                    what,
                    view.line(one.call),
                    view.function(one.call)
                ))?;
            }
        }
        for message in &channel.messages {
            console.print_line(shown!("    message    {}", message))?;
        }
    }
    if let Some(summary) = view.graph.summary() {
        console.print_line(shown!("{}.", summary))?;
        return Ok(());
    }
    let files = view.snapshot.files().filter(|file| file.on_disk().starts_with(root)).count();
    if files > 0 {
        let files = plural(files, "file", "files");
        console.print_line(shown!("No process, thread, queue or pipe found in {}.", files))?;
    }
    Ok(())
}
