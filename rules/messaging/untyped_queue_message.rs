#![doc = include_str!("untyped_queue_message.md")]

mod annotation;
mod assembly;
mod callers;
pub(in crate::messaging) mod carried;
mod declare;
mod definition;
mod ends;
mod generics;
mod held;
mod holders;
mod home;
mod naming;
mod narrowing;
mod readers;
mod repair;
mod rewrite;
mod types;
mod writing;

use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::shape;
use pyteam_channels::uses::{Use, Uses};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_index::known::Action;
use pyteam_syntax::{ExprId, Stmt};
use rustc_hash::FxHashMap;

use self::repair::Ask;

/// See the page.
pub struct UntypedQueueMessage;

/// More related places than this are a list that nobody reads: the nearest ones then, and how many there are.
const MOST_RELATED: usize = 40;

/// With more puts than this, the repair of the channel is on offer at the first of them alone: it is the same one for
/// all, and as long as all of them.
const MOST_OFFERS: usize = 50;

impl Rule for UntypedQueueMessage {
    fn page(&self) -> &Page {
        crate::page!("untyped_queue_message")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let facts = cx.facts();
        for call in &facts.channel_calls {
            let site = cx.site(*call);
            let Some(message) = channel::message(cx.item, *call).filter(|it| shape::may_be(cx.item, *it)) else {
                continue;
            };
            // A worker that is handed several queues puts the same message into each.
            let Some(channels) = channel::all_of_call(cx.inference, site, Action::Put) else { continue };
            if channels.iter().any(|channel| channel.declared || declare::is_obscure(cx, channel)) {
                continue;
            }
            let Some(shape) = shape::of(cx.inference, Site { expr: message, ..site }) else { continue };
            // `(priority, item)` is what a priority queue sorts by.
            if channels.iter().any(Channel::sorts) && matches!(shape.kind, shape::Kind::Tuple(_)) {
                continue;
            }
            let name = channel::name_of(cx, *call);
            let text = format!(
                "`{name}` carries {}: nothing checks that its consumers read the same fields",
                shape.describe()
            );
            // Whether a repair is offered depends on what consumers do with the messages.
            let all = Uses::of(cx.whole_workspace());
            // A worker's parameter is the queue that all callers pass, and may be declared where that is made.
            let roots: Option<Vec<Channel>> = channels.into_iter().map(|channel| root(cx, channel, &all)).collect();
            let Some(roots) = roots.filter(|roots| !roots.iter().any(|channel| channel.declared)) else { continue };
            let Some(channel) = roots.first() else { continue };
            let uses: Vec<Use> = roots.iter().flat_map(|channel| all.at(channel.origin)).copied().collect();
            let offers = roots.len() == 1 && is_offered_at(&uses, site) && offers(cx, channel, &all);
            let (shown, left) = nearest(&uses, site);
            let mut help = "declare the message as a TypedDict and say so in the queue's type".to_owned();
            if left > 0 {
                help.push_str(&format!("; {left} more calls use the same channel"));
            }
            let mut finding =
                sink.report(cx.range(*call), call.0, text).help(help).channel(channel_id(cx, channel.origin));
            for one in shown {
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
        let site = cx.site(call);
        let Some(channel) = channel::of_call(cx.inference, site, Action::Put) else { return Vec::new() };
        let all = Uses::of(cx.whole_workspace());
        let Some(channel) = root(cx, channel, &all) else { return Vec::new() };
        let plan = repair::plan(cx, &channel, &all, &channel_name(cx, channel.origin), Ask::All);
        plan.and_then(|plan| assembly::fix(cx, &plan)).into_iter().collect()
    }
}

fn is_offered_at(uses: &[Use], site: Site) -> bool {
    let mut puts = uses.iter().filter(|one| one.puts);
    puts.next().is_none_or(|first| first.call == site) || puts.nth(MOST_OFFERS - 1).is_none()
}

/// The channel where it is made, which `channel` may be a parameter for.
fn root(cx: &CheckContext<'_>, channel: Channel, all: &Uses) -> Option<Channel> {
    let origin = all.root(channel.origin);
    if origin == channel.origin { Some(channel) } else { channel::made_at(cx.inference, origin) }
}

/// Whether each channel can be repaired, as far as somebody asked, at one revision.
#[derive(Default)]
struct Offers(Mutex<(u64, FxHashMap<Site, bool>)>);

/// Whether a repair of the channel is on offer: decided once for all of its findings.
fn offers(cx: &CheckContext<'_>, channel: &Channel, uses: &Uses) -> bool {
    let room = cx.snapshot.memo().of::<Offers>();
    {
        let mut known = room.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != cx.snapshot.revision() {
            *known = (cx.snapshot.revision(), FxHashMap::default());
        }
        if let Some(known) = known.1.get(&channel.origin) {
            return *known;
        }
    }
    // With a budget of its own, so that the answer does not depend on who asks first.
    let inference = pyteam_index::infer::Inference::new(cx.snapshot);
    let place = ItemContext { inference: &inference, ..cx.place };
    let cx = CheckContext { place, settings: cx.settings };
    let offers = repair::plan(&cx, channel, uses, &channel_name(&cx, channel.origin), Ask::Whether).is_some();
    let mut known = room.0.lock().unwrap_or_else(PoisonError::into_inner);
    if known.0 == cx.snapshot.revision()
        && let Entry::Vacant(room) = known.1.entry(channel.origin)
    {
        room.insert(offers);
    }
    offers
}

/// The uses besides `site` that are shown with it, and how many are left out: all takes that fit, and the nearest puts.
fn nearest(uses: &[Use], site: Site) -> (Vec<&Use>, usize) {
    if uses.len() <= MOST_RELATED {
        return (uses.iter().filter(|one| one.call != site).collect(), 0);
    }
    let takes: Vec<&Use> = uses.iter().filter(|one| !one.puts).take(MOST_RELATED / 2).collect();
    let here = uses.iter().position(|one| one.call == site).unwrap_or_default();
    let room = MOST_RELATED - takes.len();
    let from = here.saturating_sub(room / 2);
    let puts = uses[from..].iter().filter(|one| one.puts && one.call != site).take(room);
    let shown: Vec<&Use> = puts.chain(takes).collect();
    let left = uses.len().saturating_sub(shown.len() + 1);
    (shown, left)
}

/// What the channel is called where it is made.
fn channel_name(cx: &CheckContext<'_>, origin: Site) -> String {
    let id = channel_id(cx, origin);
    id.rsplit([':', '.']).next().unwrap_or_default().to_owned()
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
