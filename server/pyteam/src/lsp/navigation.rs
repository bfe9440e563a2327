//! Finds the object behind the expression under the cursor, and the queue or pipe that it is.

use pyteam_channels::topology::{self, ChannelNode};
use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::known;
use pyteam_index::snapshot::File;
use pyteam_syntax::{Expr, ExprId, Name, TextRange, TextSize};
use tower_lsp::ls_types::{Location, Range, TextDocumentPositionParams};

use super::convert;
use super::state_snapshot::StateSnapshot;

/// A channel that something under the cursor is, or is a method of.
pub(crate) struct PointedChannel {
    /// The channel.
    pub(crate) channel: ChannelNode,
    /// The method under the cursor.
    pub(crate) method: Option<Name>,
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
    snapshot: &StateSnapshot,
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
    let inference = Inference::new(&snapshot.index);
    let types = inference.expr(Site { file: file.id, item: item_index, expr });
    let (origin, method) = types.iter().filter(|one| is_meant(one)).find_map(|one| match one {
        Type::Instance { origin, .. } | Type::Object(_, origin) => Some(((*origin)?, None)),
        Type::Method { name, origin, .. } => Some(((*origin)?, Some(*name))),
        _ => None,
    })?;
    Some(Pointed { origin, range: file.absolute(item_index, item.expr_range(expr)), method })
}

/// The channel at a position of a document.
pub(crate) fn channel_at(snapshot: &StateSnapshot, at: &TextDocumentPositionParams) -> Option<PointedChannel> {
    let file = snapshot.index.file_at(&convert::key(&at.text_document.uri))?;
    let here = Range { start: at.position, end: at.position };
    let offset = convert::text_range(file.source(), here, snapshot.features.encoding).start();
    let is_channel = |one: &Type| match one {
        Type::Instance { class, .. } | Type::Method { class, .. } => known::is_channel(*class),
        _ => false,
    };
    let Pointed { origin, method, .. } = pointed_at(snapshot, file, offset, &is_channel)?;
    Some(PointedChannel { channel: topology::channel_at(&snapshot.index, origin)?, method })
}

/// Where a site is, for the client.
pub(crate) fn location(snapshot: &StateSnapshot, site: Site) -> Option<Location> {
    let file = snapshot.index.file(site.file)?;
    let (uri, _) = snapshot.identifier_of(&file.path)?;
    let range = file.absolute(site.item, file.item(site.item).expr_range(site.expr));
    Some(Location { uri, range: convert::range(file.source(), range, snapshot.features.encoding) })
}
