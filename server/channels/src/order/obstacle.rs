//! What can keep a function from evaluating an expression: a call that can raise first, a `return`, a branch.

use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId, tree::Handler};

use super::{blocks, control_flow};

/// How likely it is that a call raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// It can, as most code can.
    Possible,
    /// It depends on what is outside the program: a file, a port, a peer.
    Likely,
}

/// What happens instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// A call or a `raise` raises.
    Raises(Risk),
    /// A `return` leaves the function.
    Returns,
    /// A condition does not hold, a loop has no turn.
    Skips,
}

/// Something that can come first, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What happens.
    pub kind: ObstacleKind,
    /// The call, the statement, or the condition.
    pub at: Part,
}

/// What is asked of a function.
pub struct Question<'q> {
    /// The expression that should be evaluated.
    pub is_event: &'q dyn Fn(ExprId) -> bool,
    /// Whether a call can raise.
    pub risk: &'q dyn Fn(ExprId) -> Option<Risk>,
    /// How likely it is that a `raise` is reached.
    pub raised: &'q dyn Fn(StmtId) -> Risk,
}

/// What can keep the function `function` from evaluating an event: what raises because of the world first, then whatever
/// raises, then a `return`, then a condition. `None` where nothing can.
pub fn find(item: &Item, function: StmtId, question: &Question<'_>) -> Option<Obstacle> {
    let body = &facts::function(item, function)?.body;
    let flow = Flow { item, question };
    let all = flow.block(body);
    let is_reached = matches!(all.end, End::Reached | End::Left);
    let mut found = all.exits;
    if !is_reached {
        found.extend(all.swallowed);
        found.extend(all.skips);
    }
    let rank = |one: &Obstacle| match one.kind {
        ObstacleKind::Raises(Risk::Likely) => 0,
        ObstacleKind::Raises(Risk::Possible) => 1,
        ObstacleKind::Returns => 2,
        ObstacleKind::Skips => 3,
    };
    // The first of the strongest kind.
    found.into_iter().min_by_key(rank)
}

/// How the end of a block is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// After an event on every path.
    Reached,
    /// After an event on some paths.
    Maybe,
    /// Without an event.
    Missed,
    /// Never: each path leaves before.
    Left,
}

impl End {
    /// Either of two ways.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Left, one) | (one, Self::Left) => one,
            (one, other) if one == other => one,
            _ => Self::Maybe,
        }
    }

    /// The same where the block may not be run at all.
    fn optional(self) -> Self {
        match self {
            Self::Left => Self::Missed,
            one => one.or(Self::Missed),
        }
    }
}

/// What a block does, as far as events go.
struct Outcome {
    end: End,
    /// What leaves the function without an event.
    exits: Vec<Obstacle>,
    /// What raised and was handled, without an event by now.
    swallowed: Vec<Obstacle>,
    /// Conditions of events by now.
    skips: Vec<Obstacle>,
    /// Whether what comes next does not matter.
    is_enough: bool,
}

impl Outcome {
    fn at(end: End) -> Self {
        Self { end, exits: Vec::new(), swallowed: Vec::new(), skips: Vec::new(), is_enough: false }
    }

    /// Goes on with what comes next. Whether that is over.
    fn then(&mut self, next: Self) -> bool {
        self.exits.extend(next.exits);
        match next.end {
            End::Reached => {
                self.swallowed.clear();
                self.skips.clear();
                self.end = End::Reached;
                return true;
            }
            End::Left => self.end = End::Left,
            End::Maybe => self.end = End::Maybe,
            End::Missed => {}
        }
        self.swallowed.extend(next.swallowed);
        self.skips.extend(next.skips);
        self.is_enough |= next.is_enough;
        self.end == End::Left || self.is_enough
    }

    /// One of two ways; a way that never comes to its end leaves the other.
    fn or(mut self, other: Self, condition: ExprId) -> Self {
        let end = self.end.or(other.end);
        if end == End::Maybe && self.end != other.end {
            self.skips.push(Obstacle { kind: ObstacleKind::Skips, at: Part::Expr(condition) });
        }
        self.exits.extend(other.exits);
        self.swallowed.extend(other.swallowed);
        self.skips.extend(other.skips);
        Self { end, ..self }
    }
}

struct Flow<'q> {
    item: &'q Item,
    question: &'q Question<'q>,
}

