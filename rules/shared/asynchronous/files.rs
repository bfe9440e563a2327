//! Files in an event loop: what is done with them, and how often, decides how long that takes.

use pyteam_channels::order::control_flow;
use pyteam_channels::process;
use pyteam_engine::{CheckContext, Severity};
use pyteam_index::facts::Source;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use pyteam_channels::order::preceding_checks;

/// Calls that change one entry of the file system.
const ENTRIES: &[&str] = &["remove", "unlink", "rmdir", "rename", "replace", "link", "symlink"];

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
            let path = preceding_checks::callee(cx, call);
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
        name if ENTRIES.contains(&name) => {
            let path = preceding_checks::callee(cx, call);
            let module = path.strip_suffix(name).unwrap_or_default();
            (matches!(module, "os." | "pathlib.Path.") && is_repeated(cx, call)).then_some(Severity::Information)
        }
        _ => None,
    }
}

/// Whether the call stands in a loop of unknown length in which no other task gets its turn.
fn is_repeated(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some(around) = control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(call)) else { return false };
    let is_short = matches!(cx.item.stmt(around), Stmt::For { iter, .. } if is_display(cx, *iter));
    !is_short && !lets_others_run(cx.item, around)
}

/// Whether a value is written down here, element by element.
fn is_display(cx: &CheckContext<'_>, value: ExprId) -> bool {
    match cx.item.expr(value) {
        Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_) => true,
        Expr::Name(name) => {
            let bindings = &cx.facts().bindings;
            let mut own = bindings.iter().filter(|one| one.name == *name).peekable();
            own.peek().is_some()
                && own.all(|one| match one.source {
                    Source::Value(value) => match cx.item.expr(value) {
                        Expr::Tuple(items) | Expr::List(items) => !items.is_empty(),
                        _ => false,
                    },
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether the loop awaits something on its way round.
fn lets_others_run(item: &Item, around: StmtId) -> bool {
    let mut awaits = false;
    walk(item, Part::Stmt(around), &mut |part| {
        awaits |= match part {
            Part::Stmt(stmt) => match item.stmt(stmt) {
                Stmt::For { is_async, .. } | Stmt::With { is_async, .. } => *is_async,
                _ => false,
            },
            Part::Expr(expr) => matches!(item.expr(expr), Expr::Await(_)),
        };
        !awaits
    });
    awaits
}

/// What is done with an opened file.
fn opened(cx: &CheckContext<'_>, call: ExprId, mode: &str, is_own: bool) -> Severity {
    let Some(name) = handle(cx, call) else { return Severity::Hint };
    let mut most = Severity::Hint;
    let mut raise = |to: Severity| most = most.max(to);
    let is_binary = mode.contains('b');
    let is_written = mode.contains(['w', 'a', 'x', '+']);
    let whole = if is_binary { Severity::Warning } else { Severity::Information };
    let stmt = cx.item.enclosing_stmt(call);
    let body: Vec<_> = match cx.item.stmt(stmt) {
        Stmt::With { body, .. } => body.to_vec(),
        _ => Vec::new(),
    };
    for stmt in body {
        walk(cx.item, Part::Stmt(stmt), &mut |part| {
            let expr = match part {
                Part::Expr(expr) => expr,
                Part::Stmt(stmt) => {
                    if let Stmt::For { iter, .. } = cx.item.stmt(stmt)
                        && cx.text(*iter) == name
                        && !is_own
                        && !lets_others_run(cx.item, stmt)
                    {
                        raise(Severity::Information);
                    }
                    return true;
                }
            };
            let Expr::Call { func, args } = cx.item.expr(expr) else { return true };
            let passes = args.iter().any(|arg| cx.text(arg.value) == name);
            let around = control_flow::enclosing_loop(cx.item, cx.item.enclosing_stmt(expr))
                .filter(|around| cx.item.stmt_ancestors(*around).any(|outer| outer == cx.item.enclosing_stmt(call)));
            if is_binary && is_written && passes && around.is_some() {
                raise(Severity::Warning);
            }
            let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return true };
            let is_handle = cx.text(*value) == name;
            match attr.as_str() {
                // The program's own file is as large as it was made.
                "read" | "readlines" if is_handle && args.is_empty() && !is_own => raise(whole),
                "read" | "readinto" if is_handle && is_binary && !is_own && around.is_some() => raise(whole),
                "write" | "writelines" if is_handle && is_binary => raise(Severity::Warning),
                "write" | "writelines" if is_handle && around.is_some_and(|one| !lets_others_run(cx.item, one)) => {
                    raise(Severity::Information);
                }
                "copyfileobj" if passes => raise(Severity::Warning),
                "reader" | "DictReader" if passes && !is_own => raise(Severity::Information),
                _ => {}
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
