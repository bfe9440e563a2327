//! The program's shape: its channels with what puts into them and takes from them, and its processes and threads
//! with what they run and what starts, joins and stops them.

mod daemon;
mod tally;

use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::{Base, Inference, Site, Type};
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_index::snapshot::Snapshot;
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::Arg;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use crate::call_graph;
use crate::message::Message;
use crate::objects::{Class, Object, ObjectCall, Objects};
use crate::process;
use crate::size::{self, Size};
use crate::start_method::StartMethod;

pub use self::tally::Tally;

/// A queue or pipe, with all calls that use it. The one that a single call goes to is a
/// [`Channel`](crate::channel::Channel).
#[derive(Clone, Debug)]
pub struct ChannelNode {
    /// Where it is made; of one that is looked up by itself ([`channel_at`]), maybe only where it is declared.
    pub origin: Site,
    /// How the code calls it.
    pub name: String,
    /// Its class, dotted and canonical.
    pub class: Name,
    /// Its `maxsize` as written; `None` for an unbounded one and for pipes.
    pub bound: Option<String>,
    /// The calls that put into it.
    pub producers: Vec<ObjectCall>,
    /// The calls that take from it.
    pub consumers: Vec<ObjectCall>,
    /// What is put, each shape once: `{"id": int, "text": str}`, `(str, ?)`, `None`.
    pub messages: Vec<String>,
}

impl ChannelNode {
    /// Its class without the module: `Queue`.
    pub fn short_class(&self) -> &'static str {
        self.class.as_str().rsplit('.').next().unwrap_or_default()
    }
}

/// What runs beside the code that starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessKind {
    /// A process.
    Process,
    /// A thread.
    Thread,
}

impl ProcessKind {
    /// `process` or `thread`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Thread => "thread",
        }
    }
}

/// A process or thread.
#[derive(Clone, Debug)]
pub struct Process {
    /// Where it is made.
    pub origin: Site,
    /// What it is.
    pub kind: ProcessKind,
    /// The function it runs, or its class.
    pub name: String,
    /// The function it runs, where that is known.
    pub target: Option<FunctionRef>,
    /// Whether it is ended with the program.
    pub is_daemon: bool,
    /// `spawn`, `fork` or `forkserver`, where its context says so.
    pub start_method: Option<Name>,
    /// The calls that start it.
    pub starts: Vec<ObjectCall>,
    /// The calls that join it.
    pub joins: Vec<ObjectCall>,
    /// The calls that end it by force.
    pub stops: Vec<ObjectCall>,
    /// All functions that it comes through.
    pub runs: Vec<FunctionRef>,
}

/// Channels and processes that a workspace makes, in the order of files and lines. What is only declared, by the
/// annotation of a parameter, of a field or of what a function returns, is none of them: it is not made there.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Its queues and pipes.
    pub channels: Vec<ChannelNode>,
    /// Its processes and threads.
    pub processes: Vec<Process>,
}

impl Topology {
    /// The topology of `snapshot`.
    pub fn of(snapshot: &Snapshot) -> Self {
        let inference = Inference::new(snapshot);
        let objects = Objects::of(snapshot);
        let mut topology = Self::default();
        for (origin, object) in objects.iter() {
            if !is_made(&inference, origin) {
                continue;
            }
            inference.renew_budget();
            if let Some(channel) = channel(&inference, origin, object) {
                topology.channels.push(channel);
            } else if let Some(process) = process(&inference, origin, object) {
                topology.processes.push(process.with_runs(&inference));
            }
        }
        topology
    }

    /// The processes and threads in which `call` is executed.
    pub fn who_runs<'t>(&'t self, inference: &Inference<'_>, call: Site) -> Vec<&'t Process> {
        let Some(function) = call_graph::outermost_function(inference, call) else { return Vec::new() };
        self.processes.iter().filter(|process| process.runs.contains(&function)).collect()
    }
}

/// The channel made at `origin`, if that is one.
pub fn channel_at(snapshot: &Snapshot, origin: Site) -> Option<ChannelNode> {
    let objects = Objects::of(snapshot);
    channel(&Inference::new(snapshot), objects.root(origin), objects.get(origin)?)
}

/// The process or thread made at `origin`, if that is one.
pub fn process_at(snapshot: &Snapshot, origin: Site) -> Option<Process> {
    let objects = Objects::of(snapshot);
    let inference = Inference::new(snapshot);
    process(&inference, origin, objects.get(origin)?).map(|process| process.with_runs(&inference))
}

