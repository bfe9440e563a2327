//! Where a function is given to run beside the code that starts it, by threads, processes, pools and executors, itself or by
//! way of functions that call it, and whether that happens several times at once with one and the same object.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Inference, Site, Type, Types};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use crate::order::control_flow;
use crate::process;
use crate::topology::ProcessKind;

/// More functions than this on the way up to what is started are not followed.
const MAX_FUNCTIONS: usize = 24;
/// More calls of one name than this are not gone through.
const MAX_CALLS: usize = 64;

/// A place where something that runs a function is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The call that is given the function, or makes an object of the class whose `run` it is.
    pub call: Site,
    /// The function that is given.
    pub target: FunctionRef,
    /// What runs it.
    pub kind: ProcessKind,
    /// The loop, the comprehension or the call by which it is started several times at once.
    repeated: Option<Place>,
    /// Whether each time has the same object, where the function is a method.
    receiver: Receiver,
}

/// A part of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    at: Site,
    part: Part,
}

/// The object of which a method is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiver {
    /// There is none.
    None,
    /// One for all.
    Same,
    /// Each has its own, or that is not known.
    Own,
}

/// All that is known to run a function beside other code.
#[derive(Clone, Debug, Default)]
pub struct Launches {
    /// The places where it is started.
    pub all: Vec<Launch>,
    /// Whether there is no caller that is not understood.
    pub is_complete: bool,
    /// The function, and those that call it without starting anything.
    through: Vec<FunctionRef>,
}

impl Launches {
    /// Whether nothing else may start one of the functions: none of their names stands anywhere but as what is called, or
    /// as an argument that is understood. `jobs = [drain]`, and the list is gone through elsewhere.
    pub fn is_closed(&self, cx: &ItemContext<'_>) -> bool {
        self.is_complete && !self.through.iter().any(|function| is_kept(cx, *function))
    }
}

/// Whether the function is put into something other than a call.
fn is_kept(cx: &ItemContext<'_>, function: FunctionRef) -> bool {
    let Some(name) = cx.inference.function(function).map(|one| one.name) else { return true };
    let files = cx.whole_workspace().files().filter(|file| file.source().as_str().contains(name.as_str()));
    files.flat_map(|file| (0..file.parsed.items.len() as u32).map(move |at| (file.id, at))).any(|(file, at)| {
        let Some(there) = cx.at(file, at) else { return true };
        there.item.expr_ids().any(|expr| {
            facts::last_name(there.item, expr) == Some(name)
                && !is_called_or_given(there.item, expr)
                && cx
                    .inference
                    .expr(there.site(expr))
                    .iter()
                    .any(|one| matches!(one, Type::Function(found, _) if *found == function))
        })
    })
}

/// Whether the expression is what a call calls, or an argument of one.
fn is_called_or_given(item: &Item, expr: ExprId) -> bool {
    match item.expr_parent(expr) {
        Parent::Expr(around) => match item.expr(around) {
            Expr::Call { .. } => true,
            // A part of a longer name is looked at as a whole.
            Expr::Attribute { .. } => facts::last_name(item, around) == facts::last_name(item, expr),
            _ => false,
        },
        _ => false,
    }
}

/// What runs `function`; `counts` says of a call on the way whether it does: one under a lock does not run at the same time as
/// another one.
pub fn of(inference: &Inference<'_>, function: FunctionRef, counts: &dyn Fn(Site) -> bool) -> Launches {
    let mut found = Launches { all: Vec::new(), is_complete: true, through: Vec::new() };
    let mut functions = vec![function];
    let mut at = 0;
    while let Some(one) = functions.get(at).copied() {
        at += 1;
        if at > MAX_FUNCTIONS {
            found.is_complete = false;
            break;
        }
        inference.renew_budget();
        let Some(definition) = inference.function(one) else { continue };
        found.all.extend(of_class(inference, one, definition.name));
        let calls = calls_of(inference, one, definition.name);
        if calls.len() > MAX_CALLS {
            found.is_complete = false;
            continue;
        }
        for call in calls {
            match mention(inference, call, one) {
                Mention::Called => {
                    if !counts(call) {
                        continue;
                    }
                    if let Some(launch) = of_lambda(inference, call, one) {
                        found.all.push(launch);
                    } else if let Some(around) = inference.enclosing_function(call)
                        && !functions.contains(&around)
                    {
                        functions.push(around);
                    }
                }
                Mention::Given(expr) => match given(inference, call, expr, one) {
                    Some(launch) => found.all.push(launch),
                    None => found.is_complete = false,
                },
                Mention::Unknown => found.is_complete = false,
                Mention::None => {}
            }
        }
    }
    found.through = functions;
    found.all.sort_by_key(|one| one.call);
    found.all.dedup_by_key(|one| (one.call, one.target));
    found
}

