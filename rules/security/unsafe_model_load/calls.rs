//! What is called, with what.

use pyteam_engine::CheckContext;
use pyteam_index::infer::Site;
use pyteam_syntax::tree::Arg;
use pyteam_syntax::{Expr, ExprId, Name};

/// Functions that open a file by its path, by their last name, besides those that are called `…_open`.
const OPENS: &[&str] = &[
    "open",
    "GFile",
    "GzipFile",
    "BZ2File",
    "LZMAFile",
    "read_bytes",
    "FileIO",
    "urlopen",
    "open_file",
    "open_path",
    "open_binary",
];
/// The arguments of a call in the file's item.
pub(super) fn args<'c>(cx: &'c CheckContext<'_>, at: u32, call: ExprId) -> &'c [Arg] {
    match cx.file.item(at).expr(call) {
        Expr::Call { args, .. } => args,
        _ => &[],
    }
}

/// The last name of what is called.
pub(super) fn last(cx: &CheckContext<'_>, at: u32, call: ExprId) -> Option<&'static str> {
    let item = cx.file.item(at);
    let Expr::Call { func, .. } = item.expr(call) else { return None };
    match item.expr(*func) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(name.as_str()),
        _ => None,
    }
}

/// What is called, where that is one thing from outside the workspace.
pub(super) fn path(cx: &CheckContext<'_>, at: u32, call: ExprId) -> Option<Name> {
    cx.inference.callee_path(Site { file: cx.file.id, item: at, expr: call })
}

/// `open`, `smart_open`; not `fdopen`, which opens what is open.
pub(super) fn is_opener(last: &str) -> bool {
    OPENS.contains(&last) || last.ends_with("_open")
}
