//! `textDocument/inlayHint`: what a `get` gives and a `put` puts, and what a process or thread runs where it is started under
//! another name.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_channels::channel;
use pyteam_channels::message::Message;
use pyteam_channels::objects::{Class, ObjectCall, Objects};
use pyteam_channels::topology::{self, ChannelNode, Process};
use pyteam_display::code_within;
use pyteam_index::infer::{Inference, Site};
use pyteam_index::known::{self, Action};
use pyteam_index::snapshot::File;
use pyteam_syntax::{Expr, ExprId, Name, TextSize};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::InlayHintRequest;
use tower_lsp::ls_types::{
    InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams, InlayHintTooltip, MarkupContent, MarkupKind,
};

use crate::lsp::convert;
use crate::lsp::editor_settings::When;
use crate::lsp::handlers::dispatch::{RequestContext, RequestHandler};
use crate::lsp::state_snapshot::StateSnapshot;

/// Longest type in a label, in characters. All of it is in the tooltip.
const MAX_LABEL: usize = 40;
/// Longest type in a tooltip.
const MAX_TOOLTIP: usize = 400;

pub(crate) struct InlayHintHandler;

impl RequestHandler for InlayHintHandler {
    type Protocol = InlayHintRequest;

    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: InlayHintParams,
        _: &RequestContext,
    ) -> Result<Option<Vec<InlayHint>>> {
        Ok(inlay_hints(snapshot, &params))
    }
}

/// What is known at one place of the text. A call that may go to several objects has what each of them says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Message,
    Runs,
}

fn inlay_hints(snapshot: &StateSnapshot, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    if snapshot.editor.inlay_hints == When::Never {
        return None;
    }
    let file = snapshot.index.file_at(&convert::key(&params.text_document.uri))?;
    // To know all objects costs something in a large workspace, at each keystroke, and most files use none.
    if file.facts.channel_items.is_empty() && file.facts.lifecycle_items.is_empty() {
        return Some(Vec::new());
    }
    let range = convert::text_range(file.source(), params.range, snapshot.features.encoding);
    let is_here =
        |one: &ObjectCall| one.call.file == file.id && range.contains_inclusive(end_of(file, one.call, one.call.expr));
    let mut texts: BTreeMap<(TextSize, Subject), Vec<String>> = BTreeMap::new();
    let mut add = |at, subject, text: String| {
        let known = texts.entry((at, subject)).or_default();
        if !known.contains(&text) {
            known.push(text);
        }
    };
    for (origin, object) in Objects::of(&snapshot.index).iter() {
        let mut uses = object.uses.iter().filter(|one| is_here(one)).peekable();
        if uses.peek().is_none() {
            continue;
        }
        if let Some(channel) = topology::channel_at(&snapshot.index, origin) {
            for one in uses {
                if let Some((at, text)) = message(snapshot, file, &channel, one) {
                    add(at, Subject::Message, text);
                }
            }
        } else if let Some(process) = topology::process_at(&snapshot.index, origin) {
            let starts = uses.filter(|one| process.starts.contains(one));
            starts.filter(|one| names_other(file, one, &process, object.class)).for_each(|one| {
                add(end_of(file, one.call, one.call.expr), Subject::Runs, process.name.clone());
            });
        }
    }
    Some(texts.into_iter().map(|((at, subject), texts)| hint(snapshot, file, at, subject, &texts)).collect())
}

/// The type of the message that a call of the channel puts or gets, and where it is to be shown.
fn message(
    snapshot: &StateSnapshot,
    file: &File,
    channel: &ChannelNode,
    one: &ObjectCall,
) -> Option<(TextSize, String)> {
    match known::action(channel.class, one.method)? {
        Action::Take => {
            let known: Vec<&str> = channel.messages.iter().map(String::as_str).filter(|shape| *shape != "?").collect();
            (!known.is_empty()).then(|| (end_of(file, one.call, one.call.expr), known.join(" | ")))
        }
        Action::Put => {
            let item = file.item(one.call.item);
            let value = channel::message(item, one.call.expr)?;
            let shape = Message::of_put(&Inference::new(&snapshot.index), one.call)?.text();
            // A display shows what it is, and so does a call of the class.
            let is_named = match item.expr(value) {
                Expr::Call { .. } => !file.text_at(one.call.item, item.expr_range(value)).starts_with(&shape),
                Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } => true,
                _ => false,
            };
            (is_named && shape != "?").then(|| (end_of(file, one.call, value), shape))
        }
        _ => None,
    }
}

/// Whether what the process runs is known, and not what it is called where it is started.
fn names_other(file: &File, start: &ObjectCall, process: &Process, class: Class) -> bool {
    let item = file.item(start.call.item);
    let called = |expr: ExprId| match item.expr(expr) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(*name),
        _ => None,
    };
    let receiver = match item.expr(start.call.expr) {
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Attribute { value, .. } => called(*value),
            _ => None,
        },
        _ => None,
    };
    let is_known = process.target.is_some() || matches!(class, Class::Own(_));
    is_known && receiver.map(Name::as_str) != Some(&*process.name)
}

fn end_of(file: &File, call: Site, expr: ExprId) -> TextSize {
    file.absolute(call.item, file.item(call.item).expr_range(expr)).end()
}

fn hint(snapshot: &StateSnapshot, file: &File, at: TextSize, subject: Subject, texts: &[String]) -> InlayHint {
    let text = texts.join(" | ");
    let label = code_within(&text, MAX_LABEL);
    let is_cut = label.ends_with('…');
    let value = code_within(&text, MAX_TOOLTIP);
    let tooltip = MarkupContent { kind: MarkupKind::PlainText, value };
    let position = convert::range(file.source(), pyteam_syntax::TextRange::empty(at), snapshot.features.encoding).start;
    InlayHint {
        position,
        label: InlayHintLabel::String(match subject {
            Subject::Message => format!(": {label}"),
            Subject::Runs => format!("runs {label}"),
        }),
        kind: (subject == Subject::Message).then_some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: is_cut.then_some(InlayHintTooltip::MarkupContent(tooltip)),
        padding_left: Some(subject == Subject::Runs),
        padding_right: None,
        data: None,
    }
}
