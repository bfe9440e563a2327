//! What the evidence about a wait weighs.

use pyteam_channels::evidence::{self, Ending, Runners};
use pyteam_channels::order::obstacle::{ObstacleKind, Risk};
use pyteam_channels::process;
use pyteam_channels::topology::{Process, ProcessKind};
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{self, Type};
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_syntax::{Expr, ExprId};

use super::super::loop_of;
use super::super::told::Weight;
use super::Teller;

impl Teller<'_, '_> {
    /// The lock that is held here and that each call that ends the wait needs first.
    pub(super) fn needed_lock(&self) -> Option<ExprId> {
        let made_at = |there: &CheckContext<'_>, lock: ExprId| {
            let types = there.inference.expr(there.site(lock));
            match types.as_slice() {
                [Type::Instance { origin: Some(origin), .. }] => Some(*origin),
                _ => None,
            }
        };
        let here = self.cx.inference.enclosing_function(self.cx.site(self.call));
        let is_other = |one: &Ending| one.function.is_some() && one.function != here && !one.runners.is_empty();
        if !self.side.is_all || !self.side.endings.iter().all(is_other) || self.may_be_over() {
            return None;
        }
        self.locks.iter().copied().find(|lock| {
            if !belongs_to(self.cx, *lock, self.call) || self.is_let_go(*lock) {
                return false;
            }
            let Some(lock) = made_at(self.cx, *lock) else { return false };
            self.side.endings.iter().all(|one| {
                self.cx.at(one.call.file, one.call.item).is_some_and(|there| {
                    let held = evidence::held_locks(&there, one.call.expr);
                    held.into_iter().any(|one_lock| {
                        made_at(&there, one_lock) == Some(lock) && belongs_to(&there, one_lock, one.call.expr)
                    })
                })
            })
        })
    }

    /// Whether the wait stands where it runs later, or after something that may have seen to it: a join, a look at the event.
    fn may_be_over(&self) -> bool {
        let item = self.cx.item;
        let is_deferred = item.expr_ancestors(self.call).any(|one| matches!(item.expr(one), Expr::Lambda(_)));
        let here = item.expr_range(self.call).start();
        let mut is_asked = false;
        process::own_exprs(item, process::function_of(item, self.call), &mut |expr| {
            is_asked |= item.expr_range(expr).start() < here
                && (process::is_join(item, expr) || process::is_named(item, expr, &["is_set", "result"]));
        });
        is_deferred || is_asked
    }

    /// Whether the function lets go of the lock: `lock.release()`, `condition.wait()`.
    fn is_let_go(&self, lock: ExprId) -> bool {
        let (item, lock) = (self.cx.item, self.cx.text(lock));
        let mut found = false;
        process::own_exprs(item, process::function_of(item, self.call), &mut |expr| {
            found |= self.cx.receiver_text(expr).is_some_and(|(receiver, method)| {
                receiver == lock && matches!(method.as_str(), "release" | "wait" | "wait_for")
            });
        });
        found
    }

    pub(super) fn weight(&self, action: Action) -> Weight {
        let endings = &self.side.endings;
        if endings.is_empty() {
            return Weight::AsJudged;
        }
        if self.needed_lock().is_some() {
            return Weight::Proved;
        }
        let started = |one: &Ending| one.runners.first().is_some_and(|runner| self.is_started_before(runner));
        if action == Action::Take {
            let dies = endings.iter().all(|one| one.loop_end.is_some() && started(one));
            return if self.side.is_all && dies { Weight::Proved } else { Weight::AsJudged };
        }
        if action == Action::Put {
            return if self.is_loop_of_daemon() { Weight::IsTheWork } else { Weight::AsJudged };
        }
        if endings.iter().any(|one| self.ends(one)) {
            return Weight::Ends;
        }
        if self.is_loop_of_daemon() {
            return Weight::IsTheWork;
        }
        let fails = |one: &Ending| {
            one.obstacle.is_some_and(|one| one.obstacle.kind == ObstacleKind::Raises(Risk::Likely)) && started(one)
        };
        if self.side.is_all && endings.iter().all(fails) { Weight::Proved } else { Weight::AsJudged }
    }

    /// Whether the call waits in a loop of a thread that ends with the program: nothing but its own messages waits for it.
    fn is_loop_of_daemon(&self) -> bool {
        let cx = self.cx;
        let Some(function) = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(self.call)) else {
            return false;
        };
        let function = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
        let runners = Runners::of(cx.snapshot).that_run(cx.inference, cx.snapshot, function);
        let is_daemon = |one: &Process| one.kind == ProcessKind::Thread && one.is_daemon;
        loop_of(cx, self.call).is_some() && !runners.is_empty() && runners.iter().all(is_daemon)
    }

    /// Whether an event is set by a thread or process that is started, and that nothing keeps from it.
    pub(super) fn ends(&self, ending: &Ending) -> bool {
        ending.obstacle.is_none()
            && known::kind(self.side.class) == Some(ClassKind::Event)
            && (ending.is_passed || ending.runners.first().is_some_and(|runner| !runner.starts.is_empty()))
    }

    /// Whether the function that waits starts it, before it waits.
    fn is_started_before(&self, runner: &Process) -> bool {
        let cx = self.cx;
        let function = |expr| infer::enclosing_function(cx.item, cx.item.enclosing_stmt(expr));
        runner.starts.iter().any(|start| {
            (start.call.file, start.call.item) == (cx.file.id, cx.item_index)
                && function(start.call.expr) == function(self.call)
                && cx.item.expr_range(start.call.expr).end() <= cx.item.expr_range(self.call).start()
        })
    }
}

/// Whether the lock and what the call is made on are of one object: `self.lock` and `self.ready`, or both variables.
fn belongs_to(cx: &CheckContext<'_>, lock: ExprId, call: ExprId) -> bool {
    if !matches!(cx.item.expr(lock), Expr::Name(_) | Expr::Attribute { .. }) {
        return false;
    }
    let owner = |text: &str| text.rsplit_once('.').map_or_else(String::new, |(owner, _)| owner.to_owned());
    cx.receiver_text(call)
        .is_some_and(|(receiver, _)| !receiver.contains(['[', '(']) && owner(receiver) == owner(cx.text(lock)))
}