impl Flow<'_> {
    fn block(&self, block: &[StmtId]) -> Outcome {
        let mut all = Outcome::at(End::Missed);
        for stmt in block {
            if all.then(self.stmt(*stmt)) {
                break;
            }
        }
        all
    }

    fn stmt(&self, stmt: StmtId) -> Outcome {
        // What an exception is made of does not matter: it is raised.
        let is_raise = matches!(self.item.stmt(stmt), Stmt::Raise { .. });
        let mut all = if is_raise { Outcome::at(End::Missed) } else { self.header(stmt) };
        if all.end == End::Reached {
            return all;
        }
        let mut leave = |kind| {
            all.exits.push(Obstacle { kind, at: Part::Stmt(stmt) });
            all.end = End::Left;
        };
        let next = match self.item.stmt(stmt) {
            Stmt::Return(_) => {
                leave(ObstacleKind::Returns);
                return all;
            }
            Stmt::Raise { .. } => {
                leave(ObstacleKind::Raises((self.question.raised)(stmt)));
                return all;
            }
            Stmt::Break | Stmt::Continue => Outcome::at(End::Left),
            Stmt::If { test, body, orelse } => self.block(body).or(self.block(orelse), *test),
            Stmt::While { test, body, .. } => self.turns(body, *test, self.is_true(*test)),
            Stmt::For { iter, body, .. } => {
                let mut turns = self.turns(body, *iter, false);
                // What comes behind a loop that does it once an element is not what keeps it from being done.
                turns.is_enough = turns.end == End::Maybe;
                turns
            }
            Stmt::With { items, body, .. } => {
                let body = self.block(body);
                let swallows = items.iter().any(|one| control_flow::suppresses(self.item, one.context));
                if swallows { swallowed(body) } else { body }
            }
            Stmt::Try(one) => self.attempt(&one.body, &one.handlers, &one.orelse, &one.finalbody),
            Stmt::Match { subject, cases } => {
                let rest = Outcome::at(if cases.iter().any(|case| case.wildcard) { End::Left } else { End::Missed });
                cases.iter().fold(rest, |all, case| all.or(self.block(&case.body), *subject))
            }
            _ => return all,
        };
        all.then(next);
        all
    }

    /// A loop: its first turn tells, and one that has no other end than a `break` has one.
    fn turns(&self, body: &[StmtId], condition: ExprId, is_endless: bool) -> Outcome {
        let mut turn = self.block(body);
        if is_endless {
            let breaks = body.iter().any(|stmt| self.breaks(*stmt));
            turn.end = match turn.end {
                End::Reached if !breaks => End::Reached,
                End::Reached | End::Maybe => End::Maybe,
                End::Missed | End::Left => End::Missed,
            };
            return turn;
        }
        if matches!(turn.end, End::Reached | End::Maybe) {
            turn.skips.push(Obstacle { kind: ObstacleKind::Skips, at: Part::Expr(condition) });
        }
        turn.end = turn.end.optional();
        turn
    }

    fn attempt(&self, body: &[StmtId], handlers: &[Handler], orelse: &[StmtId], last: &[StmtId]) -> Outcome {
        let mut all = self.block(body);
        let raises = |one: &Obstacle| matches!(one.kind, ObstacleKind::Raises(_));
        let can_raise = all.exits.iter().any(raises);
        if all.end != End::Reached && all.end != End::Left {
            all.then(self.block(orelse));
        }
        if can_raise && !handlers.is_empty() {
            if handlers.iter().any(|handler| is_broad(self.item, handler.kind)) {
                let (caught, exits) = std::mem::take(&mut all.exits).into_iter().partition(raises);
                all.exits = exits;
                all.swallowed.extend::<Vec<_>>(caught);
            }
            for handler in handlers {
                let handled = self.block(&handler.body);
                // What is raised again is what was raised.
                let cause = all.swallowed.first().copied();
                let again = |one: Obstacle| match (one.at, cause) {
                    (Part::Stmt(stmt), Some(cause)) if matches!(self.item.stmt(stmt), Stmt::Raise { .. }) => cause,
                    _ => one,
                };
                all.exits.extend(handled.exits.into_iter().map(again));
                all.swallowed.extend(handled.swallowed);
                all.skips.extend(handled.skips);
                all.end = all.end.or(handled.end);
            }
        }
        let mut finally = self.block(last);
        if finally.end == End::Reached {
            let end = if all.end == End::Left { End::Left } else { End::Reached };
            finally.end = end;
            return finally;
        }
        if all.end != End::Reached {
            all.then(finally);
        }
        all
    }

    /// The expressions of a statement itself, in the order in which they are evaluated.
    fn header(&self, stmt: StmtId) -> Outcome {
        let mut all = Outcome::at(End::Missed);
        if matches!(self.item.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)) {
            return all;
        }
        let mut calls = Vec::new();
        walk(self.item, Part::Stmt(stmt), &mut |part| match part {
            Part::Stmt(one) => one == stmt,
            Part::Expr(expr) => {
                if matches!(self.item.expr(expr), Expr::Call { .. }) {
                    calls.push(expr);
                }
                !matches!(self.item.expr(expr), Expr::Lambda(_))
            }
        });
        // Arguments end before their call does.
        calls.sort_by_key(|call| self.item.expr_range(*call).end());
        for call in calls {
            if (self.question.is_event)(call) {
                all.end = End::Reached;
                return all;
            }
            if let Some(risk) = (self.question.risk)(call) {
                all.exits.push(Obstacle { kind: ObstacleKind::Raises(risk), at: Part::Expr(call) });
            }
        }
        all
    }

    fn is_true(&self, test: ExprId) -> bool {
        matches!(self.item.expr(test), Expr::Bool(true) | Expr::Int(Some(1)))
    }

    /// Whether a `break` in the statement leaves the loop around it.
    fn breaks(&self, stmt: StmtId) -> bool {
        match self.item.stmt(stmt) {
            Stmt::Break => true,
            Stmt::While { orelse, .. } | Stmt::For { orelse, .. } => orelse.iter().any(|one| self.breaks(*one)),
            Stmt::Function(_) | Stmt::Class(_) => false,
            _ => blocks::of(self.item, stmt).into_iter().flatten().any(|one| self.breaks(*one)),
        }
    }
}

