//! What is done with messages that were taken: a new field must not show in it.

use pyteam_channels::channel;
use pyteam_channels::process::function_of;
use pyteam_channels::tags::Record;
use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::known::Action;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

/// Whether every message that is taken, in whatever file, is read by its keys alone: `m["k"]`, `m.get("k")`, `"k" in m`. What
/// is unpacked, iterated, measured, compared, printed, dumped or handed on would show the new field.
pub(super) fn is_read_by_key(cx: &CheckContext<'_>, records: &[&Record]) -> bool {
    cx.whole_workspace().files().all(|file| {
        file.facts.channel_items.iter().all(|at| {
            // A budget for each item, so that the answer does not depend on what was asked before.
            let inference = Inference::new(cx.snapshot);
            let place = SearchedItem { inference: &inference, file, item: file.item(*at), at: *at, records };
            let names = place.names();
            place.item.expr_ids().all(|expr| !place.is_message(expr, &names) || place.is_read(expr))
        })
    })
}

/// A name that a message is bound to, in a function or at module level.
type Bound = (Option<StmtId>, Name);

struct SearchedItem<'p> {
    inference: &'p Inference<'p>,
    file: &'p File,
    item: &'p Item,
    at: u32,
    records: &'p [&'p Record],
}

impl SearchedItem<'_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { file: self.file.id, item: self.at, expr }
    }

    /// Whether these may be one of the messages, or hold one.
    fn holds(&self, types: &Types) -> bool {
        types.iter().any(|one| match one {
            Type::Object(class, _) => self.records.iter().any(|record| record.class == *class),
            Type::Tuple(items) => items.iter().any(|item| self.holds(item)),
            Type::Sequence(inner) | Type::Mapping(inner) | Type::Awaitable(inner) => self.holds(inner),
            _ => false,
        })
    }

    /// Whether the expression is a call that takes one of the messages, or such a method that is handed on.
    fn takes(&self, expr: ExprId) -> bool {
        match self.item.expr(expr) {
            Expr::Call { .. } => channel::all_of_call(self.inference, self.site(expr), Action::Take)
                .is_some_and(|all| all.iter().any(|one| one.element.as_ref().is_some_and(|one| self.holds(one)))),
            Expr::Attribute { value, attr } if matches!(attr.as_str(), "get" | "get_nowait") => {
                let is_called = matches!(self.item.expr_parent(expr), Parent::Expr(call)
                    if matches!(self.item.expr(call), Expr::Call { func, .. } if *func == expr));
                let carries = |one: &Type| matches!(one, Type::Instance { args, .. } if args.first().is_some_and(|one| self.holds(one)));
                !is_called && self.inference.expr(self.site(*value)).iter().any(carries)
            }
            _ => false,
        }
    }

    /// The names that messages are bound to, at once or from another such name.
    fn names(&self) -> Vec<Bound> {
        let mut names: Vec<Bound> = Vec::new();
        let calls = &self.file.facts.items[self.at as usize].channel_calls;
        let mut found: Vec<ExprId> = calls.iter().copied().filter(|call| self.takes(*call)).collect();
        while let Some(value) = found.pop() {
            let mut around = value;
            while let Parent::Expr(outer) = self.item.expr_parent(around) {
                if let Expr::Walrus { target, .. } = self.item.expr(outer) {
                    self.bind(*target, &mut names, &mut found);
                }
                if !self.is_passed_through(around, outer) {
                    break;
                }
                around = outer;
            }
            let Parent::Stmt(stmt) = self.item.expr_parent(around) else { continue };
            let targets: &[ExprId] = match self.item.stmt(stmt) {
                Stmt::Assign { targets, value } if *value == around => targets,
                Stmt::AnnAssign { target, value: Some(value), .. } if *value == around => std::slice::from_ref(target),
                _ => continue,
            };
            targets.iter().for_each(|target| self.bind(*target, &mut names, &mut found));
        }
        names
    }

    /// Adds the names in a target, and all places of them to what is still to be looked at.
    fn bind(&self, target: ExprId, names: &mut Vec<Bound>, found: &mut Vec<ExprId>) {
        match self.item.expr(target) {
            Expr::Name(name) => {
                let bound = (function_of(self.item, target), *name);
                if !names.contains(&bound) {
                    names.push(bound);
                    let uses = self.item.expr_ids().filter(|expr| self.is_named(*expr, &[bound]));
                    found.extend(uses);
                }
            }
            Expr::Tuple(all) | Expr::List(all) => all.iter().for_each(|one| self.bind(*one, names, found)),
            _ => {}
        }
    }

    fn is_named(&self, expr: ExprId, names: &[Bound]) -> bool {
        let Expr::Name(name) = self.item.expr(expr) else { return false };
        names.iter().any(|(function, bound)| bound == name && *function == function_of(self.item, expr))
    }

    fn is_message(&self, expr: ExprId, names: &[Bound]) -> bool {
        self.is_named(expr, names) || self.takes(expr)
    }

    /// Whether the value of `outer` is that of `inner`, a message: `await`, `wait_for`, a choice, `message := ...`.
    fn is_passed_through(&self, inner: ExprId, outer: ExprId) -> bool {
        match self.item.expr(outer) {
            Expr::Await(_) | Expr::Bool2 { .. } | Expr::Walrus { .. } => true,
            Expr::Conditional { test, .. } => *test != inner,
            Expr::Call { func, .. } => {
                *func != inner && facts::last_name(self.item, *func).is_some_and(|name| name == "wait_for")
            }
            _ => false,
        }
    }

    /// Whether a new field does not show where the message at `expr` goes.
    fn is_read(&self, expr: ExprId) -> bool {
        let is_text = |expr: ExprId| matches!(self.item.expr(expr), Expr::Str(_));
        let is_name = |expr: ExprId| matches!(self.item.expr(expr), Expr::Name(_));
        match self.item.expr_parent(expr) {
            Parent::Expr(outer) if self.is_passed_through(expr, outer) => self.is_read(outer),
            Parent::Expr(outer) => match self.item.expr(outer) {
                Expr::Not(_) | Expr::Conditional { .. } => true,
                // Of a message that comes in a tuple, the tuple's parts are read by number.
                Expr::Subscript { value, index } => {
                    *value == expr && (is_text(*index) || matches!(self.item.expr(*index), Expr::Int(_)))
                }
                Expr::Tuple(_) => self.is_target(outer),
                Expr::Attribute { value, attr } => *value == expr && self.is_get(outer, *attr),
                Expr::Compare(compare) => {
                    let are = |names: &[&str]| compare.ops.iter().all(|op| names.contains(&op.as_str()));
                    let is_key = compare.operands.len() == 2
                        && compare.operands[1] == expr
                        && is_text(compare.operands[0])
                        && are(&["in", "not in"]);
                    is_key || are(&["is", "is not"])
                }
                _ => false,
            },
            Parent::Stmt(stmt) => match self.item.stmt(stmt) {
                Stmt::Assign { targets, value } => {
                    *value != expr || targets.iter().all(|target| is_name(*target) || self.is_target(*target))
                }
                Stmt::AnnAssign { target, value, .. } => *value != Some(expr) || is_name(*target),
                Stmt::Expr(_) | Stmt::If { .. } | Stmt::While { .. } => true,
                _ => false,
            },
            Parent::Root => false,
        }
    }

    /// `priority, message = ...`
    fn is_target(&self, expr: ExprId) -> bool {
        matches!(self.item.expr(expr), Expr::Tuple(_))
            && matches!(self.item.expr_parent(expr), Parent::Stmt(stmt)
                if matches!(self.item.stmt(stmt), Stmt::Assign { targets, .. } if targets.contains(&expr)))
    }

    /// `message.get("k")`
    fn is_get(&self, method: ExprId, name: Name) -> bool {
        let Parent::Expr(call) = self.item.expr_parent(method) else { return false };
        name == "get"
            && matches!(self.item.expr(call), Expr::Call { func, args }
                if *func == method
                    && args.first().is_some_and(|arg| matches!(self.item.expr(arg.value), Expr::Str(_))))
    }
}
