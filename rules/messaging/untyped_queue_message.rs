#![doc = include_str!("untyped_queue_message.md")]

use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::message::Message;
use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_channels::{closed, shape};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_refactors::declare_messages::{Mode, Plan, TITLE, channel_id, is_obscure, made};
use pyteam_syntax::{ExprId, Name};
use rustc_hash::FxHashMap;

/// See the page.
pub struct UntypedQueueMessage;

/// A list of more related places than this is not read: the nearest ones then, and how many there are.
const MAX_RELATED: usize = 40;

/// With more puts than this, the repair of the channel is on offer at the first of them alone: it is the same one for
/// all, and as long as all of them.
const MAX_OFFERS: usize = 50;

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
            if channels.iter().any(|channel| channel.declared || is_obscure(cx, channel)) {
                continue;
            }
            let Some(shape) = shape::of(cx.inference, Site { expr: message, ..site }) else { continue };
            // A function's own list of work is seen as a whole, as any local variable is.
            if channels.iter().all(|channel| closed::stays_in_function(cx, channel.origin)) {
                continue;
            }
            // `(priority, item)` is what a priority queue sorts by.
            if channels.iter().any(Channel::sorts) && matches!(shape.kind, shape::ShapeKind::Tuple(_)) {
                continue;
            }
            // Whether a repair is offered depends on what consumers do with the messages.
            let all = ChannelUses::of(cx.whole_workspace());
            // A worker's parameter is the queue that all callers pass, and may be declared where that is made.
            let roots: Option<Vec<Channel>> = channels.into_iter().map(|channel| made(cx, channel, &all)).collect();
            let Some(roots) = roots.filter(|roots| !roots.iter().any(|channel| channel.declared)) else { continue };
            let Some(channel) = roots.first() else { continue };
            let uses: Vec<ChannelUse> = roots.iter().flat_map(|channel| all.at(channel.origin)).copied().collect();
            let offers = roots.len() == 1 && is_offered_at(&uses, site) && offers(cx, channel, &all);
            let (shown, left) = nearest(&uses, site);
            let mut help = help(&shape.kind, channel).to_owned();
            match left {
                0 => {}
                1 => help.push_str("; 1 more call uses this channel"),
                _ => help.push_str(&format!("; {left} more calls use this channel")),
            }
            let mut finding = sink
                .report(cx.range(*call), call.0, shape.headline(&channel::name_of(cx, *call)))
                .note("no type checker compares the fields with what consumers read")
                .help(help)
                .channel(channel_id(cx, channel.origin));
            // One channel is one thing to declare: its first message stands for all.
            if is_consistent(cx, &uses) || !is_first(cx, &uses, site) {
                finding = finding.severity(Severity::Information);
            }
            for one in shown {
                let Some((file, item, _)) = cx.inference.item(one.call.file, one.call.item) else { continue };
                let range = file.absolute(one.call.item, item.expr_range(one.call.expr));
                let message = if one.puts { "also sent here" } else { "received here" };
                finding = finding.related(Related::new(file.id, range, message));
            }
            if offers {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let plan = Plan::at(cx, ExprId(finding.anchor.node));
        plan.and_then(|plan| plan.fix(cx)).into_iter().collect()
    }
}

/// Whether all that is put has one shape, or says itself which one it has: then nothing is wrong yet, and a declared type only
/// keeps it so.
fn is_consistent(cx: &CheckContext<'_>, uses: &[ChannelUse]) -> bool {
    let messages: Vec<Message> = uses
        .iter()
        .filter(|one| one.puts)
        .filter_map(|one| Message::of_put(cx.inference, one.call))
        .filter(|message| !matches!(message, Message::None))
        .collect();
    let Some(first) = messages.first() else { return true };
    messages.iter().all(|one| one.outline() == first.outline()) || Message::have_tag(&messages)
}

/// Whether no other call puts a message with a shape before this one.
fn is_first(cx: &CheckContext<'_>, uses: &[ChannelUse], site: Site) -> bool {
    let shaped =
        |one: &&ChannelUse| one.puts && !matches!(Message::of_put(cx.inference, one.call), None | Some(Message::None));
    uses.iter().find(shaped).is_none_or(|first| first.call == site)
}

/// What to do: a tuple's declaration is a `NamedTuple`, and a pipe's ends have no type to declare the message in.
fn help(kind: &shape::ShapeKind, channel: &Channel) -> &'static str {
    let is_pipe = known::class(Name::new(channel.class)).is_some_and(|class| class.kind == Some(ClassKind::Pipe));
    match (kind, is_pipe) {
        (shape::ShapeKind::Dict { .. }, false) => "declare a `TypedDict` and use it as the queue's message type",
        (shape::ShapeKind::Dict { .. }, true) => "declare a `TypedDict` and use it on both ends of the pipe",
        (shape::ShapeKind::Tuple(_), false) => "declare a `NamedTuple` and use it as the queue's message type",
        (shape::ShapeKind::Tuple(_), true) => "declare a `NamedTuple` and use it on both ends of the pipe",
    }
}

fn is_offered_at(uses: &[ChannelUse], site: Site) -> bool {
    let mut puts = uses.iter().filter(|one| one.puts);
    puts.next().is_none_or(|first| first.call == site) || puts.nth(MAX_OFFERS - 1).is_none()
}

/// Whether each channel can be repaired, as far as a check asked, at one revision.
#[derive(Default)]
struct Offers(Mutex<(u64, FxHashMap<Site, bool>)>);

/// Whether a repair of the channel is on offer: decided once for all of its findings.
fn offers(cx: &CheckContext<'_>, channel: &Channel, uses: &ChannelUses) -> bool {
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
    let cx = ItemContext { inference: &inference, ..cx.place };
    let offers = Plan::of(&cx, channel, uses, Mode::Probe).is_some();
    let mut known = room.0.lock().unwrap_or_else(PoisonError::into_inner);
    if known.0 == cx.snapshot.revision()
        && let Entry::Vacant(room) = known.1.entry(channel.origin)
    {
        room.insert(offers);
    }
    offers
}

/// The uses besides `site` that are shown with it, and how many are left out: all takes that fit, and the nearest puts.
fn nearest(uses: &[ChannelUse], site: Site) -> (Vec<&ChannelUse>, usize) {
    if uses.len() <= MAX_RELATED {
        return (uses.iter().filter(|one| one.call != site).collect(), 0);
    }
    let takes: Vec<&ChannelUse> = uses.iter().filter(|one| !one.puts).take(MAX_RELATED / 2).collect();
    let here = uses.iter().position(|one| one.call == site).unwrap_or_default();
    let room = MAX_RELATED - takes.len();
    let from = here.saturating_sub(room / 2);
    let puts = uses[from..].iter().filter(|one| one.puts && one.call != site).take(room);
    let shown: Vec<&ChannelUse> = puts.chain(takes).collect();
    let left = uses.len().saturating_sub(shown.len() + 1);
    (shown, left)
}
