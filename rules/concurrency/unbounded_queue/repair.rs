//! The repair: a size, where each put waits for room in a coroutine, which a shutdown cancels.

use pyteam_channels::uses::ChannelUse;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::infer;
use pyteam_index::known::StreamKind;
use pyteam_syntax::ExprId;
use pyteam_syntax::style::arguments::ArgumentEditor;

use super::at_once::is_emptied_meanwhile;
use super::producer::Producer;
use super::stream::What;

/// As the editor's menu shows it.
pub(super) const TITLE: &str = "Set `maxsize`";

/// A second of video: 190 MB in full HD.
const FRAMES: &str = "30";
/// Messages and chunks are smaller, and none should get lost because of a short pause.
const MESSAGES: &str = "100";

/// Bounds the queue, where it is emptied while it is filled, and where every put is awaited. A put that blocks would never
/// look at a flag again once the queue is full, and `put_nowait` would raise.
pub(super) fn repair(cx: &CheckContext<'_>, call: ExprId, uses: &[ChannelUse], producer: &Producer) -> Option<Fix> {
    let size = if producer.what == What::Known(StreamKind::Frames) { FRAMES } else { MESSAGES };
    let editor = ArgumentEditor::of_call(&cx.file.parsed, cx.item_index, call)?;
    let size = editor.set(("maxsize", Some(0)), size)?;
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    fix.push(cx.file.id, size);
    for put in uses.iter().filter(|one| one.puts) {
        let there = cx.at(put.call.file, put.call.item)?;
        if !infer::is_awaited(there.item, put.call.expr) {
            return None;
        }
    }
    is_emptied_meanwhile(cx, uses).then(|| fix.finish())
}
