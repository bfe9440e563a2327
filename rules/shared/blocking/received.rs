//! The story of a receive whose other side is not a thread or process that may still send: a pipe with an end that stays open,
//! a queue that only its constructor fills.

use pyteam_channels::evidence;
use pyteam_engine::{CheckContext, Role};
use pyteam_syntax::ExprId;

use super::told::{Story, Weight, fits};

/// The story of the receive `call`, where it is one of these.
pub(super) fn of(cx: &CheckContext<'_>, call: ExprId) -> Option<Story> {
    if let Some(put) = evidence::own_supply(cx, call) {
        let note = "only the constructor puts into it: once that is received, this call never returns";
        let place = cx.related(put, "sent here")?.as_role(Role::Ends);
        return Some(Story { note: Some(note.to_owned()), related: vec![place], weight: Weight::AsJudged });
    }
    let end = evidence::unclosed_end(cx, call)?;
    let note = match &end.name {
        Some(name) => format!("`{name}` is never closed here: no `EOFError` comes if the process that has it dies"),
        None => "neither end of the pipe is ever closed: no `EOFError` comes if the other process dies".to_owned(),
    };
    let place = cx.related(end.made, "the pipe is made here")?;
    Some(Story { note: Some(note).filter(|note| fits(note)), related: vec![place], weight: Weight::AsJudged })
}
