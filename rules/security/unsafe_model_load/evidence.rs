//! What the code around a call says about the file: fetched from elsewhere, or written by the program itself.

use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_index::infer::enclosing_function;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt};

use super::calls::{args, is_opener, last, path};
use super::flow::{self, Trace};
use super::round_trip::is_round_trip;
use super::sink::{LoaderKind, Sink};

/// What is known about the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// It is downloaded in the same function.
    pub(super) downloaded: bool,
    /// It is seen to be a file: opened by its path.
    pub(super) opened: bool,
    /// It lies beside the code.
    pub(super) shipped: bool,
}

/// Functions that fetch, by their last name.
const FETCHES: &[&str] = &["urlretrieve", "urlopen", "cached_path", "load_file_from_url", "get_from_cache"];
/// Functions that fetch, by their path.
const FETCHES_BY_PATH: &[&str] =
    &["requests.", "httpx.", "fsspec.open", "keras.utils.get_file", "tensorflow.keras.utils.get_file"];
/// Functions that open a file, by their path: where bytes come from must be certain.
const OPENS_BY_PATH: &[&str] =
    &["builtins.open", "io.open", "gzip.open", "bz2.open", "lzma.open", "fsspec.open", "codecs.open"];
/// Operations of a distributed job: what comes in was sent by a sibling.
const COLLECTIVES: &[&str] = &[
    "all_gather",
    "all_gather_object",
    "all_gather_into_tensor",
    "allgather",
    "gather",
    "gather_object",
    "broadcast",
    "broadcast_object_list",
    "bcast",
    "scatter",
    "scatter_object_list",
    "all_reduce",
    "allreduce",
    "mesh_reduce",
    "all_to_all",
];
/// Methods and functions that only change how bytes are held.
const CODECS: &[&str] = &[
    "BytesIO",
    "bytes",
    "bytearray",
    "memoryview",
    "b64decode",
    "standard_b64decode",
    "urlsafe_b64decode",
    "decompress",
    "fromhex",
    "unhexlify",
    "numpy",
    "cpu",
    "tobytes",
    "getvalue",
    "getbuffer",
    "encode",
    "decode",
    "read",
    "asarray",
    "frombuffer",
    "detach",
    "contiguous",
    "tolist",
    "int",
    "len",
    "seek",
    "view",
];

/// What the function, or for module-level code the module, says about the file that `sink` opens; nothing where it is
/// the program's own, or bytes of which nothing is known.
pub(super) fn of(cx: &CheckContext<'_>, sink: &Sink) -> Option<Evidence> {
    let Some((item, source)) = sink.source else { return Some(Evidence::default()) };
    let trace = Trace::of(cx, item, source);
    let peers = peers(cx, sink.call);
    let is_bytes = sink.kind == LoaderKind::PickleBytes;
    let is_buffer = is_bytes || trace.calls.iter().any(|(at, call)| last(cx, *at, *call) == Some("BytesIO"));
    let evidence = Evidence {
        downloaded: is_downloaded(cx, sink, &trace, &peers),
        opened: trace.calls.iter().any(|(at, call)| opens(cx, *at, *call, is_bytes)),
        shipped: trace.keys.contains("__file__"),
    };
    let is_fetched = evidence.downloaded || evidence.opened;
    let of_unknown_origin = is_buffer
        && !is_fetched
        && trace.calls.iter().all(|(at, call)| last(cx, *at, *call).is_some_and(|name| CODECS.contains(&name)));
    let is_harmless = is_unpickling_already(cx, sink.call)
        || is_round_trip(cx, sink, &trace, &peers)
        || is_buffer && !evidence.downloaded && peers.iter().any(|(at, call)| is_collective(cx, *at, *call))
        || of_unknown_origin
        || !evidence.downloaded && (is_resource(cx, &trace) || is_own_temporary(cx, &trace, &peers));
    (!is_harmless).then_some(evidence)
}

/// The calls of the same function; for module-level code those of all module-level statements.
fn peers(cx: &CheckContext<'_>, call: ExprId) -> Vec<(u32, ExprId)> {
    let calls = |at: u32| cx.file.facts.items[at as usize].calls.iter().copied();
    if let Some(function) = enclosing_function(cx.item, cx.item.enclosing_stmt(call)) {
        let range = cx.item.stmt_range(function);
        let inside = calls(cx.item_index).filter(|call| range.contains_range(cx.item.expr_range(*call)));
        return inside.map(|call| (cx.item_index, call)).collect();
    }
    let items = cx.file.parsed.items.iter().enumerate();
    let statements =
        items.filter(|(_, slot)| !matches!(slot.item.stmt(slot.item.root()), Stmt::Function(_) | Stmt::Class(_)));
    statements.flat_map(|(at, _)| calls(at as u32).map(move |call| (at as u32, call))).collect()
}

fn is_downloaded(cx: &CheckContext<'_>, sink: &Sink, trace: &Trace, peers: &[(u32, ExprId)]) -> bool {
    let start = cx.item.expr_range(sink.call).start();
    let before =
        |at: u32, call: ExprId| at < cx.item_index || at == cx.item_index && cx.item.expr_range(call).start() < start;
    trace.calls.iter().any(|(at, call)| fetches(cx, *at, *call) || has_remote_argument(cx, *at, *call))
        || peers
            .iter()
            .any(|(at, call)| before(*at, *call) && fetches(cx, *at, *call) && mentions(cx, *at, *call, trace))
}

