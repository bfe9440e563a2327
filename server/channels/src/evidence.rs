//! What is known of the other side of a wait: which calls end it, which thread or process runs them and what starts that, and
//! what can come first so that it never ends.
//!
//! All of it is looked up for one wait, when a finding is made of it; [`Objects`] knows the calls.

mod deadline;
mod held;
mod loop_end;
mod own_supply;
mod pipe_end;
mod risk;
mod runners;
mod unclosed_end;

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Inference, Site, Type};
use pyteam_index::known::{self, Action};
use pyteam_index::snapshot::Snapshot;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name};

use crate::objects::{Class, ObjectCall, Objects};
use crate::order::obstacle::{self, Obstacle, ObstacleKind, Question, Risk};
use crate::topology::{self, Process};
use crate::uses::ChannelUses;
use crate::{call_graph, closed};

pub use self::deadline::deadline;
pub use self::held::{held_locks, is_locked};
pub use self::loop_end::loop_end;
pub use self::own_supply::own_supply;
pub use self::pipe_end::{PipeEnd, pipe_end};
pub use self::risk::risk;
pub use self::runners::Runners;
pub use self::unclosed_end::{UnclosedEnd, unclosed_end};

/// How many calls lie between the function that a thread runs and the call that ends the wait.
const MAX_DEPTH: usize = 4;

/// The calls that end waits for one object.
#[derive(Clone, Debug)]
pub struct OtherSide {
    /// What the code calls the object.
    pub name: String,
    /// Its class, dotted and canonical.
    pub class: Name,
    /// Where it is made.
    pub origin: Site,
    /// The calls that end a wait, in the order of files and lines; those of tests are left out where there are others.
    pub endings: Vec<Ending>,
    /// Whether no other call can: none goes to something that is not known and has its name.
    pub is_all: bool,
}

/// A call that ends a wait.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The call.
    pub call: Site,
    /// The function around it.
    pub function: Option<FunctionRef>,
    /// The threads and processes that run it.
    pub runners: Vec<Process>,
    /// Whether the function is given to something as a callback in the item where it is defined, or is the body of a class of
    /// threads or processes: then it is called, though no call is seen.
    pub is_passed: bool,
    /// What can come first, in the function that the first of them runs or in one that it calls; without a runner, in the
    /// function around the call.
    pub obstacle: Option<ObstacleAt>,
    /// What can end the loop around the call, so that there is no other turn.
    pub loop_end: Option<Site>,
}

/// Something that can come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObstacleAt {
    /// The function that it stands in.
    pub function: FunctionRef,
    /// What it is.
    pub obstacle: Obstacle,
}

impl ObstacleAt {
    /// The call that raises, where it is one.
    pub fn call(&self) -> Option<Site> {
        match self.obstacle.at {
            Part::Expr(expr) => Some(Site { file: self.function.file, item: self.function.item, expr }),
            Part::Stmt(_) => None,
        }
    }
}

/// The calls that do `action` to the object made at `origin`.
pub fn of(cx: &ItemContext<'_>, origin: Site, action: Action) -> Option<OtherSide> {
    let snapshot = cx.whole_workspace();
    let objects = Objects::of(snapshot);
    let origin = objects.root(origin);
    let object = objects.get(origin)?;
    let Class::External(class) = object.class else { return None };
    let mut calls: Vec<ObjectCall> =
        object.uses.iter().filter(|one| known::action(class, one.method) == Some(action)).copied().collect();
    let is_test = |one: &ObjectCall| snapshot.file(one.call.file).is_some_and(|file| file.is_test());
    if calls.iter().any(|one| !is_test(one)) {
        calls.retain(|one| !is_test(one));
    }
    // An event that the constructor sets says how the object begins; what it puts into a queue is there to be received.
    calls.retain(|one| action != Action::Set || !is_first_state(cx.inference, one.call));
    let name = topology::name_of(snapshot, origin, class);
    let last = Name::new(name.rsplit('.').next().unwrap_or(&name));
    let mut methods: Vec<Name> = known::class(class)?.method.iter().flat_map(|one| one.names.clone()).collect();
    methods.retain(|method| known::action(class, *method) == Some(action));
    let is_all = methods.iter().all(|method| objects.unresolved(last, *method).is_empty())
        && closed::is_closed_at_home(cx, origin, &ChannelUses::of(snapshot));
    let runners = Runners::of(snapshot);
    let sites: Vec<Site> = calls.iter().map(|one| one.call).collect();
    let endings = calls.iter().map(|one| ending(cx.inference, snapshot, &runners, one.call, &sites)).collect();
    Some(OtherSide { name, class, origin, endings, is_all })
}

