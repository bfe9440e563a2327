//! Processes that are joined before what they have sent is received: a process ends only when all of it is in a pipe.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Inference, Site, Type, Types};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::arguments::{keyword, passed};
use pyteam_syntax::{Expr, ExprId, Name, Stmt, TextSize};

use crate::order::control_flow;
use crate::process::{self, PROCESS};
use crate::uses::ChannelUses;
use crate::weight::{self, Weight};
use crate::{call_graph, channel, closed, launch};

/// How many calls lie between a function and one that joins or receives.
const MAX_DEPTH: u8 = 2;

/// A wait for processes that wait for their messages to be received.
#[derive(Clone, Debug)]
pub struct Undrained {
    /// Where the queue or pipe is made.
    pub origin: Site,
    /// The calls that send, in a process that is waited for.
    pub puts: Vec<Site>,
    /// The calls that receive, all of which come later.
    pub takes: Vec<Site>,
    /// The most that one process sends.
    pub weight: Weight,
    /// Whether it is a pipe.
    pub is_pipe: bool,
}

/// The first queue or pipe that the processes which `call` waits for are still sending to.
pub fn undrained(cx: &ItemContext<'_>, call: ExprId) -> Option<Undrained> {
    let processes = joined(cx, call)?;
    processes.into_iter().find_map(|(made, target)| of_process(cx, call, made, target))
}

/// The processes that the call waits for without a bound: where they are made, and what they run.
fn joined(cx: &ItemContext<'_>, call: ExprId) -> Option<Vec<(Site, FunctionRef)>> {
    let item = cx.item;
    let Expr::Call { func, args } = item.expr(call) else { return None };
    let functions = |types: &Types, made: Site| -> Vec<(Site, FunctionRef)> {
        types
            .iter()
            .filter_map(|one| match one {
                Type::Function(function, _) => Some((made, *function)),
                _ => None,
            })
            .collect()
    };
    if process::is_named(item, call, &["join"]) {
        let timeout = passed(args, &["timeout"], Some(0)).map(|arg| arg.value);
        let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
        if args.len() > 1 || timeout.is_some_and(|value| !matches!(item.expr(value), Expr::None)) {
            return None;
        }
        let types = cx.inference.expr(cx.site(*value));
        if !process::is_a(cx.inference, &types, PROCESS) || is_asked(cx, call, *value) {
            return None;
        }
        let made = types.iter().flat_map(|one| match one {
            Type::Instance { origin: Some(made), .. } => made_of(cx, *made)
                .into_iter()
                .flat_map(|made| {
                    let target = process::target_types(cx.inference, made);
                    target.map(|one| functions(&one, made)).unwrap_or_default()
                })
                .collect(),
            Type::Object(class, Some(made)) => {
                let ancestors = cx.inference.ancestors(*class).0;
                let run = ancestors.into_iter().find_map(|one| cx.inference.method_named(one, Name::new("run")));
                run.map(|run| vec![(*made, run)]).unwrap_or_default()
            }
            _ => Vec::new(),
        });
        return Some(made.collect());
    }
    let last = pyteam_index::facts::last_name(item, *func)?;
    if !known::passes_on(last) {
        return None;
    }
    let joins = known::function(cx.inference.callee_path(cx.site(call))?)?.joins?;
    let is_joined = passed(args, &[joins.name.as_str()], Some(joins.position))
        .is_none_or(|arg| matches!(item.expr(arg.value), Expr::Bool(true)));
    let target = passed(args, &["fn"], Some(0)).filter(|_| is_joined)?.value;
    Some(functions(&cx.inference.expr(cx.site(target)), cx.site(call)))
}

