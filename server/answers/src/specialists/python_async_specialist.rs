//! The specialist for processes and async code: the findings of concurrency, with their repairs.

use pyteam_agents::Answer;

use super::shared::{looked_at, plain, title, with_repairs};
use crate::code::functions;
use crate::document::{Document, and, count};
use crate::findings;
use crate::pipeline::Pipeline;
use crate::view::View;
use pyteam_channels::topology::ProcessKind;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Processes, queues and async code"));
    let found = findings::asked(view, |page| findings::is_owned(view, page) || page.family == "concurrency");
    let looked = looked(view);
    if found.is_empty() {
        document.say(format!("No findings. Scope: {looked}."));
        return plain(document);
    }
    document.say(format!("{}. Scope: {looked}.", findings::tally(&found)));
    document.section("Findings");
    findings::tell(&mut document, view, &found);
    with_repairs(view, document, &found)
}

fn looked(view: &View<'_>) -> String {
    let pipeline = Pipeline::of(view);
    let processes = pipeline.processes.iter().filter(|one| one.kind == ProcessKind::Process).count();
    let is_async = |file: &&std::sync::Arc<pyteam_index::File>| {
        functions(file)
            .filter(|function| view.inference.function(*function).is_some_and(|definition| definition.is_async))
            .count()
    };
    let asynchronous: usize = view.files().iter().map(is_async).sum();
    let counts = [
        (processes, "process", "processes"),
        (pipeline.processes.len() - processes, "thread", "threads"),
        (pipeline.channels.len(), "channel", "channels"),
        (asynchronous, "async function", "async functions"),
    ];
    let told: Vec<String> =
        counts.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(*number, one, many)).collect();
    let told =
        if told.is_empty() { "no processes, threads, channels or async functions".to_owned() } else { and(&told) };
    format!("{}, with {told}", looked_at(view))
}
