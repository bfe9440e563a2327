//! Processes and pools: which expressions are one, and what is done with them.

use pyteam_index::FileId;
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Base, Inference, Site, Type, Types, enclosing_function};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId, TextSize};

use crate::call_graph;

/// A process, whatever context makes it.
pub const PROCESS: &str = "multiprocessing.Process";
/// A pool of processes (or of threads: `ThreadPool` has the same class).
pub const POOL: &str = "multiprocessing.pool.Pool";

/// Class (canonical) and name of the method that the call calls, where every possible receiver has that class.
pub fn method(cx: &ItemContext<'_>, call: ExprId) -> Option<(Name, Name)> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    attribute(cx, *func)
}

/// The same of a method that is not called: `atexit.register(process.kill)`.
pub fn attribute(cx: &ItemContext<'_>, func: ExprId) -> Option<(Name, Name)> {
    if !matches!(cx.item.expr(func), Expr::Attribute { .. }) {
        return None;
    }
    let types = cx.inference.expr(cx.site(func));
    let mut found: Option<(Name, Name)> = None;
    for one in types.non_none() {
        let Type::Method { class, name, .. } = one else { return None };
        match found {
            Some((other, _)) if other != *class => return None,
            _ => found = Some((*class, *name)),
        }
    }
    found
}

/// Whether the call's last name is one of `names`: ask this before any type.
pub fn is_named(item: &Item, call: ExprId, names: &[&str]) -> bool {
    let Expr::Call { func, .. } = item.expr(call) else { return false };
    matches!(item.expr(*func), Expr::Name(name) | Expr::Attribute { attr: name, .. } if names.contains(&name.as_str()))
}

/// Whether all of it is of the outside class, or of a class of the workspace that derives from it.
pub fn is_a(inference: &Inference<'_>, types: &Types, class: &str) -> bool {
    is_all(inference, types, &|found| found == class)
}

/// Whether all of it is of outside classes that will do, or of classes of the workspace that derive from one.
pub fn is_all(inference: &Inference<'_>, types: &Types, will_do: &dyn Fn(Name) -> bool) -> bool {
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| match one {
            Type::Instance { class: found, .. } => will_do(*found),
            Type::Object(own, _) => {
                let ancestors = inference.ancestors(*own).0;
                let mut bases = ancestors.into_iter().flat_map(|one| inference.bases(one));
                bases.any(|base| matches!(base, Base::External(path) if will_do(path)))
            }
            _ => false,
        })
}

/// What the process or thread that the call `made` makes runs: its `target=`; `None` where it is given none.
pub fn target_types(inference: &Inference<'_>, made: Site) -> Option<Types> {
    let (_, item, _) = inference.item(made.file, made.item)?;
    let Expr::Call { args, .. } = item.expr(made.expr) else { return None };
    Some(inference.expr(Site { expr: keyword(args, "target")?, ..made }))
}

/// Calls `see` with the expressions of a function (or of the whole item), those of functions inside it left out.
pub fn own_exprs(item: &Item, function: Option<StmtId>, see: &mut dyn FnMut(ExprId)) {
    let root = function.unwrap_or(item.root());
    walk(item, Part::Stmt(root), &mut |part| match part {
        Part::Stmt(stmt) => stmt == root || !matches!(item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)),
        Part::Expr(expr) => {
            see(expr);
            !matches!(item.expr(expr), Expr::Lambda(_))
        }
    });
}

/// The function around an expression.
pub fn function_of(item: &Item, expr: ExprId) -> Option<StmtId> {
    enclosing_function(item, item.enclosing_stmt(expr))
}

/// Words in the names of functions that ask others to end.
const ASKING: &[&str] =
    &["stop", "shutdown", "shut_down", "quit", "exit", "cancel", "finish", "close", "request", "graceful"];
/// Words in messages that ask their reader to end.
const LAST_WORDS: &[&str] = &[
    "stop",
    "shutdown",
    "shut_down",
    "quit",
    "exit",
    "close",
    "end",
    "done",
    "finish",
    "terminate",
    "kill",
    "sentinel",
    "poison",
];

/// How a call helps processes to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It waits for one.
    Waited,
    /// It lets time pass.
    Paused,
    /// It stops one by force.
    Stopped,
    /// It says by its name that it brings an end about.
    Called,
}

/// How the call at `expr`, if it is one and stands before `limit`, helps processes to end.
pub fn end_of(item: &Item, expr: ExprId, limit: TextSize) -> Option<End> {
    let Expr::Call { func, .. } = item.expr(expr) else { return None };
    // The call that is judged ends behind the limit where it stands there.
    if item.expr_range(*func).end() > limit {
        return None;
    }
    match item.expr(*func) {
        Expr::Attribute { attr, value } => match attr.as_str() {
            "join" => waits_by_join(item, *value).then_some(End::Waited),
            "wait" => Some(End::Waited),
            "sleep" => Some(End::Paused),
            "terminate" | "kill" | "send_signal" => Some(End::Stopped),
            name => asks(name).then_some(End::Called),
        },
        Expr::Name(name) if *name == "sleep" => Some(End::Paused),
        Expr::Name(name) => (!matches!(name.as_str(), "exit" | "quit") && asks(name.as_str())).then_some(End::Called),
        _ => None,
    }
}

