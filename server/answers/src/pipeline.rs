//! Processes, threads and channels as a person sees them: a drawing, and how each one begins and ends.

use std::collections::BTreeSet;
use std::fmt::Write;

use pyteam_index::facts;
use pyteam_index::infer::Site;
use pyteam_index::link::FunctionRef;
use pyteam_index::topology::{Channel, Kind, Process, Topology};
use pyteam_syntax::{Expr, Name, Stmt};

use crate::calls::{arguments, keyword, positional};
use crate::document::and_more;
use crate::view::View;

/// Longest label of a message in a drawing.
const LONGEST: usize = 48;
/// Most boxes of a drawing that anybody can read.
const MOST_BOXES: usize = 40;

/// The processes and channels that are asked about, with those that they speak to.
pub(crate) struct Pipeline<'v> {
    pub(crate) processes: Vec<&'v Process>,
    pub(crate) channels: Vec<&'v Channel>,
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
        let touches = |channel: &&Channel| {
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

    /// A Mermaid flow chart, and how many boxes were left out of it.
    pub(crate) fn drawing(&self, view: &View<'_>) -> (String, usize) {
        let mut arrows = BTreeSet::new();
        let mut boxes: Vec<&Process> = Vec::new();
        // Whoever speaks over a channel is drawn, wherever it is started.
        for process in self.processes.iter().copied().chain(self.channels.iter().flat_map(|one| users(view, one))) {
            if !boxes.iter().any(|known| known.origin == process.origin) {
                boxes.push(process);
            }
        }
        let mut channels: Vec<&Channel> = self.channels.clone();
        channels.sort_by_key(|channel| channel.producers.is_empty() || channel.consumers.is_empty());
        // Whoever speaks to nobody stands in the table.
        let speaks = |process: &&Process| {
            channels.iter().any(|channel| users(view, channel).iter().any(|user| user.origin == process.origin))
        };
        if boxes.len() > MOST_BOXES / 2 {
            boxes.retain(speaks);
        }
        let room = MOST_BOXES.saturating_sub(boxes.len().min(MOST_BOXES / 2));
        let all = self.processes.len() + self.channels.len();
        boxes.truncate(MOST_BOXES);
        channels.truncate(room);
        let left_out = all.saturating_sub(boxes.len() + channels.len());
        for (number, channel) in channels.iter().enumerate() {
            for (uses, is_put) in [(&channel.producers, true), (&channel.consumers, false)] {
                for one in uses {
                    let runners = view.topology().who_runs(&view.inference, one.call);
                    let places =
                        runners.iter().filter_map(|one| boxes.iter().position(|known| known.origin == one.origin));
                    let places: Vec<Option<usize>> = places.map(Some).collect();
                    let places = if runners.is_empty() { vec![None] } else { places };
                    arrows.extend(places.into_iter().map(|process| (process, number, is_put)));
                }
            }
        }
        let quoted = |text: &str| text.replace('"', "&quot;").replace('<', "&lt;").replace('|', "/");
        let mut text = "flowchart LR\n".to_owned();
        if arrows.iter().any(|(process, ..)| process.is_none()) {
            text.push_str("    main[\"main\"]\n");
        }
        for (number, process) in boxes.iter().enumerate() {
            let _ = writeln!(text, "    p{number}[\"{}: {}\"]", kind(process), quoted(&process.name));
        }
        for (number, channel) in channels.iter().enumerate() {
            let _ = writeln!(text, "    c{number}[(\"{}\")]", quoted(&channel.name));
        }
        for (process, channel, is_put) in arrows {
            let process = process.map_or_else(|| "main".to_owned(), |number| format!("p{number}"));
            let message = quoted(&label(channels[channel]));
            let _ = match (is_put, message.is_empty()) {
                (true, false) => writeln!(text, "    {process} -->|\"{message}\"| c{channel}"),
                (true, true) => writeln!(text, "    {process} --> c{channel}"),
                (false, _) => writeln!(text, "    c{channel} --> {process}"),
            };
        }
        (text, left_out)
    }
}

fn is_symbol(kind: crate::symbol::Kind, function: FunctionRef) -> bool {
    matches!(kind, crate::symbol::Kind::Function(asked) if asked == function)
}

