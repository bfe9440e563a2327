#![doc = include_str!("shutdown_event_ignored.md")]

use pyteam_channels::launch;
use pyteam_channels::order::control_flow;
use pyteam_channels::reads::is_stored;
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::Source;
use pyteam_index::infer::Types;
use pyteam_index::known;
use pyteam_syntax::tree::{Function, Param, ParamKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

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
        attributes(cx, sink);
        for facts in &cx.facts().functions {
            let Some(function) = pyteam_index::facts::function(cx.item, facts.stmt) else { continue };
            for (index, param) in function.params.iter().enumerate() {
                if !is_called_so(param) || is_read(cx, function, param) || !loops(cx, facts.stmt) {
                    continue;
                }
                let is_event = match param.annotation {
                    Some(annotation) => is_declared_event(cx, annotation),
                    // Another message may end the loop, where nothing says what the parameter is for.
                    None => is_endless(cx, facts.stmt) && is_given_event(cx, facts.stmt, index),
                };
                if !is_event {
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

/// Whether the parameter is called as an event that ends something.
fn is_called_so(param: &Param) -> bool {
    let name = param.name.as_str().to_ascii_lowercase();
    !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar)
        && !name.starts_with('_')
        && ENDING.iter().any(|word| name.contains(word))
}

/// Whether the annotation is of an event.
fn is_declared_event(cx: &CheckContext<'_>, annotation: ExprId) -> bool {
    if !cx.text(annotation).ends_with("Event") {
        return false;
    }
    let types = cx.inference.expr(cx.site(annotation));
    types.single_external().is_some_and(known::is_blocking_event)
}

/// Whether all callers give an event to the parameter.
fn is_given_event(cx: &CheckContext<'_>, function: StmtId, index: usize) -> bool {
    let function = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    let given = cx.inference.arguments(function, index);
    let classes = given.as_ref().and_then(Types::instances);
    classes.is_some_and(|all| all.iter().all(|(class, _)| known::is_blocking_event(known::canonical(*class))))
}

/// Whether a loop of the function itself can only be left by an exception: `while True:` without `break` and `return`.
fn is_endless(cx: &CheckContext<'_>, function: StmtId) -> bool {
    own_loops(cx.item, function).into_iter().any(|around| loop_is_endless(cx.item, around))
}

fn loop_is_endless(item: &Item, around: StmtId) -> bool {
    let Stmt::While { test, .. } = item.stmt(around) else { return false };
    if !matches!(item.expr(*test), Expr::Bool(true) | Expr::Int(Some(1))) {
        return false;
    }
    let mut is_left = false;
    walk(item, Part::Stmt(around), &mut |part| {
        match part {
            Part::Stmt(stmt) => match item.stmt(stmt) {
                Stmt::Function(_) | Stmt::Class(_) => return false,
                Stmt::Return(_) | Stmt::Raise { .. } => is_left = true,
                Stmt::Break => is_left |= control_flow::enclosing_loop(item, stmt) == Some(around),
                _ => {}
            },
            // `sys.exit()`, and what another function decides.
            Part::Expr(expr) => {
                is_left |= matches!(item.expr(expr), Expr::Name(name) | Expr::Attribute { attr: name, .. } if name.as_str().contains("exit"));
            }
        }
        !is_left
    });
    !is_left
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
    !own_loops(cx.item, function).is_empty()
}

/// The `while` loops of the function itself.
fn own_loops(item: &Item, function: StmtId) -> Vec<StmtId> {
    let mut found = Vec::new();
    walk(item, Part::Stmt(function), &mut |part| {
        if let Part::Stmt(stmt) = part {
            if matches!(item.stmt(stmt), Stmt::While { .. }) {
                found.push(stmt);
            }
            return stmt == function || !matches!(item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_));
        }
        false
    });
    found
}

/// Loops of methods that threads or processes run, whose object has an event to end them that is set and never asked.
fn attributes(cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
    for facts in &cx.facts().functions {
        let endless: Vec<StmtId> =
            own_loops(cx.item, facts.stmt).into_iter().filter(|one| loop_is_endless(cx.item, *one)).collect();
        let Some(around) = endless.first() else { continue };
        let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: facts.stmt };
        let Some(class) = cx.inference.class_of(own) else { continue };
        let Some(event) = unasked_event(cx, class) else { continue };
        if launch::of(cx.inference, own, &|_| true).all.is_empty() || test_code::is_test(cx) {
            continue;
        }
        let Stmt::While { test, .. } = cx.item.stmt(*around) else { continue };
        let Some(name) = cx.inference.function(own).map(|one| one.name) else { continue };
        sink.report(cx.range(*test), around.0, format!("`{name}` never checks the event `self.{event}`"))
            .note("setting the event does not stop the loop in this function")
            .help(format!("loop `while not self.{event}.is_set():`, and sleep with `self.{event}.wait(seconds)`"));
    }
}

/// An attribute of the class that is an event to end something: it is set somewhere, and nothing in the workspace that has
/// its name is asked or handed on.
fn unasked_event(cx: &CheckContext<'_>, class: ClassRef) -> Option<Name> {
    let methods = cx.inference.methods(class);
    let mut names: Vec<Name> = Vec::new();
    for method in &methods {
        let there = cx.at(method.file, method.item)?;
        for write in &there.facts().writes {
            let name = write.attr.as_str().to_ascii_lowercase();
            let Source::Value(value) = write.source else { continue };
            let is_self = matches!(there.item.expr(write.base), Expr::Name(base) if *base == "self");
            if !is_self || !ENDING.iter().any(|word| name.contains(word)) || names.contains(&write.attr) {
                continue;
            }
            let types = there.inference.expr(there.site(value));
            let is_event = types
                .instances()
                .is_some_and(|all| all.iter().all(|(class, _)| known::is_blocking_event(known::canonical(*class))));
            // A parameter's event may be asked where it comes from.
            if is_event && matches!(there.item.expr(value), Expr::Call { .. }) {
                names.push(write.attr);
            }
        }
    }
    names.into_iter().find(|name| {
        let (mut is_set, mut is_used) = (false, false);
        for file in cx.whole_workspace().files() {
            if !file.source().as_str().contains(name.as_str()) {
                continue;
            }
            for at in 0..file.parsed.items.len() as u32 {
                let item = file.item(at);
                for expr in item.expr_ids() {
                    match item.expr(expr) {
                        Expr::Attribute { attr, .. } if attr == name => match use_of(item, expr) {
                            Some("set") => is_set = true,
                            Some("clear") => {}
                            None if is_stored(item, expr) => {}
                            _ => is_used = true,
                        },
                        Expr::Str(text) if text.value.is_some_and(|value| value == *name) => is_used = true,
                        _ => {}
                    }
                }
            }
        }
        is_set && !is_used
    })
}

/// The method of it that is called.
fn use_of(item: &Item, object: ExprId) -> Option<&str> {
    let Parent::Expr(member) = item.expr_parent(object) else { return None };
    let Expr::Attribute { attr, .. } = item.expr(member) else { return None };
    let Parent::Expr(call) = item.expr_parent(member) else { return None };
    matches!(item.expr(call), Expr::Call { func, .. } if *func == member).then(|| attr.as_str())
}

/// Whether the function is a method of a class with bases: the signature may be theirs.
fn overrides(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let function = FunctionRef { file: cx.file.id, item: cx.item_index, stmt };
    let class = cx.inference.class_of(function).and_then(|class| cx.inference.class(class));
    class.is_some_and(|class| !class.args.is_empty())
}
