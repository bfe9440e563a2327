//! What threads should have handed over by the time they are joined, and do not where one of them raises.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Item, Parent, Stmt, StmtId, TextSize};

use crate::order::control_flow;
use crate::order::obstacle::{self, ObstacleKind, Question, Risk, is_broad};
use crate::{drain, evidence, process};

/// Methods that put a result into a list, a set, a dict or a queue.
const HANDS_OVER: &[&str] = &["append", "extend", "add", "update", "put", "put_nowait"];

/// A result that is missing where a thread raises, and that the code behind the join does not miss.
#[derive(Clone, Debug)]
pub struct LostResult {
    /// The function that the thread runs.
    pub target: FunctionRef,
    /// The call in it that can raise.
    pub cause: Site,
    /// Where it hands its result over.
    pub product: Site,
    /// Where the results are used, behind the join.
    pub used: Site,
    /// What the code that joins calls them.
    pub results: String,
}

/// What the thread joined by `join` may leave out of its results, where the function that joins it, or another method of its
/// class, made it, and the code behind the join goes on as if all of them were there.
pub fn lost_result(cx: &ItemContext<'_>, join: ExprId) -> Option<LostResult> {
    let item = cx.item;
    let Expr::Call { func, args } = item.expr(join) else { return None };
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    // After a join that gave up, the results are asked for as they are.
    if !args.is_empty() {
        return None;
    }
    let function = process::function_of(item, join)?;
    let made = made_near(cx, *value, function)?;
    let target = match process::target_types(cx.inference, made)?.as_slice() {
        [Type::Function(target, _)] => *target,
        _ => return None,
    };
    let there = cx.at(target.file, target.item)?;
    let behind = end_of_wait(item, join);
    shared_names(cx, made, function, &there, target).into_iter().find_map(|(here, inside)| {
        let used = use_behind(cx, function, behind, &here)?;
        let (cause, product) = missed(&there, target, &inside)?;
        Some(LostResult {
            target,
            cause: there.site(cause),
            product: there.site(product),
            used: cx.site(used),
            results: here,
        })
    })
}

/// The one call that makes the thread `value`: in the function `function`, or in another method of its class.
fn made_near(cx: &ItemContext<'_>, value: ExprId, function: StmtId) -> Option<Site> {
    let types = cx.inference.expr(cx.site(value));
    let mut found = None;
    for one in types.non_none() {
        let Type::Instance { class, origin: Some(origin), .. } = one else { return None };
        let class_of = |function: Option<FunctionRef>| function.and_then(|function| cx.inference.class_of(function));
        let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
        let around = cx.inference.enclosing_function(*origin);
        let is_near = around == Some(own) || class_of(around).is_some() && class_of(around) == class_of(Some(own));
        if known::kind(*class) != Some(ClassKind::Thread) || !is_near || found.is_some() {
            return None;
        }
        found = Some(*origin);
    }
    found
}

/// Where the join, or the loop that joins all threads, ends.
fn end_of_wait(item: &Item, join: ExprId) -> TextSize {
    let stmt = item.enclosing_stmt(join);
    let around = control_flow::enclosing_loop(item, stmt);
    let outer = around.filter(|one| matches!(item.stmt(*one), Stmt::For { .. })).unwrap_or(stmt);
    item.stmt_range(outer).end()
}

/// What both the function that makes the thread and the thread's own have in hand, as each of them writes it.
fn shared_names(
    cx: &ItemContext<'_>,
    made: Site,
    function: StmtId,
    there: &ItemContext<'_>,
    target: FunctionRef,
) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let Some(home) = cx.at(made.file, made.item) else { return all };
    let Expr::Call { args, .. } = home.item.expr(made.expr) else { return all };
    let is_here = made.item == cx.item_index && process::function_of(home.item, made.expr) == Some(function);
    let Some(definition) = facts::function(there.item, target.stmt) else { return all };
    let is_method = cx.inference.class_of(target).is_some();
    if let Some(passed) = keyword(args, "args")
        && let Expr::Tuple(passed) | Expr::List(passed) = home.item.expr(passed)
        && !passed.iter().any(|one| matches!(home.item.expr(*one), Expr::Starred(_)))
    {
        let params = definition.params.iter().skip(usize::from(is_method));
        for (given, param) in passed.iter().zip(params) {
            let has_name = match home.item.expr(*given) {
                Expr::Name(_) => is_here,
                Expr::Attribute { .. } => true,
                _ => false,
            };
            if has_name {
                all.push((home.text(*given).to_owned(), param.name.to_string()));
            }
        }
    }
    let is_inner = (target.file, target.item) == (cx.file.id, cx.item_index)
        && cx.item.stmt_ancestors(target.stmt).any(|outer| outer == function);
    let is_of_one_class = is_method
        && cx.inference.class_of(target)
            == cx.inference.class_of(FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function });
    let mut own = Vec::new();
    process::own_exprs(there.item, Some(target.stmt), &mut |expr| own.push(expr));
    for expr in own {
        let text = match there.item.expr(expr) {
            Expr::Name(name) if is_inner && !binds(there, target.stmt, name.as_str()) => name.to_string(),
            Expr::Attribute { value, .. } if is_of_one_class && there.text(*value) == "self" => {
                there.text(expr).to_owned()
            }
            _ => continue,
        };
        if !all.iter().any(|(_, inside)| *inside == text) {
            all.push((text.clone(), text));
        }
    }
    all
}

