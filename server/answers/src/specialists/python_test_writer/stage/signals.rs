//! What a stage says and hears while it is at work: messages, and how it is told to end.

use std::collections::BTreeSet;

use pyteam_channels::message::Message;
use pyteam_channels::topology::{ChannelNode, Process};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::Expr;

use crate::calls::{arguments, keyword};
use crate::pattern::{exact, pattern, sample};
use crate::view::View;

/// The message that ends the consumers of a channel, where all of it is known.
pub(super) fn end_message(view: &View<'_>, channel: &ChannelNode, param: &str) -> Option<(String, String)> {
    let shapes = channel.producers.iter().filter_map(|one| exact(view, one.call));
    let mut texts: BTreeSet<String> = shapes.filter(Message::is_end).filter_map(|message| sample(&message)).collect();
    texts.pop_first().map(|text| (param.to_owned(), text))
}

/// The shapes of some messages; none where one of them is not known.
pub(super) fn shapes(view: &View<'_>, puts: &[Site]) -> Vec<Message> {
    let found: Option<Vec<Message>> = puts.iter().map(|put| exact(view, *put)).collect();
    let mut found = found.unwrap_or_default();
    found.sort_by_cached_key(pattern);
    found.dedup();
    found
}

/// Whether some function of the process asks whether `event` is set, or waits for it.
pub(super) fn looks_at(view: &View<'_>, process: &Process, event: &str) -> bool {
    calls_of(view, process).iter().any(|(site, method)| {
        matches!(*method, "is_set" | "wait")
            && receiver(view, *site).is_some_and(|text| {
                // `self.stop`, `self._stop`: what a class keeps of its parameter.
                text.trim_start_matches("self.").trim_start_matches('_') == event.trim_start_matches('_')
            })
    })
}

/// Whether it takes messages without a timeout.
pub(super) fn waits_forever(view: &View<'_>, process: &Process) -> bool {
    calls_of(view, process).iter().any(|(site, method)| {
        let args = arguments(view, *site);
        let is_bounded = keyword(args, "timeout").is_some() || keyword(args, "block").is_some() || !args.is_empty();
        let is_queue = view.inference.receiver(*site).is_some_and(|(types, _)| {
            types.iter().any(|one| matches!(one, Type::Instance { class, .. } if known::is_channel(*class)))
        });
        *method == "get" && is_queue && !is_bounded
    })
}

/// All method calls in the functions that a process comes through.
fn calls_of(view: &View<'_>, process: &Process) -> Vec<(Site, &'static str)> {
    let mut found = Vec::new();
    for function in &process.runs {
        let Some((_, item, facts)) = view.inference.item(function.file, function.item) else { continue };
        for call in &facts.calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { attr, .. } = item.expr(*func) else { continue };
            if item.stmt_ancestors(item.enclosing_stmt(*call)).any(|stmt| stmt == function.stmt) {
                found.push((Site { file: function.file, item: function.item, expr: *call }, attr.as_str()));
            }
        }
    }
    found
}

fn receiver<'v>(view: &'v View<'_>, call: Site) -> Option<&'v str> {
    let (_, item, _) = view.inference.item(call.file, call.item)?;
    let Expr::Call { func, .. } = item.expr(call.expr) else { return None };
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    Some(view.text_of(Site { expr: *value, ..call }))
}