impl Launch {
    /// Whether it runs several times at once, each with the object that is made at `origin`.
    pub fn is_repeated_with(&self, inference: &Inference<'_>, origin: Site) -> bool {
        self.repeated.is_some_and(|place| !place.holds(inference, origin)) && self.shares(inference, origin)
    }

    /// Whether it runs several times at once.
    pub fn is_repeated(&self) -> bool {
        self.repeated.is_some()
    }

    /// Whether `other` is started by the same function without a wait in between, with the same object made at `origin`.
    pub fn is_beside(&self, inference: &Inference<'_>, other: &Self, origin: Site) -> bool {
        let (one, two) = (self.call, other.call);
        let around = inference.enclosing_function(one);
        if one == two
            || (one.file, one.item) != (two.file, two.item)
            || around != inference.enclosing_function(two)
            || !self.shares(inference, origin)
            || !other.shares(inference, origin)
        {
            return false;
        }
        let Some((_, item, _)) = inference.item(one.file, one.item) else { return false };
        let start = |site: Site| item.expr_range(site.expr).start();
        let (from, to) = (start(one).min(start(two)), start(one).max(start(two)));
        let mut waits = false;
        process::own_exprs(item, around.map(|one| one.stmt), &mut |expr| {
            let at = item.expr_range(expr).start();
            let is_wait = process::is_join(item, expr) || process::is_named(item, expr, &["result", "wait", "get"]);
            waits |= from < at && at < to && is_wait;
        });
        !waits
    }

    /// Whether what runs has the object that is made at `origin` in common with others that run the same function.
    pub fn shares(&self, inference: &Inference<'_>, origin: Site) -> bool {
        let Some((file, item, facts)) = inference.item(origin.file, origin.item) else { return false };
        let stmt = item.enclosing_stmt(origin.expr);
        // What the function makes itself is its own.
        if inference.enclosing_function(origin) == Some(self.target) {
            return false;
        }
        if is_one_of_several(inference, origin, self.call) {
            return false;
        }
        let is_attribute = facts.writes.iter().any(|write| write.stmt == stmt);
        if !is_attribute {
            return true;
        }
        // An attribute of the object whose method runs.
        let Some(parent) = file.parsed.items[origin.item as usize].parent else { return false };
        let class = inference.class_of(self.target);
        let is_own = class.is_some_and(|class| {
            inference.ancestors(class).0.iter().any(|one| one.file == origin.file && one.item == parent)
        });
        is_own && self.receiver == Receiver::Same
    }
}

impl Place {
    fn holds(self, inference: &Inference<'_>, site: Site) -> bool {
        if (self.at.file, self.at.item) != (site.file, site.item) {
            return false;
        }
        let Some((_, item, _)) = inference.item(site.file, site.item) else { return false };
        match self.part {
            Part::Stmt(stmt) => {
                let inner = item.enclosing_stmt(site.expr);
                inner == stmt || item.stmt_ancestors(inner).any(|one| one == stmt)
            }
            Part::Expr(expr) => item.expr_ancestors(site.expr).any(|one| one == expr),
        }
    }

    /// Whether the name gets its value in it.
    fn binds(self, inference: &Inference<'_>, name: Name) -> bool {
        let Some((_, item, facts)) = inference.item(self.at.file, self.at.item) else { return true };
        match self.part {
            Part::Stmt(stmt) => facts.bindings.iter().any(|one| {
                one.name == name && (one.stmt == stmt || item.stmt_ancestors(one.stmt).any(|outer| outer == stmt))
            }),
            Part::Expr(expr) => match item.expr(expr) {
                Expr::Comprehension(one) => {
                    one.clauses.iter().any(|clause| control_flow::mentions(item, Part::Expr(clause.target), &[name]))
                }
                _ => false,
            },
        }
    }
}