/// Whether the function binds the name itself.
fn binds(cx: &ItemContext<'_>, function: StmtId, name: &str) -> bool {
    let facts = cx.facts();
    facts
        .bindings
        .iter()
        .any(|one| one.name == name && facts.scopes[one.scope.0 as usize].owner == Some(Part::Stmt(function)))
}

/// The call that can raise before the thread's function hands over what it calls `name`, and where it does so.
fn missed(there: &ItemContext<'_>, target: FunctionRef, name: &str) -> Option<(ExprId, ExprId)> {
    let item = there.item;
    let mut own = Vec::new();
    process::own_exprs(item, Some(target.stmt), &mut |expr| own.push(expr));
    let hands_over = |expr: ExprId| match item.expr(expr) {
        Expr::Call { func, .. } => matches!(item.expr(*func), Expr::Attribute { value, attr }
            if HANDS_OVER.contains(&attr.as_str()) && there.text(*value) == name),
        _ => false,
    };
    let assigns = |expr: ExprId| match (item.expr(expr), item.expr_parent(expr)) {
        (Expr::Subscript { value, .. }, Parent::Stmt(stmt)) => {
            there.text(*value) == name
                && matches!(item.stmt(stmt), Stmt::Assign { targets, .. } if targets.contains(&expr))
        }
        _ => false,
    };
    // A decorator may catch.
    if facts::function(item, target.stmt).is_none_or(|one| !one.decorators.is_empty()) {
        return None;
    }
    let product = own.into_iter().find(|expr| hands_over(*expr) || assigns(*expr))?;
    let question = Question {
        is_event: &hands_over,
        risk: &|expr| evidence::risk(there, expr, 2).filter(|_| !reads_output(there, expr)),
        raised: &|_| Risk::Possible,
    };
    let found = obstacle::find(item, target.stmt, &question)?;
    let Part::Expr(cause) = found.at else { return None };
    let comes_first = item.expr_range(cause).start() < item.stmt_range(item.enclosing_stmt(product)).end();
    let mut inner = item.enclosing_stmt(cause);
    let is_told = item.stmt_ancestors(inner).any(|outer| {
        let catches = match item.stmt(outer) {
            Stmt::Try(one) => one.body.contains(&inner) && one.handlers.iter().any(|one| is_broad(item, one.kind)),
            Stmt::With { items, .. } => items.iter().any(|one| control_flow::suppresses(item, one.context)),
            _ => false,
        };
        inner = outer;
        catches
    });
    (found.kind == ObstacleKind::Raises(Risk::Likely) && comes_first && !is_told).then_some((cause, product))
}

/// Whether the results have a value from the start: `pages = {url: None for url in urls}`.
fn is_preset(cx: &ItemContext<'_>, function: StmtId, results: &str) -> bool {
    let item = cx.item;
    cx.facts().bindings.iter().any(|one| {
        one.name == results
            && item.stmt_ancestors(one.stmt).any(|outer| outer == function)
            && match one.source {
                Source::Value(value) | Source::Annotated(_, Some(value)) => match item.expr(value) {
                    Expr::Dict(entries) => !entries.is_empty(),
                    Expr::List(parts) => !parts.is_empty(),
                    Expr::Comprehension(_) | Expr::Binary { .. } => true,
                    Expr::Call { args, func } => {
                        !args.is_empty()
                            && facts::last_name(item, *func)
                                .is_some_and(|name| matches!(name.as_str(), "dict" | "fromkeys"))
                    }
                    _ => false,
                },
                _ => false,
            }
    })
}

