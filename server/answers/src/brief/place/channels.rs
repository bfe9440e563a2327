//! The channels that a piece of code puts into and takes from, with the other ends of each.

use std::collections::BTreeSet;

use pyteam_channels::topology::Channel;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, Action};
use pyteam_index::{File, FileId};
use pyteam_syntax::{Expr, Name, Stmt, TextRange};

use super::MAX_NAMED;
use crate::document::and_more;
use crate::packages::Imports;
use crate::pattern::{exact, pattern};
use crate::view::View;

/// Files that are looked into for the other ends of a channel.
const MAX_FILES: usize = 40;

/// The channels that the calls within `range` put into and take from.
pub(super) fn channels(view: &View<'_>, id: FileId, range: TextRange, lines: &mut Vec<String>) {
    let Some(file) = view.snapshot.file(id) else { return };
    let mut origins: Vec<(Site, Name)> = Vec::new();
    for (call, origin, class) in channel_calls(view, file) {
        let is_inside = view.range_of(call).is_some_and(|at| range.contains_range(at));
        if is_inside && !origins.iter().any(|(known, _)| *known == origin) {
            origins.push((origin, class));
        }
    }
    origins.sort_by_cached_key(|(origin, _)| view.sort_key(*origin));
    lines.extend(
        origins.into_iter().take(MAX_NAMED).map(|(origin, class)| near_channel_line(view, file, origin, class)),
    );
}

/// The calls of a file that put into a channel or take from one, each with where that is made and its class.
fn channel_calls(view: &View<'_>, file: &File) -> Vec<(Site, Site, Name)> {
    let mut found = Vec::new();
    for index in &file.facts.channel_items {
        let Some((_, item, facts)) = view.inference.item(file.id, *index) else { continue };
        view.inference.renew_budget();
        for call in &facts.channel_calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            if !known::actions(*attr).iter().any(|one| one.is_of_channel()) {
                continue;
            }
            let site = |expr| Site { file: file.id, item: *index, expr };
            for one in &view.inference.expr(site(*value)) {
                if let Type::Instance { class, origin: Some(origin), .. } = one
                    && known::is_channel(*class)
                {
                    found.push((site(*call), *origin, *class));
                }
            }
        }
    }
    found
}

/// The files in which the other ends of a channel are looked for: where it is made and used, what these import, and
/// what stands beside them.
fn neighbours(view: &View<'_>, file: &File, origin: Site) -> Vec<FileId> {
    let mut found = vec![file.id, origin.file];
    let known: Vec<_> = found.iter().filter_map(|id| view.snapshot.file(*id)).collect();
    found.extend(Imports::of(view, &known).own.into_values());
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let home = view.snapshot.file(origin.file).map(|file| folder(&file.path)).unwrap_or_default();
    let beside = view.snapshot.files().filter(|one| {
        one.path.strip_prefix(&*home).is_some_and(|rest| rest.rfind('/') == Some(0))
            && !one.facts.channel_items.is_empty()
    });
    let mut beside: Vec<FileId> = beside.map(|one| one.id).collect();
    beside.sort_by_cached_key(|id| view.path(*id));
    found.extend(beside);
    let mut seen = BTreeSet::new();
    found.retain(|id| seen.insert(*id));
    found.truncate(MAX_FILES);
    found
}

/// What the code calls the object made at `origin`: the target of its assignment, with a blank behind it.
fn called(view: &View<'_>, origin: Site) -> String {
    let Some((_, item, _)) = view.inference.item(origin.file, origin.item) else { return String::new() };
    let target = match item.stmt(item.enclosing_stmt(origin.expr)) {
        Stmt::Assign { targets, .. } => targets[0],
        Stmt::AnnAssign { target, .. } => *target,
        _ => return String::new(),
    };
    let text = view.text_of(Site { expr: target, ..origin });
    if text.len() > 60 || text.contains('\n') { String::new() } else { format!("`{text}` ") }
}

/// A channel, by the ends of it that are near.
fn near_channel_line(view: &View<'_>, file: &File, origin: Site, class: Name) -> String {
    let (mut puts, mut takes) = (Vec::new(), Vec::new());
    for id in neighbours(view, file, origin) {
        let Some(near) = view.snapshot.file(id) else { continue };
        for (call, of, _) in channel_calls(view, near) {
            let is_put =
                view.inference.receiver(call).is_some_and(|(_, name)| known::actions(name).contains(&Action::Put));
            if of == origin {
                if is_put { &mut puts } else { &mut takes }.push(call);
            }
        }
    }
    let shapes: BTreeSet<String> =
        puts.iter().filter_map(|put| exact(view, *put)).map(|message| format!("`{}`", pattern(&message))).collect();
    let shapes: Vec<String> = shapes.into_iter().collect();
    let told = |mut calls: Vec<Site>| {
        calls.sort_by_cached_key(|site| view.sort_key(*site));
        let calls: Vec<String> =
            calls.into_iter().map(|site| format!("`{}` ({})", view.around(site), view.site(site))).collect();
        if calls.is_empty() { "none found nearby".to_owned() } else { and_more(&calls, 4) }
    };
    let messages = if shapes.is_empty() { String::new() } else { format!("; messages: {}", and_more(&shapes, 5)) };
    format!(
        "{} {}created at {}; producers: {}; consumers: {}{messages}",
        class.as_str().rsplit('.').next().unwrap_or_default(),
        called(view, origin),
        view.site(origin),
        told(puts),
        told(takes)
    )
}

/// `Queue frames (pipeline.py:32); producers: run_camera (camera.py:76); consumers: ...; messages: ...`
pub(super) fn channel_line(view: &View<'_>, channel: &Channel) -> String {
    let told = |uses: &[pyteam_channels::objects::Use]| {
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