/// Whether what is made at `origin` is made again and again, and not once for each time that what is started at `call` is.
fn is_one_of_several(inference: &Inference<'_>, origin: Site, call: Site) -> bool {
    let Some((_, item, _)) = inference.item(origin.file, origin.item) else { return true };
    if item.expr_ancestors(origin.expr).any(|one| matches!(item.expr(one), Expr::Comprehension(_) | Expr::Lambda(_))) {
        return true;
    }
    let around = control_flow::enclosing_loop(item, item.enclosing_stmt(origin.expr));
    around.is_some_and(|around| !Place { at: origin, part: Part::Stmt(around) }.holds(inference, call))
}

/// How a call mentions a function.
enum Mention {
    /// It calls it.
    Called,
    /// It is given it by this expression.
    Given(ExprId),
    /// It may.
    Unknown,
    None,
}

/// The calls that mention the function, by name; a constructor's are those of its class.
fn calls_of(inference: &Inference<'_>, function: FunctionRef, name: Name) -> Vec<Site> {
    if name == "__init__" {
        let class = inference.class_of(function).and_then(|class| inference.class(class));
        return class.map(|class| inference.calls_named(class.name)).unwrap_or_default();
    }
    inference.calls_named(name)
}

fn mention(inference: &Inference<'_>, call: Site, function: FunctionRef) -> Mention {
    let Some((_, item, _)) = inference.item(call.file, call.item) else { return Mention::None };
    let Expr::Call { func, args } = item.expr(call.expr) else { return Mention::None };
    let name = inference.function(function).map(|one| one.name);
    let is_it = |types: &Types| {
        types.iter().any(|one| match one {
            Type::Function(found, _) => *found == function,
            Type::Class(class) => {
                name.is_some_and(|name| name == "__init__") && inference.class_of(function) == Some(*class)
            }
            _ => false,
        })
    };
    let types = |expr: ExprId| inference.expr(Site { expr, ..call });
    let callee = types(*func);
    if is_it(&callee) {
        return Mention::Called;
    }
    for arg in args {
        let is_named = |expr: ExprId| facts::last_name(item, expr) == name;
        if is_named(arg.value) && is_it(&types(arg.value)) {
            return Mention::Given(arg.value);
        }
    }
    // Something of that name, of an object that is not known.
    if facts::last_name(item, *func) == name && callee.has_unknown() { Mention::Unknown } else { Mention::None }
}

/// `Thread(target=function)`, `pool.map(function, ..)`.
fn given(inference: &Inference<'_>, call: Site, function: ExprId, target: FunctionRef) -> Option<Launch> {
    launched(inference, call, function, function, target)
}

/// `Thread(target=lambda: function(queue))`
fn of_lambda(inference: &Inference<'_>, called: Site, target: FunctionRef) -> Option<Launch> {
    let (_, item, _) = inference.item(called.file, called.item)?;
    let lambda = item.expr_ancestors(called.expr).find(|one| matches!(item.expr(*one), Expr::Lambda(_)))?;
    let Parent::Expr(call) = item.expr_parent(lambda) else { return None };
    let Expr::Call { func, .. } = item.expr(called.expr) else { return None };
    launched(inference, Site { expr: call, ..called }, lambda, *func, target)
}

/// What `call` starts where it is given the function `target` by `argument`; `named` is how that is called.
fn launched(
    inference: &Inference<'_>,
    call: Site,
    argument: ExprId,
    named: ExprId,
    target: FunctionRef,
) -> Option<Launch> {
    let (kind, how) = starter(inference, call, argument)?;
    let (_, item, _) = inference.item(call.file, call.item)?;
    let repeated = match how {
        How::Once => None,
        How::Often => Some(Place { at: call, part: Part::Expr(call.expr) }),
        How::Each => repeats(inference, call),
    };
    let object = match item.expr(named) {
        Expr::Attribute { value, .. } => Some(*value),
        _ => None,
    };
    let receiver = object.map_or(Receiver::None, |object| receiver(inference, call, object, repeated));
    let mut launch = Launch { call, target, kind, repeated, receiver };
    if repeated.is_none() && matches!(how, How::Each) {
        launch.repeat_by_callers(inference);
    }
    Some(launch)
}

