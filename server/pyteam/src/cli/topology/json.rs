//! `--output-format json`: `{"processes": [...], "channels": [...]}`. Numbers in `process` are places in the first list.

use pyteam_channels::objects::ObjectCall;
use pyteam_display::Shown;
use serde::Serialize;

use super::View;
use crate::cli::console::Console;
use crate::cli::place::LineColumn;

#[derive(Serialize)]
struct JsonTopology {
    processes: Vec<JsonProcess>,
    channels: Vec<JsonChannel>,
}

#[derive(Serialize)]
struct JsonProcess {
    kind: &'static str,
    name: String,
    filename: String,
    location: LineColumn,
    target: Option<String>,
    start_method: Option<&'static str>,
    started: Vec<JsonUse>,
    joined: Vec<JsonUse>,
    stopped: Vec<JsonUse>,
}

#[derive(Serialize)]
struct JsonChannel {
    name: String,
    class: &'static str,
    filename: String,
    location: LineColumn,
    bound: Option<String>,
    producers: Vec<JsonUse>,
    consumers: Vec<JsonUse>,
    messages: Vec<String>,
}

#[derive(Serialize)]
struct JsonUse {
    method: &'static str,
    filename: String,
    location: LineColumn,
    function: String,
    /// The processes and threads that execute the call; empty for the main one.
    processes: Vec<usize>,
    /// Whether it can go to nothing else.
    certain: bool,
}

pub(super) fn print(view: &View<'_>, console: &mut Console) -> anyhow::Result<()> {
    let processes = view.graph.topology.processes.iter().map(|process| {
        let (filename, location) = view.place(process.origin);
        let target = process.target.and_then(|target| view.graph.inference.function(target));
        JsonProcess {
            kind: process.kind.as_str(),
            name: process.name.clone(),
            filename,
            location,
            target: target.map(|target| target.name.to_string()),
            start_method: process.start_method.map(pyteam_syntax::Name::as_str),
            started: uses(view, &process.starts),
            joined: uses(view, &process.joins),
            stopped: uses(view, &process.stops),
        }
    });
    let channels = view.graph.topology.channels.iter().map(|channel| {
        let (filename, location) = view.place(channel.origin);
        JsonChannel {
            name: channel.name.clone(),
            class: channel.class.as_str(),
            filename,
            location,
            bound: channel.bound.clone(),
            producers: uses(view, &channel.producers),
            consumers: uses(view, &channel.consumers),
            messages: channel.messages.clone(),
        }
    });
    let topology = JsonTopology { processes: processes.collect(), channels: channels.collect() };
    console.print_line(Shown::json(&topology)?)?;
    Ok(())
}

fn uses(view: &View<'_>, uses: &[ObjectCall]) -> Vec<JsonUse> {
    let one = |one: &ObjectCall| {
        let (filename, location) = view.place(one.call);
        JsonUse {
            method: one.method.as_str(),
            filename,
            location,
            function: view.function(one.call),
            processes: view.graph.runners(one.call),
            certain: one.is_sure,
        }
    };
    uses.iter().map(one).collect()
}
