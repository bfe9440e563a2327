//! The queue or pipe under the cursor: where it is made, and who puts into it and takes from it.

use std::sync::Arc;

use pyteam_channels::topology::{self, Channel};
use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::known::{self, Action};
use pyteam_index::snapshot::File;
use pyteam_syntax::{Expr, ExprId, Name, TextRange, TextSize};
use tower_lsp::ls_types::{
    GotoDefinitionParams, GotoDefinitionResponse, Location, Position, Range, ReferenceParams, Uri,
};

use super::convert;
use super::view::View;

/// A channel that something under the cursor is, or is a method of.
struct Found {
    channel: Channel,
    /// The method under the cursor.
    method: Option<Name>,
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
    let does = found.method.and_then(|method| known::action(found.channel.class, method));
    let other_end = match does {
        Some(Action::Put) => &found.channel.consumers,
        Some(Action::Take) => &found.channel.producers,
        _ => &Vec::new(),
    };
    let mut all: Vec<Location> = other_end.iter().filter_map(|one| location(view, one.call)).collect();
    if all.is_empty() {
        all.extend(location(view, found.channel.origin));
    }
    Some(GotoDefinitionResponse::Array(all))
}

/// What stands under a cursor, and where the object behind it is made.
pub(crate) struct Pointed {
    /// Where it is made.
    pub(crate) origin: Site,
    /// Where the cursor's expression stands.
    pub(crate) range: TextRange,
    /// The method of the object that is under the cursor.
    pub(crate) method: Option<Name>,
}

/// The object at `offset`, if `is_meant` says so of its type, or one that something there is a method of.
pub(crate) fn pointed_at(
    view: &View,
    file: &File,
    offset: TextSize,
    is_meant: &dyn Fn(&Type) -> bool,
) -> Option<Pointed> {
    let item_index = file.parsed.item_at(offset)?;
    let item = file.item(item_index);
    let inside = offset.checked_sub(file.item_start(item_index))?;
    let named = |id: &ExprId| matches!(item.expr(*id), Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. });
    let around = item.expr_ids().filter(|id| item.expr_range(*id).contains_inclusive(inside)).filter(named);
    let expr = around.min_by_key(|id| item.expr_range(*id).len())?;
    let inference = Inference::new(&view.snapshot);
    let types = inference.expr(Site { file: file.id, item: item_index, expr });
    let (origin, method) = types.iter().filter(|one| is_meant(one)).find_map(|one| match one {
        Type::Instance { origin, .. } | Type::Object(_, origin) => Some(((*origin)?, None)),
        Type::Method { name, origin, .. } => Some(((*origin)?, Some(*name))),
        _ => None,
    })?;
    Some(Pointed { origin, range: file.absolute(item_index, item.expr_range(expr)), method })
}

fn at_position(view: &Arc<View>, uri: &Uri, position: Position) -> Option<Found> {
    let file = view.snapshot.file_at(&convert::key(uri))?;
    let here = Range { start: position, end: position };
    let offset = convert::text_range(file.source(), here, view.features.encoding).start();
    let is_channel = |one: &Type| match one {
        Type::Instance { class, .. } | Type::Method { class, .. } => known::is_channel(*class),
        _ => false,
    };
    let Pointed { origin, method, .. } = pointed_at(view, file, offset, &is_channel)?;
    Some(Found { channel: topology::channel_at(&view.snapshot, origin)?, method })
}

fn location(view: &View, site: Site) -> Option<Location> {
    let file = view.snapshot.file(site.file)?;
    let (uri, _) = view.name_of(&file.path)?;
    let range = file.absolute(site.item, file.item(site.item).expr_range(site.expr));
    Some(Location { uri, range: convert::range(file.source(), range, view.features.encoding) })
}
