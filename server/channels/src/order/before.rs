//! What happened before an expression is evaluated: on every path that leads to it within its function, on some, on none.

use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use super::blocks;

/// On how many of the paths to a place something has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Before {
    /// On none.
    Never,
    /// On some: in a branch, in a loop's body, in a block that an exception may have left.
    Sometimes,
    /// On all.
    Always,
}

/// On how many paths through the function around `at` an expression that `is_event` accepts is evaluated before `at` is.
/// What functions do that are called on the way does not count, nor does what stands in a function that is only defined.
pub fn before(item: &Item, at: ExprId, is_event: &dyn Fn(ExprId) -> bool) -> Before {
    let flow = Flow { item, is_event };
    let mut inner = item.enclosing_stmt(at);
    let mut found = flow.within(inner, at);
    for outer in item.stmt_ancestors(inner) {
        let stmt = item.stmt(outer);
        let is_scope = matches!(stmt, Stmt::Function(_) | Stmt::Class(_));
        // Decorators and defaults are evaluated where a function is defined.
        if !is_scope {
            found = found.max(flow.header(outer));
        }
        for block in blocks::of(item, outer) {
            if let Some(at) = block.iter().position(|one| *one == inner) {
                found = found.max(flow.block(&block[..at]));
                if let Stmt::While { .. } | Stmt::For { .. } = stmt {
                    // The turns before this one.
                    found = found.max(flow.block(block).at_most_sometimes());
                }
            }
        }
        match stmt {
            Stmt::Try(one) if one.orelse.contains(&inner) => found = found.max(flow.block(&one.body)),
            Stmt::Try(one) if !one.body.contains(&inner) => {
                let others = blocks::of(item, outer).into_iter().filter(|block| !block.contains(&inner));
                found = others.fold(found, |found, block| found.max(flow.block(block).at_most_sometimes()));
            }
            Stmt::While { body, orelse, .. } | Stmt::For { body, orelse, .. } if orelse.contains(&inner) => {
                found = found.max(flow.block(body).at_most_sometimes());
            }
            _ => {}
        }
        if is_scope {
            break;
        }
        inner = outer;
    }
    found
}

impl Before {
    fn at_most_sometimes(self) -> Self {
        self.min(Self::Sometimes)
    }
}

struct Flow<'i> {
    item: &'i Item,
    is_event: &'i dyn Fn(ExprId) -> bool,
}

impl Flow<'_> {
    /// Of the expressions of the statement `stmt` itself: those that are evaluated before `at`.
    fn within(&self, stmt: StmtId, at: ExprId) -> Before {
        let limit = self.item.expr_range(at);
        self.own(stmt, &|expr| {
            let range = self.item.expr_range(expr);
            expr != at && (range.end() <= limit.start() || limit.contains_range(range))
        })
    }

    /// The condition of an `if` or `while`, what a `for` iterates, what a `with` enters, what a `match` looks at.
    fn header(&self, stmt: StmtId) -> Before {
        self.own(stmt, &|_| true)
    }

    /// The expressions of a statement, those of statements in it left out.
    fn own(&self, stmt: StmtId, counts: &dyn Fn(ExprId) -> bool) -> Before {
        let mut found = Before::Never;
        walk(self.item, Part::Stmt(stmt), &mut |part| match part {
            Part::Stmt(one) => one == stmt,
            Part::Expr(expr) => {
                if counts(expr) && (self.is_event)(expr) {
                    found = found.max(if self.is_conditional(expr) { Before::Sometimes } else { Before::Always });
                }
                !matches!(self.item.expr(expr), Expr::Lambda(_))
            }
        });
        found
    }

    /// Whether its statement may be evaluated without it: the right side of an `and`, a part of a comprehension.
    fn is_conditional(&self, expr: ExprId) -> bool {
        let mut inner = expr;
        for outer in self.item.expr_ancestors(expr) {
            let skips = match self.item.expr(outer) {
                Expr::Bool2 { right, .. } => *right == inner,
                Expr::Conditional { test, .. } => *test != inner,
                Expr::Comprehension(_) => true,
                _ => false,
            };
            if skips {
                return true;
            }
            inner = outer;
        }
        false
    }

    /// What has happened where the end of a block is reached.
    fn block(&self, block: &[StmtId]) -> Before {
        block.iter().map(|stmt| self.stmt(*stmt)).max().unwrap_or(Before::Never)
    }

    /// What has happened behind a statement.
    fn stmt(&self, stmt: StmtId) -> Before {
        let header = self.header(stmt);
        if header == Before::Always {
            return header;
        }
        header.max(match self.item.stmt(stmt) {
            Stmt::If { body, orelse, .. } => self.one_of(&[body, orelse], true),
            Stmt::While { test, body, orelse } => {
                let first = match self.item.expr(*test) {
                    Expr::Bool(true) | Expr::Int(Some(1)) => self.first_turn(body),
                    _ => Before::Never,
                };
                first.max(self.one_of(&[body, orelse], false).at_most_sometimes())
            }
            Stmt::For { body, orelse, .. } => self.one_of(&[body, orelse], false).at_most_sometimes(),
            Stmt::With { body, .. } => self.block(body),
            Stmt::Try(one) => {
                let normal = self.block(&one.body).max(self.block(&one.orelse));
                let handled: Vec<&[StmtId]> = one.handlers.iter().map(|handler| &*handler.body).collect();
                let either = match (handled.is_empty(), normal) {
                    (true, normal) => normal,
                    (false, Before::Always) if self.one_of(&handled, true) == Before::Always => normal,
                    (false, Before::Always) if handled.iter().all(|block| blocks::never_ends(self.item, block)) => {
                        normal
                    }
                    (false, normal) => normal.max(self.one_of(&handled, false)).at_most_sometimes(),
                };
                either.max(self.block(&one.finalbody))
            }
            Stmt::Match { cases, .. } => {
                let all: Vec<&[StmtId]> = cases.iter().map(|case| &*case.body).collect();
                self.one_of(&all, cases.iter().any(|case| case.wildcard))
            }
            _ => Before::Never,
        })
    }

    /// What has happened where one of the blocks has run to its end, or none of them unless they are `exhaustive`. A block
    /// that never ends by running off its end leads nowhere from here.
    fn one_of(&self, all: &[&[StmtId]], exhaustive: bool) -> Before {
        let ending = all.iter().filter(|block| !blocks::never_ends(self.item, block));
        let found: Vec<Before> = ending.map(|block| self.block(block)).collect();
        let most = found.iter().copied().max().unwrap_or(Before::Never);
        let is_always = exhaustive && !found.is_empty() && found.iter().all(|one| *one == Before::Always);
        if is_always { Before::Always } else { most.at_most_sometimes() }
    }

    /// What `while True:` has done before anything in it can leave the loop.
    fn first_turn(&self, body: &[StmtId]) -> Before {
        let leaves = |stmt: &&StmtId| {
            let mut found = false;
            walk(self.item, Part::Stmt(**stmt), &mut |part| {
                found |= matches!(part, Part::Stmt(one) if matches!(self.item.stmt(one), Stmt::Break | Stmt::Continue));
                !found
            });
            found
        };
        body.iter().take_while(|stmt| !leaves(stmt)).map(|stmt| self.stmt(*stmt)).max().unwrap_or(Before::Never)
    }
}

