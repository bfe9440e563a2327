//! Processes that are made by forking, and what ran in their parent before.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::{Base, Inference, Site, Type};
use pyteam_index::programs::Programs;
use pyteam_index::project::Bound;
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};

use crate::order::before::{Before, before};
use crate::process::{self, POOL, PROCESS};

/// Whether `one` may run before `other` in one pass through the same function.
pub fn is_in_flow(item: &Item, one: ExprId, other: ExprId) -> bool {
    item.expr_range(one).end() <= item.expr_range(other).start()
        && process::function_of(item, one) == process::function_of(item, other)
        && before(item, other, &|expr| expr == one) != Before::Never
}

/// Whether the process that the call starts is made by forking: by default, or in a context that says so.
pub fn forks(cx: &ItemContext<'_>, start: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(start) else { return false };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return false };
    let types = cx.inference.expr(cx.site(*value));
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| match one {
            Type::Instance { origin: Some(origin), .. } => is_forked(cx, *origin),
            Type::Object(class, _) => derives_from_process(cx, *class),
            _ => false,
        })
}

/// `class Worker(multiprocessing.Process)`: the class of the default context.
fn derives_from_process(cx: &ItemContext<'_>, class: ClassRef) -> bool {
    let ancestors = cx.inference.ancestors(class).0;
    let bases = ancestors.iter().flat_map(|one| cx.inference.bases(*one));
    bases.filter(|base| matches!(base, Base::External(path) if *path == PROCESS)).count() == 1
        && !ancestors.iter().any(|one| chooses_context(cx, *one))
        && forks_by_default(cx)
}

/// Whether a class derived from `Process` has to do with how it is started.
fn chooses_context(cx: &ItemContext<'_>, class: ClassRef) -> bool {
    cx.inference.methods(class).into_iter().any(|method| {
        let Some((file, item, _)) = cx.inference.item(method.file, method.item) else { return true };
        let text = file.text_at(method.item, item.stmt_range(method.stmt));
        ["_Popen", "ctx", "context", "start_method"].iter().any(|word| text.contains(word))
    })
}

/// Whether processes of the default context are forked in the program: the one start method that it sets is `fork`, or
/// it sets none and may run under a Python that forks by default (from 3.14 on none does).
fn forks_by_default(cx: &ItemContext<'_>) -> bool {
    match Chosen::of(cx.inference) {
        Chosen::Fork => true,
        Chosen::Other => false,
        Chosen::Nothing => {
            let requirements = cx.snapshot.requirements_for(&cx.file.path);
            requirements.is_none_or(|one| one.python_at_least((3, 14)) != Bound::Proved)
        }
    }
}

/// What the calls of `set_start_method` in a workspace choose.
enum Chosen {
    Nothing,
    Fork,
    /// Another method, or one that is not known.
    Other,
}

impl Chosen {
    fn of(inference: &Inference<'_>) -> Self {
        let mut chosen = Self::Nothing;
        for call in inference.calls_named(Name::new("set_start_method")) {
            let Some((file, item, _)) = inference.item(call.file, call.item) else { continue };
            let Expr::Call { args, .. } = item.expr(call.expr) else { continue };
            if file.is_test() {
                continue;
            }
            let method = keyword(args, "method").or_else(|| args.first().map(|arg| arg.value));
            if !method.is_some_and(|method| is_fork(item, method)) {
                return Self::Other;
            }
            chosen = Self::Fork;
        }
        chosen
    }
}

fn is_fork(item: &Item, method: ExprId) -> bool {
    matches!(item.expr(method), Expr::Str(text) if text.value.is_some_and(|value| value == "fork"))
}

/// The start method of a process or pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMethod {
    /// The program's: made by the module itself, or by `get_context()`.
    Default,
    /// The one that its context is made with.
    Explicit(Name),
    /// One that cannot be followed.
    Unknown,
}

impl StartMethod {
    /// The start method of what the call `made` makes.
    pub fn of(inference: &Inference<'_>, made: Site) -> Self {
        let Some((_, item, _)) = inference.item(made.file, made.item) else { return Self::Unknown };
        let Expr::Call { func, .. } = item.expr(made.expr) else { return Self::Unknown };
        let is_module = || {
            let path = inference.callee_path(made);
            path.is_some_and(|path| {
                [PROCESS, POOL, "multiprocessing.Pool", "multiprocessing.Manager"].contains(&path.as_str())
            })
        };
        let base = match item.expr(*func) {
            Expr::Attribute { value, .. } => inference.expr(Site { expr: *value, ..made }),
            _ if is_module() => return Self::Default,
            _ => return Self::Unknown,
        };
        match base.as_slice() {
            [Type::Instance { origin: Some(context), .. }] => Self::of_context(inference, *context),
            [Type::Module { .. } | Type::External(_)] if is_module() => Self::Default,
            _ => Self::Unknown,
        }
    }

