//! What a call reaches, and what of it has to stay where the event loop runs: the one summary that says whether a call may
//! move to a thread.

use pyteam_channels::call_graph;
use pyteam_channels::order::blocks;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Base, Type, Types};
use pyteam_index::known;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

/// Methods of what belongs to a loop, for objects of which nothing is known.
const TOUCHES: &[&str] = &[
    "call_at",
    "call_later",
    "call_soon",
    "cancel",
    "create_task",
    "put_nowait",
    "set",
    "set_exception",
    "set_result",
];
/// Functions that say something about the thread or its context, or change it.
const OF_THREAD: &[&str] = &[
    "decimal.getcontext",
    "decimal.setcontext",
    "inspect.currentframe",
    "inspect.stack",
    "sys._getframe",
    "sys.setprofile",
    "sys.settrace",
    "threading.current_thread",
    "threading.currentThread",
    "threading.get_ident",
    "threading.get_native_id",
    "threading.main_thread",
];
/// Modules of which everything is bound to a thread or its context.
const MODULES_OF_THREAD: &[&str] = &["signal.", "structlog.contextvars."];
/// Words of a text that has to do with the loop itself, or with what belongs to the thread that made it.
const WORDS: &[&str] = &["asyncio", "call_soon", "create_task", "ensure_future", "sqlite3", "tkinter"];

/// The functions of the workspace that a call runs, itself or by way of others.
pub(super) struct Reached(Vec<FunctionRef>);

impl Reached {
    pub(super) fn by(cx: &CheckContext<'_>, call: ExprId) -> Self {
        let callee = cx.inference.callee(cx.site(call));
        let mut all: Vec<FunctionRef> = Vec::new();
        for one in &callee {
            if let Type::Function(function, _) = one {
                all.extend(call_graph::from(cx.inference, *function));
            }
        }
        all.sort_unstable_by_key(|one| (one.file, one.item, one.stmt.0));
        all.dedup();
        Self(all)
    }

    /// Each of the functions, with the item that it stands in.
    pub(super) fn functions<'c>(&self, cx: &CheckContext<'c>) -> impl Iterator<Item = (CheckContext<'c>, StmtId)> {
        self.0.iter().filter_map(|one| {
            let there = cx.at(one.file, one.item)?;
            // What its names stand for is looked up all over its file.
            there.whole_file();
            Some((there, one.stmt))
        })
    }

    pub(super) fn has(&self, function: FunctionRef) -> bool {
        self.0.contains(&function)
    }

    /// Whether something in it has to stay in the loop's thread: it touches objects of the loop, is bound to the thread or
    /// its context, or lets `StopIteration` out, which no future can carry.
    pub(super) fn stays(&self, cx: &CheckContext<'_>) -> bool {
        self.functions(cx).any(|(there, function)| {
            let text = there.file.text_at(there.item_index, there.item.stmt_range(function));
            if WORDS.iter().any(|word| text.contains(word)) {
                return true;
            }
            let mut stays = false;
            walk(there.item, Part::Stmt(function), &mut |part| {
                stays |= match part {
                    Part::Stmt(stmt) => raises_stop(there.item, stmt),
                    Part::Expr(expr) => is_bound(&there, expr) || takes_next(there.item, expr),
                };
                !stays
            });
            stays
        })
    }
}

/// `raise StopIteration`
fn raises_stop(item: &Item, stmt: StmtId) -> bool {
    let Stmt::Raise { exc: Some(exc), .. } = item.stmt(stmt) else { return false };
    let class = match item.expr(*exc) {
        Expr::Call { func, .. } => *func,
        _ => *exc,
    };
    facts::last_name(item, class).is_some_and(|name| name == "StopIteration") && !catches_stop(item, stmt, true)
}

/// `next(iterator)`, of which the end is `StopIteration`, where nothing around it catches that.
fn takes_next(item: &Item, expr: ExprId) -> bool {
    let Expr::Call { func, args } = item.expr(expr) else { return false };
    let takes = match item.expr(*func) {
        Expr::Name(name) => *name == "next" && args.len() == 1,
        Expr::Attribute { attr, .. } => *attr == "__next__",
        _ => false,
    };
    takes && !catches_stop(item, item.enclosing_stmt(expr), true)
}

/// Whether a `try` of the function around `stmt` catches `StopIteration`, by that name or, with `broadly`, by any.
pub(super) fn catches_stop(item: &Item, stmt: StmtId, broadly: bool) -> bool {
    let is_it = |name: Name| match name.as_str() {
        "StopIteration" => true,
        name => broadly && matches!(name, "Exception" | "BaseException"),
    };
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt).take_while(|one| facts::function(item, *one).is_none()) {
        if let Stmt::Try(one) = item.stmt(outer)
            && blocks::of(item, outer).first().is_some_and(|body| body.contains(&inner))
        {
            let is_caught = one.handlers.iter().any(|handler| {
                let kinds: Vec<ExprId> = match handler.kind.map(|kind| (kind, item.expr(kind))) {
                    None => return broadly,
                    Some((_, Expr::Tuple(kinds))) => kinds.to_vec(),
                    Some((kind, _)) => vec![kind],
                };
                kinds.iter().filter_map(|kind| facts::last_name(item, *kind)).any(is_it)
            });
            if is_caught {
                return true;
            }
        }
        inner = outer;
    }
    false
}

/// Whether the expression touches what belongs to the loop, the thread or its context.
fn is_bound(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let types = |expr| cx.inference.expr(cx.site(expr));
    match cx.item.expr(expr) {
        Expr::Call { func, args } => {
            for one in &types(*func) {
                let Type::External(path) = one else { continue };
                let path = known::canonical(*path).as_str();
                if OF_THREAD.contains(&path) || MODULES_OF_THREAD.iter().any(|module| path.starts_with(module)) {
                    return true;
                }
            }
            let Expr::Attribute { value, attr } = cx.item.expr(*func) else {
                // `setattr(local, "user", user)`
                return args.iter().any(|arg| arg.kind == ArgKind::Positional && is_local(cx, &types(arg.value)));
            };
            let name = attr.as_str();
            let receiver = types(*value);
            receiver.has_unknown() && TOUCHES.contains(&name)
                || receiver.iter().any(|one| match one {
                    Type::Instance { class, .. } => {
                        let class = class.as_str();
                        class.starts_with("asyncio.")
                            || class.starts_with("sqlite3.")
                            || class == "contextvars.ContextVar" && matches!(name, "set" | "reset")
                    }
                    _ => false,
                })
        }
        Expr::Attribute { value, .. } => is_local(cx, &types(*value)),
        _ => false,
    }
}

/// Whether one of these is a `threading.local`.
fn is_local(cx: &CheckContext<'_>, types: &Types) -> bool {
    let is_it = |path: &str| matches!(path, "threading.local" | "_thread._local" | "_threading_local.local");
    types.iter().any(|one| match one {
        Type::Instance { class, .. } => is_it(class.as_str()),
        Type::Object(class, _) => {
            let ancestors = cx.inference.ancestors(*class).0;
            let mut bases = ancestors.into_iter().flat_map(|one| cx.inference.bases(one));
            bases.any(|base| matches!(base, Base::External(path) if is_it(path.as_str())))
        }
        _ => false,
    })
}