fn users<'v>(view: &'v View<'_>, channel: &Channel) -> Vec<&'v Process> {
    let uses = channel.producers.iter().chain(&channel.consumers);
    uses.flat_map(|one| view.topology().who_runs(&view.inference, one.call)).collect()
}

/// `process` or `thread`
pub(crate) fn kind(process: &Process) -> &'static str {
    match process.kind {
        Kind::Process => "process",
        Kind::Thread => "thread",
    }
}

/// `Queue`, `Connection`
pub(crate) fn class(channel: &Channel) -> &'static str {
    channel.class.as_str().rsplit('.').next().unwrap_or_default()
}

/// The tags or keys of a channel's messages, as short as a drawing needs them. What is not known is not said.
fn label(channel: &Channel) -> String {
    let tags: BTreeSet<String> = channel.messages.iter().map(|message| tag(message)).collect();
    let tags: Vec<String> =
        tags.into_iter().filter(|tag| !tag.contains(['?', '{', '(']) && tag.len() <= LONGEST).collect();
    and_more(&tags, 3)
}

/// `frame` of `{"type": "frame", ...}`, else the shape itself.
pub(crate) fn tag(message: &str) -> String {
    let tagged = ["type", "msg_type", "kind", "cmd", "command", "event", "action", "op"].iter().find_map(|key| {
        let (_, rest) = message.split_once(&format!("\"{key}\": \""))?;
        Some(rest.split('"').next()?.to_owned())
    });
    tagged.unwrap_or_else(|| keys(message).unwrap_or_else(|| message.to_owned()))
}

/// The keys of a dict without a tag: `frames, objects`.
fn keys(message: &str) -> Option<String> {
    let inner = message.strip_prefix('{')?;
    let keys: Vec<&str> = inner.split('"').skip(1).step_by(2).collect();
    let (first, rest) = keys.split_first()?;
    Some(if rest.is_empty() { (*first).to_owned() } else { format!("{first}, {} ...", rest[0]) })
}

/// How a process or thread is told to end, as far as that can be seen: "`stop` is looked at", "a message `shutdown`".
pub(crate) fn endings(view: &View<'_>, process: &Process) -> Vec<String> {
    let mut found = Vec::new();
    if process.target.is_none() {
        return vec!["what it runs is not known".to_owned()];
    }
    let events = events(view, process);
    if !events.is_empty() {
        found.push(format!("looks at {}", and_more(&events, 2)));
    } else if let Some(test) = condition(view, process) {
        found.push(format!("goes on while `{test}`"));
    }
    let taken = view.topology().channels.iter().filter(|channel| {
        channel.consumers.iter().any(|one| {
            view.topology().who_runs(&view.inference, one.call).iter().any(|runner| runner.origin == process.origin)
        })
    });
    for channel in taken {
        let ends: BTreeSet<String> = channel.messages.iter().filter(|one| is_end(one)).map(|one| tag(one)).collect();
        if !ends.is_empty() {
            let ends: Vec<String> = ends.into_iter().map(|one| format!("`{one}`")).collect();
            found.push(format!("{} on `{}`", and_more(&ends, 2), channel.name));
        }
    }
    let options = arguments(view, process.origin);
    let item = view.inference.item(process.origin.file, process.origin.item).map(|(_, item, _)| item);
    if let (Some(value), Some(item)) = (keyword(options, "daemon"), item)
        && matches!(item.expr(value), Expr::Bool(true))
    {
        found.push("daemon: dies with its parent".to_owned());
    }
    if found.is_empty() && !process.stops.is_empty() {
        found.push("by force, and nothing else is known".to_owned());
    }
    if found.is_empty() && !loops_forever(view, process) {
        found.push("when its work is done".to_owned());
    }
    found
}

/// Whether a message says that there are no more.
fn is_end(message: &str) -> bool {
    let tag = tag(message).to_ascii_lowercase();
    let word = tag.trim_matches('"');
    message == "None"
        || matches!(
            word,
            "shutdown"
                | "stop"
                | "end"
                | "quit"
                | "exit"
                | "done"
                | "close"
                | "terminate"
                | "poison"
                | "sentinel"
                | "eof"
                | "finish"
                | "finished"
                | "kill"
        )
}

