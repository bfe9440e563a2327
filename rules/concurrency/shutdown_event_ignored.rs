#![doc = include_str!("shutdown_event_ignored.md")]

use pyteam_channels::order::control_flow;
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::known;
use pyteam_syntax::tree::{Function, Param, ParamKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, Stmt, StmtId};

use crate::shared::test_code;

/// See the page.
pub struct ShutdownEventIgnored;

/// Words in the names of events that end something.
const ENDING: &[&str] =
    &["stop", "shutdown", "shut_down", "exit", "quit", "terminate", "finish", "cancel", "kill", "done"];

impl Rule for ShutdownEventIgnored {
    fn page(&self) -> &Page {
        crate::page!("shutdown_event_ignored")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for facts in &cx.facts().functions {
            let Some(function) = pyteam_index::facts::function(cx.item, facts.stmt) else { continue };
            for param in &function.params {
                if !is_event(cx, param) || is_read(cx, function, param) || !loops(cx, facts.stmt) {
                    continue;
                }
                if overrides(cx, facts.stmt) || test_code::is_test(cx) {
                    return;
                }
                let name = param.name;
                sink.report(
                    cx.file.absolute(cx.item_index, param.range),
                    facts.stmt.0,
                    format!("`{}` never checks the event `{name}`", function.name),
                )
                .note("setting the event does not stop the loop in this function")
                .help(format!("loop `while not {name}.is_set():`, and sleep with `{name}.wait(seconds)`"));
            }
        }
    }
}

/// Whether the parameter is declared as an event and called as one that ends something.
fn is_event(cx: &CheckContext<'_>, param: &Param) -> bool {
    let name = param.name.as_str().to_ascii_lowercase();
    let Some(annotation) = param.annotation else { return false };
    let is_plain = !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar) && !name.starts_with('_');
    if !is_plain || !ENDING.iter().any(|word| name.contains(word)) || !cx.text(annotation).ends_with("Event") {
        return false;
    }
    let types = cx.inference.expr(cx.site(annotation));
    types.single_external().is_some_and(known::is_blocking_event)
}

/// Whether the body mentions it at all.
fn is_read(cx: &CheckContext<'_>, function: &Function, param: &Param) -> bool {
    let mut locals = false;
    for stmt in &function.body {
        // `locals()` reads everything.
        walk(cx.item, Part::Stmt(*stmt), &mut |part| {
            if let Part::Expr(expr) = part {
                locals |= matches!(cx.item.expr(expr), Expr::Name(name) if *name == "locals" || *name == "vars");
            }
            !locals
        });
        if locals || control_flow::mentions(cx.item, Part::Stmt(*stmt), &[param.name]) {
            return true;
        }
    }
    false
}

/// Whether the function itself has a `while` loop.
fn loops(cx: &CheckContext<'_>, function: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(function), &mut |part| {
        if let Part::Stmt(stmt) = part {
            found |= matches!(cx.item.stmt(stmt), Stmt::While { .. });
            return stmt == function || !matches!(cx.item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_));
        }
        false
    });
    found
}

/// Whether the function is a method of a class with bases: the signature may be theirs.
fn overrides(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let function = FunctionRef { file: cx.file.id, item: cx.item_index, stmt };
    let class = cx.inference.class_of(function).and_then(|class| cx.inference.class(class));
    class.is_some_and(|class| !class.args.is_empty())
}
