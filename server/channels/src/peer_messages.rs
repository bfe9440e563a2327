//! Messages of peers: what comes over a socket, from programs that may send anything.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::Type;
use pyteam_syntax::{Expr, ExprId};

use crate::process;

/// Methods that only sockets of zmq have.
pub const ZMQ_RECEIVES: &[&str] = &["recv_multipart", "recv_pyobj", "recv_json", "recv_string", "recv_serialized"];

/// Those of them that decode what comes, and raise where that cannot be done.
pub const ZMQ_DECODES: &[&str] = &["recv_pyobj", "recv_json", "recv_string", "recv_serialized"];

/// Whether the call receives a whole message over a socket: of zmq, or a datagram.
pub fn is_received(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Some(name) = facts::last_name(cx.item, *func) else { return false };
    match name.as_str() {
        "recvfrom" | "recv" => process::method(cx, call)
            .is_some_and(|(class, method)| class == "zmq.Socket" || class == "socket.socket" && method == "recvfrom"),
        name => ZMQ_RECEIVES.contains(&name) && is_of_socket(cx, *func),
    }
}

/// Whether a method with such a name is none of the project's own.
pub fn is_of_socket(cx: &ItemContext<'_>, func: ExprId) -> bool {
    let types = cx.inference.expr(cx.site(func));
    let is_own = types.iter().any(|one| matches!(one, Type::Function(..) | Type::Class(_)));
    !is_own && matches!(cx.item.expr(func), Expr::Attribute { .. })
}
