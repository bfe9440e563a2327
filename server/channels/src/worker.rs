//! A function that threads or processes run, with the queue and the event that they are given, where all that is done with
//! the two can be seen: they are made in the one function that starts the threads, have one name there, and go nowhere
//! but to the worker. Whatever else has them may put a last message or set the event at any time.

mod end;
mod starts;

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::{Function, ParamKind};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use crate::order::control_flow;
use crate::process;

/// What gives access to variables by their names.
const OPENERS: &[&str] = &["eval", "exec", "globals", "locals", "vars"];

/// A worker and the place where its threads or processes are made.
pub struct Worker<'c> {
    /// The worker's function, and the item that it stands in.
    cx: ItemContext<'c>,
    function: StmtId,
    /// The item where they are made, and the function: none in a script's `if __name__ == "__main__":`.
    home: ItemContext<'c>,
    maker: Option<StmtId>,
    /// `Thread(target=function, args=(..))`
    starts: Vec<ExprId>,
}

/// A method call on an object.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The method.
    pub method: Name,
    /// The call.
    pub call: ExprId,
    /// Whether it runs as a part of the place where the threads are made, and not in a function that is defined there.
    is_own: bool,
}

impl<'c> Worker<'c> {
    /// The worker whose function is `function`, where it is nothing but the target of threads or processes, all made in
    /// one place.
    pub fn of(cx: &ItemContext<'c>, function: StmtId) -> Option<Self> {
        let definition = facts::function(cx.item, function)?;
        let slot = &cx.file.parsed.items[cx.item_index as usize];
        let is_top = function == cx.item.root();
        if definition.is_async || !definition.decorators.is_empty() || is_top && slot.parent.is_some() {
            return None;
        }
        let found = starts::of(cx, function, definition.name, !is_top)?;
        let (first, _) = *found.first()?;
        let home = cx.at(first.file, first.item)?;
        let maker = found[0].1;
        let is_one =
            found.iter().all(|(site, around)| (site.file, site.item, *around) == (first.file, first.item, maker));
        let is_guard = || matches!(home.item.stmt(home.item.root()), Stmt::If { test, .. } if home.text(*test).contains("__main__"));
        if !is_one || maker.is_none() && !is_guard() {
            return None;
        }
        let cx = cx.at(cx.file.id, cx.item_index)?;
        Some(Self { cx, function, home, maker, starts: found.into_iter().map(|(site, _)| site.expr).collect() })
    }

    /// All calls on what the function knows as `name`, in the function and where the threads are made; nothing where it
    /// goes anywhere else.
    pub fn calls(&self, name: Name) -> Option<Vec<Call>> {
        let mut all = self.calls_at_home(self.name_at_home(name)?)?;
        if self.parameter(name).is_some() {
            all.extend(self.calls_inside(name)?);
        }
        Some(all)
    }

    fn parameter(&self, name: Name) -> Option<usize> {
        facts::function(self.cx.item, self.function)?.params.iter().position(|param| param.name == name)
    }

    /// The name that what the function knows as `name` has where the threads are made.
    fn name_at_home(&self, name: Name) -> Option<Name> {
        let definition = facts::function(self.cx.item, self.function)?;
        let own = bound_in(&self.cx, self.function, name);
        let Some(index) = self.parameter(name) else {
            // From the function around, or the script's own.
            let is_seen = self.cx.file.id == self.home.file.id
                && self.maker.is_none_or(|maker| {
                    self.cx.item_index == self.home.item_index
                        && self.cx.item.stmt_ancestors(self.function).any(|one| one == maker)
                });
            return (own == 0 && is_seen).then_some(name);
        };
        if own != 1 {
            return None;
        }
        let mut given: Option<Name> = None;
        for start in &self.starts {
            let one = self.given(*start, definition, index)?;
            if given.replace(one).is_some_and(|other| other != one) {
                return None;
            }
        }
        given
    }

    /// The name that a start passes for the parameter.
    fn given(&self, start: ExprId, definition: &Function, index: usize) -> Option<Name> {
        let item = self.home.item;
        let Expr::Call { args, .. } = item.expr(start) else { return None };
        let is_plain = matches!(definition.params[index].kind, ParamKind::Normal | ParamKind::PositionalOnly);
        if !is_plain || keyword(args, "kwargs").is_some() {
            return None;
        }
        let (Expr::Tuple(passed) | Expr::List(passed)) = item.expr(keyword(args, "args")?) else {
            return None;
        };
        if passed.iter().any(|one| matches!(item.expr(*one), Expr::Starred(_))) {
            return None;
        }
        match item.expr(*passed.get(index)?) {
            Expr::Name(name) => Some(*name),
            _ => None,
        }
    }

