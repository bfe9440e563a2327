//! The specialist for processes and async code: the findings of concurrency, with their repairs.

use pyteam_agents::Answer;

use super::{looked_at, plain, title, with_repairs};
use crate::code::functions;
use crate::document::{Document, count};
use crate::findings;
use crate::pipeline::{self, Pipeline};
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Processes, queues and async code"));
    let found = findings::asked(view, |page| findings::is_owned(view, page) || page.family == "concurrency");
    let looked = looked(view);
    if found.is_empty() {
        document.say(format!("Nothing to object to. Looked at {looked}."));
        return plain(document);
    }
    document.say(format!("{}. Looked at {looked}.", findings::tally(&found)));
    document.section("Findings");
    findings::tell(&mut document, view, &found);
    with_repairs(view, document, &found)
}

fn looked(view: &View<'_>) -> String {
    let pipeline = Pipeline::of(view);
    let processes = pipeline.processes.iter().filter(|one| pipeline::kind(one) == "process").count();
    let is_async = |file: &&std::sync::Arc<pyteam_index::File>| {
        functions(file)
            .filter(|function| view.inference.function(*function).is_some_and(|definition| definition.is_async))
            .count()
    };
    let asynchronous: usize = view.files().iter().map(is_async).sum();
    format!(
        "{}: {}, {}, {}, {}",
        looked_at(view),
        count(processes, "process", "processes"),
        count(pipeline.processes.len() - processes, "thread", "threads"),
        count(pipeline.channels.len(), "channel", "channels"),
        count(asynchronous, "async function", "async functions"),
    )
}
