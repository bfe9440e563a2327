//! `pyteam.topology`: the processes, threads and channels of the workspace as a Markdown document, drawn by Mermaid at its end.

use pyteam_channels::objects::ObjectCall;
use pyteam_channels::topology::{ChannelNode, Process};

use crate::lsp::markup::Markup;
use crate::lsp::state_snapshot::StateSnapshot;
use crate::topology::{Graph, diagram};

/// The document.
pub(super) fn document(snapshot: &StateSnapshot) -> String {
    let graph = Graph::within(&snapshot.index, &snapshot.folders);
    let page = Page { markup: Markup::of_document(snapshot), graph: &graph };
    let mut text = "# Topology\n\n".to_owned();
    if !snapshot.is_indexed {
        text += "The files are still being read: this may be incomplete.\n\n";
    }
    let Some(summary) = graph.summary() else {
        return text + "No process, thread, queue or pipe found.\n";
    };
    text += &format!("{summary}.\n");
    if !graph.topology.processes.is_empty() {
        text += "\n## Processes and threads\n";
        graph.topology.processes.iter().for_each(|process| text += &page.process(process));
    }
    if !graph.topology.channels.is_empty() {
        text += "\n## Channels\n";
        graph.topology.channels.iter().for_each(|channel| text += &page.channel(channel));
    }
    // No line of the chart begins with backticks, so none ends the block.
    text + &format!("\n## Diagram\n\n```mermaid\n{}```\n", diagram::mermaid(&graph))
}

struct Page<'v> {
    markup: Markup<'v>,
    graph: &'v Graph<'v>,
}

impl Page<'_> {
    fn process(&self, process: &Process) -> String {
        let made = self.markup.place(process.origin).unwrap_or_default();
        let mut text = format!("\n{} {}, created in {made}\n", process.kind.as_str(), self.markup.code(&process.name));
        for (what, uses) in [("started", &process.starts), ("joined", &process.joins), ("terminated", &process.stops)] {
            if !uses.is_empty() || what != "terminated" {
                text += &self.uses(what, uses);
            }
        }
        text + "\n"
    }

    fn channel(&self, channel: &ChannelNode) -> String {
        let made = self.markup.place(channel.origin).unwrap_or_default();
        let name = self.markup.code(&channel.name);
        let mut text = format!("\n{} {name}, created in {made}\n", self.markup.code(channel.short_class()));
        text += &self.uses("sent", &channel.producers);
        text += &self.uses("received", &channel.consumers);
        for message in &channel.messages {
            text += &Markup::item(&format!("message: {}", self.markup.code(message)));
        }
        text + "\n"
    }

    /// The calls of one kind, a line each.
    fn uses(&self, what: &str, uses: &[ObjectCall]) -> String {
        if uses.is_empty() {
            return Markup::item(&format!("{what}: nowhere"));
        }
        let line = |one: &ObjectCall| {
            let place = self.markup.place(one.call).unwrap_or_default();
            let function = self.graph.function(one.call).map(|name| format!(" in {}", self.markup.code(&name)));
            Markup::item(&format!("{what}: {place}{}", function.unwrap_or_default()))
        };
        uses.iter().map(line).collect()
    }
}