/// The events that a process asks or waits for; where some are named for it, only those that are about the end.
fn events(view: &View<'_>, process: &Process) -> Vec<String> {
    let mut found = BTreeSet::new();
    for function in &process.runs {
        let Some((file, item, item_facts)) = view.inference.item(function.file, function.item) else { continue };
        for call in &item_facts.calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            let text = file.text_at(function.item, item.expr_range(*value));
            let asks = *attr == "is_set" || (*attr == "wait" && is_about_end(text));
            let is_inside = || item.stmt_ancestors(item.enclosing_stmt(*call)).any(|stmt| stmt == function.stmt);
            if asks && text.len() <= 40 && is_inside() {
                found.insert(format!("`{text}`"));
            }
        }
    }
    let all: Vec<String> = found.into_iter().collect();
    let about: Vec<String> = all.iter().filter(|text| is_about_end(text)).cloned().collect();
    if about.is_empty() { all } else { about }
}

/// Whether a name is one for the end of something.
fn is_about_end(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "stop", "shutdown", "exit", "quit", "done", "terminat", "cancel", "finish", "clos", "end", "kill", "abort",
        "running",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The condition of the loop that a process goes round in, where it is short.
fn condition(view: &View<'_>, process: &Process) -> Option<String> {
    let target = process.target?;
    let (file, item, _) = view.inference.item(target.file, target.item)?;
    let mut loops = item
        .stmt_ids()
        .filter_map(|stmt| match item.stmt(stmt) {
            Stmt::While { test, .. } if item.stmt_ancestors(stmt).any(|around| around == target.stmt) => {
                let text = file.text_at(target.item, item.expr_range(*test));
                let is_constant = matches!(item.expr(*test), Expr::Bool(_) | Expr::Int(_));
                (!is_constant && text.len() <= 40 && !text.contains('\n'))
                    .then(|| (item.stmt_range(stmt).start(), text))
            }
            _ => None,
        })
        .collect::<Vec<_>>();
    loops.sort_by_key(|(start, _)| *start);
    loops.first().map(|(_, text)| (*text).to_owned())
}

/// Whether a process has a `while True` that nothing inside of it leaves, or whose work is not known.
fn loops_forever(view: &View<'_>, process: &Process) -> bool {
    let Some(target) = process.target else { return true };
    let Some((_, item, _)) = view.inference.item(target.file, target.item) else { return true };
    let is_endless = |test| matches!(item.expr(test), Expr::Bool(true) | Expr::Int(Some(1)));
    item.stmt_ids().any(|stmt| match item.stmt(stmt) {
        Stmt::While { test, .. } if is_endless(*test) => {
            let leaves = |one| matches!(item.stmt(one), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. });
            let is_inside = |one| item.stmt_ancestors(one).any(|around| around == stmt);
            item.stmt_ancestors(stmt).any(|around| around == target.stmt)
                && !item.stmt_ids().any(|one| leaves(one) && is_inside(one))
        }
        _ => false,
    })
}

/// All places that handle a signal, each with the signal as it is written there: "`signal.SIGTERM` at main.py:12".
pub(crate) fn handled_signals(view: &View<'_>) -> Vec<String> {
    let mut sites = signal_handlers(view);
    sites.sort_by_key(|site| view.sort_key(*site));
    let told = sites.into_iter().map(|site| {
        let signal = positional(arguments(view, site), 0).map(|expr| view.text_of(Site { expr, ..site }));
        match signal.filter(|text| text.len() <= 40 && !text.contains(['\n', '`'])) {
            Some(signal) => format!("`{signal}` at {}", view.site(site)),
            None => format!("at {}", view.site(site)),
        }
    });
    told.collect()
}

/// The calls that handle a signal: `signal.signal`, `loop.add_signal_handler`.
fn signal_handlers(view: &View<'_>) -> Vec<Site> {
    let mut found = Vec::new();
    for file in view.all_files().into_iter().filter(|file| !view.is_test(file)) {
        for name in ["signal", "add_signal_handler"] {
            for index in file.facts.called.get(&Name::new(name)).into_iter().flatten() {
                let Some((_, item, item_facts)) = view.inference.item(file.id, *index) else { continue };
                let calls = item_facts.calls.iter().filter(|call| match item.expr(**call) {
                    Expr::Call { func, args } => {
                        facts::last_name(item, *func).is_some_and(|last| last == name) && args.len() >= 2
                    }
                    _ => false,
                });
                found.extend(calls.map(|call| Site { file: file.id, item: *index, expr: *call }));
            }
        }
    }
    found
}
