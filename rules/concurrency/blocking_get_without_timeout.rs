#![doc = include_str!("blocking_get_without_timeout.md")]

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_syntax::style::{self, arguments, statement};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextEdit};

use crate::shared::blocking::{self, BlockingMethod, Bound, Bounded};
use crate::shared::{imports, place};

/// See the page.
pub struct BlockingGetWithoutTimeout;

impl Rule for BlockingGetWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("blocking_get_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let facts = &cx.file.facts.items[cx.item_index as usize];
        for call in &facts.calls {
            let Expr::Call { args, .. } = cx.item.expr(*call) else { continue };
            // Most `get`s look something up by a key, and say so.
            if blocking::bounded_by_arguments(cx, *call, args) != Bounded::No {
                continue;
            }
            let Some(method) = blocking::lookup(cx, *call, blocking::TAKES) else { continue };
            let Some(severity) = judge(cx, *call) else { continue };
            let text = cx.text(*call);
            let what = first_line(text);
            let message = if place::enclosing_loop(cx.item, cx.item.enclosing_stmt(*call)).is_some() {
                format!("`{what}` waits forever: if the other side dies, this loop hangs and cannot be shut down")
            } else {
                format!("`{what}` waits forever: if the other side dies, nothing comes and nothing says so")
            };
            let help = match method.bound {
                Bound::BlockTimeout => "pass `timeout=` and handle `queue.Empty`",
                Bound::Poll => "ask `poll(timeout)` before receiving",
                Bound::Never => {
                    "this queue's `get` takes no time-out: use a `multiprocessing.Queue`, or poll its `empty()`"
                }
            };
            let offers = repair(cx, *call, method).is_some();
            let finding = sink.report(cx.range(*call), call.0, message).severity(severity).help(help);
            if offers {
                finding.fix("Add timeout", Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        let Some(method) = blocking::lookup(cx, call, blocking::TAKES) else { return Vec::new() };
        repair(cx, call, method).into_iter().collect()
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// How much a call matters; nothing where it does not.
fn judge(cx: &CheckContext<'_>, call: ExprId) -> Option<Severity> {
    let (receiver, _) = blocking::receiver_text(cx, call)?;
    let stmt = cx.item.enclosing_stmt(call);
    let guards = place::guards(cx.item, stmt);
    let guarded_by = |methods: &[&str]| {
        let in_guard = guards.iter().any(|guard| place::calls_method(cx, Part::Expr(*guard), receiver, methods));
        in_guard || conditional_guard(cx, call, receiver, methods)
    };
    if guarded_by(&["poll"]) || waits_for_readiness(cx, call) {
        return None;
    }
    if guarded_by(&["empty", "qsize", "full"]) || fills_it_itself(cx, call, receiver) {
        return Some(Severity::Hint);
    }
    if let Some(around) = place::enclosing_loop(cx.item, stmt) {
        let names = place::bound_names(cx, stmt);
        if !names.is_empty() && place::leaves_on_message(cx.item, around, &names) {
            return Some(Severity::Hint);
        }
    }
    Some(Severity::Warning)
}

/// `q.get() if not q.empty() else None`, `q.poll(1) and q.recv()`.
fn conditional_guard(cx: &CheckContext<'_>, call: ExprId, receiver: &str, methods: &[&str]) -> bool {
    cx.item.expr_ancestors(call).any(|around| match cx.item.expr(around) {
        Expr::Conditional { test, .. } => place::calls_method(cx, Part::Expr(*test), receiver, methods),
        Expr::Bool2 { left, .. } => place::calls_method(cx, Part::Expr(*left), receiver, methods),
        _ => false,
    })
}

/// Whether the function asks `multiprocessing.connection.wait` or a selector which connection is ready.
fn waits_for_readiness(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let function = pyteam_index::infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call));
    let around = Part::Stmt(function.unwrap_or(cx.item.root()));
    let mut found = false;
    pyteam_syntax::visit::walk(cx.item, around, &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Call { func, .. } = cx.item.expr(id)
            && let Expr::Name(name) | Expr::Attribute { attr: name, .. } = cx.item.expr(*func)
            && matches!(name.as_str(), "wait" | "select")
        {
            let site = pyteam_index::infer::Site { file: cx.file.id, item: cx.item_index, expr: id };
            let path = cx.inference.callee_path(site).map_or("", |path| path.as_str());
            found |=
                matches!(path, "multiprocessing.connection.wait" | "select.select") || path.starts_with("selectors.");
        }
        !found
    });
    found
}

/// Whether the same function puts into the queue: then there is a message, and nobody else to die.
fn fills_it_itself(cx: &CheckContext<'_>, call: ExprId, receiver: &str) -> bool {
    let Some(function) = pyteam_index::infer::enclosing_function(cx.item, cx.item.enclosing_stmt(call)) else {
        return false;
    };
    place::calls_method(cx, Part::Stmt(function), receiver, &["put", "put_nowait"])
}

/// The repair, where there is one that keeps the program's meaning apart from the bound.
fn repair(cx: &CheckContext<'_>, call: ExprId, method: &BlockingMethod) -> Option<Fix> {
    let stmt = cx.item.enclosing_stmt(call);
    let is_whole_value = match cx.item.stmt(stmt) {
        Stmt::Assign { value, .. } | Stmt::Expr(value) | Stmt::Return(Some(value)) => *value == call,
        Stmt::AnnAssign { value: Some(value), .. } => *value == call,
        _ => false,
    };
    let source = cx.file.source();
    if !is_whole_value || !statement::has_own_lines(source, cx.stmt_range(stmt)) {
        return None;
    }
    let around = place::enclosing_loop(cx.item, stmt);
    // A `finally` that answers for the message (`task_done`) must not run without one.
    let (receiver, _) = blocking::receiver_text(cx, call)?;
    if place::finally_needs(cx, stmt, receiver) {
        return None;
    }
    let retries = around.is_some_and(|around| starts_turn(cx, around, stmt));
    if !retries && place::swallows_timeout(cx.item, stmt) {
        return None;
    }
    let mut fix = Fix::new("Add timeout", Applicability::Unsafe);
    let seconds = if retries { cx.settings.timeouts.get } else { cx.settings.timeouts.reply }.to_string();
    let unit = style::indent_unit(&cx.file.parsed);
    let quote = style::quote(source);
    let otherwise = if retries {
        "continue".to_owned()
    } else {
        let said = receiver.replace(['"', '\'', '\\', '\n', '\r'], "");
        format!("raise TimeoutError({quote}nothing came from {said} within {seconds} s{quote})")
    };
    let start = cx.file.item_start(cx.item_index);
    match method.bound {
        Bound::Never => return None,
        // The receiver is written twice, so it must not do anything.
        Bound::Poll if receiver.contains('(') => return None,
        Bound::Poll => {
            let indent = style::indent_of(source, cx.stmt_range(stmt).start());
            let newline = style::newline(source);
            let head = format!("if not {receiver}.poll({seconds}):{newline}{indent}{unit}{otherwise}{newline}{indent}");
            fix.push(cx.file.id, TextEdit::insert(cx.stmt_range(stmt).start(), head));
        }
        Bound::BlockTimeout => {
            fix.push(cx.file.id, arguments::add_keyword(source, cx.item, start, call, &format!("timeout={seconds}"))?);
            let (empty, import) = imports::import_name(cx, call, "queue", "Empty");
            import.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
            let cause = if retries { "" } else { " from None" };
            let after = [format!("except {empty}:"), format!("{unit}{otherwise}{cause}")];
            for edit in statement::wrap(source, cx.item, start, stmt, &unit, &["try:".to_owned()], &after) {
                fix.push(cx.file.id, edit);
            }
        }
    }
    Some(fix.finish())
}

/// Whether `stmt` is the first thing that a turn of the `while` loop does, so that `continue` repeats nothing.
fn starts_turn(cx: &CheckContext<'_>, around: StmtId, stmt: StmtId) -> bool {
    let Stmt::While { body, .. } = cx.item.stmt(around) else { return false };
    let mut block: &[StmtId] = body;
    while let Some(first) = block.iter().find(|one| !is_idle(cx, **one)) {
        if *first == stmt {
            return true;
        }
        block = match cx.item.stmt(*first) {
            Stmt::Try(one) => &one.body,
            _ => return false,
        };
    }
    false
}

/// Statements that may be repeated without harm.
fn is_idle(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    match cx.item.stmt(stmt) {
        Stmt::Pass | Stmt::Global(_) | Stmt::Nonlocal(_) => true,
        Stmt::Expr(expr) => matches!(cx.item.expr(*expr), Expr::Str(_)),
        _ => false,
    }
}
