//! `pyteam topology`: processes, channels and messages of a project.

mod diagram;
mod json;

use std::path::Path;

use pyteam_channels::topology::{ChannelNode, Process, ProcessKind, Topology};
use pyteam_display::{Shown, shown};
use pyteam_engine::SettingsResolver;
use pyteam_index::Snapshot;
use pyteam_index::infer::{Inference, Site};

use super::args::{TopologyArgs, TopologyFormat};
use super::console::Console;
use super::gathered::{self, Gathered};
use super::place::{LineColumn, Paths};
use super::project::Project;
use super::report::plural;
use super::{Exit, rulebook};
use crate::discover;

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
    let mut topology = Topology::of(snapshot);
    for message in topology.channels.iter_mut().flat_map(|channel| &mut channel.messages) {
        *message = pyteam_display::message(message);
    }
    // The project around a named folder is there to be looked up, not to be told.
    let is_inside = |site: Site| snapshot.file(site.file).is_some_and(|file| file.on_disk().starts_with(&root));
    topology.channels.retain(|channel| is_inside(channel.origin));
    topology.processes.retain(|process| is_inside(process.origin));
    let view = View { snapshot, inference: Inference::new(snapshot), topology: &topology, paths: &paths };
    match args.output_format {
        TopologyFormat::Json => json::print(&view, console)?,
        TopologyFormat::Mermaid => console.print(Shown::text(diagram::mermaid(&view)))?,
        TopologyFormat::Dot => console.print(Shown::text(diagram::dot(&view)))?,
        TopologyFormat::Text => text(&view, &root, console)?,
    }
    Ok(Exit::Clean)
}

/// A topology with what it takes to say where things are.
pub(super) struct View<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) inference: Inference<'a>,
    pub(super) topology: &'a Topology,
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

    /// File and line of an expression.
    pub(super) fn line(&self, site: Site) -> String {
        let (file, place) = self.place(site);
        format!("{file}:{}", place.row)
    }

    /// The function around a call, or the module.
    pub(super) fn function(&self, call: Site) -> String {
        let function = self.inference.enclosing_function(call);
        let definition = function.and_then(|function| self.inference.function(function));
        let class = function.and_then(|function| self.inference.class_of(function));
        match (class.and_then(|class| self.inference.class(class)), definition) {
            (Some(class), Some(definition)) => format!("{}.{}", class.name, definition.name),
            (None, Some(definition)) => definition.name.to_string(),
            _ => "the module".to_owned(),
        }
    }

    /// Numbers of the processes in which a call is executed; none for the main one.
    fn runners(&self, call: Site) -> Vec<usize> {
        let runners = self.topology.who_runs(&self.inference, call);
        let number = |process: &Process| self.topology.processes.iter().position(|one| one.origin == process.origin);
        runners.into_iter().filter_map(number).collect()
    }
}

/// `process` or `thread`.
pub(super) fn kind(process: &Process) -> &'static str {
    match process.kind {
        ProcessKind::Process => "process",
        ProcessKind::Thread => "thread",
    }
}

fn text(view: &View<'_>, root: &Path, console: &mut Console) -> anyhow::Result<()> {
    let Topology { channels, processes } = view.topology;
    for process in processes {
        console.print_line(shown!("{} {}  ({})", kind(process), process.name.as_str(), view.line(process.origin)))?;
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
            short_class(channel),
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
    if processes.is_empty() && channels.is_empty() {
        let files = view.snapshot.files().filter(|file| file.on_disk().starts_with(root)).count();
        if files > 0 {
            let files = plural(files, "file", "files");
            console.print_line(shown!("No process, thread, queue or pipe found in {}.", files))?;
        }
        return Ok(());
    }
    let threads = processes.iter().filter(|process| matches!(process.kind, ProcessKind::Thread)).count();
    let summary = shown!(
        "{}, {}, {}.",
        plural(processes.len() - threads, "process", "processes"),
        plural(threads, "thread", "threads"),
        plural(channels.len(), "channel", "channels")
    );
    console.print_line(summary)?;
    Ok(())
}

fn short_class(channel: &ChannelNode) -> &str {
    channel.class.as_str().rsplit('.').next().unwrap_or_default()
}
