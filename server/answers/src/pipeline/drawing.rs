//! A drawing of processes and channels.

use std::collections::BTreeSet;
use std::fmt::Write;

use pyteam_channels::topology::{ChannelNode, Process};

use super::{Pipeline, name};
use crate::document::and_more;
use crate::view::View;

/// Longest label of a message in a drawing.
const MAX_LABEL: usize = 48;
/// Most boxes of a drawing: one with more cannot be read.
const MAX_BOXES: usize = 40;

impl Pipeline<'_> {
    /// A Mermaid flow chart, and how many boxes were left out of it. None where no process uses a channel: boxes
    /// alone say less than their table.
    pub(crate) fn drawing(&self, view: &View<'_>) -> Option<(String, usize)> {
        let mut arrows = BTreeSet::new();
        let mut boxes: Vec<&Process> = Vec::new();
        // A process that uses a channel is drawn, wherever it is started.
        for process in self.processes.iter().copied().chain(self.channels.iter().flat_map(|one| users(view, one))) {
            if !boxes.iter().any(|known| known.origin == process.origin) {
                boxes.push(process);
            }
        }
        let mut channels: Vec<&ChannelNode> = self.channels.clone();
        channels.sort_by_key(|channel| channel.producers.is_empty() || channel.consumers.is_empty());
        // A process without a channel is in the table alone.
        let speaks = |process: &&Process| {
            channels.iter().any(|channel| users(view, channel).iter().any(|user| user.origin == process.origin))
        };
        if boxes.len() > MAX_BOXES / 2 {
            boxes.retain(speaks);
        }
        let room = MAX_BOXES.saturating_sub(boxes.len().min(MAX_BOXES / 2));
        let all = self.processes.len() + self.channels.len();
        boxes.truncate(MAX_BOXES);
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
        if arrows.is_empty() {
            return None;
        }
        let quoted = |text: &str| text.replace('"', "&quot;").replace('<', "&lt;").replace('|', "/");
        let mut text = "flowchart LR\n".to_owned();
        if arrows.iter().any(|(process, ..)| process.is_none()) {
            text.push_str("    main[\"main program\"]\n");
        }
        for (number, process) in boxes.iter().enumerate() {
            let _ = writeln!(text, "    p{number}[\"{}: {}\"]", process.kind.as_str(), quoted(&name(view, process)));
        }
        for (number, channel) in channels.iter().enumerate() {
            let is_alone = channels.iter().filter(|other| other.name == channel.name).count() == 1;
            let called = if is_alone { channel.name.clone() } else { owned(view, channel) };
            let _ = writeln!(text, "    c{number}[(\"{}\")]", quoted(&called));
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
        Some((text, left_out))
    }
}

fn users<'v>(view: &'v View<'_>, channel: &ChannelNode) -> Vec<&'v Process> {
    let uses = channel.producers.iter().chain(&channel.consumers);
    uses.flat_map(|one| view.topology().who_runs(&view.inference, one.call)).collect()
}

/// `Capture.queue` of `self.queue`, where other classes have one of that name, too.
fn owned(view: &View<'_>, channel: &ChannelNode) -> String {
    let function = view.inference.enclosing_function(channel.origin);
    let class = function.and_then(|function| view.inference.class_of(function));
    match (class, channel.name.strip_prefix("self.")) {
        (Some(class), Some(attribute)) => format!("{}.{attribute}", view.class_name(class)),
        _ => format!("{} at {}", channel.name, view.site(channel.origin)),
    }
}

/// The tags or keys of a channel's messages, as short as a drawing needs them. What is not known is not said.
fn label(channel: &ChannelNode) -> String {
    let tags: BTreeSet<String> = channel.messages.iter().map(|message| tag(message)).collect();
    // Any text is more than this or that one.
    let is_said = |tag: &String| !(tags.contains("str") && tag.starts_with('"'));
    let tags: Vec<String> = tags.iter().filter(|tag| is_said(tag)).cloned().collect();
    let tags: Vec<String> =
        tags.into_iter().filter(|tag| !tag.contains(['?', '{', '(']) && tag.len() <= MAX_LABEL).collect();
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