#[cfg(test)]
mod tests {
    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;

    /// How often `event()` comes before `here()` in a function of these lines.
    fn of(body: &str) -> Before {
        let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
        let parsed = parse(SourceText::new(format!("def f():\n{body}")), &ParseLimits::default());
        let item = &parsed.items[0].item;
        let calls = |name: &str| -> Vec<ExprId> {
            let named = |expr: &ExprId| match item.expr(*expr) {
                Expr::Call { func, .. } => matches!(item.expr(*func), Expr::Name(one) if *one == name),
                _ => false,
            };
            item.expr_ids().filter(named).collect()
        };
        let events = calls("event");
        before(item, calls("here")[0], &|expr| events.contains(&expr))
    }

    #[test]
    fn on_every_path() {
        let always = [
            "event()\nhere()",
            "x = here(event())",
            "if a:\n    event()\nelse:\n    event()\nhere()",
            "if a:\n    return\nelse:\n    event()\nhere()",
            "if event():\n    here()",
            "with event():\n    here()",
            "try:\n    event()\nexcept OSError:\n    return\nhere()",
            "try:\n    pass\nfinally:\n    event()\nhere()",
            "try:\n    event()\nexcept OSError:\n    pass\nelse:\n    here()",
            "while True:\n    event()\n    if a:\n        break\nhere()",
            "match a:\n    case 1:\n        event()\n    case _:\n        event()\nhere()",
            "for x in event():\n    here()",
            "event() and a\nhere()",
        ];
        for body in always {
            assert_eq!(of(body), Before::Always, "{body}");
        }
    }

    #[test]
    fn on_some_paths() {
        let sometimes = [
            "if a:\n    event()\nhere()",
            "for x in y:\n    event()\nhere()",
            "for x in y:\n    here()\n    event()",
            "while a:\n    event()\nhere()",
            "try:\n    event()\nexcept OSError:\n    pass\nhere()",
            "try:\n    event()\nexcept OSError:\n    here()",
            "a and event()\nhere()",
            "[event() for x in y]\nhere()",
            "match a:\n    case 1:\n        event()\nhere()",
            "while True:\n    if a:\n        break\n    event()\nhere()",
        ];
        for body in sometimes {
            assert_eq!(of(body), Before::Sometimes, "{body}");
        }
    }

    #[test]
    fn on_no_path() {
        let never = [
            "here()\nevent()",
            "if a:\n    event()\nelse:\n    here()",
            "if a:\n    event()\n    return\nhere()",
            "def g():\n    event()\nhere()",
            "g = lambda: event()\nhere()",
            "match a:\n    case 1:\n        event()\n    case 2:\n        here()",
            "here(lambda: event())",
        ];
        for body in never {
            assert_eq!(of(body), Before::Never, "{body}");
        }
    }
}
