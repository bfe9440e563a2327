//! Objects by the place where they are made, with all method calls in the workspace that certainly or possibly go to
//! them: who puts into a queue and who takes from it, who starts a process and who joins it.
//!
//! Worked out once for a revision and kept item by item, so that the next revision costs what changed.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyteam_syntax::{Expr, ExprId, Item, Name};
use rustc_hash::FxHashMap;

use crate::infer::{Inference, Seen, Site, Type};
use crate::snapshot::{File, FileId, Snapshot};

/// A method call on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The call.
    pub call: Site,
    /// The method.
    pub method: Name,
    /// Whether it can go to no other object.
    pub is_sure: bool,
}

/// An object from outside (a queue, a process, an event), or of a class of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub class: Class,
    /// The calls that go to it, in the order of files and lines.
    pub uses: Vec<Use>,
}

/// What an object is an object of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A class from outside, dotted and canonical.
    External(Name),
    /// A class of the workspace.
    Own(crate::link::ClassRef),
}

/// All objects of a snapshot that some method is called on.
#[derive(Debug, Default)]
pub struct Objects(FxHashMap<Site, Object>);

impl Objects {
    /// The objects of `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Arc<Self> {
        let room = snapshot.memo().of::<Room>();
        let mut room = room.0.lock().unwrap_or_else(|poisoned| {
            // Whoever panicked in here left half a piece of work.
            let mut room = PoisonError::into_inner(poisoned);
            *room = State::default();
            room
        });
        if room.revision != Some(snapshot.revision()) {
            room.renew(snapshot);
        }
        Arc::clone(&room.all)
    }

    /// The object made at `origin`.
    pub fn get(&self, origin: Site) -> Option<&Object> {
        self.0.get(&origin)
    }

    /// All of them, in the order of files and lines.
    pub fn iter(&self) -> impl Iterator<Item = (Site, &Object)> {
        let mut all: Vec<_> = self.0.iter().map(|(origin, object)| (*origin, object)).collect();
        all.sort_unstable_by_key(|(origin, _)| *origin);
        all.into_iter()
    }
}

#[derive(Default)]
struct Room(Mutex<State>);

#[derive(Default)]
struct State {
    revision: Option<u64>,
    all: Arc<Objects>,
    /// By the item's address, which its weak reference keeps from being used again.
    items: FxHashMap<usize, Known>,
}

/// What is known of one item.
struct Known {
    item: Weak<Item>,
    at: (FileId, u32),
    seen: Seen,
    found: Vec<(Site, Class, Use)>,
}

impl State {
    fn renew(&mut self, snapshot: &Snapshot) {
        let mut items = FxHashMap::default();
        let mut all = Objects::default();
        for file in snapshot.files() {
            let mut with_calls: Vec<u32> =
                file.facts.channel_items.iter().chain(&file.facts.lifecycle_items).copied().collect();
            with_calls.sort_unstable();
            with_calls.dedup();
            for index in with_calls {
                let item = &file.parsed.items[index as usize].item;
                let address = Arc::as_ptr(item) as usize;
                let kept = self.items.remove(&address).filter(|known| {
                    known.at == (file.id, index) && known.item.strong_count() > 0 && known.seen.holds(snapshot)
                });
                let known = kept.unwrap_or_else(|| Known::of(snapshot, file, index));
                for (origin, class, one) in &known.found {
                    let object = all.0.entry(*origin).or_insert_with(|| Object { class: *class, uses: Vec::new() });
                    object.uses.push(*one);
                }
                items.insert(address, known);
            }
        }
        *self = Self { revision: Some(snapshot.revision()), all: Arc::new(all), items };
    }
}

impl Known {
    fn of(snapshot: &Snapshot, file: &File, index: u32) -> Self {
        let inference = Inference::recording(snapshot);
        let item = &file.parsed.items[index as usize].item;
        let facts = &file.facts.items[index as usize];
        let mut calls: Vec<ExprId> = facts.channel_calls.iter().chain(&facts.lifecycle_calls).copied().collect();
        calls.sort_unstable_by_key(|call| item.expr_range(*call).start());
        let mut found = Vec::new();
        for call in calls {
            let Expr::Call { func, .. } = item.expr(call) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            let site = Site { file: file.id, item: index, expr: call };
            let receiver = inference.expr(Site { expr: *value, ..site });
            let is_sure = receiver.non_none().count() == 1;
            for one in receiver.non_none() {
                let (class, origin) = match one {
                    Type::Instance { class, origin: Some(origin), .. } => (Class::External(*class), *origin),
                    Type::Object(class, Some(origin)) => (Class::Own(*class), *origin),
                    _ => continue,
                };
                found.push((origin, class, Use { call: site, method: *attr, is_sure }));
            }
        }
        Self { item: Arc::downgrade(item), at: (file.id, index), seen: inference.seen(), found }
    }
}

#[cfg(test)]
mod tests {
    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;
    use crate::Workspace;

    fn methods(snapshot: &Snapshot, class: &str) -> Vec<Vec<String>> {
        let objects = Objects::of(snapshot);
        let of_class = objects.iter().filter(|(_, object)| object.class == Class::External(Name::new(class)));
        of_class.map(|(_, object)| object.uses.iter().map(|one| one.method.to_string()).collect()).collect()
    }

    #[test]
    fn uses_are_found_in_all_files_and_follow_edits() {
        let mut workspace = Workspace::new();
        let mut set = |path: &str, text: &str| {
            workspace.set_file(path, Arc::new(parse(SourceText::new(text), &ParseLimits::default())));
            workspace.snapshot()
        };
        set("/w/worker.py", "def work(q):\n    while True:\n        q.get()\n");
        let main = "import multiprocessing as mp\nfrom worker import work\nq = mp.Queue()\np = mp.Process(target=work, args=(q,))\np.start()\nq.put(1)\np.join()\n";
        let snapshot = set("/w/main.py", main);
        assert_eq!(methods(&snapshot, "multiprocessing.queues.Queue"), [["get", "put"]]);
        assert_eq!(methods(&snapshot, "multiprocessing.Process"), [["start", "join"]]);
        let snapshot = set("/w/worker.py", "def work(q):\n    q.get_nowait()\n    q.put(2)\n");
        assert_eq!(methods(&snapshot, "multiprocessing.queues.Queue"), [["get_nowait", "put", "put"]]);
        // The call is gone, and with it what the worker's queue is.
        let snapshot = set("/w/main.py", &main.replace("args=(q,)", ""));
        assert_eq!(methods(&snapshot, "multiprocessing.queues.Queue"), [["put"]]);
    }
}
