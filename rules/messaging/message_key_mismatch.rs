#![doc = include_str!("message_key_mismatch.md")]

use std::collections::BTreeSet;

use pyteam_channels::reads::{self, Field};
use pyteam_channels::shape;
use pyteam_channels::tags;
use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_channels::{channel, closed};
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Types;
use pyteam_index::known::Action;
use pyteam_syntax::{Expr, Name, Parent};

use crate::shared::headline;

/// See the page.
pub struct MessageKeyMismatch;

impl Rule for MessageKeyMismatch {
    fn page(&self) -> &Page {
        crate::page!("message_key_mismatch")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !cx.snapshot.is_complete() {
            return;
        }
        for call in &cx.facts().channel_calls {
            let take = cx.site(*call);
            let Some(channel) = channel::of_call(cx.inference, take, Action::Take) else { continue };
            if !closed::is_one_way(channel.class) {
                continue;
            }
            let reads = reads::of(cx, take);
            let all = ChannelUses::of(cx.whole_workspace());
            let uses = all.at(channel.origin);
            let Some(put) = keys(cx, uses) else { continue };
            let unknown: Vec<_> = reads
                .fields
                .iter()
                .filter_map(|(field, at)| match field {
                    Field::Key(key) => Some((*key, *at)),
                    Field::Element(_) => None,
                })
                .filter(|(key, at)| {
                    !put.contains(key)
                        && !reads.written.contains(key)
                        && !reads.asked.contains(key)
                        && !is_asked_for(cx, *at)
                })
                .collect();
            if unknown.is_empty() || !reads.complete || !closed::is_closed(cx, channel.origin, &all) {
                continue;
            }
            let name = channel::name_of(cx, *call);
            let sent: Vec<String> = put.iter().map(|key| format!("`{key}`")).collect();
            for (key, at) in unknown {
                let note = format!("reading it raises `KeyError`; the messages have {}", headline::some_of(&sent));
                let mut finding = sink
                    .report(cx.range(at), at.0, format!("no message on `{name}` has the key `{key}`"))
                    .note(note)
                    .help("read a key that is sent, or send this one");
                for one in uses.iter().filter(|one| one.puts).take(20) {
                    let Some((file, item, _)) = cx.inference.item(one.call.file, one.call.item) else { continue };
                    let range = file.absolute(one.call.item, item.expr_range(one.call.expr));
                    finding = finding.related(Related { file: file.id, range, message: "sent here".to_owned() });
                }
            }
        }
    }
}

/// All keys that any message of the channel has; nothing where one of them is not known in full.
fn keys(cx: &CheckContext<'_>, uses: &[ChannelUse]) -> Option<BTreeSet<Name>> {
    let mut all = BTreeSet::new();
    for put in uses.iter().filter(|one| one.puts) {
        let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
        let message = channel::message(item, put.call.expr)?;
        if matches!(item.expr(message), Expr::None) {
            continue;
        }
        let site = Site { expr: message, ..put.call };
        match shape::keys(cx.inference, site) {
            Some(keys) => all.extend(keys),
            None => {
                let types: Types = cx.inference.expr(site);
                let records = tags::records(cx.inference, &types).filter(|records| !records.is_empty())?;
                all.extend(records.iter().flat_map(|record| record.fields.iter().map(|(name, _)| *name)));
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

/// Whether a `KeyError` or an `in` around the read shows that the key may be missing.
fn is_asked_for(cx: &CheckContext<'_>, at: pyteam_syntax::ExprId) -> bool {
    let conditional = cx
        .item
        .expr_ancestors(at)
        .any(|around| matches!(cx.item.expr(around), Expr::Conditional { .. } | Expr::Bool2 { .. }));
    let stmt = cx.item.enclosing_stmt(at);
    let guarded = cx.item.stmt_ancestors(stmt).any(|around| match cx.item.stmt(around) {
        pyteam_syntax::Stmt::Try(one) => !one.handlers.is_empty(),
        pyteam_syntax::Stmt::If { test, .. } => {
            matches!(cx.item.expr(*test), Expr::Compare(compare) if compare.ops.iter().any(|op| matches!(op.as_str(), "in" | "not in")))
        }
        _ => false,
    });
    conditional || guarded || matches!(cx.item.expr_parent(at), Parent::Root)
}