/// Whether, before `limit` in the function, a process or thread is asked to end or waited for: an event is set, a last
/// message is sent, a process is joined or already terminated, or something is called that says it does so.
pub fn asks_before(cx: &ItemContext<'_>, function: Option<StmtId>, limit: TextSize) -> bool {
    let item = cx.item;
    let mut found = false;
    own_exprs(item, function, &mut |expr| {
        if found || item.expr_range(expr).start() >= limit {
            return;
        }
        found |= end_of(item, expr, limit).is_some_and(|end| end != End::Paused) || is_asking(cx, expr, limit);
    });
    found || sets_shared_flag(cx, function, limit)
}

/// Whether the call at `expr`, if it is one and stands before `limit`, asks for the end: `stop.set()`, `jobs.put(None)`.
pub fn is_asking(cx: &ItemContext<'_>, expr: ExprId, limit: TextSize) -> bool {
    let item = cx.item;
    let Expr::Call { func, args, .. } = item.expr(expr) else { return false };
    let Expr::Attribute { attr, .. } = item.expr(*func) else { return false };
    item.expr_range(*func).end() <= limit
        && match attr.as_str() {
            "set" => args.is_empty(),
            "put" | "put_nowait" | "send" | "send_bytes" | "send_pyobj" | "send_json" | "send_string" => {
                args.first().is_some_and(|arg| is_last_word(cx, arg.value))
            }
            _ => false,
        }
}

/// Whether the call joins a thread, a process, a pool or a queue, and no strings or parts of a path.
pub fn is_join(item: &Item, call: ExprId) -> bool {
    let Expr::Call { func, .. } = item.expr(call) else { return false };
    matches!(item.expr(*func), Expr::Attribute { attr, value } if *attr == "join" && waits_by_join(item, *value))
}

/// Whether `join` of that value waits.
pub(crate) fn waits_by_join(item: &Item, value: ExprId) -> bool {
    !matches!(item.expr(value), Expr::Str(_)) && !is_path(item, value)
}

fn is_path(item: &Item, value: ExprId) -> bool {
    matches!(item.expr(value), Expr::Attribute { attr, .. } | Expr::Name(attr) if attr.as_str().ends_with("path") || *attr == "sep")
}

fn asks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ASKING.iter().any(|word| name.contains(word))
}

/// Whether a message tells its reader to end: `None`, or something that says so.
pub fn is_last_word(cx: &ItemContext<'_>, message: ExprId) -> bool {
    if matches!(cx.item.expr(message), Expr::None) {
        return true;
    }
    let text = cx.text(message).to_ascii_lowercase();
    LAST_WORDS.iter().any(|word| text.contains(word))
}

/// `running.value = False`
fn sets_shared_flag(cx: &ItemContext<'_>, function: Option<StmtId>, limit: TextSize) -> bool {
    let item = cx.item;
    item.stmt_ids().any(|stmt| {
        let Stmt::Assign { targets, value } = item.stmt(stmt) else { return false };
        item.stmt_range(stmt).start() < limit
            && enclosing_function(item, stmt) == function
            && matches!(item.expr(*value), Expr::Bool(_) | Expr::Int(_))
            && targets
                .iter()
                .any(|target| matches!(item.expr(*target), Expr::Attribute { attr, .. } if *attr == "value"))
    })
}

/// Whether a process that `process` may be handles SIGTERM: what it runs, or anything that this calls, or code in their files.
pub fn catches_sigterm(cx: &ItemContext<'_>, process: ExprId) -> bool {
    let types = cx.inference.expr(cx.site(process));
    let handles = |file: FileId| {
        cx.inference.file(file).is_some_and(|file| {
            cx.inference.look_at_bodies(file.id);
            let text = file.source().as_str();
            text.contains("SIGTERM") && (text.contains("signal(") || text.contains("add_signal_handler"))
        })
    };
    let runs = |function: FunctionRef| {
        let mut files: Vec<FileId> = call_graph::from(cx.inference, function).into_iter().map(|one| one.file).collect();
        files.sort_unstable();
        files.dedup();
        files.into_iter().any(handles)
    };
    types.iter().any(|one| match one {
        Type::Instance { origin: Some(origin), .. } => {
            target_types(cx.inference, *origin).iter().flatten().any(|one| match one {
                Type::Function(function, _) => runs(*function),
                _ => false,
            })
        }
        Type::Object(class, _) => cx
            .inference
            .ancestors(*class)
            .0
            .into_iter()
            .any(|one| handles(one.file) || cx.inference.method_named(one, Name::new("run")).is_some_and(runs)),
        _ => false,
    })
}

/// The name that a call's or context's value is bound to at once: `name = call`.
pub fn bound_to(item: &Item, call: ExprId) -> Option<ExprId> {
    let Parent::Stmt(stmt) = item.expr_parent(call) else { return None };
    match item.stmt(stmt) {
        Stmt::Assign { targets, value } if *value == call && targets.len() == 1 => targets.first().copied(),
        Stmt::AnnAssign { target, value: Some(value), .. } if *value == call => Some(*target),
        _ => None,
    }
}
