//! A project's processes, threads and channels, as the command line and editors show them.

pub(crate) mod diagram;

use std::path::Path;

use pyteam_channels::topology::{Process, ProcessKind, Topology};
use pyteam_display::phrases::count;
use pyteam_index::infer::{Inference, Site};
use pyteam_index::{File, Snapshot};

/// A topology, and what it takes to say what does what.
pub(crate) struct Graph<'a> {
    /// Types and functions.
    pub(crate) inference: Inference<'a>,
    /// Its processes, threads and channels.
    pub(crate) topology: Topology,
}

impl<'a> Graph<'a> {
    /// What is made below one of `folders`: the project around them is there to be looked up, not to be told. All there is,
    /// without any folder.
    pub(crate) fn within<F: AsRef<Path>>(snapshot: &'a Snapshot, folders: &[F]) -> Self {
        Self::of_files(snapshot, &|file| {
            folders.is_empty() || folders.iter().any(|folder| file.on_disk().starts_with(folder))
        })
    }

    /// What is made in files of which `is_meant` says so.
    pub(crate) fn of_files(snapshot: &'a Snapshot, is_meant: &dyn Fn(&File) -> bool) -> Self {
        let mut topology = Topology::of(snapshot);
        for message in topology.channels.iter_mut().flat_map(|channel| &mut channel.messages) {
            *message = pyteam_display::message(message);
        }
        let is_inside = |site: Site| snapshot.file(site.file).is_some_and(|file| is_meant(file));
        topology.channels.retain(|channel| is_inside(channel.origin));
        topology.processes.retain(|process| is_inside(process.origin));
        Self { inference: Inference::new(snapshot), topology }
    }

    /// The function or method around a call; none in a module's own code.
    pub(crate) fn function(&self, call: Site) -> Option<String> {
        let function = self.inference.enclosing_function(call);
        let definition = function.and_then(|function| self.inference.function(function));
        let class = function.and_then(|function| self.inference.class_of(function));
        match (class.and_then(|class| self.inference.class(class)), definition) {
            (Some(class), Some(definition)) => Some(format!("{}.{}", class.name, definition.name)),
            (None, Some(definition)) => Some(definition.name.to_string()),
            _ => None,
        }
    }

    /// Numbers of the processes in which a call is executed; none for the main one.
    pub(crate) fn runners(&self, call: Site) -> Vec<usize> {
        let runners = self.topology.who_runs(&self.inference, call);
        let number = |process: &Process| self.topology.processes.iter().position(|one| one.origin == process.origin);
        runners.into_iter().filter_map(number).collect()
    }

    /// `2 processes, 1 thread, 3 channels`; nothing where there are none.
    pub(crate) fn summary(&self) -> Option<String> {
        let Topology { channels, processes } = &self.topology;
        let threads = processes.iter().filter(|process| matches!(process.kind, ProcessKind::Thread)).count();
        let parts = [
            count(processes.len() - threads, "process", "processes"),
            count(threads, "thread", "threads"),
            count(channels.len(), "channel", "channels"),
        ];
        (!processes.is_empty() || !channels.is_empty()).then(|| parts.join(", "))
    }
}
