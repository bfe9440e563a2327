//! The ends of a pipe.

use pyteam_engine::CheckContext;
use pyteam_index::infer::Site;
use pyteam_syntax::Expr;
use rustc_hash::FxHashSet;

use crate::shared::blocking::passed;
use crate::shared::channel::Channel;
use crate::shared::message_uses::Use;

/// Whether messages may go both ways through the pipe: what one side sends is then no message of the other's, and one
/// type for both would call a reply a command.
pub(super) fn go_both_ways(cx: &CheckContext<'_>, channel: &Channel, uses: &[Use]) -> bool {
    if !channel.class.ends_with(".Connection") || is_one_way(cx, channel.origin) {
        return false;
    }
    let function = |one: &Use| {
        let of = cx.inference.enclosing_function(one.call);
        (one.call.file, of.map_or(one.call.item, |of| of.item), of.map(|of| of.stmt))
    };
    let puts: FxHashSet<_> = uses.iter().filter(|one| one.puts).map(function).collect();
    puts.len() > 1 || uses.iter().filter(|one| !one.puts).any(|one| puts.contains(&function(one)))
}

/// `Pipe(duplex=False)`
fn is_one_way(cx: &CheckContext<'_>, origin: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(origin.file, origin.item) else { return false };
    let Expr::Call { args, .. } = item.expr(origin.expr) else { return false };
    passed(args, &["duplex"], Some(0)).is_some_and(|arg| matches!(item.expr(arg.value), Expr::Bool(false)))
}
