//! A stage: what a process or thread runs, with all that it takes to run it by itself.

use std::collections::BTreeSet;

use pyteam_index::FileId;
use pyteam_index::infer::{Site, Type};
use pyteam_index::link::{ClassRef, FunctionRef};
use pyteam_index::topology::{Channel, Kind, Process, is_channel};
use pyteam_syntax::tree::{Arg, ParamKind};
use pyteam_syntax::{Expr, ExprId, Name};

use crate::calls::{arguments, keyword, positional};
use crate::shape::Shape;
use crate::view::View;

/// More parameters that nobody knows are no test, but a form to fill in.
const MOST_MISSING: usize = 2;

/// A stage.
pub(super) struct Stage {
    /// Of the function, or of the class that derives from a process or thread.
    pub(super) name: String,
    /// Whether it is such a class.
    pub(super) is_class: bool,
    pub(super) file: FileId,
    pub(super) is_thread: bool,
    pub(super) params: Vec<Param>,
    /// How it is told to end.
    pub(super) end: End,
    /// Names of the parameters that it puts into, each with the shapes that it puts itself. Empty shapes are not known.
    pub(super) puts: Vec<(String, Vec<Shape>)>,
}

/// A parameter and what is passed for it.
pub(super) struct Param {
    pub(super) name: String,
    pub(super) passed: Passed,
}

/// What is passed for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// A queue of this class, made like this one.
    Queue {
        class: String,
        of: String,
    },
    Event,
    Lock,
    /// This, as written in Python.
    Value(String),
    /// Something of this type, which somebody has to fill in.
    Missing(String),
}

/// How a stage ends.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct End {
    /// By a message on a parameter: its name, and the message.
    pub(super) message: Option<(String, String)>,
    /// By an event.
    pub(super) event: Option<String>,
    /// When its work is done.
    pub(super) by_itself: bool,
}

impl End {
    /// Whether nothing ends it.
    pub(super) fn is_never(&self) -> bool {
        *self == Self::default()
    }
}

impl Stage {
    /// The stage that `process` runs, or why it cannot be run by itself.
    pub(super) fn of(view: &View<'_>, process: &Process) -> Result<Self, String> {
        let target = process.target.ok_or("what it runs is not known")?;
        let (_, item, _) = view.inference.item(target.file, target.item).ok_or("what it runs is not there")?;
        let class = own_class(view, process, target);
        let signature = match class {
            Some(class) => {
                let init = view.inference.method_named(class, Name::new("__init__"));
                init.ok_or("how it is made is not known")?
            }
            None if item.root() != target.stmt || view.inference.class_of(target).is_some() => {
                return Err("it runs a method or an inner function, which needs the object around it".to_owned());
            }
            None => target,
        };
        let definition = view.inference.function(signature).ok_or("how it is made is not known")?;
        if definition.is_async {
            return Err("it runs a coroutine".to_owned());
        }
        let mut params = Vec::new();
        let (mut channels, mut events) = (Vec::new(), Vec::new());
        let skipped = usize::from(class.is_some());
        for (index, param) in definition.params.iter().skip(skipped).enumerate() {
            if matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar) {
                continue;
            }
            if param.kind == ParamKind::PositionalOnly {
                return Err("a parameter is positional only".to_owned());
            }
            let given = passed_for(view, process.origin, class.is_some(), index, param.name.as_str());
            let found = given.and_then(|site| object(view, site));
            match found {
                Some((class, origin)) if is_channel(&class) => {
                    let of = queue(&class).ok_or("it takes a pipe, whose other end somebody has to play")?;
                    channels.push((param.name.to_string(), origin));
                    let about = origin.map(|origin| view.site(origin)).unwrap_or_default();
                    params.push(Param {
                        name: param.name.to_string(),
                        passed: Passed::Queue { class: of.to_owned(), of: about },
                    });
                    continue;
                }
                Some((class, _)) if class.ends_with(".Event") => {
                    events.push(param.name.to_string());
                    params.push(Param { name: param.name.to_string(), passed: Passed::Event });
                    continue;
                }
                Some((class, _)) if class.ends_with(".Lock") || class.ends_with(".RLock") => {
                    params.push(Param { name: param.name.to_string(), passed: Passed::Lock });
                    continue;
                }
                _ => {}
            }
            if param.default.is_some() {
                continue;
            }
            let value =
                given.and_then(|site| literal(view, site)).or_else(|| by_annotation(view, signature, param.annotation));
            let passed = value.map_or_else(|| Passed::Missing(param_text(view, signature, param)), Passed::Value);
            params.push(Param { name: param.name.to_string(), passed });
        }
        let topology = view.topology();
        let of_param = |origin: &Option<Site>| topology.channels.iter().find(|channel| Some(channel.origin) == *origin);
        let is_here = |call: Site| {
            view.topology().who_runs(&view.inference, call).iter().any(|runner| runner.origin == process.origin)
        };
        let mut puts = Vec::new();
        let (mut takes, mut end) = (false, End::default());
        for (name, origin) in &channels {
            let Some(channel) = of_param(origin) else { continue };
            if channel.consumers.iter().any(|one| is_here(one.call)) {
                takes = true;
                end.message = end.message.or_else(|| end_message(view, channel, name));
            }
            let own: Vec<Site> = channel.producers.iter().map(|one| one.call).filter(|call| is_here(*call)).collect();
            if !own.is_empty() {
                puts.push((name.clone(), shapes(view, &own)));
            }
        }
        end.event = events.into_iter().find(|event| looks_at(view, process, event));
        if end.message.is_none() && end.event.is_some() && takes && waits_forever(view, process) {
            return Err("its event alone does not end it: it waits for a message without a timeout".to_owned());
        }
        if end.is_never() && takes {
            return Err("nothing is known that tells it to end".to_owned());
        }
        end.by_itself = end.is_never() && !is_endless(view, process);
        if end.is_never() && puts.is_empty() {
            return Err("it neither ends nor sends anything that could be looked at".to_owned());
        }
        let missing = params.iter().filter(|param| matches!(param.passed, Passed::Missing(_))).count();
        if missing > MOST_MISSING {
            return Err(format!("more than {MOST_MISSING} of its parameters would have to be made by hand"));
        }
        let name = class.map_or_else(|| view.function_name(target), |class| view.class_name(class).to_owned());
        Ok(Self {
            name,
            is_class: class.is_some(),
            file: class.map_or(target.file, |class| class.file),
            is_thread: process.kind == Kind::Thread,
            params,
            end,
            puts,
        })
    }
}

