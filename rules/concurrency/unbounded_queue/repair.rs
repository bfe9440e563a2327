//! The repair: a size, and for each put what happens when there is no room.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::infer;
use pyteam_syntax::ExprId;
use pyteam_syntax::style::arguments;

use super::producer::Producer;
use super::stream::What;
use crate::shared::blocking::{self, Bounded, Kind};
use crate::shared::message_uses::Use;
use crate::shared::process;

/// As the editor's menu shows it.
pub(super) const TITLE: &str = "Give the queue a size";

/// A second of video: 190 MB in full HD.
const FRAMES: &str = "30";
/// Messages and chunks are smaller, and none should get lost because of a short pause.
const MESSAGES: &str = "100";

/// Bounds the queue, where somebody takes from it, and where every put can be told what to do when it is full.
pub(super) fn repair(cx: &CheckContext<'_>, call: ExprId, uses: &[Use], producer: &Producer) -> Option<Fix> {
    if uses.iter().all(|one| one.puts) {
        return None;
    }
    let size = if producer.what == What::Frames { FRAMES } else { MESSAGES };
    let source = cx.file.source();
    let start = cx.file.parsed.items[cx.item_index as usize].start;
    let size = arguments::set_argument(source, cx.item, start, call, ("maxsize", Some(0)), size, "")?;
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    fix.push(cx.file.id, size);
    for put in uses.iter().filter(|one| one.puts) {
        let there = process::at(cx, put.call.file, put.call.item)?;
        // It would raise now.
        if process::is_named(there.item, put.call.expr, &["put_nowait"]) {
            return None;
        }
        if infer::is_awaited(there.item, put.call.expr) {
            continue;
        }
        let found = blocking::lookup(&there, put.call.expr, Kind::Put)?;
        // Who says how long to wait has never had to: nobody handles it.
        if blocking::bounded_by_arguments(&there, put.call.expr, found.bound) != Bounded::No {
            return None;
        }
        let bounded = blocking::repair::repair(&there, put.call.expr, &found)?;
        for (file, edits) in bounded.edits {
            edits.into_iter().for_each(|edit| fix.push(file, edit));
        }
    }
    Some(fix.finish())
}
