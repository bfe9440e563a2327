#![doc = include_str!("untyped_queue_message.md")]

mod definition;
mod naming;
mod repair;
mod shape;

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Reach, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_syntax::{ExprId, Stmt};

use crate::shared::channel;

/// See the page.
pub struct UntypedQueueMessage;

/// More related places than this are a list that nobody reads.
const MOST_RELATED: usize = 20;

impl Rule for UntypedQueueMessage {
    fn page(&self) -> &Page {
        crate::page!("untyped_queue_message")
    }

    /// All who put into a queue, or use a class, are looked for everywhere.
    fn reach(&self) -> Reach {
        Reach::Workspace
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
            let text = format!(
                "`{name}` carries {}: nothing checks that its consumers read the same fields",
                shape.describe()
            );
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

/// A name that all findings of a channel share: where it is made, and what it is called there. No line number is in
/// it, so that it stays the same while the file is edited elsewhere.
fn channel_id(cx: &CheckContext<'_>, origin: Site) -> String {
    let Some((file, item, facts)) = cx.inference.item(origin.file, origin.item) else { return String::new() };
    let stmt = item.enclosing_stmt(origin.expr);
    let mut name = match item.stmt(stmt) {
        Stmt::Function(function) => function
            .params
            .iter()
            .find(|param| {
                param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
            })
            .map_or(String::new(), |param| param.name.to_string()),
        _ => {
            let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
            let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
            attribute.or(local).map_or(String::new(), |name| name.to_string())
        }
    };
    let around = item.stmt_ancestors(stmt).chain([stmt]).filter_map(|outer| match item.stmt(outer) {
        Stmt::Function(function) => Some(function.name),
        Stmt::Class(class) => Some(class.name),
        _ => None,
    });
    around.for_each(|outer| name = format!("{outer}.{name}"));
    if let Some(class) = file.parsed.items.get(origin.item as usize).and_then(|slot| slot.parent) {
        let class = file.item(class);
        if let Stmt::Class(definition) = class.stmt(class.root()) {
            name = format!("{}.{name}", definition.name);
        }
    }
    format!("{}:{name}", file.path.rsplit('/').next().unwrap_or_default())
}
