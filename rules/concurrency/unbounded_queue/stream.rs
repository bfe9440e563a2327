//! Where a value comes from: a camera, the network, a file, again and again.

use pyteam_engine::CheckContext;
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, StmtId};

use crate::shared::blocking::guard;
use crate::shared::process;

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Frames,
    Network,
    Device,
    File,
}

impl What {
    pub(super) fn shown(self) -> &'static str {
        match self {
            What::Frames => "frames",
            What::Network => "what comes over the network",
            What::Device => "what a device sends",
            What::File => "the pieces of a file",
        }
    }
}

/// Classes with the methods that give the next piece.
const METHODS: &[(What, &[&str], &[&str])] = &[
    (What::Frames, &["cv2.VideoCapture"], &["read", "retrieve"]),
    (What::Frames, &["picamera2.Picamera2"], &["capture_array", "capture_buffer"]),
    (What::Network, &["socket.socket"], &["recv", "recvfrom", "recvmsg"]),
    (
        What::Network,
        &["fastapi.WebSocket", "starlette.websockets.WebSocket", "fastapi.websockets.WebSocket"],
        &["receive", "receive_text", "receive_bytes", "receive_json"],
    ),
    (What::Network, &["websocket.WebSocket"], &["recv", "recv_data"]),
    (
        What::Network,
        &["requests.Session", "httpx.Client", "httpx.AsyncClient", "aiohttp.ClientSession"],
        &["get", "post", "request"],
    ),
    (What::Network, &["asyncio.StreamReader"], &["read", "readline", "readexactly", "readuntil"]),
    (What::Device, &["serial.Serial"], &["read", "readline", "read_until", "read_all"]),
];

/// Functions that ask the network.
const FUNCTIONS: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.request",
    "httpx.get",
    "httpx.post",
    "httpx.request",
    "urllib.request.urlopen",
];

/// Functions that connect a web socket.
const SOCKETS: &[&str] = &[
    "websockets.connect",
    "websockets.client.connect",
    "websockets.asyncio.client.connect",
    "websockets.sync.client.connect",
    "websocket.create_connection",
];

/// Modules whose functions give back data as large as what they take.
const KEEPS: &[&str] = &["cv2", "numpy", "torch", "json", "pickle", "msgpack", "orjson", "zlib", "base64", "PIL"];

/// Attributes and methods that give what is in a frame or an answer, and not something about it.
const PARTS: &[&str] = &["content", "text", "data", "raw", "body", "T"];
const COPIES: &[&str] = &[
    "copy",
    "tobytes",
    "tolist",
    "json",
    "read",
    "decode",
    "encode",
    "astype",
    "reshape",
    "resize",
    "transpose",
    "flatten",
    "strip",
    "splitlines",
];

