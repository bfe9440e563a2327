//! The architect: processes and channels, drawn; messages and protocols, proposed; what never stops.

use std::collections::{BTreeMap, BTreeSet};

use pyteam_agents::Answer;
use pyteam_channels::objects::ObjectCall;
use pyteam_channels::topology::{ChannelNode, ProcessKind};
use pyteam_engine::{DeclarationKind, Topic};

use super::shared::{looked_at, plain, scope, title};
use crate::document::{Document, and, and_more, count};
use crate::findings;
use crate::pipeline::{self, Pipeline, endings, made_besides, mixers, readable, signals_told};
use crate::repair::{self, Declared};
use crate::view::View;

/// Rows of a table that are shown.
const MAX_ROWS: usize = 30;
/// Findings about classes that are shown.
const MAX_CLASSES: usize = 8;
pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Architecture"));
    let pipeline = Pipeline::of(view);
    if pipeline.is_empty() {
        document.say(scope(view));
        document.clean("processes, threads, queues and pipes that can be followed");
    } else {
        topology(&mut document, view, &pipeline);
    }
    besides(&mut document, view, &pipeline);
    if !pipeline.is_empty() {
        lifecycle(&mut document, view, &pipeline);
    }
    let found = findings::asked(view, |page| page.agent.as_deref() == Some("python-architect"));
    let declared = repair::compose(view, &found).declared;
    messages(&mut document, view, &pipeline, &declared);
    protocols(&mut document, view, &declared);
    next(&mut document, view);
    plain(document)
}

fn topology(document: &mut Document, view: &View<'_>, pipeline: &Pipeline<'_>) {
    let processes = pipeline.processes.iter().filter(|one| one.kind == ProcessKind::Process).count();
    let threads = pipeline.processes.len() - processes;
    let counts = [
        (processes, "process", "processes"),
        (threads, "thread", "threads"),
        (pipeline.channels.len(), "channel", "channels"),
    ];
    let told: Vec<String> =
        counts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(*number, one, many)).collect();
    document.say(format!("{} in {}.", and(&told), looked_at(view)));
    document.section("Topology");
    if let Some((drawing, left_out)) = pipeline.drawing(view) {
        document.code("mermaid", &drawing);
        if left_out > 0 {
            document.say(format!(
                "{left_out} more are not drawn: not connected, or no room. Ask about one file to see its own."
            ));
        }
    }
    let rows: Vec<Vec<String>> = pipeline
        .processes
        .iter()
        .take(MAX_ROWS)
        .map(|process| {
            let ends = endings(view, process);
            vec![
                format!("`{}` ({})", pipeline::name(view, process), process.kind.as_str()),
                view.site(process.origin),
                places(view, &process.starts),
                places(view, &process.joins),
                if ends.is_empty() { "no stop found".to_owned() } else { ends.join("; ") },
            ]
        })
        .collect();
    document.table(&["runs", "created", "started", "joined", "stops"], &rows);
    if pipeline.processes.len() > MAX_ROWS {
        document.say(format!("and {} more.", pipeline.processes.len() - MAX_ROWS));
    }
}

fn places(view: &View<'_>, uses: &[ObjectCall]) -> String {
    let mut all: Vec<String> = uses.iter().map(|one| view.site(one.call)).collect();
    all.dedup();
    if all.is_empty() { "not found".to_owned() } else { and_more(&all, 2) }
}

/// What runs beside the program and is not drawn, and what could not be followed.
fn besides(document: &mut Document, view: &View<'_>, pipeline: &Pipeline<'_>) {
    let (others, lost) = made_besides(view, pipeline);
    document.section("Other processes, pools and programs");
    document.list(&others);
    document.section("Not followed");
    if !lost.is_empty() {
        document.say("Created here, but not followed further, so neither drawn nor counted above:");
        document.list(&lost);
    }
}

fn lifecycle(document: &mut Document, view: &View<'_>, pipeline: &Pipeline<'_>) {
    document.section("Shutdown");
    let found = findings::of_program(view, |page| page.topics.contains(&Topic::Shutdown));
    let (mut unjoined, mut endless) = (Vec::new(), Vec::new());
    for process in &pipeline.processes {
        let name = format!("`{}` ({})", pipeline::name(view, process), view.site(process.origin));
        let ends = endings(view, process);
        let is_daemon = ends.iter().any(|one| one.starts_with("daemon"));
        if !process.starts.is_empty() && process.joins.is_empty() && !is_daemon {
            unjoined.push(name.clone());
        }
        if ends.is_empty() {
            endless.push(name);
        }
    }
    let mut lines = Vec::new();
    if !unjoined.is_empty() {
        lines.push(format!("started, but no `join` found: {}", and_more(&unjoined, 10)));
    }
    if !endless.is_empty() {
        lines.push(format!("loops forever, and no stop event or message found: {}", and_more(&endless, 10)));
    }
    let gaps: Vec<String> = findings::lines(view, &found);
    if lines.is_empty() && gaps.is_empty() {
        document.clean("processes and threads that are not joined or never stop");
    }
    document.list(&lines);
    document.first(&gaps, 15);
    // Of one file it would say nothing: signals are the program's.
    if !pipeline.processes.is_empty() && view.question.subject.file().is_none() {
        document.say(signals_told(view));
    }
}

