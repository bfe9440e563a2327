#![doc = include_str!("unpicklable_message.md")]

mod holder;
mod sent;
mod what;

use pyteam_channels::channel;
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::known::{self, Action};
use pyteam_syntax::{Expr, ExprId, Name};

use self::sent::{Sent, pickles_more};
use self::what::{By, Unpicklable, unpicklable};
use crate::shared::test_code;

/// See the page.
pub struct UnpicklableMessage;

impl Rule for UnpicklableMessage {
    fn page(&self) -> &Page {
        crate::page!("unpicklable_message")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().channel_calls {
            let Some(message) = channel::message(cx.item, *call) else { continue };
            let Some(what) = parts(cx, message, 0).into_iter().find_map(|part| unpicklable(cx, part, By::Task)) else {
                continue;
            };
            let site = cx.site(*call);
            let Some(channel) = channel::of_call(cx.inference, site, Action::Put) else { continue };
            if !channel.class.starts_with("multiprocessing.") || pickles_more(cx, channel.origin) {
                continue;
            }
            let has_feeder = known::class(Name::new(channel.class)).is_some_and(|class| class.feeder);
            let note = if has_feeder {
                "`put()` returns; a background thread pickles the object and only prints the error"
            } else {
                "the object is pickled by this call, which raises"
            };
            sink.report(cx.range(*call), call.0, what.headline()).note(note).help(what.help());
        }
        for call in &cx.facts().calls {
            let Some(sent) = sent::of(cx, *call) else { continue };
            let Some(found) = not_sent(cx, &sent).filter(|_| !test_code::is_test(cx)) else { continue };
            let (end, note) = match sent.by {
                By::Task => ("so this task never runs", "a pool pickles the function and its arguments"),
                By::Start => ("so `start()` raises", "the spawn start method pickles the target and its arguments"),
            };
            let (headline, help) = match &found {
                NotSent::Part(what) => (format!("{} cannot be pickled, {end}", what.named()), what.help_for(sent.by)),
                NotSent::Holder(name, what) => (
                    format!("this object cannot be pickled: `{name}` is {}", what.named()),
                    "pass a function at module level the values that it needs".to_owned(),
                ),
            };
            sink.report(cx.range(*call), call.0, headline).note(note).help(help);
        }
    }
}

/// What keeps a task, a target or its arguments from being pickled.
enum NotSent {
    /// It is, or has in it, something that cannot be.
    Part(Unpicklable),
    /// It is an object, or a method of one, that holds something under this name.
    Holder(Name, Unpicklable),
}

fn not_sent(cx: &CheckContext<'_>, sent: &Sent) -> Option<NotSent> {
    sent.parts.iter().flat_map(|part| parts(cx, *part, 0)).find_map(|part| {
        let held = || holder::of(cx, part, sent.by).map(|(name, what)| NotSent::Holder(name, what));
        unpicklable(cx, part, sent.by).map(NotSent::Part).or_else(held)
    })
}

/// The message, and what stands in it.
fn parts(cx: &CheckContext<'_>, expr: ExprId, depth: u32) -> Vec<ExprId> {
    let mut all = vec![expr];
    if depth > 3 {
        return all;
    }
    let inner: Vec<ExprId> = match cx.item.expr(expr) {
        Expr::Tuple(items) | Expr::List(items) => items.to_vec(),
        Expr::Dict(entries) => entries.iter().map(|entry| entry.value).collect(),
        _ => Vec::new(),
    };
    inner.into_iter().for_each(|part| all.extend(parts(cx, part, depth + 1)));
    all
}