/// `process.stdout.readline()`, `line.decode("utf-8", "replace")`, `sys.stderr.write(..)`: what does not fail.
fn reads_output(cx: &ItemContext<'_>, call: ExprId) -> bool {
    const OUTPUTS: &[&str] = &["stdout", "stderr", "pipe", "stream", "output", "out", "err"];
    let Some((receiver, method)) = cx.receiver_text(call) else { return false };
    let last = receiver.rsplit('.').next().unwrap_or(receiver);
    let is_lenient = matches!(cx.item.expr(call), Expr::Call { args, .. } if args.len() > 1 || args.iter().any(|arg| arg.is_keyword("errors")));
    if method == "decode" && is_lenient || receiver.starts_with("sys.std") {
        return true;
    }
    method.as_str().starts_with("read") && OUTPUTS.iter().any(|word| last.trim_matches('_') == *word)
}

/// The first use of the results behind the join, where nothing there asks whether they are complete.
fn use_behind(cx: &ItemContext<'_>, function: StmtId, behind: TextSize, results: &str) -> Option<ExprId> {
    let item = cx.item;
    let is_behind = |at: TextSize| at >= behind;
    // A test of anything may be one of what is there.
    let asks = item.stmt_ids().any(|stmt| {
        matches!(item.stmt(stmt), Stmt::Raise { .. } | Stmt::Assert { .. } | Stmt::If { .. } | Stmt::Match { .. })
            && is_behind(item.stmt_range(stmt).start())
            && item.stmt_ancestors(stmt).any(|outer| outer == function)
    });
    if asks || is_preset(cx, function, results) {
        return None;
    }
    let mut uses = Vec::new();
    process::own_exprs(item, Some(function), &mut |expr| {
        let is_it = matches!(item.expr(expr), Expr::Name(_) | Expr::Attribute { .. }) && cx.text(expr) == results;
        if is_it && is_behind(item.expr_range(expr).start()) {
            uses.push(expr);
        }
    });
    uses.sort_by_key(|expr| item.expr_range(*expr).start());
    let counts = |expr: &ExprId| match item.expr_parent(*expr) {
        Parent::Expr(around) => match item.expr(around) {
            // An item that is not there raises where it is looked up.
            Expr::Subscript { .. }
            | Expr::Compare { .. }
            | Expr::Not(_)
            | Expr::Bool2 { .. }
            | Expr::Conditional { .. }
            | Expr::Binary { .. } => true,
            Expr::Call { func, .. } => {
                facts::last_name(item, *func).is_some_and(|name| matches!(name.as_str(), "len" | "set" | "all" | "any"))
            }
            _ => false,
        },
        // `one, other = results`
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Assign { targets, .. } => {
                targets.iter().any(|one| matches!(item.expr(*one), Expr::Tuple(_) | Expr::List(_)))
            }
            _ => false,
        },
        Parent::Root => false,
    };
    if uses.iter().any(counts) {
        return None;
    }
    uses.into_iter().find(|expr| is_taken(cx, *expr))
}

/// Whether the use takes what is there: of a queue, whatever does not wait for more.
fn is_taken(cx: &ItemContext<'_>, results: ExprId) -> bool {
    let item = cx.item;
    let is_queue = cx.inference.expr(cx.site(results)).iter().any(|one| match one {
        Type::Instance { class, .. } => known::kind(*class).is_some_and(|kind| kind == ClassKind::Queue),
        _ => false,
    });
    let called = match item.expr_parent(results) {
        Parent::Expr(attribute) => match (item.expr(attribute), item.expr_parent(attribute)) {
            (Expr::Attribute { attr, .. }, Parent::Expr(call)) => Some((*attr, call)),
            _ => None,
        },
        _ => None,
    };
    match called {
        Some((name, call)) if is_queue => {
            let stmt = item.enclosing_stmt(call);
            // A single one that is not there raises, or was asked for.
            let is_in_loop =
                matches!(item.stmt(stmt), Stmt::While { .. }) || control_flow::enclosing_loop(item, stmt).is_some();
            let is_taken = matches!(name.as_str(), "get" | "get_nowait") && drain::does_not_wait(cx, call);
            is_in_loop && (is_taken || matches!(name.as_str(), "empty" | "qsize"))
        }
        // A dict's `get` and `pop` say what stands for one that is missing.
        Some((name, _)) => {
            !HANDS_OVER.contains(&name.as_str()) && !matches!(name.as_str(), "clear" | "get" | "pop" | "setdefault")
        }
        None => !is_queue,
    }
}
