//! What a call of an `async def` keeps the event loop from, itself or through the functions it calls.

use pyteam_engine::{CheckContext, Severity};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type, Types};
use pyteam_index::known::{self, ClassKind, WorkKind};
use pyteam_syntax::arguments::passed;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use super::code::{body_calls, is_coroutine};
use super::files;
use super::grad::is_without_grad;
use super::model;
use super::wait::{is_zero, wait};
use crate::shared::blocking;

/// How many functions deep a call is followed.
const DEPTH: u8 = 2;

/// A call that keeps the loop from turning.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the time goes into.
    pub work: WorkKind,
    /// How much it matters.
    pub severity: Severity,
    /// For a function of the workspace: the call, in it or below it, that takes the time, as the message shows it.
    pub inside: Option<(Site, String)>,
}

/// What is known of a call in an `async def`.
pub fn find(cx: &CheckContext<'_>, call: ExprId) -> Option<Found> {
    if is_coroutine(cx, call) {
        return None;
    }
    if let Some((work, severity)) = direct(cx, call) {
        return Some(Found { work, severity, inside: None });
    }
    let (work, inside) = through(cx, call, DEPTH)?;
    Some(Found { work, severity: Severity::Warning, inside: Some(inside) })
}

/// Whether the call itself takes its time, whatever it is called from.
pub(super) fn takes_time(cx: &CheckContext<'_>, call: ExprId) -> bool {
    direct(cx, call).is_some()
}

/// What the call itself spends its time on.
fn direct(cx: &CheckContext<'_>, call: ExprId) -> Option<(WorkKind, Severity)> {
    let site = cx.site(call);
    let callee = cx.inference.callee(site);
    if let Some((work, severity)) = listed(&callee).or_else(|| listed_by_making(cx, call, &callee)) {
        return (!is_told_not_to_wait(cx, call, work)).then_some((work, severity));
    }
    if let Some(found) = wait(cx, call) {
        return Some(found);
    }
    if let Some(severity) = files::severity(cx, call, &callee) {
        return (!is_told_not_to_wait(cx, call, WorkKind::File)).then_some((WorkKind::File, severity));
    }
    if let Some(found) = asks_service(cx, call) {
        return Some(found);
    }
    if matches!(callee.single_external(), Some(path) if path == "cv2.imencode" || path == "cv2.imdecode") {
        return Some((WorkKind::Rendering, Severity::Information));
    }
    (model::computes(cx.inference, site) || is_without_grad(cx, call))
        .then_some((WorkKind::Inference, Severity::Warning))
}

/// Whether the arguments of a call in the tables leave nothing to wait for, or may do so.
fn is_told_not_to_wait(cx: &CheckContext<'_>, call: ExprId, work: WorkKind) -> bool {
    let Expr::Call { func, args } = cx.item.expr(call) else { return true };
    let is_literal = |value: ExprId, literal: &str| cx.text(value) == literal;
    match work {
        WorkKind::Sleep => args.first().is_some_and(|arg| is_zero(cx.text(arg.value))),
        // `os.waitpid(pid, os.WNOHANG)`
        WorkKind::Program if facts::last_name(cx.item, *func).is_some_and(|name| name == "waitpid") => {
            passed(args, &["options"], Some(1)).is_some_and(|arg| !is_literal(arg.value, "0"))
        }
        // With `AI_NUMERICHOST` no server is asked.
        WorkKind::Network => {
            let is_lookup = facts::last_name(cx.item, *func).is_some_and(|name| name == "getaddrinfo");
            // The machine's own name is known to it.
            let is_own_name = || is_lookup && cx.text(call).contains("gethostname()");
            passed(args, &["flags"], is_lookup.then_some(5)).is_some() || is_own_name()
        }
        WorkKind::Peer => passed(args, &["async_op"], None).is_some_and(|arg| !is_literal(arg.value, "False")),
        WorkKind::File => files::is_in_memory(cx.inference, cx.site(call)),
        _ => false,
    }
}

/// What the tables say, where all that may be called does the same.
fn listed(callee: &Types) -> Option<(WorkKind, Severity)> {
    let mut found: Option<(WorkKind, Severity)> = None;
    for one in callee.non_none() {
        let work = match one {
            Type::External(path) => {
                let function = known::function(known::canonical(*path))?;
                weighed(&function.blocking)
            }
            Type::Method { class, name, .. } => method(*class, *name),
            Type::Instance { class, .. } => method(*class, Name::new("")),
            _ => None,
        }?;
        if found.is_some_and(|other| other != work) {
            return None;
        }
        found = Some(work);
    }
    found
}

