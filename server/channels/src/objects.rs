//! Objects by the place where they are made, with all method calls in the workspace that certainly or possibly go to
//! them: what puts into a queue and takes from it, what starts a process and joins it.

use std::sync::Arc;

use pyteam_index::infer::{Inference, Site};
use pyteam_index::snapshot::Snapshot;
use pyteam_syntax::Name;
use rustc_hash::FxHashMap;

use crate::calls::{self, Group};
use crate::channel;
use crate::uses::ChannelUses;

/// A method call on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectCall {
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
    pub uses: Vec<ObjectCall>,
}

/// What an object is an object of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A class from outside, dotted and canonical.
    External(Name),
    /// A class of the workspace.
    Own(pyteam_index::definitions::ClassRef),
}

/// All objects of a snapshot that some method is called on.
#[derive(Debug, Default)]
pub struct Objects {
    by_origin: FxHashMap<Site, Object>,
    /// Calls on objects that are not known, by the last name of the object and the method.
    unresolved: FxHashMap<(Name, Name), Vec<Site>>,
    /// Which channels are known by parameters, too.
    channels: Arc<ChannelUses>,
}

impl Objects {
    /// The objects of `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Arc<Self> {
        snapshot.kept().unwrap_or_else(|| {
            // Before others have to wait: threads that ask at once share the work.
            calls::of(snapshot, Group::Transfers);
            calls::of(snapshot, Group::Lifecycles);
            snapshot.kept_or(|| Self::new(snapshot))
        })
    }

    fn new(snapshot: &Snapshot) -> Self {
        let mut all = Self { channels: ChannelUses::of(snapshot), ..Self::default() };
        for item in calls::of(snapshot, Group::Transfers).iter().chain(&*calls::of(snapshot, Group::Lifecycles)) {
            for (name, method, call) in &item.unresolved {
                all.unresolved.entry((*name, *method)).or_default().push(*call);
            }
            for call in &item.calls {
                for (origin, class) in &call.receivers {
                    let object =
                        all.by_origin.entry(*origin).or_insert_with(|| Object { class: *class, uses: Vec::new() });
                    object.uses.push(ObjectCall { call: call.call, method: call.method, is_sure: call.is_sure });
                }
            }
        }
        all.join_parameters(snapshot);
        let place = |one: &ObjectCall| {
            let start = snapshot.file(one.call.file).map(|file| {
                let item = file.item(one.call.item);
                file.absolute(one.call.item, item.expr_range(one.call.expr)).start()
            });
            (one.call.file, start)
        };
        all.by_origin.values_mut().for_each(|object| object.uses.sort_by_key(place));
        all
    }

    /// What is done to a channel behind a parameter, for which all callers pass that one, is done to the channel.
    fn join_parameters(&mut self, snapshot: &Snapshot) {
        let parameters: Vec<Site> =
            self.by_origin.keys().copied().filter(|origin| self.channels.root(*origin) != *origin).collect();
        let inference = Inference::new(snapshot);
        for parameter in parameters {
            let root = self.channels.root(parameter);
            let Some(behind) = self.by_origin.remove(&parameter) else { continue };
            let class =
                channel::made_at(&inference, root).map_or(behind.class, |made| Class::External(Name::new(made.class)));
            let object = self.by_origin.entry(root).or_insert_with(|| Object { class, uses: Vec::new() });
            object.uses.extend(behind.uses);
        }
    }

    /// Where the object is really made that something at `origin` is: `origin` itself, unless that is a parameter.
    pub fn root(&self, origin: Site) -> Site {
        self.channels.root(origin)
    }

    /// The object made at `origin`.
    pub fn get(&self, origin: Site) -> Option<&Object> {
        self.by_origin.get(&self.root(origin))
    }

    /// Calls of `method` on something that is not known, and that the code calls `name`: `other.name.method()`.
    pub fn unresolved(&self, name: Name, method: Name) -> &[Site] {
        self.unresolved.get(&(name, method)).map_or(&[], Vec::as_slice)
    }

    /// All of them, in the order of files and lines.
    pub fn iter(&self) -> impl Iterator<Item = (Site, &Object)> {
        let mut all: Vec<_> = self.by_origin.iter().map(|(origin, object)| (*origin, object)).collect();
        all.sort_unstable_by_key(|(origin, _)| *origin);
        all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;
    use pyteam_index::Workspace;

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
        // A queue that is declared what it carries is still the one that the caller passes.
        let snapshot =
            set("/w/worker.py", "import queue\ndef work(q: queue.Queue[int]):\n    q.get_nowait()\n    q.put(2)\n");
        assert_eq!(methods(&snapshot, "multiprocessing.queues.Queue"), [["get_nowait", "put", "put"]]);
        assert_eq!(methods(&snapshot, "queue.Queue"), Vec::<Vec<String>>::new());
        // The call is gone, and with it what the worker's queue is.
        let snapshot = set("/w/main.py", &main.replace("args=(q,)", ""));
        assert_eq!(methods(&snapshot, "multiprocessing.queues.Queue"), [["put"]]);
    }
}
