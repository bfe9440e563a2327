//! Which code runs on an event loop: the bodies of `async def`, and where in them a call stands.

use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::Type;
use pyteam_index::{infer, known};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Parent, Stmt, StmtId};

/// The calls that an `async def` of the item makes itself, in source order, each with its function. What stands in a
/// nested `def` or `lambda` runs elsewhere, and so do decorators and defaults.
pub fn calls(cx: &CheckContext<'_>) -> Vec<(StmtId, ExprId)> {
    let facts = cx.facts();
    let mut found = Vec::new();
    for function in &facts.functions {
        if facts::function(cx.item, function.stmt).is_some_and(|one| one.is_async) {
            found.extend(body_calls(cx.item, function.stmt).into_iter().map(|call| (function.stmt, call)));
        }
    }
    found
}

/// The calls in a function's own body.
pub fn body_calls(item: &Item, function: StmtId) -> Vec<ExprId> {
    let Some(definition) = facts::function(item, function) else { return Vec::new() };
    let mut found = Vec::new();
    for stmt in &definition.body {
        walk(item, Part::Stmt(*stmt), &mut |part| match part {
            Part::Stmt(stmt) => !matches!(item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)),
            Part::Expr(expr) => {
                if matches!(item.expr(expr), Expr::Call { .. }) {
                    found.push(expr);
                }
                !matches!(item.expr(expr), Expr::Lambda(_))
            }
        });
    }
    found
}

/// Whether the result is awaited, in place or by whom it is handed to, so that the call makes a coroutine.
pub fn is_coroutine(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    if infer::is_awaited(item, call) {
        return true;
    }
    let is_async_part = match item.expr_parent(call) {
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::For { iter, is_async, .. } => *is_async && *iter == call,
            Stmt::With { items, is_async, .. } => *is_async && items.iter().any(|one| one.context == call),
            _ => false,
        },
        Parent::Expr(around) => match item.expr(around) {
            Expr::Comprehension(one) => one.clauses.iter().any(|clause| clause.is_async && clause.iter == call),
            _ => false,
        },
        Parent::Root => false,
    };
    let mut inner = call;
    let is_handed_on = item.expr_ancestors(call).any(|around| {
        let takes = match item.expr(around) {
            Expr::Call { func, .. } if *func != inner => match item.expr(*func) {
                Expr::Attribute { attr: name, .. } | Expr::Name(name) => known::takes_coroutine(*name),
                _ => false,
            },
            _ => false,
        };
        inner = around;
        takes
    });
    is_async_part || is_handed_on
}

/// Whether the function runs while its program starts: nothing else needs the loop yet.
pub fn is_startup(cx: &CheckContext<'_>, function: StmtId, call: ExprId) -> bool {
    let Some(definition) = facts::function(cx.item, function) else { return false };
    let name = definition.name.as_str().to_ascii_lowercase();
    if name.contains("startup") {
        return true;
    }
    // `async def lifespan(app)`: up to its `yield`.
    if !name.contains("lifespan") {
        return false;
    }
    let mut is_before = false;
    walk(cx.item, Part::Stmt(function), &mut |part| {
        if let Part::Expr(expr) = part
            && matches!(cx.item.expr(expr), Expr::Yield(_))
        {
            is_before |= cx.item.expr_range(call).end() <= cx.item.expr_range(expr).start();
        }
        true
    });
    is_before
}

/// Whether the function is the only thing that its event loop runs: each call of it is the argument of `asyncio.run` or the
/// like, or is awaited by such a function, and none of them starts a task.
pub fn is_sole_task(cx: &CheckContext<'_>, function: StmtId) -> bool {
    const RUNS: &[&str] = &["run", "run_until_complete", "run_sync"];
    const STARTS: &[&str] = &[
        "create_task",
        "ensure_future",
        "gather",
        "wait",
        "as_completed",
        "TaskGroup",
        "create_task_group",
        "open_nursery",
        "start_soon",
        "start_server",
        "serve",
        "run_in_executor",
        "add_reader",
        "call_soon",
        "call_later",
    ];
    is_sole(cx, function, RUNS, STARTS, 4)
}

fn is_sole(cx: &CheckContext<'_>, function: StmtId, runs: &[&str], starts: &[&str], depth: u8) -> bool {
    let Some(definition) = facts::function(cx.item, function).filter(|one| one.is_async && depth > 0) else {
        return false;
    };
    // A library's object, or a function elsewhere, may start tasks of its own.
    let source = cx.whole_file().source();
    let mut is_open = starts.iter().any(|word| source.as_str().contains(&format!("{word}(")))
        || source.as_str().contains("run_coroutine_threadsafe");
    walk(cx.item, Part::Stmt(function), &mut |part| {
        is_open |= match part {
            Part::Stmt(stmt) => match cx.item.stmt(stmt) {
                Stmt::With { is_async, .. } | Stmt::For { is_async, .. } => *is_async,
                _ => false,
            },
            Part::Expr(expr) => match cx.item.expr(expr) {
                Expr::Await(value) => !cx.inference.callee(cx.site(*value)).iter().all(|one| match one {
                    Type::Function(found, _) => found.file == cx.file.id,
                    Type::External(path) => path.as_str().starts_with("asyncio."),
                    _ => false,
                }),
                _ => false,
            },
        };
        !is_open
    });
    if is_open {
        return false;
    }
    let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    let mut is_called = false;
    for call in cx.inference.calls_named(definition.name) {
        let callee = cx.inference.callee(call);
        // Another function of that name.
        if !callee.has_unknown() && !callee.iter().any(|one| matches!(one, Type::Function(found, _) if *found == own)) {
            continue;
        }
        let Some(there) = cx.at(call.file, call.item) else { return false };
        let is_run = match there.item.expr_parent(call.expr) {
            Parent::Expr(outer) => match there.item.expr(outer) {
                Expr::Await(_) => process::function_of(there.item, call.expr)
                    .is_some_and(|around| is_sole(&there, around, runs, starts, depth - 1)),
                _ => process::is_named(there.item, outer, runs),
            },
            _ => false,
        };
        if !is_run {
            return false;
        }
        is_called = true;
    }
    is_called
}

/// Whether the function awaited something with the receiver of `call` in it before: `await asyncio.wrap_future(f)`.
pub fn was_awaited_before(cx: &CheckContext<'_>, call: ExprId, receiver: &str) -> bool {
    let here = cx.item.expr_range(call).start();
    cx.item.expr_ids().any(|expr| match cx.item.expr(expr) {
        Expr::Await(value) if cx.item.expr_range(expr).end() <= here => {
            let mut found = false;
            walk(cx.item, Part::Expr(*value), &mut |part| {
                if let Part::Expr(inner) = part {
                    found |= matches!(cx.item.expr(inner), Expr::Name(_) | Expr::Attribute { .. })
                        && cx.text(inner) == receiver;
                }
                !found
            });
            found
        }
        _ => false,
    })
}
