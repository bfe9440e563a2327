//! How a worker's end comes: by an event that is set once, with its messages before and a join behind.

use pyteam_index::infer::Type;
use pyteam_index::known;
use pyteam_syntax::{Expr, ExprId, Stmt};

use super::{Call, Worker};
use crate::order::{blocks, control_flow};
use crate::process;

/// What asks an event and changes nothing.
const LOOKS: &[&str] = &["is_set", "wait"];

impl Worker<'_> {
    /// The one call that sets the event: a statement of its own, in no loop. Nothing where it is set or cleared in
    /// another place, too, or is no event.
    pub fn set_of(&self, event: &[Call]) -> Option<ExprId> {
        let mut changes = event.iter().filter(|one| !LOOKS.contains(&one.method.as_str()));
        let (one, item) = (changes.next()?, self.home.item);
        if changes.next().is_some() || !one.is_own || one.method != "set" {
            return None;
        }
        let stmt = item.enclosing_stmt(one.call);
        let is_alone = matches!(item.stmt(stmt), Stmt::Expr(value) if *value == one.call);
        let Expr::Call { func, args } = item.expr(one.call) else { return None };
        let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
        let types = self.home.inference.expr(self.site(*value));
        let is_event = !types.has_unknown()
            && types.iter().all(|one| match one {
                Type::Instance { class, origin: Some(origin), .. } => {
                    known::is_blocking_event(known::canonical(*class))
                        && (origin.file, origin.item) == (self.home.file.id, self.home.item_index)
                }
                _ => false,
            });
        (is_alone && args.is_empty() && is_event && control_flow::enclosing_loop(item, stmt).is_none())
            .then_some(one.call)
    }

    /// Whether all that is put into the queue was there some time before the event is set, and the end of the worker is
    /// waited for behind it. A message that comes later may be what the worker waits for, or its last piece of work.
    pub fn is_fed_before(&self, set: ExprId, queue: &[Call]) -> bool {
        const WAITS: &[&str] = &["sleep", "wait", "join", "input", "get", "result"];
        let item = self.home.item;
        let limit = item.expr_range(set);
        let mut last = None;
        for one in queue {
            match (one.method.as_str(), one.is_own) {
                ("put" | "put_nowait", true) if item.expr_range(one.call).end() <= limit.start() => {
                    last = last.max(Some(item.expr_range(one.call).end()));
                }
                ("join", true) | ("get" | "get_nowait" | "task_done" | "empty" | "qsize" | "full", false) => {}
                _ => return false,
            }
        }
        let Some(last) = last else { return false };
        let (mut pauses, mut joins) = (false, false);
        process::own_exprs(item, self.maker, &mut |expr| {
            let range = item.expr_range(expr);
            pauses |= range.start() >= last && range.end() <= limit.start() && process::is_named(item, expr, WAITS);
            joins |= range.start() >= limit.end() && process::is_named(item, expr, &["join"]);
        });
        pauses && joins
    }

    /// Whether the statements that follow the call that sets the event wait for the worker's end for as long as it takes.
    pub fn is_joined_behind(&self, set: ExprId) -> bool {
        let item = self.home.item;
        let mut at = item.enclosing_stmt(set);
        while let Some(next) = blocks::next(item, at) {
            let joined = match item.stmt(next) {
                Stmt::Expr(call) => *call,
                Stmt::For { body, .. } => match body.first().map(|one| item.stmt(*one)) {
                    Some(Stmt::Expr(call)) if body.len() == 1 => *call,
                    _ => return false,
                },
                _ => return false,
            };
            let Expr::Call { func, args } = item.expr(joined) else { return false };
            let Expr::Attribute { value, attr } = item.expr(*func) else { return false };
            if *attr != "join" || !args.is_empty() {
                return false;
            }
            let types = self.home.inference.expr(self.site(*value));
            let is_worker = |one: &Type| match one {
                Type::Instance { origin: Some(origin), .. } => {
                    (origin.file, origin.item) == (self.home.file.id, self.home.item_index)
                        && self.starts.contains(&origin.expr)
                }
                _ => false,
            };
            if !types.has_unknown() && types.iter().all(is_worker) {
                return true;
            }
            at = next;
        }
        false
    }
}