fn messages(document: &mut Document, view: &View<'_>, pipeline: &Pipeline<'_>, declared: &[Declared]) {
    document.section("Messages");
    let rows: Vec<Vec<String>> = pipeline
        .channels
        .iter()
        .filter(|channel| !channel.producers.is_empty() || !channel.consumers.is_empty())
        .take(MAX_ROWS)
        .map(|channel| row(view, channel))
        .collect();
    let left_out = pipeline.channels.len().saturating_sub(MAX_ROWS);
    document.table(&["channel", "from", "to", "maxsize", "messages"], &rows);
    if rows.iter().any(|row| row[4].contains('?')) {
        document.say("`?`: unknown type.");
    }
    let mut mixing: Vec<String> = pipeline.channels.iter().flat_map(|channel| mixers(view, channel)).collect();
    mixing.sort();
    mixing.dedup();
    if !mixing.is_empty() {
        document.say(format!(
            "{} into more than one of these channels. The table and the drawing list all senders and messages at each of them, although a message may belong to only one.",
            if mixing.len() == 1 { format!("{} sends", mixing[0]) } else { format!("{} send", and_more(&mixing, 4)) }
        ));
    }
    if left_out > 0 {
        document.say(format!("and {left_out} more."));
    }
    let schemas: Vec<&Declared> = declared.iter().filter(|one| one.kind == DeclarationKind::Message).collect();
    if !schemas.is_empty() {
        document.say(format!(
            "Proposed schemas. {} adds them, and uses them in the types of the queues (`--diff` to preview):",
            findings::command(view, &["untyped-queue-message"], true)
        ));
        propose(document, &schemas);
    }
    let untyped = findings::asked(view, |page| &*page.code == "untyped-queue-message");
    let open: Vec<_> = untyped.into_iter().filter(|finding| finding.fix.is_none()).collect();
    if !open.is_empty() {
        document.say("No schema can be inferred for these; declare their message types:");
        document.first(&findings::lines(view, &open), 10);
    }
    let others =
        findings::of_program(view, |page| page.family == "messaging" && &*page.code != "untyped-queue-message");
    let others: Vec<String> = findings::lines(view, &others);
    document.first(&others, 15);
}

fn row(view: &View<'_>, channel: &ChannelNode) -> Vec<String> {
    let who = |uses: &[ObjectCall]| {
        let names: BTreeSet<String> = uses.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
        let names: Vec<String> = names.into_iter().collect();
        if names.is_empty() { "not found".to_owned() } else { and_more(&names, 3) }
    };
    let is_queue = pipeline::class(channel).ends_with("Queue") && pipeline::class(channel) != "SimpleQueue";
    let written = channel.bound.as_deref().map(crate::code::one_line);
    let bound = match written {
        Some(text) if text.len() > 30 => "computed".to_owned(),
        Some(text) => text,
        None => if is_queue { "unbounded" } else { "-" }.to_owned(),
    };
    let has_text = channel.messages.iter().any(|message| message == "str");
    let said = channel.messages.iter().filter(|message| !(has_text && message.starts_with('"')));
    let messages: Vec<String> = said.filter_map(|message| readable(message)).collect();
    vec![
        format!("`{}` ({})", channel.name, view.site(channel.origin)),
        who(&channel.producers),
        who(&channel.consumers),
        bound,
        if messages.is_empty() { "unknown".to_owned() } else { and_more(&messages, 3) },
    ]
}

fn protocols(document: &mut Document, view: &View<'_>, declared: &[Declared]) {
    document.section("Protocols and classes");
    let found = findings::of_program(view, |page| page.family == "architecture");
    // What can be repaired comes first.
    let (repaired, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|finding| finding.fix.is_some());
    let mut lines: Vec<String> = findings::lines(view, &repaired);
    let shown = lines.len().max(MAX_CLASSES);
    lines.extend(findings::lines(view, &others));
    document.first(&lines, shown);
    let protocols: Vec<&Declared> = declared.iter().filter(|one| one.kind == DeclarationKind::Protocol).collect();
    if !protocols.is_empty() {
        document.say("Proposed protocols (docstrings cut to their first line):");
        propose(document, &protocols);
    }
    if lines.is_empty() {
        document.clean("interface-only base classes and deep inheritance");
    }
}

/// Proposals, by the file that they would stand in.
fn propose(document: &mut Document, proposals: &[&Declared]) {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for proposal in proposals.iter().take(24) {
        files.entry(&proposal.path).or_default().push(&proposal.text);
    }
    for (path, texts) in files {
        document.code("python", &format!("# {path}\n{}", texts.join("\n\n")));
    }
    if proposals.len() > 24 {
        let names: Vec<String> = proposals[24..].iter().map(|one| format!("`{}`", one.name)).collect();
        document.say(format!("and {}.", and_more(&names, 10)));
    }
}

/// The agents that own the other findings.
fn next(document: &mut Document, view: &View<'_>) {
    let mut owners: BTreeMap<String, Vec<&pyteam_engine::Finding>> = BTreeMap::new();
    for finding in findings::of_program(view, |page| page.agent.is_some()) {
        let page = view.question.engine.page(&finding.code);
        let owner = page.and_then(|page| page.agent.clone()).unwrap_or_default();
        owners.entry(owner).or_default().push(finding);
    }
    let lines: Vec<String> = owners
        .iter()
        .filter(|(owner, _)| *owner != "python-architect")
        .map(|(owner, found)| {
            let codes: BTreeSet<String> = found.iter().map(|finding| format!("`{}`", finding.code)).collect();
            let codes: Vec<String> = codes.into_iter().collect();
            format!("`{owner}`: {} ({})", findings::tally(found), and_more(&codes, 4))
        })
        .collect();
    document.section("Next agents").list(&lines);
}