/// The class of the workspace whose objects are the process, where it is one of a module.
fn own_class(view: &View<'_>, process: &Process, target: FunctionRef) -> Option<ClassRef> {
    let made = view.inference.callee(process.origin);
    let class = made.iter().find_map(|one| match one {
        Type::Class(class) => Some(*class),
        _ => None,
    })?;
    let (_, item, _) = view.inference.item(class.file, class.item)?;
    let runs = view.inference.ancestors(class).0.into_iter().any(|one| view.inference.class_of(target) == Some(one));
    (item.root() == class.stmt && runs).then_some(class)
}

/// What is passed for the n-th parameter by the call that makes the process.
fn passed_for(view: &View<'_>, origin: Site, is_class: bool, index: usize, name: &str) -> Option<Site> {
    let (_, item, _) = view.inference.item(origin.file, origin.item)?;
    let args: &[Arg] = arguments(view, origin);
    let at = |expr: ExprId| Site { expr, ..origin };
    if is_class {
        return keyword(args, name).or_else(|| positional(args, index)).map(at);
    }
    if let Some(given) = keyword(args, "args")
        && let Expr::Tuple(items) | Expr::List(items) = item.expr(given)
        && !items.iter().take(index + 1).any(|one| matches!(item.expr(*one), Expr::Starred(_)))
        && let Some(one) = items.get(index)
    {
        return Some(at(*one));
    }
    let Expr::Dict(entries) = item.expr(keyword(args, "kwargs")?) else { return None };
    let entry =
        entries.iter().find(|entry| entry.key.and_then(|key| crate::calls::literal(item, key)) == Some(name))?;
    Some(at(entry.value))
}

/// Class and origin of the one object that an expression is.
fn object(view: &View<'_>, site: Site) -> Option<(String, Option<Site>)> {
    let types = view.inference.expr(site);
    let mut found = types.non_none();
    let (Type::Instance { class, origin, .. }, None) = (found.next()?, found.next()) else { return None };
    Some((class.to_string(), *origin))
}

/// How a queue of a class is made.
fn queue(class: &str) -> Option<&'static str> {
    Some(match class {
        "multiprocessing.queues.Queue" | "multiprocessing.managers.Queue" => "CONTEXT.Queue",
        "multiprocessing.queues.JoinableQueue" => "CONTEXT.JoinableQueue",
        "queue.Queue" => "queue.Queue",
        "queue.LifoQueue" => "queue.LifoQueue",
        "queue.PriorityQueue" => "queue.PriorityQueue",
        _ => return None,
    })
}