fn fetches(cx: &CheckContext<'_>, at: u32, call: ExprId) -> bool {
    let Some(last) = last(cx, at, call) else { return false };
    if FETCHES.contains(&last) || last.to_ascii_lowercase().contains("download") {
        return true;
    }
    let may_be = matches!(last, "get" | "post" | "request" | "stream" | "open" | "get_file");
    may_be
        && path(cx, at, call).is_some_and(|path| FETCHES_BY_PATH.iter().any(|known| path.as_str().starts_with(known)))
}

/// `get_local_path("https://…")`
fn has_remote_argument(cx: &CheckContext<'_>, at: u32, call: ExprId) -> bool {
    let item = cx.file.item(at);
    let first = args(cx, at, call).first().map(|arg| item.expr(arg.value));
    let Some(Expr::Str(literal)) = first else { return false };
    let Some(value) = literal.value else { return false };
    ["https://", "http://", "s3://", "gs://", "hf://", "ftp://"].iter().any(|scheme| value.as_str().starts_with(scheme))
}

/// Whether an argument of the call is, or is made of, something that the opened file is made of.
fn mentions(cx: &CheckContext<'_>, at: u32, call: ExprId, trace: &Trace) -> bool {
    let item = cx.file.item(at);
    let mut found = false;
    for arg in args(cx, at, call) {
        walk(item, Part::Expr(arg.value), &mut |part| {
            if let Part::Expr(expr) = part
                && matches!(item.expr(expr), Expr::Name(_) | Expr::Attribute { .. })
            {
                found |= trace.keys.contains(&flow::key(cx.file, at, item.expr_range(expr)));
            }
            !found
        });
    }
    found
}

fn opens(cx: &CheckContext<'_>, at: u32, call: ExprId, must_be_certain: bool) -> bool {
    let Some(last) = last(cx, at, call) else { return false };
    if !is_opener(last) || is_descriptor(cx, at, call) {
        return false;
    }
    !must_be_certain
        || matches!(last, "read_bytes" | "urlopen")
        || path(cx, at, call).is_some_and(|path| OPENS_BY_PATH.contains(&path.as_str()))
}

/// `open(fd, "rb", closefd=True)` reads a pipe.
fn is_descriptor(cx: &CheckContext<'_>, at: u32, call: ExprId) -> bool {
    let item = cx.file.item(at);
    let args = args(cx, at, call);
    let first = args.first().map(|arg| item.expr(arg.value));
    let is_number = match first {
        Some(Expr::Name(name) | Expr::Attribute { attr: name, .. }) => {
            name.as_str().ends_with("fd") || name.as_str().ends_with("pipe")
        }
        Some(Expr::Call { .. }) => args.first().is_some_and(|arg| last(cx, at, arg.value) == Some("fileno")),
        Some(Expr::Int(_)) => true,
        _ => false,
    };
    is_number || args.iter().any(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "closefd"))
}

fn is_collective(cx: &CheckContext<'_>, at: u32, call: ExprId) -> bool {
    last(cx, at, call).is_some_and(|name| COLLECTIVES.contains(&name))
}

/// Files that are installed with the code are as good as the code.
fn is_resource(cx: &CheckContext<'_>, trace: &Trace) -> bool {
    let modules = ["importlib.resources", "importlib_resources", "pkgutil.", "pkg_resources."];
    trace.calls.iter().any(|(at, call)| {
        path(cx, *at, *call).is_some_and(|path| modules.iter().any(|module| path.as_str().starts_with(module)))
    })
}

/// Something in a temporary file or folder that the function makes, and into which it puts nothing from elsewhere:
/// what is there was written by what the function calls, or by the process that it starts.
fn is_own_temporary(cx: &CheckContext<'_>, trace: &Trace, peers: &[(u32, ExprId)]) -> bool {
    let is_in = |at: u32, call: ExprId, modules: &[&str]| {
        path(cx, at, call).is_some_and(|path| modules.iter().any(|module| path.as_str().starts_with(module)))
    };
    if !trace.calls.iter().any(|(at, call)| is_in(*at, *call, &["tempfile."])) {
        return false;
    }
    let calls = |words: &[&str]| {
        let named = |name: &str| words.iter().any(|word| name.contains(word));
        peers.iter().any(|(at, call)| last(cx, *at, *call).is_some_and(named))
    };
    let starts_child =
        || peers.iter().any(|(at, call)| is_in(*at, *call, &["subprocess.", "multiprocessing.", "os.system"]));
    !calls(&["extract", "unpack", "download", "fetch", "clone"])
        && (starts_child() || !calls(&["copy", "move", "rename", "write", "save", "recv"]))
}

/// In `__setstate__` the object is being unpickled: nothing is left to lose.
fn is_unpickling_already(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let function = enclosing_function(cx.item, cx.item.enclosing_stmt(call));
    function.and_then(|stmt| facts::function(cx.item, stmt)).is_some_and(|function| {
        matches!(function.name.as_str(), "__setstate__" | "__reduce__" | "__reduce_ex__" | "__getstate__")
    })
}