    /// `get_context()`, `get_context("fork")`
    fn of_context(inference: &Inference<'_>, context: Site) -> Self {
        let Some((_, item, _)) = inference.item(context.file, context.item) else { return Self::Unknown };
        let Expr::Call { args, .. } = item.expr(context.expr) else { return Self::Unknown };
        match keyword(args, "method").or_else(|| args.first().map(|arg| arg.value)).map(|arg| item.expr(arg)) {
            None | Some(Expr::None) => Self::Default,
            Some(Expr::Str(text)) => text.value.map_or(Self::Unknown, Self::Explicit),
            Some(_) => Self::Unknown,
        }
    }
}

/// Whether the call `made` makes a process or pool that some platform or version spawns: all but what is forked for certain,
/// and what cannot be followed.
pub fn may_spawn(cx: &ItemContext<'_>, made: Site) -> bool {
    match StartMethod::of(cx.inference, made) {
        StartMethod::Default => !chooses_fork(cx),
        StartMethod::Explicit(method) => method != "fork",
        StartMethod::Unknown => false,
    }
}

/// Whether the one start method that the program sets is `fork`.
pub fn chooses_fork(cx: &ItemContext<'_>) -> bool {
    matches!(Chosen::of(cx.inference), Chosen::Fork)
}

/// The start method of a context that the expression is, where that is written there: `get_context("spawn")`.
pub fn of_context(inference: &Inference<'_>, context: Site) -> StartMethod {
    match inference.expr(context).as_slice() {
        [Type::Instance { origin: Some(made), .. }] => StartMethod::of_context(inference, *made),
        _ => StartMethod::Unknown,
    }
}

/// Whether the call `made` makes a process that is never forked, and whose target and arguments are pickled: in a context
/// that says so, or by the one method that its program sets, whatever the platform.
pub fn always_spawns(cx: &ItemContext<'_>, made: Site) -> bool {
    let spawns = |method: &str| matches!(method, "spawn" | "forkserver");
    match StartMethod::of(cx.inference, made) {
        StartMethod::Default => {
            let calls = set_in_program(cx, made);
            // A program of its own that lies in the same package sets nothing here.
            let is_here = || {
                let programs = Programs::of(cx);
                calls.iter().any(|(there, _)| programs.imports(there.file.id, made.file))
            };
            !calls.is_empty()
                && is_here()
                && calls.iter().all(|(there, call)| {
                    method_set(there, *call).is_some_and(|method| spawns(method.as_str()))
                        && is_set_always(there, *call)
                })
        }
        StartMethod::Explicit(method) => spawns(method.as_str()),
        StartMethod::Unknown => false,
    }
}

/// The calls of `set_start_method` in the programs that the file of `made` may be a part of.
fn set_in_program<'c>(cx: &ItemContext<'c>, made: Site) -> Vec<(ItemContext<'c>, ExprId)> {
    let calls = cx.inference.calls_named(Name::new("set_start_method"));
    if calls.is_empty() {
        return Vec::new();
    }
    let programs = Programs::of(cx);
    let found = calls.into_iter().filter(|call| programs.may_meet(call.file, made.file));
    found
        .filter_map(|call| Some((cx.at(call.file, call.item)?, call.expr)))
        .filter(|(there, _)| !there.file.is_test())
        .collect()
}

/// The method that the call sets, where it is a literal.
pub fn method_set(there: &ItemContext<'_>, call: ExprId) -> Option<Name> {
    let Expr::Call { args, .. } = there.item.expr(call) else { return None };
    let method = keyword(args, "method").or_else(|| args.first().map(|arg| arg.value))?;
    match there.item.expr(method) {
        Expr::Str(text) => text.value,
        _ => None,
    }
}

/// Whether no condition but a main guard decides whether the method is set.
fn is_set_always(there: &ItemContext<'_>, call: ExprId) -> bool {
    let item = there.item;
    item.stmt_ancestors(item.enclosing_stmt(call)).all(|outer| match item.stmt(outer) {
        Stmt::If { test, .. } => there.text(*test).contains("__main__"),
        Stmt::Match { .. } => false,
        _ => true,
    })
}

/// Whether the call `made` makes a process or pool that is forked.
pub fn is_forked(cx: &ItemContext<'_>, made: Site) -> bool {
    match StartMethod::of(cx.inference, made) {
        StartMethod::Default => forks_by_default(cx),
        StartMethod::Explicit(method) => method == "fork",
        StartMethod::Unknown => false,
    }
}