/// A number, text or the like, as it is passed.
fn literal(view: &View<'_>, site: Site) -> Option<String> {
    let (_, item, _) = view.inference.item(site.file, site.item)?;
    let is_plain = matches!(item.expr(site.expr), Expr::Int(_) | Expr::Float | Expr::Bool(_) | Expr::None);
    is_plain.then(|| view.text_of(site).to_owned())
}

/// A small value of the type that an annotation says.
fn by_annotation(view: &View<'_>, target: FunctionRef, annotation: Option<ExprId>) -> Option<String> {
    let text = view.text_of(Site { file: target.file, item: target.item, expr: annotation? });
    let text = text.trim_matches(['"', '\'']);
    let may_be_none = text.starts_with("Optional[") || text.split('|').any(|part| part.trim() == "None");
    Some(
        match text {
            _ if may_be_none => "None",
            "int" => "2",
            "float" => "0.1",
            "bool" => "False",
            _ => return None,
        }
        .to_owned(),
    )
}

fn param_text(view: &View<'_>, target: FunctionRef, param: &pyteam_syntax::tree::Param) -> String {
    let file = view.snapshot.file(target.file);
    file.map_or_else(|| param.name.to_string(), |file| crate::code::one_line(file.text_at(target.item, param.range)))
}

/// The message that ends the consumers of a channel, where all of it is known.
fn end_message(view: &View<'_>, channel: &Channel, param: &str) -> Option<(String, String)> {
    let shapes = channel.producers.iter().filter_map(|one| Shape::of_put(view, one.call));
    let mut texts: BTreeSet<String> = shapes.filter(Shape::is_end).filter_map(|shape| shape.sample()).collect();
    texts.pop_first().map(|text| (param.to_owned(), text))
}

/// The shapes of some messages; none where one of them is not known.
fn shapes(view: &View<'_>, puts: &[Site]) -> Vec<Shape> {
    let found: Option<BTreeSet<Shape>> = puts.iter().map(|put| Shape::of_put(view, *put)).collect();
    found.map(|found| found.into_iter().collect()).unwrap_or_default()
}

/// Whether some function of the process asks whether `event` is set, or waits for it.
fn looks_at(view: &View<'_>, process: &Process, event: &str) -> bool {
    calls_of(view, process).iter().any(|(site, method)| {
        matches!(*method, "is_set" | "wait")
            && receiver(view, *site).is_some_and(|text| {
                // `self.stop`, `self._stop`: what a class keeps of its parameter.
                text.trim_start_matches("self.").trim_start_matches('_') == event.trim_start_matches('_')
            })
    })
}

/// Whether it takes messages without a timeout.
fn waits_forever(view: &View<'_>, process: &Process) -> bool {
    calls_of(view, process).iter().any(|(site, method)| {
        let args = arguments(view, *site);
        let is_bounded = keyword(args, "timeout").is_some() || keyword(args, "block").is_some() || !args.is_empty();
        let is_queue = view.inference.receiver(*site).is_some_and(|(types, _)| {
            types.iter().any(|one| matches!(one, Type::Instance { class, .. } if is_channel(class.as_str())))
        });
        *method == "get" && is_queue && !is_bounded
    })
}

/// All method calls in the functions that a process comes through.
fn calls_of(view: &View<'_>, process: &Process) -> Vec<(Site, &'static str)> {
    let mut found = Vec::new();
    for function in &process.runs {
        let Some((_, item, facts)) = view.inference.item(function.file, function.item) else { continue };
        for call in &facts.calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { attr, .. } = item.expr(*func) else { continue };
            if item.stmt_ancestors(item.enclosing_stmt(*call)).any(|stmt| stmt == function.stmt) {
                found.push((Site { file: function.file, item: function.item, expr: *call }, attr.as_str()));
            }
        }
    }
    found
}

fn receiver<'v>(view: &'v View<'_>, call: Site) -> Option<&'v str> {
    let (_, item, _) = view.inference.item(call.file, call.item)?;
    let Expr::Call { func, .. } = item.expr(call.expr) else { return None };
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    Some(view.text_of(Site { expr: *value, ..call }))
}

fn is_endless(view: &View<'_>, process: &Process) -> bool {
    !crate::pipeline::endings(view, process).iter().any(|one| one == "when its work is done")
}