/// The objects of a class that derives from a thread or process, where the function is its `run`.
fn of_class(inference: &Inference<'_>, function: FunctionRef, name: Name) -> Vec<Launch> {
    let Some(class) = inference.class_of(function).filter(|_| name == "run") else { return Vec::new() };
    let object = Types::one(Type::Object(class, None));
    let is_a = |kind: ClassKind| process::is_all(inference, &object, &|found| known::kind(found) == Some(kind));
    let kind = match (is_a(ClassKind::Process), is_a(ClassKind::Thread)) {
        (true, _) => ProcessKind::Process,
        (_, true) => ProcessKind::Thread,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for class in inference.made_by(class) {
        let Some(definition) = inference.class(class) else { continue };
        for call in inference.calls_named(definition.name) {
            if inference.callee(call).iter().any(|one| *one == Type::Class(class)) {
                let repeated = repeats(inference, call);
                found.push(Launch { call, target: function, kind, repeated, receiver: Receiver::Own });
            }
        }
    }
    found
}

/// How often a call starts what it is given.
enum How {
    /// Once, and it waits for it.
    Once,
    /// As often as the call is made.
    Each,
    /// Several times, by itself.
    Often,
}

/// What the call starts, and how, where it is given a function by `function`.
fn starter(inference: &Inference<'_>, call: Site, function: ExprId) -> Option<(ProcessKind, How)> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    let Expr::Call { args, .. } = item.expr(call.expr) else { return None };
    let given = args.iter().find(|arg| arg.value == function)?.kind;
    let made = inference.expr(call);
    let is = |kind: ClassKind| process::is_all(inference, &made, &|found| known::kind(found) == Some(kind));
    let is_initializer = matches!(given, ArgKind::Keyword(word) if word == "initializer");
    if is_initializer {
        if !is(ClassKind::Pool) && !is(ClassKind::Executor) {
            return None;
        }
        let how = if has_one_worker(inference, call) { How::Once } else { How::Often };
        return Some((kind_of_pool(inference, Some(call)), how));
    }
    if is(ClassKind::Process) {
        return Some((ProcessKind::Process, How::Each));
    }
    if is(ClassKind::Thread) {
        return Some((ProcessKind::Thread, How::Each));
    }
    let callee = inference.callee(call);
    let [Type::Method { class, name, origin }] = callee.as_slice() else {
        let path = callee.single_external()?;
        return match path.as_str() {
            _ if known::function(path).is_some_and(|one| one.joins.is_some()) => {
                let is_one = keyword(args, "nprocs").is_some_and(|count| is_one(item, count));
                Some((ProcessKind::Process, if is_one { How::Once } else { How::Often }))
            }
            "asyncio.to_thread" | "_thread.start_new_thread" => Some((ProcessKind::Thread, How::Each)),
            _ => None,
        };
    };
    if !known::passes_on(*name) {
        return None;
    }
    let kind = match known::kind(*class)? {
        ClassKind::Pool | ClassKind::Executor => kind_of_pool(inference, *origin),
        _ if *name == "run_in_executor" => ProcessKind::Thread,
        _ => return None,
    };
    if origin.is_some_and(|origin| has_one_worker(inference, origin)) || *name == "apply" {
        return Some((kind, How::Once));
    }
    let is_each = matches!(name.as_str(), "submit" | "apply_async" | "run_in_executor");
    Some((kind, if is_each { How::Each } else { How::Often }))
}

/// Whether a pool or executor has threads or processes.
fn kind_of_pool(inference: &Inference<'_>, origin: Option<Site>) -> ProcessKind {
    let name = origin.and_then(|origin| {
        let (_, item, _) = inference.item(origin.file, origin.item)?;
        match item.expr(origin.expr) {
            Expr::Call { func, .. } => facts::last_name(item, *func),
            _ => None,
        }
    });
    if name.is_some_and(|name| name.as_str().contains("Thread")) { ProcessKind::Thread } else { ProcessKind::Process }
}

fn has_one_worker(inference: &Inference<'_>, origin: Site) -> bool {
    let Some((_, item, _)) = inference.item(origin.file, origin.item) else { return false };
    let Expr::Call { args, .. } = item.expr(origin.expr) else { return false };
    let named = keyword(args, "max_workers").or_else(|| keyword(args, "processes"));
    let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value);
    named.or(first).is_some_and(|count| is_one(item, count))
}

