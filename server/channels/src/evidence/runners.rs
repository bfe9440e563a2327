//! Which threads and processes run a function.

use std::sync::Arc;

use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Inference, Site};
use pyteam_index::snapshot::Snapshot;

use crate::call_graph;
use crate::objects::Objects;
use crate::topology::{self, Process};

/// The threads and processes that a workspace makes, with the function that each runs.
#[derive(Debug, Default)]
pub struct Runners {
    all: Vec<Process>,
}

impl Runners {
    /// Those of `snapshot`, worked out once for a revision.
    pub fn of(snapshot: &Snapshot) -> Arc<Self> {
        snapshot.kept().unwrap_or_else(|| {
            Objects::of(snapshot);
            snapshot.kept_or(|| Self { all: topology::processes(snapshot) })
        })
    }

    /// The one that is made at `origin`.
    pub fn made_at(&self, origin: Site) -> Option<&Process> {
        self.all.iter().find(|one| one.origin == origin)
    }

    /// Those that run `function`: its own first, then those whose function stands in the same file and calls it, directly
    /// or by way of others.
    pub fn that_run(&self, inference: &Inference<'_>, snapshot: &Snapshot, function: FunctionRef) -> Vec<Process> {
        let is_test = |one: &&Process| snapshot.file(one.origin.file).is_some_and(|file| file.is_test());
        let asks_for_test = snapshot.file(function.file).is_some_and(|file| file.is_test());
        let mut found: Vec<Process> = self.all.iter().filter(|one| one.target == Some(function)).cloned().collect();
        if found.is_empty() {
            let near = self.all.iter().filter(|one| one.target.is_some_and(|target| target.file == function.file));
            let calls = |one: &&Process| {
                one.target.is_some_and(|target| call_graph::reaches(inference, target, &|one| one == function))
            };
            found = near.filter(calls).cloned().collect();
        }
        if !asks_for_test && found.iter().any(|one| !is_test(&one)) {
            found.retain(|one| !is_test(&one));
        }
        found
    }
}