/// What the value is made of, where that is bound anew on each way round the loop.
pub(super) fn of(cx: &CheckContext<'_>, value: ExprId, around: StmtId, depth: u8) -> Option<What> {
    let depth = depth.checked_sub(1)?;
    let first = |all: &[ExprId]| all.iter().find_map(|one| of(cx, *one, around, depth));
    match cx.item.expr(value) {
        Expr::Await(inner) | Expr::Starred(inner) => of(cx, *inner, around, depth + 1),
        Expr::Attribute { value, attr } if PARTS.contains(&attr.as_str()) => of(cx, *value, around, depth + 1),
        // A field of a message may be anything.
        Expr::Subscript { value, index } if !matches!(cx.item.expr(*index), Expr::Str(_)) => {
            of(cx, *value, around, depth + 1)
        }
        Expr::Tuple(items) | Expr::List(items) => first(items),
        Expr::Dict(entries) => entries.iter().find_map(|entry| of(cx, entry.value, around, depth)),
        Expr::Name(name) => {
            let bindings = &cx.file.facts.items[cx.item_index as usize].bindings;
            let mut fresh = bindings
                .iter()
                .filter(|one| one.name == *name && is_within(cx, one.stmt, around))
                .map(|one| match one.source {
                    Source::Value(value) | Source::Annotated(_, Some(value)) => of(cx, value, around, depth),
                    Source::Element(from) => is_web_socket(cx, from).then_some(What::Network),
                    _ => None,
                })
                .peekable();
            fresh.peek().copied().flatten().filter(|_| fresh.all(|one| one.is_some()))
        }
        Expr::Call { func, args } => {
            if let Some(what) = source(cx, value) {
                return Some(what);
            }
            let site = Site { file: cx.file.id, item: cx.item_index, expr: value };
            let callee = cx.inference.callee(site);
            // `frame.copy()`, `response.json()`
            if let Expr::Attribute { value, .. } = cx.item.expr(*func)
                && COPIES.contains(&name_of(cx, *func))
                && let Some(what) = of(cx, *value, around, depth)
            {
                return Some(what);
            }
            let keeps = callee.iter().all(|one| match one {
                Type::Class(_) => true,
                Type::External(path) => {
                    let root = path.as_str().split('.').next().unwrap_or_default();
                    KEEPS.contains(&root)
                        || matches!(path.as_str(), "builtins.bytes" | "builtins.bytearray" | "builtins.dict")
                }
                _ => false,
            });
            let passed: Vec<ExprId> =
                args.iter().filter(|arg| arg.kind != ArgKind::DoubleStar).map(|arg| arg.value).collect();
            first(&passed).filter(|_| keeps)
        }
        _ => None,
    }
}

fn name_of(cx: &CheckContext<'_>, func: ExprId) -> &'static str {
    facts::last_name(cx.item, func).map_or("", |name| name.as_str())
}

fn is_within(cx: &CheckContext<'_>, stmt: StmtId, around: StmtId) -> bool {
    stmt == around || cx.item.stmt_ancestors(stmt).any(|outer| outer == around)
}

/// Whether the call gives the next piece of something.
pub(super) fn is_source(cx: &CheckContext<'_>, call: ExprId) -> bool {
    source(cx, call).is_some()
}

fn source(cx: &CheckContext<'_>, call: ExprId) -> Option<What> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let name = facts::last_name(cx.item, *func)?;
    if let Some((class, method)) = process::method(cx, call)
        && let Some((what, ..)) = METHODS
            .iter()
            .find(|(_, classes, names)| classes.contains(&class.as_str()) && names.contains(&method.as_str()))
    {
        return Some(*what);
    }
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else {
        return FUNCTIONS.contains(&guard::callee(cx, call).as_str()).then_some(What::Network);
    };
    match name.as_str() {
        "recv" | "receive" if is_web_socket(cx, *value) => Some(What::Network),
        // With a size, a file is read piece by piece.
        "read" if !args.is_empty() && is_opened_by(cx, *value, &["builtins.open", "io.open"]) => Some(What::File),
        _ => FUNCTIONS.contains(&guard::callee(cx, call).as_str()).then_some(What::Network),
    }
}

fn is_web_socket(cx: &CheckContext<'_>, value: ExprId) -> bool {
    is_opened_by(cx, value, SOCKETS)
}

/// Whether a name stands for what one of these functions opened: `with open(path) as file`, `ws = await connect(url)`.
fn is_opened_by(cx: &CheckContext<'_>, value: ExprId, functions: &[&str]) -> bool {
    let Expr::Name(name) = cx.item.expr(value) else { return false };
    let bindings = &cx.file.facts.items[cx.item_index as usize].bindings;
    let mut own = bindings.iter().filter(|one| one.name == *name).peekable();
    own.peek().is_some()
        && own.all(|one| match one.source {
            Source::Value(from) | Source::Context(from) | Source::Annotated(_, Some(from)) => {
                let call = match cx.item.expr(from) {
                    Expr::Await(inner) => *inner,
                    _ => from,
                };
                functions.contains(&guard::callee(cx, call).as_str())
            }
            _ => false,
        })
}
