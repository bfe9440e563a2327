//! The channels that a piece of code puts into and takes from, with the other ends of each.

use pyteam_channels::objects::{ObjectCall, Objects};
use pyteam_channels::topology::{self, ChannelNode};
use pyteam_index::FileId;
use pyteam_index::infer::Site;
use pyteam_syntax::TextRange;

use super::MAX_NAMED;
use crate::document::and_more;
use crate::view::View;

/// The channels that the calls within `range` put into and take from.
pub(super) fn channels(view: &View<'_>, id: FileId, range: TextRange, lines: &mut Vec<String>) {
    let is_here =
        |one: &ObjectCall| one.call.file == id && view.range_of(one.call).is_some_and(|at| range.contains_range(at));
    let objects = Objects::of(view.snapshot);
    let here = objects.iter().filter(|(_, object)| object.uses.iter().any(is_here));
    let mut found: Vec<ChannelNode> = here
        .filter_map(|(origin, _)| topology::channel_at(view.snapshot, origin))
        .filter(|channel| channel.producers.iter().chain(&channel.consumers).any(is_here))
        .collect();
    found.sort_by_cached_key(|channel| view.sort_key(channel.origin));
    lines.extend(found.iter().take(MAX_NAMED).map(|channel| channel_line(view, channel)));
}

/// `Queue frames (pipeline.py:32); producers: run_camera (camera.py:76); consumers: ...; messages: ...`
pub(super) fn channel_line(view: &View<'_>, channel: &ChannelNode) -> String {
    let told = |uses: &[ObjectCall]| {
        let mut uses: Vec<Site> = uses.iter().map(|one| one.call).collect();
        uses.sort_by_key(|site| view.sort_key(*site));
        let uses: Vec<String> =
            uses.into_iter().map(|site| format!("`{}` ({})", view.around(site), view.site(site))).collect();
        if uses.is_empty() { "none found".to_owned() } else { and_more(&uses, 4) }
    };
    let messages = if channel.messages.is_empty() {
        String::new()
    } else {
        let messages: Vec<String> = channel.messages.iter().map(|message| format!("`{message}`")).collect();
        format!("; messages: {}", and_more(&messages, 5))
    };
    let bound = channel.bound.as_ref().map(|bound| format!(", maxsize {bound}")).unwrap_or_default();
    format!(
        "{} `{}` ({}{bound}); producers: {}; consumers: {}{messages}",
        crate::pipeline::class(channel),
        channel.name,
        view.site(channel.origin),
        told(&channel.producers),
        told(&channel.consumers)
    )
}
