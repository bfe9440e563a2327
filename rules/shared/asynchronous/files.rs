//! Files in an event loop: what is done with them decides how long that takes.

use pyteam_engine::{CheckContext, Severity};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::shared::blocking::{guard, passed};
use crate::shared::process;

/// How much it matters that the call opens, reads or writes a file: data of any size do, a page of text less, a
/// configuration hardly at all. Nothing for a call that does none of this.
pub(super) fn severity(cx: &CheckContext<'_>, call: ExprId) -> Option<Severity> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let (Expr::Attribute { attr: name, .. } | Expr::Name(name)) = cx.item.expr(*func) else { return None };
    match name.as_str() {
        "read_bytes" | "write_bytes" | "read_text" | "write_text" => {
            let (class, method) = process::method(cx, call)?;
            if !matches!(class.as_str(), "pathlib.Path" | "pathlib.PosixPath") {
                return None;
            }
            Some(if method.as_str().ends_with("bytes") { Severity::Information } else { Severity::Hint })
        }
        "open" => {
            let path = guard::callee(cx, call);
            let is_path = path == "pathlib.Path.open";
            if !is_path && path != "builtins.open" && path != "io.open" {
                return None;
            }
            let mode = passed(args, &["mode"], Some(usize::from(!is_path)));
            let mode = mode.map_or("r", |arg| match cx.item.expr(arg.value) {
                Expr::Str(text) => text.value.map_or("", |value| value.as_str()),
                _ => "",
            });
            let is_own = args.first().is_some_and(|arg| matches!(cx.item.expr(arg.value), Expr::Str(_)));
            Some(opened(cx, call, mode, is_own))
        }
        _ => None,
    }
}

/// What is done with an opened file.
fn opened(cx: &CheckContext<'_>, call: ExprId, mode: &str, is_own: bool) -> Severity {
    let Some(name) = handle(cx, call) else { return Severity::Hint };
    let mut most = Severity::Hint;
    let mut raise = |to: Severity| most = most.max(to);
    let is_binary = mode.contains('b');
    let whole = if is_binary { Severity::Warning } else { Severity::Information };
    let stmt = cx.item.enclosing_stmt(call);
    let body: Vec<_> = match cx.item.stmt(stmt) {
        Stmt::With { body, .. } => body.to_vec(),
        _ => Vec::new(),
    };
    for stmt in body {
        walk(cx.item, Part::Stmt(stmt), &mut |part| {
            if let Part::Expr(expr) = part
                && let Expr::Call { func, args } = cx.item.expr(expr)
                && let Expr::Attribute { value, attr } = cx.item.expr(*func)
            {
                let is_handle = cx.text(*value) == name;
                let takes = args.first().is_some_and(|arg| cx.text(arg.value) == name);
                let takes_second = args.get(1).is_some_and(|arg| cx.text(arg.value) == name);
                match attr.as_str() {
                    // The program's own file is as large as it was made.
                    "read" | "readlines" if is_handle && args.is_empty() && !is_own => raise(whole),
                    "write" if is_handle && is_binary => raise(Severity::Warning),
                    "copyfileobj" if takes || takes_second => raise(Severity::Warning),
                    "reader" | "DictReader" if takes && !is_own => raise(Severity::Information),
                    _ => {}
                }
            }
            true
        });
    }
    most
}

/// The name of the file in `with open(...) as name`.
fn handle(cx: &CheckContext<'_>, call: ExprId) -> Option<String> {
    match cx.item.stmt(cx.item.enclosing_stmt(call)) {
        Stmt::With { items, .. } => {
            let target = items.iter().find(|one| one.context == call)?.target?;
            Some(cx.text(target).to_owned())
        }
        _ => None,
    }
}
