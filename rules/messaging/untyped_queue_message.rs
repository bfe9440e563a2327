#![doc = include_str!("untyped_queue_message.md")]

mod definition;
mod naming;
mod repair;
mod shape;

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_syntax::ExprId;

use crate::shared::channel;

/// See the page.
pub struct UntypedQueueMessage;

/// More related places than this are a list that nobody reads.
const MOST_RELATED: usize = 20;

impl Rule for UntypedQueueMessage {
    fn page(&self) -> &Page {
        crate::page!("untyped_queue_message")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let facts = &cx.file.facts.items[cx.item_index as usize];
        for call in &facts.channel_calls {
            let site = Site { file: cx.file.id, item: cx.item_index, expr: *call };
            let Some(channel) = channel::of_call(cx.inference, site, channel::PUTS) else { continue };
            if channel.declared {
                continue;
            }
            let Some(message) = channel::message(cx.item, *call) else { continue };
            let Some(shape) = shape::of(cx.inference, Site { expr: message, ..site }) else { continue };
            // `(priority, item)` is what a priority queue sorts by.
            if channel.class == "queue.PriorityQueue" && matches!(shape.kind, shape::Kind::Tuple(_)) {
                continue;
            }
            let name = channel::name_of(cx, *call);
            let text = format!("`{name}` carries {}: nothing checks that its consumers read the same fields", shape.describe());
            let uses = channel::uses(cx, channel.origin);
            let offers = repair::repair(cx, &channel, &uses, &name).is_some();
            let mut finding = sink
                .report(cx.range(*call), call.0, text)
                .help("declare the message as a TypedDict and say so in the queue's type")
                .channel(channel_id(cx, channel.origin));
            for one in uses.iter().filter(|one| one.call != site).take(MOST_RELATED) {
                let Some((file, item, _)) = cx.inference.item(one.call.file, one.call.item) else { continue };
                let range = file.absolute(one.call.item, item.expr_range(one.call.expr));
                let message = if one.puts { "also put here" } else { "taken here" };
                finding = finding.related(Related { file: file.id, range, message: message.to_owned() });
            }
            if offers {
                finding.fix("Add TypedDict message", Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        let site = Site { file: cx.file.id, item: cx.item_index, expr: call };
        let Some(channel) = channel::of_call(cx.inference, site, channel::PUTS) else { return Vec::new() };
        let uses = channel::uses(cx, channel.origin);
        repair::repair(cx, &channel, &uses, &channel::name_of(cx, call)).into_iter().collect()
    }
}

/// The place that makes the channel, as all its findings share it.
fn channel_id(cx: &CheckContext<'_>, origin: Site) -> String {
    let Some((file, item, _)) = cx.inference.item(origin.file, origin.item) else { return String::new() };
    let start = file.absolute(origin.item, item.expr_range(origin.expr)).start();
    let line = file.source().lines().line_of(start) + 1;
    let name = file.path.rsplit('/').next().unwrap_or_default();
    format!("{name}:{line}")
}