    /// All calls on the object with that name at home; nothing where it is bound more than once, or goes anywhere but to
    /// the worker.
    fn calls_at_home(&self, name: Name) -> Option<Vec<Call>> {
        let home = &self.home;
        let facts = home.facts();
        let is_declared = facts.scopes.iter().any(|one| one.globals.contains(&name) || one.nonlocals.contains(&name));
        let is_own = |stmt: StmtId| enclosing_function(home.item, stmt) == self.maker;
        let mut own = facts.bindings.iter().filter(|one| one.name == name && is_own(one.stmt));
        let made = own.next()?;
        let is_once = own.next().is_none();
        if is_declared
            || !is_once
            || !matches!(home.item.stmt(made.stmt), Stmt::Assign { .. } | Stmt::AnnAssign { .. })
            || control_flow::enclosing_loop(home.item, made.stmt).is_some()
        {
            return None;
        }
        let mut all = Vec::new();
        let items = match self.maker {
            Some(_) => home.item_index..home.item_index + 1,
            None => 0..home.file.parsed.items.len() as u32,
        };
        for at in items {
            let there = home.at(home.file.id, at)?;
            let is_home = at == home.item_index;
            for expr in there.item.expr_ids() {
                // `globals()` has every name.
                if matches!(there.item.expr(expr), Expr::Name(found) if OPENERS.contains(&found.as_str())) {
                    return None;
                }
                if !matches!(there.item.expr(expr), Expr::Name(found) if *found == name)
                    || !self.is_meant(&there, expr, name)
                {
                    continue;
                }
                match use_of(there.item, expr) {
                    NameUse::Called(method, call) => {
                        let is_own = is_home
                            && process::function_of(there.item, call) == self.maker
                            && !there
                                .item
                                .expr_ancestors(call)
                                .any(|one| matches!(there.item.expr(one), Expr::Lambda(_)));
                        all.push(Call { method, call, is_own });
                    }
                    NameUse::Bound if is_home => {}
                    NameUse::Given(start) if is_home && self.starts.contains(&start) => {}
                    _ => return None,
                }
            }
        }
        Some(all)
    }

    /// Whether a name at `expr` is the one of the place where the threads are made.
    fn is_meant(&self, there: &ItemContext<'_>, expr: ExprId, name: Name) -> bool {
        let functions = |one: &StmtId| facts::function(there.item, *one).is_some();
        let around = there.item.stmt_ancestors(there.item.enclosing_stmt(expr));
        let mut around = std::iter::once(there.item.enclosing_stmt(expr)).chain(around).filter(functions);
        match self.maker {
            Some(maker) => around.find(|one| *one == maker || bound_in(there, *one, name) > 0) == Some(maker),
            None => !around.any(|one| bound_in(there, one, name) > 0),
        }
    }

    /// All calls that the worker's function makes on one of its parameters; nothing where that goes elsewhere.
    fn calls_inside(&self, name: Name) -> Option<Vec<Call>> {
        let mut all = Vec::new();
        for expr in self.cx.item.expr_ids() {
            let is_it = matches!(self.cx.item.expr(expr), Expr::Name(found) if *found == name);
            let stmt = self.cx.item.enclosing_stmt(expr);
            if !is_it || !self.cx.item.stmt_ancestors(stmt).any(|one| one == self.function) {
                continue;
            }
            match use_of(self.cx.item, expr) {
                NameUse::Called(method, call) => all.push(Call { method, call, is_own: false }),
                _ => return None,
            }
        }
        Some(all)
    }

    fn site(&self, expr: ExprId) -> Site {
        self.home.site(expr)
    }
}

/// How a name is used.
enum NameUse {
    /// A method of it is called.
    Called(Name, ExprId),
    /// It stands in the arguments of this call.
    Given(ExprId),
    /// It gets its value.
    Bound,
    Other,
}

fn use_of(item: &Item, name: ExprId) -> NameUse {
    let targets = |stmt: StmtId, target: ExprId| match item.stmt(stmt) {
        Stmt::Assign { targets, .. } => targets.contains(&target),
        Stmt::AnnAssign { target: one, .. } => *one == target,
        _ => false,
    };
    let parent = match item.expr_parent(name) {
        Parent::Stmt(stmt) if targets(stmt, name) => return NameUse::Bound,
        Parent::Expr(parent) => parent,
        _ => return NameUse::Other,
    };
    match (item.expr(parent), item.expr_parent(parent)) {
        (Expr::Attribute { attr, .. }, Parent::Expr(call)) => match item.expr(call) {
            Expr::Call { func, .. } if *func == parent => NameUse::Called(*attr, call),
            _ => NameUse::Other,
        },
        (Expr::Tuple(_) | Expr::List(_), Parent::Stmt(stmt)) if targets(stmt, parent) => NameUse::Bound,
        (Expr::Tuple(_) | Expr::List(_), Parent::Expr(call)) => match item.expr(call) {
            Expr::Call { args, .. } if keyword(args, "args") == Some(parent) => NameUse::Given(call),
            _ => NameUse::Other,
        },
        _ => NameUse::Other,
    }
}

/// How often the function itself binds the name.
fn bound_in(cx: &ItemContext<'_>, function: StmtId, name: Name) -> usize {
    let facts = cx.facts();
    let is_own = |scope: u32| facts.scopes[scope as usize].owner == Some(Part::Stmt(function));
    facts.bindings.iter().filter(|one| one.name == name && is_own(one.scope.0)).count()
}