/// What a method spends its time on, other than a wait that has a rule of its own, or one of what a client leads to.
fn method(class: Name, name: Name) -> Option<(WorkKind, Severity)> {
    let one = known::method(class, name).filter(|_| known::kind(class) != Some(ClassKind::Client))?;
    weighed(&one.blocking)
}

/// What a call spends its time on, other than a wait that has a rule of its own, and how much that matters.
fn weighed(blocking: &known::Blocking) -> Option<(WorkKind, Severity)> {
    let work = blocking.blocks.filter(|_| blocking.waits.is_none())?;
    Some((work, if blocking.briefly { Severity::Information } else { Severity::Warning }))
}

/// The same for objects that inference does not know: `YOLO("n.pt").predict(...)`.
fn listed_by_making(cx: &CheckContext<'_>, call: ExprId, callee: &Types) -> Option<(WorkKind, Severity)> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    if !callee.has_unknown() {
        return None;
    }
    let made_by = |object: ExprId, name: Name| {
        let object = cx.site(object);
        let mut works = known::works(name).iter().copied();
        let does = |class, work| method(class, name).is_some_and(|(does, _)| does == work);
        let work = works.find(|work| model::is_made_by(cx.inference, object, &|class| does(class, *work)))?;
        Some((work, Severity::Warning))
    };
    let by_method = match cx.item.expr(*func) {
        Expr::Attribute { value, attr } => made_by(*value, *attr),
        _ => None,
    };
    by_method.or_else(|| made_by(*func, Name::new("")))
}

/// `client.chat.completions.create(...)` of a client that waits.
fn asks_service(cx: &CheckContext<'_>, call: ExprId) -> Option<(WorkKind, Severity)> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return None };
    if known::works(*attr).is_empty() {
        return None;
    }
    let mut root = *value;
    loop {
        let types = cx.inference.expr(cx.site(root));
        if let Some(instances) = types.instances() {
            let mut works = instances.iter().map(|(class, _)| known::client_work(*class, *attr));
            let first = works.next()??;
            return works.all(|work| work == Some(first)).then_some((first, Severity::Warning));
        }
        match cx.item.expr(root) {
            Expr::Attribute { value, .. } | Expr::Subscript { value, .. } => root = *value,
            _ => return None,
        }
    }
}

/// What a function of the workspace, or one that it calls, spends time on.
fn through(cx: &CheckContext<'_>, call: ExprId, depth: u8) -> Option<(WorkKind, (Site, String))> {
    let site = cx.site(call);
    let callee = cx.inference.callee(site);
    let mut found = None;
    // Where it may be one of several functions, all have to take their time.
    for target in callee.non_none() {
        let Type::Function(function, _) = target else { return None };
        let one = inside(cx, *function, depth)?;
        found.get_or_insert(one);
    }
    // After a question such as `queue.empty()`, it takes what is there.
    found.filter(|(work, _)| *work != WorkKind::Peer || !asks_for_contents(cx.item))
}

/// `while queue.empty(): ...`
fn asks_for_contents(item: &Item) -> bool {
    item.expr_ids().any(|expr| {
        matches!(item.expr(expr), Expr::Call { func, .. }
            if matches!(item.expr(*func), Expr::Attribute { attr, .. } if matches!(attr.as_str(), "empty" | "qsize")))
    })
}