fn is_one(item: &Item, count: ExprId) -> bool {
    matches!(item.expr(count), Expr::Int(Some(1)))
}

/// The loop or comprehension in which the call is made again and again without a wait for what it started.
fn repeats(inference: &Inference<'_>, call: Site) -> Option<Place> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    for outer in item.expr_ancestors(call.expr) {
        match item.expr(outer) {
            Expr::Comprehension(_) => return Some(Place { at: call, part: Part::Expr(outer) }),
            Expr::Lambda(_) => return None,
            _ => {}
        }
    }
    let around = control_flow::enclosing_loop(item, item.enclosing_stmt(call.expr))?;
    // `for _ in range(1)`, and one after the other.
    let is_single = match item.stmt(around) {
        Stmt::For { iter, .. } => match item.expr(*iter) {
            Expr::Call { args, .. } => args.len() == 1 && is_one(item, args[0].value),
            Expr::List(all) | Expr::Tuple(all) => all.len() == 1,
            _ => false,
        },
        _ => false,
    };
    (!is_single && !waits_within(item, around)).then_some(Place { at: call, part: Part::Stmt(around) })
}

/// Whether a loop waits for what it starts in each turn, or looks whether that still runs.
fn waits_within(item: &Item, around: StmtId) -> bool {
    const WAITS: &[&str] = &["is_alive", "exitcode", "result", "wait", "poll", "get", "communicate"];
    let mut found = false;
    walk(item, Part::Stmt(around), &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Attribute { value, attr } = item.expr(expr)
        {
            let is_join = *attr == "join" && process::waits_by_join(item, *value);
            found |= is_join || WAITS.contains(&attr.as_str());
        }
        !found
    });
    found
}

/// Whether the object that a call names is one for all turns of `place`.
fn receiver(inference: &Inference<'_>, call: Site, object: ExprId, place: Option<Place>) -> Receiver {
    let Some((_, item, _)) = inference.item(call.file, call.item) else { return Receiver::Own };
    let mut root = object;
    while let Expr::Attribute { value, .. } = item.expr(root) {
        root = *value;
    }
    match item.expr(root) {
        Expr::Name(name) if place.is_none_or(|place| !place.binds(inference, *name)) => Receiver::Same,
        _ => Receiver::Own,
    }
}

impl Launch {
    /// The function that starts it may be called several times at once.
    fn repeat_by_callers(&mut self, inference: &Inference<'_>) {
        let Some(around) = inference.enclosing_function(self.call) else { return };
        let Some(name) = inference.function(around).map(|one| one.name) else { return };
        let calls = inference.calls_named(name);
        if calls.len() > MAX_CALLS || waits_in_function(inference, around) {
            return;
        }
        for call in calls {
            if !matches!(mention(inference, call, around), Mention::Called) {
                continue;
            }
            let Some(place) = repeats(inference, call) else { continue };
            let Some((_, item, _)) = inference.item(call.file, call.item) else { continue };
            let Expr::Call { func, .. } = item.expr(call.expr) else { continue };
            if let Expr::Attribute { value, .. } = item.expr(*func)
                && self.receiver == Receiver::Same
            {
                self.receiver = receiver(inference, call, *value, Some(place));
            }
            self.repeated = Some(place);
            return;
        }
    }
}

fn waits_in_function(inference: &Inference<'_>, function: FunctionRef) -> bool {
    inference.item(function.file, function.item).is_none_or(|(_, item, _)| waits_within(item, function.stmt))
}

/// The launches of the function around `at`.
pub fn around(cx: &ItemContext<'_>, at: ExprId) -> Launches {
    let function = cx.inference.enclosing_function(cx.site(at));
    function.map_or_else(Launches::default, |function| of(cx.inference, function, &|_| true))
}
