//! Whether a queue is emptied while it is filled: a put that waits for room in it waits forever where what takes from
//! it begins only behind the last put, or leaves before.

use pyteam_channels::process;
use pyteam_channels::uses::ChannelUse;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId, TextRange};

use super::consumer;

/// By these a coroutine runs beside the one that calls them.
const STARTS: &[&str] = &["create_task", "ensure_future", "gather"];

/// Whether what puts and what takes is proved to run at once, in coroutines that one function starts before it waits for
/// any of them, and whether each that takes goes on to the producer's end.
pub(super) fn is_emptied_meanwhile(cx: &CheckContext<'_>, uses: &[ChannelUse]) -> bool {
    let sides: Option<Vec<Side>> = uses.iter().map(|one| Side::of(cx, one)).collect();
    let Some(sides) = sides else { return false };
    let (puts, takes): (Vec<&Side>, Vec<&Side>) = sides.iter().partition(|side| side.puts);
    let is_apart = takes.iter().all(|take| puts.iter().all(|put| put.function != take.function));
    let starters = sides.iter().flat_map(|side| side.starts.iter().map(|start| start.0).chain([side.function]));
    let is_started_by = |starter: FunctionRef| {
        let Some(there) = cx.at(starter.file, starter.item) else { return false };
        let places = |of: &[&Side]| -> Option<Vec<ExprId>> {
            let all: Option<Vec<Vec<ExprId>>> = of.iter().map(|side| side.places_in(starter)).collect();
            all.map(|all| all.concat())
        };
        let (Some(puts), Some(takes)) = (places(&puts), places(&takes)) else { return false };
        takes.iter().all(|take| puts.iter().all(|put| is_at_once(&there, *put, *take)))
    };
    let goes_on = |take: &&Side| {
        cx.at(take.call.file, take.call.item).is_some_and(|there| {
            // What another coroutine starts must not wait for anything else first.
            consumer::goes_on(&there, take.call.expr, !take.starts.is_empty())
        })
    };
    is_apart && !takes.is_empty() && takes.iter().all(goes_on) && starters.into_iter().any(is_started_by)
}

/// A put or a take with the coroutine that it stands in.
struct Side {
    call: Site,
    puts: bool,
    function: FunctionRef,
    /// Where the program calls the coroutine: in which function.
    starts: Vec<(FunctionRef, ExprId)>,
}

impl Side {
    fn of(cx: &CheckContext<'_>, one: &ChannelUse) -> Option<Self> {
        let function = cx.inference.enclosing_function(one.call)?;
        let definition = cx.inference.function(function).filter(|definition| definition.is_async)?;
        let mut starts = Vec::new();
        for site in cx.inference.calls_named(definition.name) {
            let there = cx.at(site.file, site.item)?;
            if there.file.is_test() {
                continue;
            }
            let callee = cx.inference.callee(site);
            let is_method = matches!(there.item.expr(site.expr), Expr::Call { func, .. }
                if matches!(there.item.expr(*func), Expr::Attribute { .. }));
            // `file.read()` is no function of that name.
            if callee.has_unknown() && (!is_method || cx.inference.class_of(function).is_some()) {
                return None;
            }
            if callee.iter().any(|one| matches!(one, Type::Function(one, _) if *one == function)) {
                starts.push((cx.inference.enclosing_function(site)?, site.expr));
            }
        }
        Some(Self { call: one.call, puts: one.puts, function, starts })
    }

    /// Where `starter` begins it: by its own put or take, or by calling its coroutine. Nothing where it also begins
    /// elsewhere.
    fn places_in(&self, starter: FunctionRef) -> Option<Vec<ExprId>> {
        if self.function == starter {
            return Some(vec![self.call.expr]);
        }
        let here = self.starts.iter().map(|(function, call)| (*function == starter).then_some(*call));
        here.collect::<Option<Vec<ExprId>>>().filter(|all| !all.is_empty())
    }
}

/// Whether the function starts both before it waits for the one that it starts first.
fn is_at_once(cx: &CheckContext<'_>, put: ExprId, take: ExprId) -> bool {
    let item = cx.item;
    let (put_at, take_at) = (item.expr_range(put), item.expr_range(take));
    let is_first = put_at.start() < take_at.start();
    let (first, second) = if is_first { (put, take) } else { (take, put) };
    let (first_at, second_at) = (item.expr_range(first), item.expr_range(second));
    let is_awaited = |call| item.expr_ancestors(call).any(|around| matches!(item.expr(around), Expr::Await(_)));
    if !runs_beside(item, first)
        || !(runs_beside(item, second) || is_awaited(second))
        || is_in_branch(item, take, put_at)
    {
        return false;
    }
    let mut waits = false;
    process::own_exprs(item, process::function_of(item, first), &mut |expr| {
        let range = item.expr_range(expr);
        let is_wait = matches!(item.expr(expr), Expr::Await(_)) && range.end() <= second_at.start();
        // What takes, once started, takes on whatever else is waited for.
        waits |= is_wait && range.end() > first_at.start() && (is_first || range.contains_range(first_at));
    });
    let mut around = item.stmt_ancestors(item.enclosing_stmt(first));
    // The end of `async with TaskGroup()` waits for what was started in it.
    let is_left = around.any(|stmt| {
        matches!(item.stmt(stmt), Stmt::With { is_async: true, .. }) && !item.stmt_range(stmt).contains_range(second_at)
    });
    !waits && !is_left
}

/// Whether the coroutine that is called there is handed to what runs it beside its caller.
fn runs_beside(item: &Item, call: ExprId) -> bool {
    item.expr_ancestors(call).any(|around| match item.expr(around) {
        Expr::Call { func, .. } => facts::last_name(item, *func).is_some_and(|name| STARTS.contains(&name.as_str())),
        _ => false,
    })
}

/// Whether the call stands in a branch that is not taken each time when `other` is.
fn is_in_branch(item: &Item, call: ExprId, other: TextRange) -> bool {
    let is_branch = |stmt: StmtId| matches!(item.stmt(stmt), Stmt::If { .. } | Stmt::Match { .. } | Stmt::Try(_));
    let mut around =
        item.stmt_ancestors(item.enclosing_stmt(call)).take_while(|stmt| facts::function(item, *stmt).is_none());
    around.any(|stmt| is_branch(stmt) && !item.stmt_range(stmt).contains_range(other))
}
