//! Stop flags: what a loop asks, and others set to end it.

use pyteam_engine::CheckContext;
use pyteam_index::infer::enclosing_function;
use pyteam_syntax::tree::Compare;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Stmt, StmtId};

use crate::shared::place;

/// Words that name what a loop runs by, or ends by.
const WORDS: &[&str] = &[
    "abort",
    "aborted",
    "active",
    "alive",
    "cancel",
    "canceled",
    "cancelled",
    "close",
    "closed",
    "closing",
    "connected",
    "dead",
    "done",
    "dying",
    "enabled",
    "exit",
    "exiting",
    "finish",
    "finished",
    "going",
    "halt",
    "halted",
    "interrupted",
    "kill",
    "killed",
    "listening",
    "quit",
    "quitting",
    "run",
    "running",
    "shutdown",
    "shutting",
    "started",
    "stop",
    "stopped",
    "stopping",
    "terminate",
    "terminated",
    "working",
];

/// Whether `test`, asked again at `stmt`, may have another answer because other code set a flag:
/// `not stop.is_set()`, `self.running`, `worker.is_alive()`. What only this loop changes does not change while it
/// waits, and neither does the queue that it waits for.
pub(super) fn asks(cx: &CheckContext<'_>, stmt: StmtId, test: ExprId) -> bool {
    match cx.item.expr(test) {
        Expr::Not(inner) => asks(cx, stmt, *inner),
        Expr::Bool2 { left, right, .. } => asks(cx, stmt, *left) || asks(cx, stmt, *right),
        Expr::Compare(compare) => compares_a_flag(cx, stmt, compare),
        Expr::Call { func, args } => match cx.item.expr(*func) {
            Expr::Attribute { value, attr } if args.is_empty() => match attr.as_str() {
                "is_set" | "isSet" => !sets_itself(cx, stmt, cx.text(*value)),
                "is_alive" => true,
                _ => false,
            },
            _ => false,
        },
        Expr::Attribute { value, attr } if *attr == "value" => {
            named(cx, *value).is_some_and(is_flag_name) && !sets_itself(cx, stmt, cx.text(test))
        }
        Expr::Attribute { attr, .. } => is_flag_name(*attr) && is_set_elsewhere(cx, stmt, *attr),
        Expr::Name(name) => is_flag_name(*name) && !is_local(cx, stmt, *name),
        _ => false,
    }
}

/// `process.poll() is None`, `self.running is True`
fn compares_a_flag(cx: &CheckContext<'_>, stmt: StmtId, compare: &Compare) -> bool {
    let [asked, with] = *compare.operands else { return false };
    match (cx.item.expr(asked), cx.item.expr(with)) {
        (Expr::Call { func, args }, Expr::None) => {
            args.is_empty() && matches!(cx.item.expr(*func), Expr::Attribute { attr, .. } if *attr == "poll")
        }
        (_, Expr::Bool(_) | Expr::Int(_)) => asks(cx, stmt, asked),
        _ => false,
    }
}

/// The last name of an expression.
fn named(cx: &CheckContext<'_>, expr: ExprId) -> Option<Name> {
    pyteam_index::facts::last_name(cx.item, expr)
}

/// Whether one of the words in a name, in any spelling, is that of a flag: `_stop`, `keepRunning`.
fn is_flag_name(name: Name) -> bool {
    let mut words = vec![String::new()];
    for c in name.as_str().chars() {
        if c == '_'
            || c.is_ascii_uppercase()
                && words.last().is_some_and(|word| word.ends_with(|c: char| c.is_ascii_lowercase()))
        {
            words.push(String::new());
        }
        if c != '_'
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether only the loop around `stmt` sets the flag.
fn sets_itself(cx: &CheckContext<'_>, stmt: StmtId, flag: &str) -> bool {
    let Some(around) = place::enclosing_loop(cx.item, stmt) else { return false };
    if place::calls_method(cx, Part::Stmt(around), flag, &["set", "clear"]) {
        return true;
    }
    let mut found = false;
    walk(cx.item, Part::Stmt(around), &mut |part| {
        if let Part::Stmt(one) = part
            && let Stmt::Assign { targets, .. } = cx.item.stmt(one)
        {
            found |= targets.iter().any(|target| cx.text(*target) == flag);
        }
        !found
    });
    found
}

/// Whether another function of the file than the one around `stmt` and `__init__` sets the attribute.
fn is_set_elsewhere(cx: &CheckContext<'_>, stmt: StmtId, attr: Name) -> bool {
    let here = enclosing_function(cx.item, stmt);
    let Some(writes) = cx.whole_file().facts.writes.get(&attr) else { return false };
    writes.iter().any(|(index, write)| {
        let (item, facts) = (cx.file.item(*index), &cx.file.facts.items[*index as usize]);
        let function = enclosing_function(item, facts.writes[*write as usize].stmt);
        let name = function.and_then(|one| pyteam_index::facts::function(item, one)).map(|one| one.name);
        (*index, function) != (cx.item_index, here) && name.is_some_and(|name| name != "__init__")
    })
}

/// Whether the name belongs to the function around `stmt`, or to code that is in no function.
fn is_local(cx: &CheckContext<'_>, stmt: StmtId, name: Name) -> bool {
    let Some(function) = enclosing_function(cx.item, stmt) else { return true };
    let facts = &cx.file.facts.items[cx.item_index as usize];
    facts.bindings.iter().any(|one| one.name == name && enclosing_function(cx.item, one.stmt) == Some(function))
}
