//! The queue, pipe, process, thread or event under the cursor: what it is, and what uses it how.

use pyteam_channels::objects::{Class, ObjectCall, Objects};
use pyteam_channels::topology::{self, ChannelNode, Process, Topology};
use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::{Name, TextRange, TextSize};

use crate::lsp::markup::Markup;
use crate::lsp::navigation::{self, Pointed};
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

/// What stands at `offset`, with the range that was meant. `most` calls of each kind are named.
pub(super) fn describe(
    checked: &CheckedFile,
    offset: TextSize,
    most: usize,
    markup: &Markup<'_>,
) -> Option<(String, TextRange)> {
    let snapshot = &*checked.snapshot;
    let is_known = |one: &Type| match one {
        Type::Instance { class, .. } | Type::Method { class, .. } => {
            known::is_channel(*class) || is_event(*class) || known::runs_beside(*class)
        }
        Type::Object(..) => true,
        _ => false,
    };
    let Pointed { origin, range, .. } = navigation::pointed_at(snapshot, &checked.file, offset, &is_known)?;
    let describer =
        |topology| Describer { snapshot, most, markup, inference: Inference::new(&snapshot.index), topology };
    // The whole topology costs something, and most of what is pointed at is none of these.
    let topology = || Topology::of(&snapshot.index);
    if let Some(channel) = topology::channel_at(&snapshot.index, origin) {
        return Some((describer(topology()).channel(&channel), range));
    }
    if let Some(process) = topology::process_at(&snapshot.index, origin) {
        return Some((describer(topology()).process(&process), range));
    }
    let objects = Objects::of(&snapshot.index);
    let object = objects.get(origin)?;
    let Class::External(class) = object.class else { return None };
    is_event(class).then(|| (describer(topology()).event(origin, class, &object.uses), range))
}

fn is_event(class: Name) -> bool {
    known::kind(class) == Some(ClassKind::Event)
}

struct Describer<'v> {
    snapshot: &'v StateSnapshot,
    most: usize,
    markup: &'v Markup<'v>,
    inference: Inference<'v>,
    topology: Topology,
}

impl Describer<'_> {
    /// `tasks`: `multiprocessing.queues.Queue`, at most 8 messages, made in main.py:7
    fn head(&self, name: &str, what: &str, more: &str, origin: Site) -> String {
        let made = self.markup.place(origin).map_or_else(String::new, |place| format!(", created in {place}"));
        format!("{}: {}{more}{made}\n", self.markup.strong(&self.markup.code(name)), self.markup.code(what))
    }

    fn channel(&self, channel: &ChannelNode) -> String {
        let bound = channel.bound.as_ref();
        let bound = bound.map_or_else(String::new, |bound| format!(", maxsize {}", self.markup.code_word(bound)));
        let mut text = self.head(&channel.name, channel.class.as_str(), &bound, channel.origin);
        text += &self.uses("sent", &channel.producers);
        text += &self.uses("received", &channel.consumers);
        let shapes: Vec<String> =
            channel.messages.iter().take(self.most).map(|shape| self.markup.code(shape)).collect();
        if !shapes.is_empty() {
            let left = channel.messages.len() - shapes.len();
            let more = if left > 0 { format!(", and {left} more") } else { String::new() };
            text += &Markup::item(&format!("messages: {}{more}", shapes.join(", ")));
        }
        text
    }

    fn process(&self, process: &Process) -> String {
        let kind = process.kind.as_str();
        let method = process.start_method.map_or_else(String::new, |method| format!(", started by {method}"));
        let mut text = self.head(&process.name, kind, &method, process.origin);
        for (what, uses) in [("started", &process.starts), ("joined", &process.joins), ("terminated", &process.stops)] {
            if !uses.is_empty() || what != "terminated" {
                text += &self.uses(what, uses);
            }
        }
        text
    }

    fn event(&self, origin: Site, class: Name, uses: &[ObjectCall]) -> String {
        let name = topology::name_of(&self.snapshot.index, origin, class);
        let mut text = self.head(&name, class.as_str(), "", origin);
        for (what, method) in [("set", "set"), ("waited for", "wait"), ("tested", "is_set")] {
            let uses: Vec<ObjectCall> = uses.iter().filter(|one| one.method.as_str() == method).copied().collect();
            text += &self.uses(what, &uses);
        }
        text
    }

    /// The calls of one kind, a line each.
    fn uses(&self, what: &str, uses: &[ObjectCall]) -> String {
        let what = self.markup.strong(what);
        if uses.is_empty() {
            return Markup::item(&format!("{what}: none found"));
        }
        let named = uses.iter().take(self.most).filter_map(|one| self.call(one));
        let mut lines: Vec<String> = named.map(|call| Markup::item(&format!("{what} in {call}"))).collect();
        // Behind the last call it would read as more processes that run it.
        let left = uses.len().saturating_sub(lines.len());
        if left > 0 {
            let places = if left == 1 { "place" } else { "places" };
            lines.push(Markup::item(&format!("{what} in {left} more {places}")));
        }
        lines.concat()
    }

    /// main.py:11: `tasks.put(1)`, run by main
    fn call(&self, one: &ObjectCall) -> Option<String> {
        let file = self.snapshot.index.file(one.call.file)?;
        let item = file.item(one.call.item);
        let code = self.markup.code(file.text_at(one.call.item, item.expr_range(one.call.expr)));
        let runs = self.topology.who_runs(&self.inference, one.call);
        let mut processes: Vec<&str> = runs.iter().map(|process| process.name.as_str()).collect();
        processes.sort_unstable();
        processes.dedup();
        let by = if processes.is_empty() { String::new() } else { format!(", in process {}", processes.join(", ")) };
        Some(format!("{}: {code}{by}", self.markup.place(one.call)?))
    }
}
