//! Processes, threads and channels as a person sees them: a drawing, and how each one begins and ends.

mod drawing;
mod ending;
mod made;
mod signals;

use pyteam_channels::topology::{ChannelNode, Process, Topology};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;

pub(crate) use self::ending::{endings, ends_by_itself, runs_what_it_is_given};
pub(crate) use self::made::made_besides;
pub(crate) use self::signals::told as signals_told;
use crate::calls::{arguments, keyword, positional};
use crate::view::View;

/// The processes and channels that are asked about, with those that they speak to.
pub(crate) struct Pipeline<'v> {
    pub(crate) processes: Vec<&'v Process>,
    pub(crate) channels: Vec<&'v ChannelNode>,
}

impl<'v> Pipeline<'v> {
    /// Those that the question is about. Tests are left out, unless they are what is asked about.
    pub(crate) fn of<'q>(view: &'v View<'q>) -> Self {
        let topology: &'v Topology = view.topology();
        let counts = |site: Site| {
            let is_test = view.snapshot.file(site.file).is_some_and(|file| view.is_test(file));
            view.is_asked_site(site) && (!is_test || view.question.subject.file().is_some())
        };
        let runs_here = |process: &Process| {
            process.runs.iter().any(|function| view.symbol().is_some_and(|symbol| is_symbol(symbol.kind, *function)))
        };
        let is_asked = |process: &&Process| {
            let target = process.target.is_some_and(|target| view.question.subject.file() == Some(target.file));
            let is_symbol = matches!(view.question.subject, crate::Subject::Symbol(..));
            counts(process.origin) || (target && !is_symbol) || runs_here(process)
        };
        let touches = |channel: &&ChannelNode| {
            let mut uses = channel.producers.iter().chain(&channel.consumers);
            counts(channel.origin) || uses.any(|one| counts(one.call))
        };
        Self {
            processes: topology.processes.iter().filter(is_asked).collect(),
            channels: topology.channels.iter().filter(touches).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.processes.is_empty() && self.channels.is_empty()
    }
}

fn is_symbol(kind: crate::symbol::SymbolKind, function: FunctionRef) -> bool {
    matches!(kind, crate::symbol::SymbolKind::Function(asked) if asked == function)
}

/// `Queue`, `Connection`
pub(crate) fn class(channel: &ChannelNode) -> &'static str {
    channel.class.as_str().rsplit('.').next().unwrap_or_default()
}

/// What a process runs, as a person would name it: `CamGear.update`, `Worker`, `Process(target=step)`.
pub(crate) fn name(view: &View<'_>, process: &Process) -> String {
    let args = arguments(view, process.origin);
    let written = |expr| {
        let text = view.text_of(Site { expr, ..process.origin });
        (text.len() <= 40 && !text.contains(['\n', '`'])).then(|| text.to_owned())
    };
    if runs_what_it_is_given(view, process) {
        let given = keyword(args, "target").and_then(written);
        return given.map_or_else(|| process.name.clone(), |given| format!("{}(target={given})", process.name));
    }
    match process.target {
        // A class is called by its own name.
        Some(target) if view.inference.function(target).is_some_and(|one| one.name.as_str() == process.name) => {
            view.function_name(target)
        }
        Some(_) => process.name.clone(),
        // The second argument of a `Timer` is what it runs.
        None => {
            let given = keyword(args, "target").or_else(|| keyword(args, "function")).or_else(|| positional(args, 1));
            given.and_then(written).unwrap_or_else(|| process.name.clone())
        }
    }
}

/// The functions that put into a channel on behalf of others, and into other channels, too: `send(queue, message)`.
/// Which message goes into which channel is not known of them.
pub(crate) fn mixers(view: &View<'_>, channel: &ChannelNode) -> Vec<String> {
    let mixes = channel.producers.iter().filter(|one| {
        let receiver = view.inference.receiver(one.call);
        let origins: std::collections::BTreeSet<_> = receiver
            .iter()
            .flat_map(|(types, _)| types.iter())
            .filter_map(|one| match one {
                Type::Instance { class, origin: Some(origin), .. } if known::is_channel(*class) => {
                    Some(view.sort_key(*origin))
                }
                _ => None,
            })
            .collect();
        origins.len() > 1
    });
    let mut found: Vec<(String, String)> = mixes.map(|one| (view.around(one.call), view.site(one.call))).collect();
    found.sort();
    // Of one function its first put is enough.
    found.dedup_by(|one, before| one.0 == before.0);
    found.into_iter().map(|(name, at)| format!("`{name}` ({at})")).collect()
}

/// A message as a person reads it; none where nothing is known of it.
pub(crate) fn readable(message: &str) -> Option<String> {
    let parts: Vec<&str> = message.split(" | ").collect();
    let is_flat = !message.contains(['{', '[', '(']);
    let known: Vec<&str> = parts.iter().copied().filter(|part| *part != "?").collect();
    match (is_flat, known.len() < parts.len()) {
        (true, true) if known.is_empty() => None,
        (true, true) => Some(format!("`{}` or unknown", known.join(" | "))),
        _ => Some(format!("`{message}`")),
    }
}
