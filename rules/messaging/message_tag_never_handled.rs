#![doc = include_str!("message_tag_never_handled.md")]

use pyteam_channels::reads::{self, Field, Reads, Rest};
use pyteam_channels::uses::ChannelUses;
use pyteam_channels::{channel, closed, tags};
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::Action;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name};

/// See the page.
pub struct MessageTagNeverHandled;

impl Rule for MessageTagNeverHandled {
    fn page(&self) -> &Page {
        crate::page!("message_tag_never_handled")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !cx.snapshot.is_complete() {
            return;
        }
        for call in &cx.facts().channel_calls {
            let Some(message) = channel::message(cx.item, *call) else { continue };
            let constants = constants(cx, message);
            if constants.is_empty() {
                continue;
            }
            let site = cx.site(*call);
            let Some(channel) = channel::of_call(cx.inference, site, Action::Put) else { continue };
            if !closed::is_one_way(channel.class) {
                continue;
            }
            let all = ChannelUses::of(cx.whole_workspace());
            let uses = all.at(channel.origin);
            let takes: Vec<Site> = uses.iter().filter(|one| !one.puts).map(|one| one.call).collect();
            let reads: Vec<Reads> = takes.iter().map(|take| reads::of(cx, *take)).collect();
            // A consumer that takes messages and does not look at them is not the one that handles them all.
            let reading = || reads.iter().filter(|one| !one.fields.is_empty());
            if takes.is_empty() || reads.iter().any(|one| !one.complete) || reading().next().is_none() {
                continue;
            }
            // What an `else` works on is what the choice leaves to it.
            if reading().any(|one| one.default == Rest::Handled) {
                continue;
            }
            // What is done with a tag that is asked for by `.get` is not followed.
            let is_asked = |field: &Field| match field {
                Field::Key(key) => reads.iter().any(|one| one.asked.contains(key)),
                Field::Element(_) => false,
            };
            let mut followed = constants.into_iter().filter(|(key, _)| !is_asked(key));
            let Some((key, tag)) = followed.find(|(key, tag)| is_unhandled(&reads, *key, *tag)) else {
                continue;
            };
            if !closed::is_closed(cx, channel.origin, &all) {
                continue;
            }
            let name = channel::name_of(cx, *call);
            let note = if reading().any(|one| one.default == Rest::Refused) {
                "it falls into the branch for unknown messages"
            } else {
                "the message is received and dropped"
            };
            let mut finding = sink
                .report(cx.range(*call), call.0, format!("no consumer of `{name}` handles `{key} == \"{tag}\"`"))
                .note(note)
                .help("handle it in a consumer, or stop sending it");
            for take in &takes {
                let Some((file, item, _)) = cx.inference.item(take.file, take.item) else { continue };
                let range = file.absolute(take.item, item.expr_range(take.expr));
                finding = finding.related(Related::new(file.id, range, "received here"));
            }
        }
    }
}

/// Whether every consumer that tells messages apart does so by this key, and none knows the tag.
fn is_unhandled(reads: &[Reads], key: Field, tag: Name) -> bool {
    let mut dispatching = reads.iter().filter(|one| !one.fields.is_empty()).peekable();
    dispatching.peek().is_some()
        && dispatching.all(|one| {
            let read = one.fields.iter().filter(|(read, _)| *read == key).count();
            let tested = one.tests.iter().filter(|(tested, _)| *tested == key);
            // A tag that is also looked at in other ways may be handled by these.
            tested.clone().count() >= read && read > 0 && tested.clone().all(|(_, known)| *known != tag)
        })
}

/// Parts of a dict or tuple that are constants, with these: of a display, or of what a message class is called with.
fn constants(cx: &CheckContext<'_>, message: ExprId) -> Vec<(Field, Name)> {
    let item: &Item = cx.item;
    let string = |expr: ExprId| match item.expr(expr) {
        Expr::Str(literal) if !literal.bytes => literal.value,
        _ => None,
    };
    match item.expr(message) {
        Expr::Dict(entries) => {
            entries.iter().filter_map(|entry| Some((Field::Key(string(entry.key?)?), string(entry.value)?))).collect()
        }
        Expr::Call { func, args } => match cx.inference.expr(cx.site(*func)).as_slice() {
            [Type::Class(class)] if tags::is_named_tuple(cx.inference, *class) => {
                let plain = args.iter().take_while(|arg| arg.kind == ArgKind::Positional).enumerate();
                plain.filter_map(|(at, arg)| Some((Field::Element(at), string(arg.value)?))).collect()
            }
            [Type::Class(class)] if !tags::is_typed_dict(cx.inference, *class) => Vec::new(),
            [Type::Class(_) | Type::External(_)] => args
                .iter()
                .filter_map(|arg| match arg.kind {
                    ArgKind::Keyword(name) => Some((Field::Key(name), string(arg.value)?)),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        },
        Expr::Tuple(items) => {
            items.iter().enumerate().filter_map(|(at, one)| Some((Field::Element(at), string(*one)?))).collect()
        }
        _ => Vec::new(),
    }
}
