//! Files in an event loop: what is done with them, and how often, decides how long that takes.

use pyteam_channels::order::control_flow;
use pyteam_engine::{CheckContext, Severity};
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Inference, Site, Type, Types};
use pyteam_index::known::{self, FileAccess, Opening};
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::ComprehensionKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Parent, Stmt, StmtId};

/// Functions that iterate what they are given, here and now.
const ITERATES: &[&str] =
    &["list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "any", "all", "min", "max", "next", "len"];

/// Files that are none.
const MEMORY: &[&str] = &["io.BytesIO", "io.StringIO", "tempfile.SpooledTemporaryFile"];

/// What the call does with a file, where all that may be called does the same.
pub(super) fn access(callee: &Types) -> Option<FileAccess> {
    let mut all = callee.non_none().map(known::file_access);
    let first = all.next()??;
    all.all(|one| one == Some(first)).then_some(first)
}

/// How much it matters that the call opens, reads or writes a file or lists a folder: data of any size do, a page of text
/// less, a configuration hardly at all. Nothing for a call that does none of this.
pub(super) fn severity(cx: &CheckContext<'_>, call: ExprId, callee: &Types) -> Option<Severity> {
    Some(match access(callee)? {
        FileAccess::Data => Severity::Information,
        FileAccess::Text => Severity::Hint,
        FileAccess::Entry => return is_repeated(cx, call).then_some(Severity::Information),
        FileAccess::List { lazy: true, .. } if !is_iterated(cx.item, call) => return None,
        FileAccess::List { below, .. } if below || is_repeated(cx, call) => Severity::Information,
        FileAccess::List { .. } => Severity::Hint,
        FileAccess::Open(opening) => opened(cx, call, opening),
    })
}

/// Whether the call at `site` is given what is in memory, or the object was that it is a method of.
pub(super) fn is_in_memory(inference: &Inference<'_>, site: Site) -> bool {
    let is_given = |site: Site| {
        let Some((_, item, _)) = inference.item(site.file, site.item) else { return false };
        let Expr::Call { args, .. } = item.expr(site.expr) else { return false };
        // What has a name for its format needs no name of a file.
        passed(args, &["format"], None).is_some()
            || args.iter().any(|arg| {
                let types = inference.expr(Site { expr: arg.value, ..site });
                types.iter().any(|one| matches!(one, Type::Instance { class, .. } if MEMORY.contains(&class.as_str())))
            })
    };
    let made = |one: &Type| match one {
        Type::Method { origin, .. } => *origin,
        _ => None,
    };
    is_given(site) || inference.callee(site).iter().filter_map(made).any(is_given)
}

/// Whether what the call returns is iterated by the expression or the `for` in which it stands.
fn is_iterated(item: &Item, call: ExprId) -> bool {
    match item.expr_parent(call) {
        Parent::Expr(around) => match item.expr(around) {
            Expr::Call { func, .. } => {
                *func != call && facts::last_name(item, *func).is_some_and(|name| ITERATES.contains(&name.as_str()))
            }
            Expr::Comprehension(one) => {
                one.kind != ComprehensionKind::Generator && one.clauses.iter().any(|clause| clause.iter == call)
            }
            _ => false,
        },
        Parent::Stmt(stmt) => matches!(item.stmt(stmt), Stmt::For { iter, .. } if *iter == call),
        Parent::Root => false,
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
fn opened(cx: &CheckContext<'_>, call: ExprId, opening: Opening) -> Severity {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return Severity::Hint };
    let Some(name) = handle(cx, call) else { return Severity::Hint };
    let mode = passed(args, &["mode"], Some(opening.mode)).map_or(opening.default.as_str(), |arg| {
        match cx.item.expr(arg.value) {
            Expr::Str(text) => text.value.map_or("", |value| value.as_str()),
            _ => "",
        }
    });
    let is_literal = |at: usize| args.get(at).is_some_and(|arg| matches!(cx.item.expr(arg.value), Expr::Str(_)));
    // The program's own file is as large as it was made.
    let is_own = !opening.path_is_object && opening.path.is_none_or(is_literal);
    let mut most = Severity::Hint;
    let mut raise = |to: Severity| most = most.max(to);
    let is_binary = mode.contains('b') || opening.data && !mode.contains('t');
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
                "read" | "readlines" if is_handle && args.is_empty() && !is_own => raise(whole),
                "read" | "readinto" if is_handle && is_binary && !is_own && around.is_some() => raise(whole),
                "write" | "writelines" if is_handle && is_binary => {
                    // Piece by piece, as others get their turn.
                    let is_shared = around.is_some_and(|one| lets_others_run(cx.item, one));
                    raise(if is_shared { Severity::Information } else { Severity::Warning });
                }
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
