//! The ends of a pipe.

use pyteam_channels::channel::Channel;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_syntax::Expr;

use pyteam_syntax::arguments::passed;

/// Whether messages may go both ways through the pipe. Both ends are one channel here: one type for what either side
/// sends would call a reply a command, and the shape of the one would be given to the other.
pub(super) fn is_duplex(cx: &ItemContext<'_>, channel: &Channel) -> bool {
    channel.class.ends_with(".Connection") && !is_one_way(cx, channel.origin)
}

/// `Pipe(duplex=False)`
fn is_one_way(cx: &ItemContext<'_>, origin: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(origin.file, origin.item) else { return false };
    let Expr::Call { args, .. } = item.expr(origin.expr) else { return false };
    passed(args, &["duplex"], Some(0)).is_some_and(|arg| matches!(item.expr(arg.value), Expr::Bool(false)))
}