/// The processes and threads that a workspace makes, without what they call.
pub(crate) fn processes(snapshot: &Snapshot) -> Vec<Process> {
    let inference = Inference::new(snapshot);
    let objects = Objects::of(snapshot);
    // What is declared to be of a class of the workspace's own runs what that class says.
    let is_own = |object: &Object| matches!(object.class, Class::Own(_));
    let made = objects.iter().filter(|(origin, object)| is_own(object) || is_made(&inference, *origin));
    made.filter_map(|(origin, object)| {
        inference.renew_budget();
        process(&inference, origin, object)
    })
    .collect()
}

/// What the code calls the object of `class` made at `origin`.
pub fn name_of(snapshot: &Snapshot, origin: Site, class: Name) -> String {
    name(&Inference::new(snapshot), origin, class)
}

/// Whether something is made at `origin`, and not only declared there: by a call, or by the factory of a field.
fn is_made(inference: &Inference<'_>, origin: Site) -> bool {
    if arguments(inference, origin).is_some() {
        return true;
    }
    let Some((_, item, _)) = inference.item(origin.file, origin.item) else { return false };
    // `tasks: Queue = field(default_factory=Queue)`
    match item.stmt(item.enclosing_stmt(origin.expr)) {
        Stmt::AnnAssign { value: Some(value), .. } => {
            let made = arguments(inference, Site { expr: *value, ..origin });
            made.is_some_and(|(_, args)| keyword(args, "default_factory").is_some())
        }
        _ => false,
    }
}

fn channel(inference: &Inference<'_>, origin: Site, object: &Object) -> Option<ChannelNode> {
    let Class::External(class) = object.class else { return None };
    if !known::is_channel(class) {
        return None;
    }
    let by = |action| uses(object, class, action);
    let (producers, consumers) = (by(Action::Put), by(Action::Take));
    let mut messages: Vec<String> =
        producers.iter().filter_map(|put| Message::of_put(inference, put.call).map(|message| message.text())).collect();
    messages.sort();
    messages.dedup();
    let bound = known::class(class).filter(|class| class.maxsize).and_then(|_| bound(inference, origin));
    Some(ChannelNode { origin, name: name(inference, origin, class), class, bound, producers, consumers, messages })
}

fn process(inference: &Inference<'_>, origin: Site, object: &Object) -> Option<Process> {
    let (kind, class) = kind_of(inference, object.class)?;
    let own = match object.class {
        Class::External(_) => None,
        Class::Own(class) => Some(class),
    };
    let by = |action| uses(object, class, action);
    let target = match own {
        Some(class) => inference.ancestors(class).0.into_iter().find_map(|one| {
            inference
                .methods(one)
                .into_iter()
                .find(|method| inference.function(*method).is_some_and(|definition| definition.name == "run"))
        }),
        None => target(inference, origin),
    };
    let named = match own {
        Some(class) => inference.class(class).map(|class| class.name),
        None => target.and_then(|target| inference.function(target)).map(|function| function.name),
    };
    let name = named.map_or_else(|| name(inference, origin, Name::new("process")), |name| name.to_string());
    Some(Process {
        origin,
        kind,
        name,
        target,
        is_daemon: daemon::is_daemon(inference, origin, own),
        start_method: match StartMethod::of(inference, origin) {
            StartMethod::Explicit(method) => Some(method),
            StartMethod::Default | StartMethod::Unknown => None,
        },
        starts: by(Action::Start),
        joins: by(Action::Join),
        stops: by(Action::Stop),
        runs: Vec::new(),
    })
}

impl Process {
    /// The same, with all functions that it comes through.
    fn with_runs(mut self, inference: &Inference<'_>) -> Self {
        self.runs = self.target.map(|target| call_graph::from(inference, target)).unwrap_or_default();
        self
    }
}

/// The uses of an object of `class` that do this to it.
fn uses(object: &Object, class: Name, action: Action) -> Vec<ObjectCall> {
    object.uses.iter().filter(|one| known::action(class, one.method) == Some(action)).copied().collect()
}

/// Whether objects of a class of the workspace are processes or threads.
pub(crate) fn runs_beside(inference: &Inference<'_>, class: ClassRef) -> bool {
    kind_of(inference, Class::Own(class)).is_some()
}