/// Where a process is made: `origin`, or where what is declared there as a list of them is appended to.
fn made_of(cx: &ItemContext<'_>, origin: Site) -> Vec<Site> {
    let Some((file, item, _)) = cx.inference.item(origin.file, origin.item) else { return Vec::new() };
    if matches!(item.expr(origin.expr), Expr::Call { .. }) {
        return vec![origin];
    }
    let Stmt::AnnAssign { target, .. } = item.stmt(item.enclosing_stmt(origin.expr)) else { return Vec::new() };
    let Some(list) = pyteam_index::facts::last_name(item, *target) else { return Vec::new() };
    let class = file.parsed.items[origin.item as usize].parent;
    cx.inference.look_at_bodies(file.id);
    let mut found = Vec::new();
    for at in 0..file.parsed.items.len() as u32 {
        let is_near = at == origin.item || class.is_some() && file.parsed.items[at as usize].parent == class;
        let Some(there) = cx.at(file.id, at).filter(|_| is_near) else { continue };
        for call in &there.facts().calls {
            let Expr::Call { func, args } = there.item.expr(*call) else { continue };
            let Expr::Attribute { value, attr } = there.item.expr(*func) else { continue };
            if *attr != "append" || pyteam_index::facts::last_name(there.item, *value) != Some(list) {
                continue;
            }
            let Some(one) = args.first() else { continue };
            found.extend(there.inference.expr(there.site(one.value)).iter().filter_map(|one| match one {
                Type::Instance { class, origin: Some(made), .. } if *class == PROCESS => Some(*made),
                _ => None,
            }));
        }
    }
    found
}

/// Whether it is certain, or asked, that the process has ended: by a test, or because it was stopped by force.
fn is_asked(cx: &ItemContext<'_>, call: ExprId, process: ExprId) -> bool {
    let stmt = cx.item.enclosing_stmt(call);
    // `if process.is_alive(): process.join()` waits for one that has not ended.
    let is_of_living = |guard: ExprId| {
        matches!(cx.item.expr(guard), Expr::Call { .. })
            && process::is_named(cx.item, guard, &["is_alive"])
            && cx.item.stmt_ancestors(stmt).any(|outer| match cx.item.stmt(outer) {
                Stmt::If { test, body, .. } => {
                    *test == guard
                        && body
                            .iter()
                            .any(|one| *one == stmt || cx.item.stmt_ancestors(stmt).any(|inner| inner == *one))
                }
                _ => false,
            })
    };
    let asks = |guard: ExprId| ["is_alive", "exitcode"].iter().any(|word| cx.text(guard).contains(word));
    if control_flow::guards(cx.item, stmt).into_iter().any(|guard| asks(guard) && !is_of_living(guard)) {
        return true;
    }
    let limit = cx.item.expr_range(call).start();
    let name = pyteam_index::facts::last_name(cx.item, process);
    let mut is_stopped = false;
    process::own_exprs(cx.item, process::function_of(cx.item, call), &mut |expr| {
        if process::is_named(cx.item, expr, &["terminate", "kill"]) && cx.item.expr_range(expr).start() < limit {
            let Expr::Call { func, .. } = cx.item.expr(expr) else { return };
            is_stopped |= match cx.item.expr(*func) {
                Expr::Attribute { value, .. } => {
                    // `for p in processes: p.terminate()` under another name.
                    pyteam_index::facts::last_name(cx.item, *value) == name
                        || matches!(cx.item.expr(*value), Expr::Name(_))
                }
                _ => false,
            };
        }
    });
    is_stopped
}

fn of_process(cx: &ItemContext<'_>, call: ExprId, made: Site, target: FunctionRef) -> Option<Undrained> {
    let all = ChannelUses::of(cx.whole_workspace());
    let runs = call_graph::from(cx.inference, target);
    let is_run = |site: Site| {
        let around = [cx.inference.enclosing_function(site), call_graph::outermost_function(cx.inference, site)];
        around.iter().flatten().any(|one| runs.contains(one))
    };
    // What is put into the one channel for certain, and what this start gives to a function that others start, too.
    let mut sent: Vec<(Site, Vec<Site>)> = Vec::new();
    let mut note = |origin: Site, put: Site| match sent.iter_mut().find(|(one, _)| *one == origin) {
        Some((_, puts)) if puts.contains(&put) => {}
        Some((_, puts)) => puts.push(put),
        None => sent.push((origin, vec![put])),
    };
    for (origin, uses) in all.iter() {
        uses.iter().filter(|one| one.puts && is_run(one.call)).for_each(|one| note(origin, one.call));
    }
    for (origin, put) in given(cx.inference, made, target, MAX_DEPTH) {
        note(all.root(origin), put);
    }
    sent.into_iter().find_map(|(origin, puts)| {
        let uses = all.at(origin);
        let channel = channel::made_at(cx.inference, origin)?;
        let class = Name::new(channel.class);
        let is_pipe = known::kind(class) == Some(ClassKind::Pipe);
        // What its process waits for at its end, or in the very call that sends. A manager's queue is in another process.
        let fills = known::class(class).is_some_and(|known| known.feeder)
            || channel.class == "multiprocessing.queues.SimpleQueue"
            || is_pipe;
        let takes: Vec<Site> = uses.iter().filter(|one| !one.puts).map(|one| one.call).collect();
        // What goes through a pipe goes both ways.
        let takes: Vec<Site> = match takes.iter().any(|one| is_run(*one)) {
            true if is_pipe => takes.into_iter().filter(|one| !is_run(*one)).collect(),
            true => return None,
            false => takes,
        };
        if !fills || takes.is_empty() || lets_go(cx, &puts, origin) {
            return None;
        }
        let is_seen = is_pipe || closed::is_closed_for_takes(cx, origin, &all);
        if !is_seen || !takes.iter().all(|take| comes_later(cx, call, made, *take)) {
            return None;
        }
        let weight = weight::of_puts(cx, &puts);
        Some(Undrained { origin, puts, takes, weight, is_pipe })
    })
}

