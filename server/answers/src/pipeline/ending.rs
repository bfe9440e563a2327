//! How a process or thread is told to end.

use std::collections::BTreeSet;

use pyteam_channels::topology::Process;
use pyteam_index::definitions::FunctionRef;
use pyteam_syntax::{Expr, Stmt};

use super::drawing::tag;
use crate::calls::{arguments, keyword};
use crate::document::and_more;
use crate::view::View;

/// How a process or thread is told to end, as far as that can be seen: "stop event `stop`", "message `shutdown` on `frames`".
pub(crate) fn endings(view: &View<'_>, process: &Process) -> Vec<String> {
    let mut found = Vec::new();
    let Some(target) = process.target else {
        return vec!["unknown: its target is not followed".to_owned()];
    };
    let events = events(view, process);
    if !events.is_empty() {
        found.push(format!("stop event {}", and_more(&events, 2)));
    } else if let Some(test) = condition(view, process) {
        found.push(format!("loop condition `{test}`"));
    }
    let taken = view.topology().channels.iter().filter(|channel| {
        channel.consumers.iter().any(|one| {
            view.topology().who_runs(&view.inference, one.call).iter().any(|runner| runner.origin == process.origin)
        })
    });
    for channel in taken {
        let ends: BTreeSet<String> = channel.messages.iter().filter(|one| is_end(one)).map(|one| tag(one)).collect();
        if !ends.is_empty() {
            let ends: Vec<String> = ends.into_iter().map(|one| format!("`{one}`")).collect();
            found.push(format!("message {} on `{}`", and_more(&ends, 2), channel.name));
        }
    }
    let options = arguments(view, process.origin);
    let item = view.inference.item(process.origin.file, process.origin.item).map(|(_, item, _)| item);
    if let (Some(value), Some(item)) = (keyword(options, "daemon"), item)
        && matches!(item.expr(value), Expr::Bool(true))
    {
        found.push("daemon".to_owned());
    }
    if found.is_empty() && runs_what_it_is_given(view, process) {
        found.push("return of the function it is given".to_owned());
    }
    if found.is_empty() && !process.stops.is_empty() {
        found.push("only `terminate()` or `kill()` found".to_owned());
    }
    if found.is_empty() && !loops_forever(view, target) {
        // A loop further down is left by what happens there, which is more than "it returns".
        found.push(match process.runs.iter().find(|one| **one != target && has_endless_loop(view, **one)) {
            Some(inner) => {
                format!("exit of the `while True` in `{}` ({})", view.function_name(*inner), view.function_at(*inner))
            }
            None => by_return(view, target),
        });
    }
    found
}

/// Whether nothing has to tell it to end: its function returns of itself, and no endless loop is on its way.
pub(crate) fn ends_by_itself(view: &View<'_>, process: &Process) -> bool {
    process.target.is_some_and(|target| endings(view, process).contains(&by_return(view, target)))
}

fn by_return(view: &View<'_>, target: FunctionRef) -> String {
    format!("return of `{}`", view.function_name(target))
}

/// Whether it is an object of a class of the workspace that is told by `target=` what to run.
pub(crate) fn runs_what_it_is_given(view: &View<'_>, process: &Process) -> bool {
    let is_method = process.target.is_some_and(|target| view.inference.class_of(target).is_some());
    let named = process.target.and_then(|target| view.inference.function(target));
    is_method
        && named.is_some_and(|definition| definition.name == "run")
        && keyword(arguments(view, process.origin), "target").is_some()
}

/// Whether a message says that there are no more.
fn is_end(message: &str) -> bool {
    let tag = tag(message).to_ascii_lowercase();
    let word = tag.trim_matches('"');
    message == "None"
        || matches!(
            word,
            "shutdown"
                | "stop"
                | "end"
                | "quit"
                | "exit"
                | "done"
                | "close"
                | "terminate"
                | "poison"
                | "sentinel"
                | "eof"
                | "finish"
                | "finished"
                | "kill"
        )
}

