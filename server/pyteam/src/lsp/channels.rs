//! The queue or pipe under the cursor: what it is, and who puts into it and takes from it.

use std::sync::Arc;

use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::objects::Use;
use pyteam_index::snapshot::File;
use pyteam_index::topology::{self, Channel, PUTS, TAKES, Topology};
use pyteam_syntax::{Expr, ExprId, TextRange, TextSize};
use tower_lsp::ls_types::{
    GotoDefinitionParams, GotoDefinitionResponse, Location, Position, Range, ReferenceParams, Uri,
};

use super::convert;
use super::view::View;

/// Most calls that a hover names on each side.
const MOST_CALLS: usize = 8;

/// A channel that something under the cursor is, or is a method of.
struct Found {
    channel: Channel,
    /// Where the cursor's expression stands.
    range: TextRange,
    /// The method under the cursor.
    method: Option<String>,
}

/// Answers `textDocument/references`: all puts and gets of the channel, and its creation if that is wanted.
pub(crate) fn references(view: &Arc<View>, params: &ReferenceParams) -> Option<Vec<Location>> {
    let at = &params.text_document_position;
    let found = at_position(view, &at.text_document.uri, at.position)?;
    let calls = found.channel.producers.iter().chain(&found.channel.consumers);
    let mut all: Vec<Location> = calls.filter_map(|one| location(view, one.call)).collect();
    if params.context.include_declaration {
        all.extend(location(view, found.channel.origin));
    }
    Some(all)
}

/// Answers `textDocument/definition`: of a queue the place where it is made; of a `get` the puts that it takes from,
/// of a `put` the gets that it gives to.
pub(crate) fn definition(view: &Arc<View>, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let at = &params.text_document_position_params;
    let found = at_position(view, &at.text_document.uri, at.position)?;
    let other_end = match found.method.as_deref() {
        Some(method) if PUTS.contains(&method) => &found.channel.consumers,
        Some(method) if TAKES.contains(&method) => &found.channel.producers,
        _ => &Vec::new(),
    };
    let mut all: Vec<Location> = other_end.iter().filter_map(|one| location(view, one.call)).collect();
    if all.is_empty() {
        all.extend(location(view, found.channel.origin));
    }
    Some(GotoDefinitionResponse::Array(all))
}

/// What a hover says of the channel at a position, as Markdown.
pub(crate) fn hover(view: &Arc<View>, uri: &Uri, position: Position) -> Option<(String, Range)> {
    let found = at_position(view, uri, position)?;
    let file = view.snapshot.file_at(&convert::key(uri))?;
    Some((describe(view, &found.channel), convert::range(file.source(), found.range, view.features.encoding)))
}

fn at_position(view: &Arc<View>, uri: &Uri, position: Position) -> Option<Found> {
    let file = view.snapshot.file_at(&convert::key(uri))?;
    let here = Range { start: position, end: position };
    let offset = convert::text_range(file.source(), here, view.features.encoding).start();
    let item_index = file.parsed.item_at(offset)?;
    let item = file.item(item_index);
    let inside = offset.checked_sub(file.item_start(item_index))?;
    let named = |id: &ExprId| matches!(item.expr(*id), Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. });
    let around = item.expr_ids().filter(|id| item.expr_range(*id).contains_inclusive(inside)).filter(named);
    let expr = around.min_by_key(|id| item.expr_range(*id).len())?;
    let inference = Inference::new(&view.snapshot);
    let types = inference.expr(Site { file: file.id, item: item_index, expr });
    let (origin, method) = types.iter().find_map(|one| match one {
        Type::Instance { class, origin: Some(origin), .. } if topology::is_channel(class.as_str()) => {
            Some((*origin, None))
        }
        Type::Method { class, name, origin: Some(origin) } if topology::is_channel(class.as_str()) => {
            Some((*origin, Some(name.to_string())))
        }
        _ => None,
    })?;
    let channel = topology::channel_at(&view.snapshot, origin)?;
    Some(Found { channel, range: file.absolute(item_index, item.expr_range(expr)), method })
}

fn location(view: &View, site: Site) -> Option<Location> {
    let file = view.snapshot.file(site.file)?;
    let (uri, _) = view.name_of(&file.path)?;
    let range = file.absolute(site.item, file.item(site.item).expr_range(site.expr));
    Some(Location { uri, range: convert::range(file.source(), range, view.features.encoding) })
}

fn describe(view: &View, channel: &Channel) -> String {
    let topology = Topology::of(&view.snapshot);
    let inference = Inference::new(&view.snapshot);
    let bound = match &channel.bound {
        Some(bound) => format!(", at most {bound} messages"),
        None => String::new(),
    };
    let mut text = format!("**`{}`**: `{}`{bound}\n", channel.name, channel.class);
    if let Some((file, line)) = place(view, channel.origin) {
        text += &format!("made in {}:{line}\n", short(file));
    }
    for (title, uses) in [("Put by", &channel.producers), ("Taken by", &channel.consumers)] {
        text += &format!("\n{title}\n");
        if uses.is_empty() {
            text += "- nobody that pyteam can see\n";
        }
        for one in uses.iter().take(MOST_CALLS) {
            text += &format!("- {}\n", call(view, &inference, &topology, one));
        }
        if uses.len() > MOST_CALLS {
            text += &format!("- and {} more\n", uses.len() - MOST_CALLS);
        }
    }
    if !channel.messages.is_empty() {
        text += "\nMessages\n";
        for message in channel.messages.iter().take(MOST_CALLS) {
            text += &format!("- `{message}`\n");
        }
    }
    text
}

fn call(view: &View, inference: &Inference<'_>, topology: &Topology, one: &Use) -> String {
    let Some((file, line)) = place(view, one.call) else { return String::new() };
    let item = file.item(one.call.item);
    let code = file.text_at(one.call.item, item.expr_range(one.call.expr));
    let code = pyteam_display::code(code);
    let runs = topology.who_runs(inference, one.call);
    let mut processes: Vec<&str> = runs.iter().map(|process| process.name.as_str()).collect();
    processes.sort_unstable();
    processes.dedup();
    let by = if processes.is_empty() { String::new() } else { format!(", run by {}", processes.join(", ")) };
    format!("`{code}` in {}:{line}{by}", short(file))
}

fn place(view: &View, site: Site) -> Option<(&Arc<File>, u32)> {
    let file = view.snapshot.file(site.file)?;
    let start: TextSize = file.absolute(site.item, file.item(site.item).expr_range(site.expr)).start();
    Some((file, file.source().lines().line_of(start) + 1))
}

fn short(file: &File) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}