/// The calls that put into what `call` gives to the parameters of `function`, each with where that is made.
fn given(inference: &Inference<'_>, call: Site, function: FunctionRef, depth: u8) -> Vec<(Site, Site)> {
    let Some(binding) = inference.call_binding(call, function) else { return Vec::new() };
    let Some(definition) = inference.function(function) else { return Vec::new() };
    let mut found = Vec::new();
    for (index, param) in definition.params.iter().enumerate() {
        let Some(passed) = inference.bound_expr(binding, function, index) else { continue };
        let types = inference.expr(passed);
        let mut origins = types.non_none().map(|one| match one {
            Type::Instance { class, origin, .. } if known::is_channel(*class) => *origin,
            _ => None,
        });
        if let (Some(Some(origin)), None) = (origins.next(), origins.next()) {
            found.extend(puts_into(inference, function, param.name, depth).into_iter().map(|put| (origin, put)));
        }
    }
    found
}

/// The calls that put into what `function` knows as `name`, in it or in a function that it hands it to.
fn puts_into(inference: &Inference<'_>, function: FunctionRef, name: Name, depth: u8) -> Vec<Site> {
    let Some((_, item, facts)) = inference.item(function.file, function.item) else { return Vec::new() };
    let is_inside = |call: ExprId| item.stmt_ancestors(item.enclosing_stmt(call)).any(|outer| outer == function.stmt);
    let is_it = |expr: ExprId| matches!(item.expr(expr), Expr::Name(found) if *found == name);
    let mut found = Vec::new();
    for call in facts.calls.iter().copied().filter(|call| is_inside(*call)) {
        let Expr::Call { func, args } = item.expr(call) else { continue };
        let site = Site { file: function.file, item: function.item, expr: call };
        match item.expr(*func) {
            Expr::Attribute { value, attr } if is_it(*value) && known::actions(*attr).contains(&known::Action::Put) => {
                found.push(site);
            }
            _ if depth > 0 && args.iter().any(|arg| is_it(arg.value)) => {
                for one in &inference.callee(site) {
                    let Type::Function(called, _) = one else { continue };
                    let Some(binding) = inference.call_binding(site, *called).filter(|_| *called != function) else {
                        continue;
                    };
                    let Some(definition) = inference.function(*called) else { continue };
                    for (index, param) in definition.params.iter().enumerate() {
                        if inference.bound_expr(binding, *called, index).is_some_and(|passed| is_it(passed.expr)) {
                            found.extend(puts_into(inference, *called, param.name, depth - 1));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether some process ends with what it has put still in its buffer.
fn lets_go(cx: &ItemContext<'_>, puts: &[Site], origin: Site) -> bool {
    let files = puts.iter().map(|put| put.file).chain([origin.file, cx.file.id]);
    files.into_iter().any(|file| {
        cx.inference.look_at_bodies(file);
        cx.inference.file(file).is_none_or(|file| file.source().as_str().contains("cancel_join_thread"))
    })
}

/// Whether `take` is made after the wait only, in the same thread.
fn comes_later(cx: &ItemContext<'_>, join: ExprId, made: Site, take: Site) -> bool {
    let inference = cx.inference;
    let taking = inference.enclosing_function(take);
    let joining = inference.enclosing_function(cx.site(join));
    if taking == joining {
        return is_behind(cx, join, made, take);
    }
    let Some(taking) = taking else { return false };
    // What a thread or process runs drains meanwhile.
    let launches = launch::of(inference, taking, &|_| true);
    if !launches.all.is_empty() || !launches.is_closed(cx) {
        return false;
    }
    match joining {
        None => reaches_later(cx, join, made, taking),
        Some(joining) => {
            let is_later = reaches_later(cx, join, made, taking);
            is_later || !calls(cx, joining, taking) && later_in_callers(cx, joining, (taking, take), MAX_DEPTH)
        }
    }
}

/// Whether `take` stands in the same function behind the join, and none does between the process and the join.
fn is_behind(cx: &ItemContext<'_>, join: ExprId, made: Site, take: Site) -> bool {
    if (take.file, take.item) != (cx.file.id, cx.item_index) {
        return take.file == cx.file.id && take.item > cx.item_index;
    }
    let start = |expr: ExprId| cx.item.expr_range(expr).start();
    let is_made_here = (made.file, made.item) == (cx.file.id, cx.item_index)
        && process::function_of(cx.item, made.expr) == process::function_of(cx.item, join);
    // What is taken before the process is made is not its.
    start(take.expr) > start(join) || is_made_here && made.expr != join && start(take.expr) < start(made.expr)
}

/// Whether the function that joins calls the one that takes, and only behind the join.
fn reaches_later(cx: &ItemContext<'_>, join: ExprId, made: Site, taking: FunctionRef) -> bool {
    let around = process::function_of(cx.item, join);
    let calls: Vec<ExprId> = cx
        .facts()
        .calls
        .iter()
        .copied()
        .filter(|call| process::function_of(cx.item, *call) == around && leads_to(cx.inference, cx.site(*call), taking))
        .collect();
    !calls.is_empty() && calls.into_iter().all(|call| is_behind(cx, join, made, cx.site(call)))
}

/// Whether all callers of the function that joins call the one that takes after it.
fn later_in_callers(
    cx: &ItemContext<'_>,
    joining: FunctionRef,
    (taking, take): (FunctionRef, Site),
    depth: u8,
) -> bool {
    let inference = cx.inference;
    let Some(name) = inference.function(joining).map(|one| one.name) else { return false };
    let callers: Vec<Site> = inference
        .calls_named(name)
        .into_iter()
        .filter(|call| {
            inference.callee(*call).iter().any(|one| matches!(one, Type::Function(found, _) if *found == joining))
        })
        .collect();
    !callers.is_empty()
        && callers.into_iter().all(|call| {
            let Some(there) = cx.at(call.file, call.item) else { return false };
            let around = inference.enclosing_function(call);
            let start = |expr: ExprId| there.item.expr_range(expr).start();
            let own = there.facts().calls.iter().copied().filter(|one| {
                inference.enclosing_function(there.site(*one)) == around
                    && leads_to(inference, there.site(*one), taking)
            });
            let mut positions: Vec<TextSize> = own.map(start).collect();
            if around == Some(taking) {
                positions.push(start(take.expr));
            }
            if !positions.is_empty() {
                return positions.into_iter().all(|one| one > start(call.expr));
            }
            around.is_some_and(|around| {
                depth > 0 && around != joining && later_in_callers(cx, around, (taking, take), depth - 1)
            })
        })
}

fn calls(cx: &ItemContext<'_>, one: FunctionRef, other: FunctionRef) -> bool {
    call_graph::reaches(cx.inference, one, &|found| found == other)
}

/// Whether the call calls the function, directly or by way of others.
fn leads_to(inference: &Inference<'_>, call: Site, function: FunctionRef) -> bool {
    inference.callee(call).iter().any(|one| match one {
        Type::Function(found, _) => call_graph::reaches(inference, *found, &|one| one == function),
        _ => false,
    })
}

/// Whether the call takes what is there and does not wait for more: `get_nowait()`, `get(block=False)`.
pub fn does_not_wait(cx: &ItemContext<'_>, take: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(take) else { return false };
    let block = keyword(args, "block").or_else(|| args.first().map(|arg| arg.value));
    process::is_named(cx.item, take, &["get_nowait"])
        || block.is_some_and(|value| matches!(cx.item.expr(value), Expr::Bool(false)))
}