/// The events that a process asks or waits for and that may end it: those named for it, else those that a loop goes on
/// by.
fn events(view: &View<'_>, process: &Process) -> Vec<String> {
    let mut found = BTreeSet::new();
    for function in &process.runs {
        let Some((file, item, item_facts)) = view.inference.item(function.file, function.item) else { continue };
        for call in &item_facts.calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            let text = file.text_at(function.item, item.expr_range(*value));
            let asks = *attr == "is_set" || (*attr == "wait" && is_about_end(text));
            let is_inside = || item.stmt_ancestors(item.enclosing_stmt(*call)).any(|stmt| stmt == function.stmt);
            // Events are asked for other reasons, too: those that a loop goes on by may end it, whatever their names.
            let is_looped_by = || {
                item.stmt_ids().any(|stmt| match item.stmt(stmt) {
                    Stmt::While { test, .. } => item.expr_range(*test).contains_range(item.expr_range(*call)),
                    _ => false,
                })
            };
            if asks && text.len() <= 40 && is_inside() && (is_about_end(text) || is_looped_by()) {
                found.insert(format!("`{text}`"));
            }
        }
    }
    let all: Vec<String> = found.into_iter().collect();
    let about: Vec<String> = all.iter().filter(|text| is_about_end(text)).cloned().collect();
    if about.is_empty() { all } else { about }
}

/// Whether a name is one for the end of something.
fn is_about_end(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "stop", "shutdown", "exit", "quit", "done", "terminat", "cancel", "finish", "clos", "end", "kill", "abort",
        "running",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The condition of the loop that a process goes round in, where it is short.
fn condition(view: &View<'_>, process: &Process) -> Option<String> {
    let target = process.target?;
    let (file, item, _) = view.inference.item(target.file, target.item)?;
    let mut loops = item
        .stmt_ids()
        .filter_map(|stmt| match item.stmt(stmt) {
            Stmt::While { test, .. } if item.stmt_ancestors(stmt).any(|around| around == target.stmt) => {
                let text = file.text_at(target.item, item.expr_range(*test));
                let is_constant = matches!(item.expr(*test), Expr::Bool(_) | Expr::Int(_));
                (!is_constant && text.len() <= 40 && !text.contains('\n'))
                    .then(|| (item.stmt_range(stmt).start(), text))
            }
            _ => None,
        })
        .collect::<Vec<_>>();
    loops.sort_by_key(|(start, _)| *start);
    loops.first().map(|(_, text)| (*text).to_owned())
}

/// Whether a function has a `while True` that nothing inside of it leaves.
fn loops_forever(view: &View<'_>, function: FunctionRef) -> bool {
    let Some((_, item, _)) = view.inference.item(function.file, function.item) else { return true };
    endless_loops(view, function).into_iter().any(|stmt| {
        let leaves = |one| matches!(item.stmt(one), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. });
        let is_inside = |one| item.stmt_ancestors(one).any(|around| around == stmt);
        !item.stmt_ids().any(|one| leaves(one) && is_inside(one))
    })
}

/// Whether a function has a `while True`, left or not.
fn has_endless_loop(view: &View<'_>, function: FunctionRef) -> bool {
    !endless_loops(view, function).is_empty()
}

fn endless_loops(view: &View<'_>, function: FunctionRef) -> Vec<pyteam_syntax::StmtId> {
    let Some((_, item, _)) = view.inference.item(function.file, function.item) else { return Vec::new() };
    let is_endless = |test| matches!(item.expr(test), Expr::Bool(true) | Expr::Int(Some(1)));
    let loops = item.stmt_ids().filter(|stmt| match item.stmt(*stmt) {
        Stmt::While { test, .. } => {
            is_endless(*test) && item.stmt_ancestors(*stmt).any(|around| around == function.stmt)
        }
        _ => false,
    });
    loops.collect()
}
