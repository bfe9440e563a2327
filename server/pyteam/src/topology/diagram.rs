//! Diagrams: processes as boxes, channels as cylinders, messages along the arrows.

use std::collections::BTreeSet;
use std::fmt::Write;

use pyteam_channels::topology::ChannelNode;
use pyteam_display::visible_line;
use pyteam_index::infer::Site;

use super::Graph;

/// Longest label of a message.
const MAX_LABEL: usize = 60;

/// An arrow between a process (none: the main one) and a channel.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    process: Option<usize>,
    channel: usize,
    is_put: bool,
}

fn arrows(graph: &Graph<'_>) -> BTreeSet<Arrow> {
    let mut all = BTreeSet::new();
    for (number, channel) in graph.topology.channels.iter().enumerate() {
        for (uses, is_put) in [(&channel.producers, true), (&channel.consumers, false)] {
            for one in uses {
                for process in runners(graph, one.call) {
                    all.insert(Arrow { process, channel: number, is_put });
                }
            }
        }
    }
    all
}

fn runners(graph: &Graph<'_>, call: Site) -> Vec<Option<usize>> {
    let runners = graph.runners(call);
    if runners.is_empty() { vec![None] } else { runners.into_iter().map(Some).collect() }
}

fn label(channel: &ChannelNode) -> String {
    let mut text = channel.messages.join(" or ");
    if text.chars().count() > MAX_LABEL {
        text = text.chars().take(MAX_LABEL).chain(" ...".chars()).collect();
    }
    text
}

fn node(process: Option<usize>) -> String {
    process.map_or_else(|| "main".to_owned(), |number| format!("p{number}"))
}

/// A Mermaid flow chart.
pub(crate) fn mermaid(graph: &Graph<'_>) -> String {
    // A name on more lines than one would go on as a statement of the chart.
    let quoted = |text: &str| visible_line(text).replace('"', "&quot;").replace('<', "&lt;");
    let mut text = "flowchart LR\n    main[\"main\"]\n".to_owned();
    for (number, process) in graph.topology.processes.iter().enumerate() {
        let _ = writeln!(text, "    p{number}[\"{}: {}\"]", process.kind.as_str(), quoted(&process.name));
    }
    for (number, channel) in graph.topology.channels.iter().enumerate() {
        let _ = writeln!(text, "    c{number}[(\"{}\")]", quoted(&channel.name));
    }
    for arrow in arrows(graph) {
        let process = node(arrow.process);
        let message = quoted(&label(&graph.topology.channels[arrow.channel]));
        let _ = match (arrow.is_put, message.is_empty()) {
            (true, false) => writeln!(text, "    {process} -->|\"{message}\"| c{}", arrow.channel),
            (true, true) => writeln!(text, "    {process} --> c{}", arrow.channel),
            (false, _) => writeln!(text, "    c{} --> {process}", arrow.channel),
        };
    }
    text
}

/// A Graphviz graph.
pub(crate) fn dot(graph: &Graph<'_>) -> String {
    let quoted = |text: &str| visible_line(text).replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = "digraph topology {\n    rankdir=LR;\n    main [shape=box];\n".to_owned();
    for (number, process) in graph.topology.processes.iter().enumerate() {
        let name = quoted(&process.name);
        let _ = writeln!(text, "    p{number} [shape=box, label=\"{}: {name}\"];", process.kind.as_str());
    }
    for (number, channel) in graph.topology.channels.iter().enumerate() {
        let _ = writeln!(text, "    c{number} [shape=cylinder, label=\"{}\"];", quoted(&channel.name));
    }
    for arrow in arrows(graph) {
        let (process, message) = (node(arrow.process), quoted(&label(&graph.topology.channels[arrow.channel])));
        let _ = if arrow.is_put {
            writeln!(text, "    {process} -> c{} [label=\"{message}\"];", arrow.channel)
        } else {
            writeln!(text, "    c{} -> {process};", arrow.channel)
        };
    }
    text.push_str("}\n");
    text
}