/// Whether a handler catches what comes from outside, and not only one thing that is expected.
pub fn is_broad(item: &Item, kind: Option<ExprId>) -> bool {
    const EXPECTED: &[&str] = &[
        "KeyboardInterrupt",
        "StopIteration",
        "StopAsyncIteration",
        "SystemExit",
        "GeneratorExit",
        "CancelledError",
        "Empty",
        "Full",
        "KeyError",
        "IndexError",
        "AttributeError",
        "ImportError",
        "ModuleNotFoundError",
        "TimeoutError",
        "TimeoutExpired",
        "timeout",
    ];
    let Some(kind) = kind else { return true };
    match item.expr(kind) {
        Expr::Tuple(kinds) => kinds.iter().any(|one| is_broad(item, Some(*one))),
        _ => facts::last_name(item, kind).is_none_or(|name| !EXPECTED.contains(&name.as_str())),
    }
}

/// The outcome of a block whose exceptions go no further.
fn swallowed(mut body: Outcome) -> Outcome {
    let (caught, exits): (Vec<_>, Vec<_>) =
        body.exits.into_iter().partition(|one| matches!(one.kind, ObstacleKind::Raises(_)));
    if !caught.is_empty() {
        body.end = match body.end {
            End::Reached => End::Maybe,
            End::Left => End::Missed,
            end => end,
        };
    }
    body.swallowed.extend(caught);
    Outcome { exits, ..body }
}

#[cfg(test)]
mod tests {
    use pyteam_syntax::SourceText;
    use pyteam_syntax::document::{ParseLimits, parse};

    use super::*;

    /// What can keep a function of these lines from calling `event()`, as text; `load` depends on the world, `log` raises never.
    fn of(body: &str) -> Option<String> {
        let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
        let text = format!("def f():\n{body}");
        let parsed = parse(SourceText::new(text.clone()), &ParseLimits::default());
        let item = &parsed.items[0].item;
        let name = |expr: ExprId| match item.expr(expr) {
            Expr::Call { func, .. } => facts::last_name(item, *func).map(|name| name.to_string()),
            _ => None,
        };
        let question = Question {
            is_event: &|expr| name(expr).is_some_and(|name| name == "event"),
            risk: &|expr| match name(expr).as_deref() {
                Some("load") => Some(Risk::Likely),
                Some("log" | "suppress") => None,
                _ => Some(Risk::Possible),
            },
            raised: &|_| Risk::Likely,
        };
        let found = find(item, item.root(), &question)?;
        let range = match found.at {
            Part::Expr(expr) => item.expr_range(expr),
            Part::Stmt(stmt) => item.stmt_range(stmt),
        };
        Some(text[range].to_owned())
    }

    #[test]
    fn nothing_keeps_it() {
        let safe = [
            "event()",
            "log()\nevent()\nload()",
            "try:\n    load()\nfinally:\n    event()",
            "try:\n    load()\nexcept Exception:\n    log()\nevent()",
            "try:\n    load()\n    event()\nexcept OSError:\n    event()\n    raise",
            "if a:\n    event()\nelse:\n    event()",
            "while True:\n    event()\n    load()",
            "with lock:\n    event()",
            "with suppress(OSError):\n    load()\nevent()",
            "try:\n    return load()\nfinally:\n    event()",
            "def g():\n    load()\nevent()",
        ];
        for body in safe {
            assert_eq!(of(body), None, "{body}");
        }
    }

    #[test]
    fn what_comes_first() {
        let kept = [
            ("load()\nevent()", "load()"),
            ("other()\nload()\nevent()", "load()"),
            ("other()\nevent()", "other()"),
            ("event(load())", "load()"),
            ("if not a:\n    return\nevent()", "return"),
            ("if a:\n    event()", "a"),
            ("for x in y:\n    event()", "y"),
            ("for x in y:\n    event()\nload()", "y"),
            ("if not a:\n    raise load()\nevent()", "raise load()"),
            ("try:\n    load()\n    event()\nexcept Exception:\n    log()", "load()"),
            ("try:\n    load()\n    event()\nexcept Exception:\n    log()\n    raise", "load()"),
            ("try:\n    load()\nexcept KeyError:\n    pass\nevent()", "load()"),
            ("try:\n    log()\nfinally:\n    load()\n    event()", "load()"),
            ("with suppress(OSError):\n    load()\n    event()", "load()"),
            ("while True:\n    if load():\n        event()\n        break", "load()"),
            ("match a:\n    case 1:\n        event()", "a"),
        ];
        for (body, at) in kept {
            assert_eq!(of(body).as_deref(), Some(at), "{body}");
        }
    }
}