/// The call in a function's body that takes the time.
fn inside(cx: &CheckContext<'_>, function: FunctionRef, depth: u8) -> Option<(WorkKind, (Site, String))> {
    let (_, item, facts) = cx.inference.item(function.file, function.item)?;
    let definition = facts::function(item, function.stmt)?;
    let yields = facts.functions.iter().find(|one| one.stmt == function.stmt).is_none_or(|one| one.yields);
    let there = cx.at(function.file, function.item)?;
    // What its names stand for is looked up all over its file.
    there.whole_file();
    // Which of its branches blocks, and which gives a coroutine, is not told by a call.
    let may_be_awaited = definition.returns.is_some_and(|returns| {
        let text = there.text(returns);
        ["Awaitable", "Coroutine"].iter().any(|word| text.contains(word))
    }) || gives_coroutine(item, function.stmt);
    if definition.is_async
        || may_be_awaited
        || yields
        || !definition.decorators.iter().all(|one| leaves_as_is(&there, *one))
    {
        return None;
    }
    let mut calls = body_calls(item, function.stmt);
    // What is done about an error is not what a call takes, as a rule.
    calls.retain(|call| !is_in_handler(item, *call));
    if is_model_method(cx, function) {
        let at = calls.first().copied()?;
        return Some((WorkKind::Inference, (there.site(at), there.text(at).to_owned())));
    }
    let sink = calls.iter().find_map(|call| {
        let (work, severity) = direct(&there, *call)?;
        let site = there.site(*call);
        (counts(&there, *call, work) && severity == Severity::Warning)
            .then(|| (work, (site, blocking::shown(&there, *call))))
    });
    if sink.is_some() || depth <= 1 {
        return sink;
    }
    calls.iter().find_map(|call| through(&there, *call, depth - 1))
}

/// Whether the function has an `async def` of its own and returns what that gives.
fn gives_coroutine(item: &Item, function: StmtId) -> bool {
    let is_inside = |stmt: StmtId| item.stmt_ancestors(stmt).any(|outer| outer == function);
    let own: Vec<Name> = item
        .stmt_ids()
        .filter_map(|stmt| {
            facts::function(item, stmt).filter(|one| one.is_async && is_inside(stmt)).map(|one| one.name)
        })
        .collect();
    !own.is_empty()
        && item.stmt_ids().any(|stmt| match item.stmt(stmt) {
            Stmt::Return(Some(value)) if is_inside(stmt) => match item.expr(*value) {
                Expr::Call { func, .. } => facts::last_name(item, *func).is_some_and(|name| own.contains(&name)),
                _ => false,
            },
            _ => false,
        })
}

/// Whether the call stands in an `except` block.
fn is_in_handler(item: &Item, call: ExprId) -> bool {
    let mut inner = item.enclosing_stmt(call);
    item.stmt_ancestors(inner).take_while(|outer| !matches!(item.stmt(*outer), Stmt::Function(_))).any(|outer| {
        let is_it = matches!(item.stmt(outer), Stmt::Try(one)
            if one.handlers.iter().any(|handler| handler.body.contains(&inner)));
        inner = outer;
        is_it
    })
}

/// Whether this is a computing method of a module of the workspace.
fn is_model_method(cx: &CheckContext<'_>, function: FunctionRef) -> bool {
    cx.inference.function(function).is_some_and(|one| matches!(one.name.as_str(), "forward" | "generate" | "__call__"))
        && cx.inference.class_of(function).is_some_and(|class| model::is_module(cx.inference, class))
}

/// What counts two functions away: work that takes long by its nature. Files, devices and waits that are bounded may
/// be as short as a turn of the loop.
fn counts(cx: &CheckContext<'_>, call: ExprId, work: WorkKind) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    match work {
        WorkKind::Sleep => {
            !args.first().is_some_and(|arg| cx.text(arg.value).parse::<f64>().is_ok_and(|seconds| seconds < 0.05))
        }
        WorkKind::Network
        | WorkKind::Database
        | WorkKind::Program
        | WorkKind::Hash
        | WorkKind::Inference
        | WorkKind::Console => true,
        // A take from a queue waits until something is put.
        WorkKind::Peer => {
            blocking::lookup(cx, call, blocking::BlockingKind::Get).is_some_and(|one| one.owner.ends_with("Queue"))
        }
        WorkKind::File | WorkKind::Device | WorkKind::Rendering => false,
    }
}

/// Decorators under which a call still runs the body here and now.
fn leaves_as_is(cx: &CheckContext<'_>, decorator: ExprId) -> bool {
    const PLAIN: &[&str] = &[
        "staticmethod",
        "classmethod",
        "no_grad",
        "inference_mode",
        "override",
        "wraps",
        "final",
        "lru_cache",
        "cache",
        "retry",
        "deprecated",
    ];
    let named = match cx.item.expr(decorator) {
        Expr::Call { func, .. } => *func,
        _ => decorator,
    };
    facts::last_name(cx.item, named).is_some_and(|name| PLAIN.contains(&name.as_str()))
}
