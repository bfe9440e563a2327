//! What starts processes, and by way of what.

use pyteam_channels::process::{self, POOL, PROCESS};
use pyteam_channels::start_method::{self, StartMethod};
use pyteam_engine::CheckContext;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::{Site, Type, Types};
use pyteam_index::known;
use pyteam_syntax::arguments::{keyword, passed};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt};

const EXECUTOR: &str = "concurrent.futures.ProcessPoolExecutor";
/// What gives an executor work, upon which it starts its processes.
const HANDS_OVER: &[&str] = &["submit", "map"];

/// What the call at module level starts, where it starts processes in a context that may spawn them.
pub(super) fn at_module_level(cx: &CheckContext<'_>, call: ExprId) -> Option<&'static str> {
    if process::is_named(cx.item, call, &["start"]) {
        let types = receiver(cx, call)?;
        return (process::is_a(cx.inference, &types, PROCESS) && !is_forked(cx, &types))
            .then_some("a process is started");
    }
    if process::is_named(cx.item, call, &["Pool"]) {
        return is_pool(cx, call).then_some("a pool starts its processes");
    }
    let site = cx.site(call);
    let types = cx.inference.expr(site);
    if is_executor(&types) {
        let is_used = may_spawn_executor(cx, site)
            && any_at_module_level(cx, &|there, expr| {
                process::is_named(there.item, expr, HANDS_OVER)
                    && receiver(there, expr).is_some_and(|types| is_made_at(&types, site))
            });
        return is_used.then_some("an executor starts its processes");
    }
    if has_workers(cx, call) {
        let is_used = !start_method::chooses_fork(cx)
            && any_at_module_level(cx, &|there, expr| {
                is_gone_through(there, expr) && is_made_at(&there.inference.expr(there.site(expr)), site)
            });
        return is_used.then_some("a data loader starts its processes");
    }
    function_that_starts(cx, call)
}

/// Whether a call that runs inside a function starts processes in a context that may spawn them.
pub(super) fn inside(cx: &ItemContext<'_>, expr: ExprId) -> bool {
    if !matches!(cx.item.expr(expr), Expr::Call { .. }) {
        return is_gone_through(cx, expr) && goes_through_workers(cx, expr);
    }
    if process::is_named(cx.item, expr, &["start"]) {
        return receiver(cx, expr).is_some_and(|types| {
            process::is_a(cx.inference, &types, PROCESS)
                && types.non_none().all(|one| match one {
                    Type::Instance { origin: Some(origin), .. } => start_method::may_spawn(cx, *origin),
                    Type::Object(..) => !start_method::chooses_fork(cx),
                    _ => false,
                })
        });
    }
    if process::is_named(cx.item, expr, &["Pool"]) {
        return is_pool(cx, expr) && start_method::may_spawn(cx, cx.site(expr));
    }
    if process::is_named(cx.item, expr, HANDS_OVER) {
        return receiver(cx, expr).is_some_and(|types| {
            is_executor(&types)
                && types.iter().all(|one| match one {
                    Type::Instance { origin: Some(made), .. } => may_spawn_executor(cx, *made),
                    _ => false,
                })
        });
    }
    function_that_starts(cx, expr).is_some() || (is_gone_through(cx, expr) && goes_through_workers(cx, expr))
}

/// `Manager()`, and `spawn(...)` of torch.
fn function_that_starts(cx: &ItemContext<'_>, call: ExprId) -> Option<&'static str> {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return None };
    let site = cx.site(call);
    let path = known::canonical(cx.inference.callee_path(site)?);
    let path = match path.as_str().strip_prefix("multiprocessing.context.BaseContext.") {
        Some(method) => Name::new(&format!("multiprocessing.{method}")),
        None => path,
    };
    known::function(path).filter(|known| known.starts_processes)?;
    if path == "multiprocessing.Manager" {
        return start_method::may_spawn(cx, site).then_some("a manager starts its process");
    }
    // torch spawns where it is not told otherwise.
    let is_forked = keyword(args, "start_method").is_some_and(
        |method| !matches!(cx.item.expr(method), Expr::Str(text) if text.value.is_some_and(|text| text == "spawn")),
    );
    (!is_forked).then_some("processes are started")
}

fn receiver(cx: &ItemContext<'_>, call: ExprId) -> Option<Types> {
    cx.inference.receiver(cx.site(call)).map(|(types, _)| types)
}

fn is_pool(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let site = cx.site(call);
    let types = cx.inference.expr(site);
    let of_threads = cx.inference.callee_path(site).is_some_and(|path| path.as_str().starts_with("threading."));
    process::is_a(cx.inference, &types, POOL) && !of_threads && !is_forked(cx, &types)
}

/// Whether the process comes from a context that is known to fork.
fn is_forked(cx: &ItemContext<'_>, types: &Types) -> bool {
    types.iter().any(|one| match one {
        Type::Instance { origin: Some(origin), .. } => match StartMethod::of(cx.inference, *origin) {
            StartMethod::Explicit(method) => method == "fork",
            StartMethod::Default => start_method::chooses_fork(cx),
            StartMethod::Unknown => false,
        },
        Type::Object(..) => start_method::chooses_fork(cx),
        _ => false,
    })
}

fn is_executor(types: &Types) -> bool {
    matches!(types.as_slice(), [Type::Instance { class, .. }] if *class == EXECUTOR)
}

/// Whether an executor made there may spawn: by its context, or by default.
fn may_spawn_executor(cx: &ItemContext<'_>, made: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(made.file, made.item) else { return false };
    let Expr::Call { args, .. } = item.expr(made.expr) else { return false };
    let Some(context) = passed(args, &["mp_context"], Some(1)) else { return !start_method::chooses_fork(cx) };
    match start_method::of_context(cx.inference, Site { expr: context.value, ..made }) {
        StartMethod::Explicit(method) => method != "fork",
        StartMethod::Default => !start_method::chooses_fork(cx),
        StartMethod::Unknown => false,
    }
}

/// Whether the call makes what starts processes when it is gone through: `DataLoader(data, num_workers=4)`.
fn has_workers(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let Some(path) = cx.inference.callee_path(cx.site(call)) else { return false };
    let Some(count) = known::class(path).and_then(|known| known.processes) else { return false };
    let forks = keyword(args, "multiprocessing_context");
    forks.is_none()
        && keyword(args, count.as_str())
            .is_some_and(|count| matches!(cx.item.expr(count), Expr::Int(Some(count)) if *count > 0))
}

/// Whether the expression is what a `for` goes through, itself or in `enumerate`, `iter`, `list` or a progress bar.
fn is_gone_through(cx: &ItemContext<'_>, expr: ExprId) -> bool {
    const THROUGH: &[&str] = &["enumerate", "iter", "list", "tqdm", "track", "zip"];
    match cx.item.expr_parent(expr) {
        Parent::Stmt(stmt) => matches!(cx.item.stmt(stmt), Stmt::For { iter, .. } if *iter == expr),
        Parent::Expr(around) => {
            process::is_named(cx.item, around, THROUGH)
                && matches!(cx.item.expr(around), Expr::Call { func, .. } if *func != expr)
        }
        Parent::Root => false,
    }
}

/// Whether the object is one that starts processes when it is gone through.
fn goes_through_workers(cx: &ItemContext<'_>, expr: ExprId) -> bool {
    if !matches!(cx.item.expr(expr), Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. }) {
        return false;
    }
    let types = cx.inference.expr(cx.site(expr));
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && !start_method::chooses_fork(cx)
        && all.all(|one| match one {
            Type::Instance { class, origin: Some(made), .. } => {
                known::class(*class).is_some_and(|known| known.processes.is_some())
                    && cx.at(made.file, made.item).is_some_and(|there| has_workers(&there, made.expr))
            }
            _ => false,
        })
}

fn is_made_at(types: &Types, site: Site) -> bool {
    types.iter().any(|one| matches!(one, Type::Instance { origin: Some(origin), .. } if *origin == site))
}

/// Whether an expression of the file that runs on import is such a one.
fn any_at_module_level(cx: &CheckContext<'_>, is_it: &dyn Fn(&ItemContext<'_>, ExprId) -> bool) -> bool {
    (0..cx.whole_file().parsed.items.len() as u32).any(|at| {
        let there = cx.at_item(at);
        if !super::guard::runs_on_import(&there) {
            return false;
        }
        let mut own = Vec::new();
        walk(there.item, Part::Stmt(there.item.root()), &mut |part| match part {
            Part::Stmt(stmt) => !matches!(there.item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)),
            Part::Expr(expr) => {
                own.push(expr);
                !matches!(there.item.expr(expr), Expr::Lambda(_))
            }
        });
        own.into_iter().any(|expr| is_it(&there, expr))
    })
}