fn ending(inference: &Inference<'_>, snapshot: &Snapshot, runners: &Runners, call: Site, all: &[Site]) -> Ending {
    inference.renew_budget();
    let function = inference.enclosing_function(call);
    let found = function.map(|function| runners.that_run(inference, snapshot, function)).unwrap_or_default();
    let from = found.first().and_then(|one| one.target).or(function);
    let obstacle = from.and_then(|from| first_obstacle(inference, from, all, MAX_DEPTH));
    let is_passed = function.is_some_and(|function| is_passed_on(inference, function) || is_body(inference, function));
    let there = ItemContext::new(inference, call.file, call.item);
    let loop_end = there.and_then(|there| Some(there.site(loop_end(&there, call.expr)?)));
    Ending { call, function, runners: found, is_passed, obstacle, loop_end }
}

/// Whether a function that is defined in another one is an argument of a call there.
fn is_passed_on(inference: &Inference<'_>, function: FunctionRef) -> bool {
    let Some((_, item, _)) = inference.item(function.file, function.item) else { return false };
    let Some(definition) = inference.function(function).filter(|_| function.stmt != item.root()) else { return false };
    item.expr_ids().any(|call| match item.expr(call) {
        Expr::Call { args, .. } => {
            args.iter().any(|arg| matches!(item.expr(arg.value), Expr::Name(name) if *name == definition.name))
        }
        _ => false,
    })
}

/// Whether a function is what a thread or process of the workspace's own class runs.
fn is_body(inference: &Inference<'_>, function: FunctionRef) -> bool {
    let is_run = inference.function(function).is_some_and(|one| one.name == "run");
    let class = inference.class_of(function).filter(|_| is_run);
    class.is_some_and(|class| topology::runs_beside(inference, class))
}

/// Whether the call stands in a constructor: then it says how the object begins.
fn is_first_state(inference: &Inference<'_>, call: Site) -> bool {
    let function = inference.enclosing_function(call).and_then(|function| inference.function(function));
    function.is_some_and(|function| matches!(function.name.as_str(), "__init__" | "__new__" | "__post_init__"))
}

/// What can keep `function` from making one of the calls, itself or in a function that it calls.
fn first_obstacle(
    inference: &Inference<'_>,
    function: FunctionRef,
    calls: &[Site],
    depth: usize,
) -> Option<ObstacleAt> {
    let cx = ItemContext::new(inference, function.file, function.item)?;
    let holds = |one: FunctionRef| {
        calls.iter().any(|call| {
            (call.file, call.item) == (one.file, one.item)
                && cx.at(one.file, one.item).is_some_and(|there| {
                    let stmt = there.item.enclosing_stmt(call.expr);
                    there.item.stmt_ancestors(stmt).any(|outer| outer == one.stmt)
                })
        })
    };
    let leads_there = |expr: ExprId| -> Option<FunctionRef> {
        let callee = inference.callee(cx.site(expr));
        callee.iter().find_map(|one| match one {
            Type::Function(one, _) if *one != function => {
                let is_there = if depth > 1 { call_graph::reaches(inference, *one, &holds) } else { holds(*one) };
                is_there.then_some(*one)
            }
            _ => None,
        })
    };
    let is_direct = |expr: ExprId| calls.contains(&cx.site(expr));
    let question = Question {
        is_event: &|expr| is_direct(expr) || depth > 0 && leads_there(expr).is_some(),
        risk: &|expr| risk(&cx, expr, 2),
        raised: &|stmt| risk::raised(cx.item, stmt),
    };
    let is_last = depth == 0 || cx.facts().calls.iter().any(|call| is_direct(*call));
    // Far from the call, only what depends on the world is worth telling.
    let counts = |one: &Obstacle| is_last || one.kind == ObstacleKind::Raises(Risk::Likely);
    if let Some(obstacle) = obstacle::find(cx.item, function.stmt, &question).filter(counts) {
        return Some(ObstacleAt { function, obstacle });
    }
    if is_last {
        return None;
    }
    let next = cx.facts().calls.iter().find_map(|call| leads_there(*call))?;
    first_obstacle(inference, next, calls, depth - 1)
}
