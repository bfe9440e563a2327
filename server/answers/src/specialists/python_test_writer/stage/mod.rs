//! A stage: what a process or thread runs, with all that it takes to run it by itself.

mod given;
mod signals;

use pyteam_channels::message::Message;
use pyteam_channels::topology::{Process, ProcessKind};
use pyteam_index::FileId;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::Name;
use pyteam_syntax::tree::ParamKind;

use self::given::{by_annotation, literal, object, param_text, queue};
use self::signals::{end_message, looks_at, shapes, waits_forever};
use crate::pipeline::{ends_by_itself, runs_what_it_is_given};
use crate::view::View;

/// A test with more parameters that are not known is a form to fill in.
const MAX_MISSING: usize = 2;

/// A stage.
pub(in crate::specialists::python_test_writer) struct Stage {
    /// Of the function, or of the class that derives from a process or thread.
    pub(in crate::specialists::python_test_writer) name: String,
    /// Whether it is such a class.
    pub(in crate::specialists::python_test_writer) is_class: bool,
    pub(in crate::specialists::python_test_writer) file: FileId,
    pub(in crate::specialists::python_test_writer) is_thread: bool,
    pub(in crate::specialists::python_test_writer) params: Vec<Param>,
    /// How it is told to end.
    pub(in crate::specialists::python_test_writer) end: End,
    /// Names of the parameters that it puts into, each with the shapes that it puts itself. Empty shapes are not known.
    pub(in crate::specialists::python_test_writer) puts: Vec<(String, Vec<Message>)>,
}

/// A parameter and what is passed for it.
pub(in crate::specialists::python_test_writer) struct Param {
    pub(in crate::specialists::python_test_writer) name: String,
    pub(in crate::specialists::python_test_writer) passed: Passed,
}

/// What is passed for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::specialists::python_test_writer) enum Passed {
    /// A queue of this class, made like this one.
    Queue {
        class: String,
        of: String,
    },
    Event,
    Lock,
    /// This, as written in Python.
    Value(String),
    /// Something of this type, which the reader has to fill in.
    Missing(String),
}

/// How a stage ends.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(in crate::specialists::python_test_writer) struct End {
    /// By a message on a parameter: its name, and the message.
    pub(in crate::specialists::python_test_writer) message: Option<(String, String)>,
    /// By an event.
    pub(in crate::specialists::python_test_writer) event: Option<String>,
    /// When its work is done.
    pub(in crate::specialists::python_test_writer) by_itself: bool,
}

impl End {
    /// Whether nothing ends it.
    pub(in crate::specialists::python_test_writer) fn is_never(&self) -> bool {
        *self == Self::default()
    }
}

impl Stage {
    /// The stage that `process` runs, or why it cannot be run by itself.
    pub(in crate::specialists::python_test_writer) fn of(view: &View<'_>, process: &Process) -> Result<Self, String> {
        let target = process.target.ok_or("target not followed")?;
        let (_, item, _) = view.inference.item(target.file, target.item).ok_or("target not followed")?;
        if runs_what_it_is_given(view, process) {
            return Err("runs the function that it is given; test that function".to_owned());
        }
        let class = own_class(view, process, target);
        let signature = match class {
            Some(class) => {
                let init = view.inference.method_named(class, Name::new("__init__"));
                init.ok_or("`__init__` not followed")?
            }
            None if item.root() != target.stmt || view.inference.class_of(target).is_some() => {
                return Err("runs a method or an inner function, which needs an object around it".to_owned());
            }
            None => target,
        };
        let definition = view.inference.function(signature).ok_or("`__init__` not followed")?;
        if definition.is_async {
            return Err("runs a coroutine".to_owned());
        }
        let mut params = Vec::new();
        let (mut channels, mut events) = (Vec::new(), Vec::new());
        let skipped = usize::from(class.is_some());
        let binding = view.inference.call_binding(process.origin, signature);
        for (index, param) in definition.params.iter().skip(skipped).enumerate() {
            if matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar) {
                continue;
            }
            if param.kind == ParamKind::PositionalOnly {
                return Err("has a positional-only parameter".to_owned());
            }
            let given = binding.and_then(|one| view.inference.bound_expr(one, signature, index + skipped));
            let found = given.and_then(|site| object(view, site));
            match found {
                Some((class, origin)) if known::is_channel(Name::new(&class)) => {
                    let of = queue(&class).ok_or("uses a pipe, whose other end has to be simulated")?;
                    channels.push((param.name.to_string(), origin));
                    let about = origin.map(|origin| view.site(origin)).unwrap_or_default();
                    params.push(Param { name: param.name.to_string(), passed: Passed::Queue { class: of, of: about } });
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
            return Err("its event does not stop it: it waits for a message without a timeout".to_owned());
        }
        if end.is_never() && takes {
            return Err("no stop found".to_owned());
        }
        end.by_itself = end.is_never() && ends_by_itself(view, process);
        if end.is_never() && puts.is_empty() {
            return Err("neither returns nor sends anything that a test can check".to_owned());
        }
        let missing = params.iter().filter(|param| matches!(param.passed, Passed::Missing(_))).count();
        if missing > MAX_MISSING {
            return Err(format!("more than {MAX_MISSING} parameters have to be filled in by hand"));
        }
        let name = class.map_or_else(|| view.function_name(target), |class| view.class_name(class).to_owned());
        Ok(Self {
            name,
            is_class: class.is_some(),
            file: class.map_or(target.file, |class| class.file),
            is_thread: process.kind == ProcessKind::Thread,
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