/// Whether objects of `class` are processes or threads, if they are either, and the class from outside that makes them so.
fn kind_of(inference: &Inference<'_>, class: Class) -> Option<(ProcessKind, Name)> {
    let known = |path: Name| match known::kind(path)? {
        ClassKind::Process => Some((ProcessKind::Process, path)),
        ClassKind::Thread => Some((ProcessKind::Thread, path)),
        _ => None,
    };
    match class {
        Class::External(path) => known(path),
        Class::Own(class) => {
            let bases = inference.ancestors(class).0.into_iter().flat_map(|one| inference.bases(one));
            let mut kinds = bases.filter_map(|base| match base {
                Base::External(path) => known(path),
                _ => None,
            });
            kinds.next()
        }
    }
}

fn arguments<'a>(inference: &Inference<'a>, call: Site) -> Option<(ExprId, &'a [Arg])> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    match item.expr(call.expr) {
        Expr::Call { func, args } => Some((*func, args)),
        _ => None,
    }
}

/// What a process or thread runs, by the call that makes it.
fn target(inference: &Inference<'_>, origin: Site) -> Option<FunctionRef> {
    process::target_types(inference, origin)?.iter().find_map(|one| match one {
        Type::Function(function, _) => Some(*function),
        _ => None,
    })
}

/// The bound of a queue as written at its creation.
fn bound(inference: &Inference<'_>, origin: Site) -> Option<String> {
    let (_, args) = arguments(inference, origin)?;
    let size = size::argument(args).filter(|_| Size::of(inference, origin) != Size::Unbounded)?;
    let (file, item, _) = inference.item(origin.file, origin.item)?;
    Some(file.text_at(origin.item, item.expr_range(size)).to_owned())
}

/// What the code calls the object made at `origin`: the target of the assignment, else the last part of its class.
fn name(inference: &Inference<'_>, origin: Site, class: Name) -> String {
    let fallback = || class.as_str().rsplit('.').next().unwrap_or_default().to_lowercase();
    let Some((file, item, _)) = inference.item(origin.file, origin.item) else { return fallback() };
    let text = |expr: ExprId| file.text_at(origin.item, item.expr_range(expr));
    let target = match item.stmt(item.enclosing_stmt(origin.expr)) {
        Stmt::Assign { targets, .. } => targets.first().map(|target| text(*target)),
        Stmt::AnnAssign { target, .. } => Some(text(*target)),
        Stmt::Function(function) => function
            .params
            .iter()
            .find(|param| {
                param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
            })
            .map(|param| param.name.as_str()),
        _ => None,
    };
    target.filter(|target| target.len() <= 60 && !target.contains('\n')).map_or_else(fallback, str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;
    use pyteam_index::Workspace;

    /// The names of processes, and those of channels.
    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        let mut workspace = Workspace::new();
        workspace.set_file("/w/main.py", Arc::new(parse(SourceText::new(text), &ParseLimits::default())));
        let Topology { channels, processes } = Topology::of(&workspace.snapshot());
        let processes = processes.into_iter().map(|process| process.name).collect();
        (processes, channels.into_iter().map(|channel| channel.name).collect())
    }

    #[test]
    fn an_annotation_makes_nothing() {
        let text = "\
from multiprocessing import Process
from queue import Queue
from threading import Thread
from typing import NamedTuple

class Worker(Thread):
    def run(self): pass

class Entry(NamedTuple):
    process: Process

class Pool:
    def __init__(self):
        self.workers: list[Worker] = []
    def stop(self, entry: Entry):
        entry.process.terminate()
        for worker in self.workers:
            worker.join()

def given(process: Process, tasks: Queue):
    process.start()
    tasks.put(1)

def some() -> Process: ...

def end():
    some().join()
";
        assert_eq!(names(text), (vec![], vec![]));
        let made = "\
def start():
    worker = Worker()
    worker.start()
    results = Queue()
    results.get()
";
        assert_eq!(names(&(text.to_owned() + made)), (vec!["Worker".to_owned()], vec!["results".to_owned()]));
    }

    #[test]
    fn the_factory_of_a_field_makes_it() {
        let text = "\
from dataclasses import dataclass, field
from queue import Queue

@dataclass
class Stage:
    tasks: Queue = field(default_factory=Queue)
    results: Queue = field(repr=False)
    def step(self):
        self.results.put(self.tasks.get())
";
        assert_eq!(names(text), (vec![], vec!["tasks".to_owned()]));
    }
}
